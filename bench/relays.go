package main

import (
	"fmt"
	"slices"

	"trunkline/bench/report"
)

// contest is a subject with its goals against the C relay.
type contest struct {
	subject
	loopback, void report.Goal
}

// relays compares what a forwarded packet costs, at four loads and with packets
// that come back and that do not. The C relay is the measure.
func relays(b *bench) error {
	ours := func(tier string) subject {
		return trunkline(planeConfig{kind: "relay", tier: tier, process: true})
	}
	subjects := []contest{
		{ours("t0"), report.RelayT0, report.None},
		{ours("t1"), report.RelayT1, report.None},
		{ours("t2"), report.RelayT2, report.RelayT2Void},
		{subject: goroutineRelay()},
		{subject: rtpengine()},
	}
	const full = 1000
	_, _, rounds := b.times()
	if err := b.compete("loopback", full, onLoopback(), subjects, rounds); err != nil {
		return err
	}
	if !b.rights.Void {
		b.report.LeftOut("packets that leave: no device that drops can be made here")
	} else if err := b.compete("void", full, intoVoid(), subjects, rounds); err != nil {
		return err
	}
	for i := range subjects { // the goals are set for the full load
		subjects[i].loopback = report.None
	}
	for _, calls := range []int{100, 200, 500} {
		if b.quick {
			break
		}
		if err := b.compete("loopback", calls, onLoopback(), subjects, 1); err != nil {
			return err
		}
	}
	return nil
}

// trial is what becomes of a subject over all rounds.
type trial struct {
	contest
	now           outcome // of this round
	costs, ratios []float64
	out           bool // it does not work here
}

// add takes this round's outcome, by what the C relay needed for a packet.
func (t *trial) add(base float64) {
	if !t.out {
		t.costs, t.ratios = append(t.costs, t.now.perPacket()), append(t.ratios, t.now.perPacket()/base)
	}
}

// compete measures all subjects at one load, round after round, and reports
// medians of what they cost and of the ratios. Others use this machine, and what
// a wake-up costs depends on them: the C relay has its turn after every second
// subject, and the ratio is to the mean of its turns before and after.
func (b *bench) compete(where string, calls int, at place, all []contest, rounds int) error {
	base, trials := trial{contest: contest{subject: epollRelay()}}, make([]trial, len(all))
	for i, c := range all {
		trials[i].contest = c
	}
	for range rounds {
		if err := b.forward(&base, calls, at); err != nil {
			return err
		}
		before := base.now.perPacket()
		base.add(before)
		for pair := range slices.Chunk(trials, 2) {
			for i := range pair {
				if err := b.forward(&pair[i], calls, at); b.ctx.Err() != nil {
					return b.ctx.Err()
				} else if err != nil {
					b.report.LeftOut(fmt.Sprintf("%s: %v", where, err))
				}
			}
			if !b.quick {
				if err := b.forward(&base, calls, at); err != nil {
					return err
				}
			}
			after := base.now.perPacket()
			for i := range pair {
				pair[i].add((before + after) / 2)
			}
			before = after
		}
	}
	for _, t := range append([]trial{base}, trials...) {
		g := t.loopback
		if where == "void" {
			g = t.void
		}
		b.compared(fmt.Sprintf("%s, %s, %dk/s", t.name, where, calls/10), t, g)
	}
	return nil
}

// forward has a subject forward packets, which it must, unless it failed before.
func (b *bench) forward(t *trial, calls int, at place) error {
	if t.out {
		return nil
	}
	warm, measure, _ := b.times()
	o, err := b.try(t.subject, calls, at, traffic{warm: warm, measure: measure})
	if err == nil && o.forwarded() == 0 {
		err = fmt.Errorf("%s: no packet came", t.name)
	}
	t.now, t.out = o, err != nil
	return err
}

// compared reports what became of a subject.
func (b *bench) compared(name string, t trial, g report.Goal) {
	if t.out || len(t.costs) == 0 {
		return
	}
	note := fmt.Sprintf("(%.2f-%.2f)", slices.Min(t.ratios), slices.Max(t.ratios))
	if l := t.now.Latency; l.N > 0 {
		note += fmt.Sprintf(" latency p50 %.2f p99 %.2f p99.9 %.2f ms", l.P50/1e3, l.P99/1e3, l.P999/1e3)
	}
	if rate := t.now.lossRate(); rate > cleanEdge {
		note += fmt.Sprintf(" LOSES %.2f %%", 100*rate)
	}
	if t.now.disturbed() {
		note += " DISTURBED by others"
	}
	cost, ratio := report.Median(t.costs), report.Median(t.ratios)
	b.report.Ratio(name, cost, "us", "C epoll", cost/ratio, g, note)
}
