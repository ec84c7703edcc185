package main

import (
	"fmt"
	"time"

	"trunkline/bench/report"
)

// memory compares what programs have when they carry many calls with what they
// have when they carry one.
func memory(b *bench) error {
	const calls = 1000
	for _, c := range []struct {
		what string
		s    subject
		goal report.Goal
	}{
		{"relay", trunkline(planeConfig{kind: "relay", tier: "t0", process: true}), report.Memory},
		{"play", trunkline(planeConfig{kind: "play", tier: "t0", process: true}), report.None},
		{"relay", rtpengine(), report.None},
	} {
		few, err := b.residentAt(c.s, 1)
		if err == nil {
			var many int64
			if many, err = b.residentAt(c.s, calls); err == nil {
				b.report.Figure(c.what+", "+c.s.name, float64(many-few)/1024/(calls-1), "KiB/call", c.goal, "media plane with what opened its sessions")
			}
		}
		if err != nil {
			b.report.LeftOut(fmt.Sprintf("memory of %s: %v", c.s.name, err))
		}
	}
	return b.allocations()
}

// allocations counts what the heap is asked for while packets are relayed within
// this process: nothing for them, a little by the control plane now and then.
func (b *bench) allocations() error {
	p, legs, err := trunkline(planeConfig{kind: "relay", tier: "t0"}).start(b, 500, onLoopback())
	if err != nil {
		return err
	}
	defer p.end()
	warm, measure, _ := b.times()
	t := traffic{legs: legs, from: here, warm: warm, measure: measure}
	if _, err := b.drive(p, t); err != nil { // what sessions need at first is not a packet's
		return err
	}
	before, err := p.figures()
	if err != nil {
		return err
	}
	if _, err := b.drive(p, t); err != nil {
		return err
	}
	after, err := p.figures()
	if err != nil {
		return err
	}
	packets := float64(after.In - before.In)
	b.report.Figure("allocations per packet", float64(after.Mallocs-before.Mallocs)/max(packets, 1), "", report.Allocations,
		fmt.Sprintf("%d for %.0f packets, the control plane's included", after.Mallocs-before.Mallocs, packets))
	return nil
}

// residentAt returns the memory of a subject that carries calls.
func (b *bench) residentAt(s subject, calls int) (int64, error) {
	p, legs, err := s.start(b, calls, onLoopback())
	if err != nil {
		return 0, err
	}
	defer p.end()
	if _, err := b.drive(p, traffic{legs: legs, from: here, warm: time.Second, measure: 500 * time.Millisecond}); err != nil {
		return 0, err
	}
	return p.resident(), nil
}
