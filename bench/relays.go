package main

import (
	"fmt"
	"slices"
)

// relays compares what a forwarded packet costs, at four loads and with packets
// that come back and that do not. The C relay is the measure, in each round anew.
func relays(b *bench) error {
	subjects := []contest{
		{subject: epollRelay()},
		{subject: goroutineRelay()},
		{subject: trunkline(planeConfig{kind: "relay", tier: "t0"}), loopback: atMost(0.85)},
		{subject: trunkline(planeConfig{kind: "relay", tier: "t0", process: true}), loopback: atMost(0.85)},
		{subject: trunkline(planeConfig{kind: "relay", tier: "t1"}), loopback: atMost(0.65), void: atMost(0.65)},
		{subject: trunkline(planeConfig{kind: "relay", tier: "t2"}), loopback: atMost(0.55), void: atMost(0.25)},
		{subject: rtpengine()},
	}
	const full = 1000
	_, _, rounds := b.times()
	if err := b.compete("loopback", full, onLoopback(), subjects, rounds); err != nil {
		return err
	}
	if !b.rights.Void {
		b.report.leftOut("packets that leave: no device that drops can be made here")
	} else if err := b.compete("void", full, intoVoid(), subjects, rounds); err != nil {
		return err
	}
	for _, calls := range []int{100, 200, 500} {
		if b.quick && calls != 200 {
			continue
		}
		for i := range subjects { // the goals are set for the full load
			subjects[i].loopback = nil
		}
		if err := b.compete("loopback", calls, onLoopback(), subjects, 1); err != nil {
			return err
		}
	}
	return nil
}

// contest is a subject with its goals against the C relay.
type contest struct {
	subject
	loopback, void *goal
}

// compete measures all subjects at one load, round after round, and reports
// medians of what they cost and of the ratios within each round.
func (b *bench) compete(where string, calls int, at place, all []contest, rounds int) error {
	warm, measure, _ := b.times()
	costs, ratios := make([][]float64, len(all)), make([][]float64, len(all))
	last := make([]outcome, len(all))
	out := map[int]bool{}
	for range rounds {
		base := 0.0
		for i, c := range all {
			if out[i] {
				continue
			}
			o, err := b.try(c.subject, calls, at, warm, measure, false)
			if b.ctx.Err() != nil {
				return b.ctx.Err()
			}
			if err != nil || o.forwarded() == 0 {
				b.report.leftOut(fmt.Sprintf("%s, %s: %v, %.0f packets", c.name, where, err, o.forwarded()))
				out[i] = true
				if i == 0 {
					return err
				}
				continue
			}
			if i == 0 {
				base = o.perPacket()
			}
			costs[i], ratios[i] = append(costs[i], o.perPacket()), append(ratios[i], o.perPacket()/base)
			last[i] = o
		}
	}
	for i, c := range all {
		if out[i] {
			continue
		}
		g := c.loopback
		if where == "void" {
			g = c.void
		}
		name := fmt.Sprintf("%s, %s, %dk/s", c.name, where, calls/10)
		cost, ratio := median(costs[i]), median(ratios[i])
		b.report.ratio(name, cost, "us", "C epoll", cost/ratio, g, compared(last[i], ratios[i]))
	}
	return nil
}

// compared says what there is to know about a comparison beside its median.
func compared(o outcome, ratios []float64) string {
	s := fmt.Sprintf("(%.2f-%.2f)", slices.Min(ratios), slices.Max(ratios))
	if o.Latency.N > 0 {
		s += fmt.Sprintf(" latency p50 %.2f p99 %.2f p99.9 %.2f ms", o.Latency.P50/1e3, o.Latency.P99/1e3, o.Latency.P999/1e3)
	}
	if rate := o.lossRate(); rate > cleanEdge {
		s += fmt.Sprintf(" LOSES %.2f %%", 100*rate)
	}
	return s
}
