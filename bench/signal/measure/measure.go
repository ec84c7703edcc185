// Package measure is the chapter of the benchmark about calls without sound: how
// many each second a core sets up and ends, how long they take at 80 % of that, and
// what they cost and leave behind; beside a stateful proxy in the same run.
//
// It starts nothing itself: its Bench does, and chooses the processor. One
// goroutine runs it. Nothing here is part of the product.
package measure

import (
	"context"
	"errors"
	"fmt"
	"time"

	"trunkline/bench/report"
	"trunkline/bench/signal"
)

// Bench is the run that the chapter belongs to.
type Bench struct {
	Ctx     context.Context
	Report  *report.Report
	Quick   bool
	Dir     string // for what a run needs and leaves nobody
	Product string // the program
	Self    string // the benchmark's own, which plays the parts "signal" and "proxy"
	// Start starts a program on the processor of what is measured, or on that of
	// the generator.
	Start func(measured bool, args ...string) (Program, error)
}

// Program is something that was started.
type Program interface {
	Until(word string) (rest string, err error) // skips lines to one that begins so
	PID() int
	End()
}

// window is how many calls are under way at a time where the most a core does is
// looked for: enough that it is never idle, few enough that none waits for long.
const window = 48

// Run measures. What cannot be measured is left out of the report, but for the
// B2BUA: without it there is nothing to say.
func Run(b Bench) error {
	own := b.product("B2BUA", "b2b", "own")
	ours, err := b.saturate(own, report.SignalRate)
	if err != nil {
		return err
	}
	for _, e := range []exchange{b.product("B2BUA, one process", "b2b", "shared"), b.product("answering flow", "answer", "own")} {
		if _, err := b.saturate(e, report.None); err != nil {
			b.Report.LeftOut(e.name + ": " + err.Error())
		}
	}
	theirs, err := b.saturate(b.proxy(), report.None)
	if err != nil {
		b.Report.LeftOut("the proxy: " + err.Error())
	} else {
		b.Report.Ratio("B2BUA by the proxy: CPU of a call", ours.cost(), "ms", "the proxy", theirs.cost(), report.None, "")
	}
	rate := ours.rate()
	return errors.Join(b.unhurried(own, 0.8*rate), b.overload(own, rate), b.crowds(own, rate/4), b.remains(own, rate/2))
}

// spells are how long to warm up and to count calls.
func (b Bench) spells() (warm, count time.Duration) {
	if b.Quick {
		return 500 * time.Millisecond, 1500 * time.Millisecond
	}
	return time.Second, 4 * time.Second
}

// saturate finds how many calls each second there can be at most.
func (b Bench) saturate(e exchange, g report.Goal) (spell, error) {
	var s spell
	err := b.with(e, func(p *running) (err error) {
		warm, count := b.spells()
		s, err = p.ring(signal.Load{Window: window, Warm: warm, For: count})
		return err
	})
	if err == nil {
		b.Report.Figure(e.name, s.rate(), "calls/s", g, s.note())
	}
	return s, err
}

// unhurried sees how long calls take when there is room.
func (b Bench) unhurried(e exchange, rate float64) error {
	return b.with(e, func(p *running) error {
		warm, count := b.spells()
		s, err := p.ring(signal.Load{Rate: rate, Warm: warm, For: count})
		if err == nil {
			b.Report.Figure(fmt.Sprintf("INVITE to 200, p99, at %.0f calls/s", rate), s.P99, "ms", report.SignalDelay, s.note())
		}
		return err
	})
}

// crowds sees what a call costs while others stand.
func (b Bench) crowds(e exchange, rate float64) error {
	sizes := []int{10, 1000, 5000}
	if b.Quick {
		sizes = []int{10, 1000}
	}
	return b.with(e, func(p *running) error {
		warm, count := b.spells()
		first := 0.0
		for _, n := range sizes {
			s, err := p.ring(signal.Load{Standing: n, Rate: rate, Warm: warm, For: count})
			if err != nil {
				return fmt.Errorf("%d calls at a time: %w", n, err)
			}
			if first == 0 {
				first = s.ownCost()
			}
			b.Report.Ratio(fmt.Sprintf("a call beside %d others, CPU", n), s.ownCost(), "ms", fmt.Sprintf("beside %d", sizes[0]), first,
				report.SignalFlat, fmt.Sprintf("the others alone: %.1f %% of the core; ", 100*s.idle.Seconds())+s.note())
		}
		return nil
	})
}

// expiry is how long it takes until nobody waits for a repetition any more (RFC
// 3261 §17: 64 T1), and until memory is given back.
const expiry = 36 * time.Second

// remains sees what calls leave behind when their transactions have expired: the
// first have grown what is kept for the next, which must not grow it any further.
func (b Bench) remains(e exchange, rate float64) error {
	if b.Quick {
		return nil
	}
	return b.with(e, func(p *running) error {
		warm, count := b.spells()
		before := float64(p.resident()) / (1 << 20)
		b.Report.Figure("memory before the first calls", before, "MiB", report.None, "")
		for i, goal := range []report.Goal{report.None, report.SignalMemory} {
			s, err := p.ring(signal.Load{Rate: rate, Warm: warm, For: count})
			if err != nil {
				return err
			}
			peak := float64(p.resident()) / (1 << 20)
			time.Sleep(expiry)
			after := float64(p.resident()) / (1 << 20)
			b.Report.Ratio(fmt.Sprintf("memory %.0f s after calls, round %d", expiry.Seconds(), i+1), after, "MiB", "before them", before, goal,
				fmt.Sprintf("%d calls, %.0f MiB right after them", s.Done, peak))
			before = after
		}
		return nil
	})
}
