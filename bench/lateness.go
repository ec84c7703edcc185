package main

import (
	"encoding/json"
	"fmt"
	"time"
)

// heap is how much the control plane churns, MiB.
const heap = 600

// lateness compares how late our ticks begin with how late those of a C thread
// do, each while a control plane churns its heap: its own in our case, in another
// process in both.
func lateness(b *bench) error {
	long := 6 * time.Second
	if b.quick {
		long = 2 * time.Second
	}
	thread, err := b.threadLateness(long)
	if err != nil {
		return err
	}
	b.report.figure("C thread, p99.9", thread.P999, "us", nil, spreadNote(thread))
	for _, c := range []struct {
		name    string
		process bool
		goal    *goal
	}{
		{"Trunkline, own process, p99.9", true, atMost(500)},
		{"Trunkline, threads among the control plane's, p99.9", false, nil},
	} {
		ours, scheduled, err := b.planeLateness(c.process, long)
		if err != nil {
			return err
		}
		b.report.figure(c.name, ours.P999, "us", c.goal, scheduled+" "+spreadNote(ours))
		if c.process {
			b.report.ratio(c.name, ours.P999, "us", "C thread", thread.P999, atMost(3), "")
		}
	}
	return nil
}

func spreadNote(s spread) string {
	return fmt.Sprintf("p50 %.0f p99 %.0f max %.0f us", s.P50, s.P99, s.Max)
}

// threadLateness measures a C thread beside a process that churns.
func (b *bench) threadLateness(long time.Duration) (spread, error) {
	var s spread
	rubbish, _, err := b.await(anyCPU, b.self, "churn", fmt.Sprint(heap))
	if err != nil {
		return s, err
	}
	defer rubbish.end()
	time.Sleep(settle)
	p, err := b.start(measuredCPU, patience, b.c("late"), "1000", "300", seconds(long))
	if err != nil {
		return s, err
	}
	defer p.end()
	line, err := p.until("{", func(string) {})
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal([]byte("{"+line), &s)
}

// settle is how long a heap takes to become as big as it shall be.
const settle = 1500 * time.Millisecond

// planeLateness measures a media plane that plays to silent far sides, below a
// control plane that churns. Only the media process is real-time then, since it
// asks for that itself.
func (b *bench) planeLateness(process bool, long time.Duration) (s spread, scheduled string, err error) {
	c := planeConfig{kind: "playout", tier: "t0", process: process, churn: heap, calls: 300, bind: here, remote: here, dir: b.dir}
	p, legs, err := b.await(anyCPU, append([]string{b.self}, c.args()...)...)
	if err != nil {
		return s, "", err
	}
	defer p.end()
	if _, err := b.drive(p, traffic{legs: legs, from: here, warm: settle, measure: long, quiet: true}); err != nil {
		return s, "", err
	}
	f, err := p.figures()
	return f.Late, f.Scheduled, err
}

// figures asks a plane how it is.
func (p *program) figures() (f figures, err error) {
	if _, err := fmt.Fprintln(p.in); err != nil {
		return f, err
	}
	line, err := p.until("{", func(string) {})
	if err != nil {
		return f, err
	}
	return f, json.Unmarshal([]byte("{"+line), &f)
}
