package main

import "fmt"

// frames compares what it costs to play or mix one frame of 20 ms with what the
// C relay needs to forward one packet, into the void, where receiving costs
// nobody anything.
func frames(b *bench) error {
	at, where := intoVoid(), "void"
	if !b.rights.Void {
		b.report.leftOut("frames into the void: no device that drops can be made here; loopback instead, without goals")
		at, where = onLoopback(), "loopback"
	}
	warm, measure, rounds := b.times()
	contests := []struct {
		kind, tier string
		goal       *goal
	}{
		{"playout", "t0", atMost(0.60)},
		{"playout", "t1", atMost(0.25)},
		{"play", "t0", nil},
		{"play", "t1", nil},
		{"play", "t2", nil},
		{"mix", "t0", nil},
		{"mixrecord", "t0", atMost(0.85)},
		{"mixrecord", "t1", nil},
		{"mixrecord", "t2", nil},
	}
	if where != "void" {
		contests = contests[:0]
	}
	costs, ratios := make([][]float64, len(contests)), make([][]float64, len(contests))
	for range rounds {
		base, err := b.try(epollRelay(), 1000, at, warm, measure, false)
		if err != nil {
			return err
		}
		for i, c := range contests {
			k, _ := kinds(c.kind)
			o, err := b.try(trunkline(planeConfig{kind: c.kind, tier: c.tier}), 2000/k.legs, at, warm, measure, k.quiet)
			if err != nil {
				b.report.leftOut(fmt.Sprintf("%s %s: %v", c.kind, c.tier, err))
				continue
			}
			costs[i] = append(costs[i], o.perPacket())
			ratios[i] = append(ratios[i], o.perPacket()/base.perPacket())
		}
	}
	for i, c := range contests {
		if len(costs[i]) == 0 {
			continue
		}
		cost, ratio := median(costs[i]), median(ratios[i])
		b.report.ratio(fmt.Sprintf("%s, %s", what(c.kind), c.tier), cost, "us", "C epoll", cost/ratio, c.goal, "")
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
