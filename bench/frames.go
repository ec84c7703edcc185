package main

import (
	"fmt"

	"trunkline/bench/report"
)

// frames compares what it costs to play or mix one frame of 20 ms with what the
// C relay needs to forward one packet, into the void, where receiving costs
// nobody anything.
func frames(b *bench) error {
	if !b.rights.Void {
		b.report.LeftOut("frames: no device that drops can be made here")
		return nil
	}
	contests := []struct {
		kind, tier string
		goal       report.Goal
	}{
		{"playout", "t0", report.PlayT0},
		{"playout", "t1", report.PlayT1},
		{"mixrecord", "t0", report.MixRecord},
		{"mixrecord", "t1", report.None},
		{"play", "t0", report.None},
		{"play", "t2", report.None},
		{"mix", "t0", report.None},
		{"mixrecord", "t2", report.None},
	}
	warm, measure, rounds := b.times()
	if b.quick {
		contests = contests[:3] // those with goals
	}
	base, trials := trial{contest: contest{subject: epollRelay()}}, make([]trial, len(contests))
	for range rounds {
		for i, c := range contests {
			if i%4 == 0 { // others use this machine
				if err := b.forward(&base, 1000, intoVoid()); err != nil {
					return err
				}
			}
			k, _ := kinds(c.kind)
			s := trunkline(planeConfig{kind: c.kind, tier: c.tier, process: true})
			o, err := b.try(s, 2000/k.legs, intoVoid(), traffic{warm: warm, measure: measure, quiet: k.quiet})
			if err != nil {
				b.report.LeftOut(fmt.Sprintf("%s %s: %v", c.kind, c.tier, err))
				continue
			}
			trials[i].now = o
			trials[i].add(base.now.perPacket())
		}
	}
	for i, c := range contests {
		b.compared(what(c.kind)+", "+c.tier, trials[i], c.goal)
	}
	return nil
}

// what says in words what a kind of call does.
func what(kind string) string {
	return map[string]string{
		"relay":     "relay",
		"playout":   "play to a silent far side",
		"play":      "play",
		"record":    "play and record",
		"mix":       "mix of two",
		"mixrecord": "mix of two, both recorded",
		"pcma":      "PCMU to PCMA",
		"opus":      "PCMU to Opus",
		"conf3":     "conference of 3",
		"conf10":    "conference of 10",
		"conf50":    "conference of 50",
	}[kind]
}
