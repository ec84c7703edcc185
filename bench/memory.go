package main

import (
	"fmt"
	"time"
)

// memory compares what programs have when they carry many calls with what they
// have when they carry one.
func memory(b *bench) error {
	const calls = 1000
	for _, c := range []struct {
		s     subject
		quiet bool
		goal  *goal
	}{
		{trunkline(planeConfig{kind: "relay", tier: "t0", process: true}), false, atMost(64)},
		{trunkline(planeConfig{kind: "relay", tier: "t0"}), false, atMost(64)},
		{trunkline(planeConfig{kind: "play", tier: "t0", process: true}), false, nil},
		{rtpengine(), false, nil},
	} {
		few, err := b.residentAt(c.s, 1)
		if err == nil {
			var many int64
			if many, err = b.residentAt(c.s, calls); err == nil {
				b.report.figure(c.s.name, float64(many-few)/1024/(calls-1), "KiB/call", c.goal, "media plane with what opened its sessions")
			}
		}
		if err != nil {
			b.report.leftOut(fmt.Sprintf("memory of %s: %v", c.s.name, err))
		}
	}
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
