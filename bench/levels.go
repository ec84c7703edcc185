package main

import (
	"fmt"
	"time"
)

// flatness asks whether a call costs more when there are more of them. Relayed
// calls end at 1000, which is what the generator's core can drive; calls that only
// play need no generator and go on to 2000.
func flatness(b *bench) error {
	for _, c := range []struct {
		kind   string
		counts []int
	}{
		{"relay", []int{100, 500, 1000}},
		{"playout", []int{100, 500, 1000, 2000}},
	} {
		costs, err := b.costs(c.kind, c.counts)
		if err != nil {
			return err
		}
		for i, calls := range c.counts {
			b.report.ratio(fmt.Sprintf("%d calls: %s, t0", calls, what(c.kind)), costs[i], "us/s, call", "the first", costs[0], atMost(1.15), "")
		}
	}
	return nil
}

// costs returns what a call of a kind costs when there are so many, µs a second.
func (b *bench) costs(kind string, counts []int) ([]float64, error) {
	warm, measure, rounds := b.times()
	rounds = min(rounds, 2)
	k, _ := kinds(kind)
	s := trunkline(planeConfig{kind: kind, tier: "t0", process: true})
	costs := make([][]float64, len(counts))
	for range rounds {
		for i, calls := range counts {
			o, err := b.try(s, calls, onLoopback(), warm, measure, k.quiet)
			if err != nil {
				return nil, err
			}
			costs[i] = append(costs[i], float64(o.Used)/o.Seconds/float64(calls)/1e3)
		}
	}
	medians := make([]float64, len(counts))
	for i, c := range costs {
		medians[i] = median(c)
	}
	return medians, nil
}

// level is a kind of call whose highest clean level is looked for.
type level struct {
	name  string
	of    subject
	quiet bool
	legs  int
	first int // number of calls to begin with
	goal  *goal
}

// levels looks for how many calls one core carries cleanly. The goals are those
// for the core that the neighbours' figures in docs/benchmarks.md were taken on.
func levels(b *bench) error {
	ours := func(kind, tier string, first int, g *goal) level {
		k, _ := kinds(kind)
		s := trunkline(planeConfig{kind: kind, tier: tier, process: true})
		return level{name: what(kind) + ", " + tier, of: s, quiet: k.quiet, legs: k.legs, first: first, goal: g}
	}
	all := []level{
		{name: "relay, rtpengine", of: rtpengine(), legs: 2, first: 700},
		{name: "relay, C epoll", of: epollRelay(), legs: 2, first: 900},
		ours("relay", "t0", 1000, atLeast(1200)),
		ours("relay", "t2", 1200, atLeast(2000)),
		ours("play", "t0", 1200, atLeast(2000)),
		ours("record", "t0", 700, atLeast(1000)),
		ours("mix", "t0", 700, nil),
		ours("pcma", "t0", 700, atLeast(900)),
		ours("opus", "t0", 100, nil),
		ours("conf3", "t0", 300, nil),
		ours("conf10", "t0", 100, nil),
		ours("conf50", "t0", 20, nil),
	}
	perCall := map[string]float64{}
	for _, l := range all {
		calls, o, why, err := b.highest(l)
		if b.ctx.Err() != nil {
			return b.ctx.Err()
		}
		if err != nil {
			b.report.leftOut(fmt.Sprintf("%s: %v", l.name, err))
			continue
		}
		perCall[l.name] = float64(o.Used) / o.Seconds / float64(max(calls, 1)) / 1e3
		part := float64(o.Used) / 1e9 / o.Seconds
		note := fmt.Sprintf("%.0f us/s each, core %.0f %% busy: full at about %.0f", perCall[l.name], 100*part, 0.95*float64(calls)/part)
		if l.legs > 2 {
			note += fmt.Sprintf(", %d legs in all", calls*l.legs)
		}
		if why != "" {
			note += "; more: " + why
		}
		if b.quick {
			b.report.figure(l.name, float64(calls), "calls", nil, note+"; only this level was tried")
			continue
		}
		b.report.figure(l.name, float64(calls), "calls", l.goal, note)
	}
	if cost, pcma := perCall["PCMU to Opus, t0"], perCall["PCMU to PCMA, t0"]; cost > 0 && pcma > 0 {
		alone, err := b.opusAlone()
		if err != nil {
			return err
		}
		b.report.ratio("PCMU to Opus, a call", cost, "us/s", "libopus+PCMA", alone+pcma, atMost(1.10),
			fmt.Sprintf("libopus alone %.0f us/s, a PCMU to PCMA call %.0f", alone, pcma))
	}
	return nil
}

// The search for a level: how often, how finely, and how many legs at most: that
// is how many port pairs there are, less those that rest.
const (
	searches = 6
	fineness = 0.06
	maxLegs  = 9000
)

// highest looks for the highest clean level, and says what was wrong above it.
func (b *bench) highest(l level) (calls int, best outcome, why string, err error) {
	warm, measure, _ := b.times()
	tries := searches
	if b.quick {
		tries = 1
	} else {
		measure = 2 * time.Second
	}
	clean, dirty, try := 0, maxLegs/l.legs+1, min(l.first, maxLegs/l.legs)
	var busy outcome
	for range tries {
		o, err := b.try(l.of, try, onLoopback(), warm, measure, l.quiet)
		if err != nil && (clean == 0 || b.ctx.Err() != nil) {
			return 0, o, "", err
		}
		if err != nil { // so many could not even be set up
			dirty, why = try, err.Error()
		} else if problem := o.clean(); problem == "" {
			clean, best = try, o
		} else {
			dirty, busy, why = try, o, problem
			if o.full() {
				why += " with the generator at its limit"
			}
		}
		if float64(dirty-clean) <= fineness*float64(dirty) || dirty == clean+1 {
			break
		}
		try = next(clean, dirty, o)
		if try <= clean || try >= dirty {
			try = (clean + dirty) / 2
		}
	}
	if clean == 0 {
		return 0, busy, why, nil
	}
	return clean, best, why, nil
}

// next guesses where the level lies: where the core would be nearly full, judged
// by how full it was; between what is clean and what is not.
func next(clean, dirty int, o outcome) int {
	full := float64(o.Used) / 1e9 / o.Seconds
	if clean == 0 {
		return dirty * 3 / 5
	}
	if dirty > 2*clean || full < 0.6 {
		return min(int(float64(clean)*0.92/max(full, 0.05)), (clean+dirty)/2+clean)
	}
	return (clean + dirty) / 2
}
