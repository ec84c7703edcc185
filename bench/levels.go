package main

import (
	"fmt"
	"math"
	"time"

	"trunkline/bench/report"
)

// level is a kind of call whose highest clean level is looked for.
type level struct {
	name  string
	of    subject
	quiet bool
	legs  int
	first int // number of calls to begin with: what the goal demands, where there is one
	goal  report.Goal
	long  bool // not for a quick run
}

// levels looks for how many calls one core carries cleanly. The goals are those
// for the core that the neighbours' figures in docs/benchmarks.md were taken on.
func levels(b *bench) error {
	ours := func(kind, tier string, first int, g report.Goal) level {
		k, _ := kinds(kind)
		s := trunkline(planeConfig{kind: kind, tier: tier, process: true})
		return level{name: what(kind) + ", " + tier, of: s, quiet: k.quiet, legs: k.legs, first: first, goal: g}
	}
	long := func(l level) level {
		l.long = true
		return l
	}
	all := []level{
		{name: "relay, rtpengine", of: rtpengine(), legs: 2, first: 700},
		{name: "relay, C epoll", of: epollRelay(), legs: 2, first: 900},
		ours("relay", "t0", 1200, report.CallsRelayT0),
		long(ours("relay", "t1", 1200, report.None)),
		ours("relay", "t2", 2000, report.CallsRelayT2),
		ours("play", "t0", 2000, report.CallsPlay),
		long(ours("play", "t2", 2000, report.None)),
		ours("record", "t0", 1000, report.CallsRecord),
		long(ours("mix", "t0", 900, report.None)),
		ours("pcma", "t0", 900, report.CallsPCMA),
		ours("opus", "t0", 100, report.None),
		ours("conf3", "t0", 500, report.None),
		ours("conf10", "t0", 150, report.None),
		ours("conf50", "t0", 30, report.None),
	}
	opus := found{}
	for _, l := range all {
		if l.long && b.quick {
			continue
		}
		f, err := b.highest(l)
		if b.ctx.Err() != nil {
			return b.ctx.Err()
		}
		if err != nil {
			b.report.LeftOut(fmt.Sprintf("%s: %v", l.name, err))
			continue
		}
		if l.name == what("opus")+", t0" {
			opus = f
		}
		b.report.Level(l.name, f.calls, f.bounded(), l.goal, f.note(l.legs, b.quick))
	}
	return b.besideOpus(opus)
}

// besideOpus compares what a call costs that is brought to Opus with libopus alone
// and a call to PCMA, of which there are as many: with few calls each bears more
// of what a lap costs.
func (b *bench) besideOpus(f found) error {
	if f.tried == 0 {
		return nil
	}
	warm, measure, _ := b.times()
	pcma := trunkline(planeConfig{kind: "pcma", tier: "t0", process: true})
	o, err := b.try(pcma, f.tried, onLoopback(), traffic{warm: warm, measure: measure, many: true})
	if err != nil {
		return err
	}
	alone, err := b.opusAlone()
	if err != nil {
		return err
	}
	b.report.Ratio("PCMU to Opus, a call", f.best.perCall(f.tried), "us/s", "libopus+PCMA", alone+o.perCall(f.tried), report.Opus,
		fmt.Sprintf("libopus alone %.0f us/s, one of as many calls to PCMA %.0f", alone, o.perCall(f.tried)))
	return nil
}

// found is what a search for the highest clean level found.
type found struct {
	calls int // the level
	tried int // calls of best: the level, or the least that was tried when none was clean
	best  outcome
	why   string // what was wrong above
	limit bool   // the generator had no time left there
}

// full is how many calls would fill a core, judged by processor time at the
// level; 5 % of it are the system's.
func (f found) full() float64 { return 0.95e6 / f.best.perCall(f.tried) }

// bounded is full where the generator was the limit; else NaN.
func (f found) bounded() float64 {
	if f.limit {
		return f.full()
	}
	return math.NaN()
}

func (f found) note(legs int, quick bool) string {
	s := fmt.Sprintf("%.0f us/s each, core %.0f %% busy", f.best.perCall(f.tried), 100*f.best.busy())
	if f.limit {
		s += fmt.Sprintf(", generator %.0f %%: by processor time a core has room for %.0f", 100*f.best.CPU/f.best.Seconds, f.full())
	}
	if legs > 2 {
		s += fmt.Sprintf(", %d legs in all", f.calls*legs)
	}
	if f.why != "" {
		s += "; more: " + f.why
	}
	if quick {
		s += "; only this level was tried"
	}
	return s
}

// The search for a level: how often, how finely, and how many legs at most: that
// is how many port pairs there are, less those that rest.
const (
	searches = 5
	fineness = 0.07
	maxLegs  = 9000
)

// highest looks for the highest clean level. What cannot even be set up is not
// clean. A level that is not clean while its core has time is tried once more:
// others use this machine.
func (b *bench) highest(l level) (f found, err error) {
	warm, measure, _ := b.times()
	tries := searches
	if b.quick {
		tries = 1
	} else {
		measure = 2 * time.Second
	}
	dirty, try, again := maxLegs/l.legs+1, min(l.first, maxLegs/l.legs), true
	for range tries {
		var o outcome
		o, err = b.try(l.of, try, onLoopback(), traffic{warm: warm, measure: measure, quiet: l.quiet, many: true})
		if b.ctx.Err() != nil {
			return f, err
		}
		problem := o.clean()
		if err != nil {
			problem = err.Error()
		}
		switch {
		case problem == "":
			f.calls, f.tried, f.best, again = try, try, o, true
		case again && err == nil && o.busy() < 0.8 && !o.full() && !o.disturbed() && !b.quick:
			again = false
			continue
		default:
			dirty, f.why, f.limit, again = try, problem, o.full(), true
			if f.calls == 0 && err == nil {
				f.tried, f.best = try, o
			}
		}
		if float64(dirty-f.calls) <= fineness*float64(dirty) || dirty == f.calls+1 {
			break
		}
		try = next(f.calls, dirty, o)
	}
	if f.tried == 0 {
		return f, err
	}
	return f, nil
}

// next guesses where the level lies: where the core would be nearly full, judged
// by how full it was; between what is clean and what is not.
func next(clean, dirty int, o outcome) int {
	try := (clean + dirty) / 2
	switch full := o.busy(); {
	case clean == 0:
		try = dirty * 3 / 5
	case dirty > 2*clean || full < 0.6:
		try = min(int(float64(clean)*0.92/max(full, 0.05)), try+clean)
	}
	if try <= clean || try >= dirty {
		return (clean + dirty) / 2
	}
	return try
}
