package main

import (
	"encoding/json"
	"fmt"
	"time"

	"trunkline/bench/report"
)

// heap is how much the control plane churns, MiB.
const heap = 600

// lateness compares how late our ticks begin with how late those of a C thread
// do, in turn, each while a control plane churns its heap: its own in our case, in
// another process in both.
func lateness(b *bench) error {
	long, rounds := 4*time.Second, 3
	if b.quick {
		long, rounds = 1500*time.Millisecond, 1
	}
	var threads, ours []spread
	var scheduled string
	for range rounds {
		c, err := b.threadLateness(long)
		if err != nil {
			return err
		}
		t, s, err := b.planeLateness(true, long)
		if err != nil {
			return err
		}
		threads, ours, scheduled = append(threads, c), append(ours, t), s
	}
	thread, our := median(threads), median(ours)
	b.report.Figure("C thread, p99.9", thread.P999, "us", report.None, spreadNote(thread))
	b.report.Figure("Trunkline, own process, p99.9", our.P999, "us", report.LatePeak, scheduled+" "+spreadNote(our))
	b.report.Ratio("Trunkline, own process, p99.9", our.P999, "us", "C thread", thread.P999, report.LateRatio, "")
	if b.quick {
		return nil
	}
	among, scheduled, err := b.planeLateness(false, long)
	if err != nil {
		return err
	}
	b.report.Figure("Trunkline, threads among the control plane's, p99.9", among.P999, "us", report.None, scheduled+" "+spreadNote(among))
	return nil
}

// median returns the medians of each figure of distributions.
func median(all []spread) spread {
	of := func(figure func(spread) float64) float64 {
		v := make([]float64, len(all))
		for i, s := range all {
			v[i] = figure(s)
		}
		return report.Median(v)
	}
	return spread{
		P50: of(func(s spread) float64 { return s.P50 }), P99: of(func(s spread) float64 { return s.P99 }),
		P999: of(func(s spread) float64 { return s.P999 }), Max: of(func(s spread) float64 { return s.Max }),
	}
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
	p, err := b.start(aheadCPU, patience, b.c("late"), "1000", "300", seconds(long))
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
	if _, err := p.figures(); err != nil { // what follows is without the setting up of calls
		return s, "", err
	}
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
