// Package words is a chapter of the benchmarks: how often menus understand what is said, and what
// that costs. It trains on labelled sentences that are too large to keep in the repository and are
// looked for beside it; where they are not, the chapter is left out. It owns nothing. Only bench
// calls it, once a run.
package words

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"trunkline/bench/report"
	"trunkline/nlu"
	"trunkline/nlu/measure"
)

// Bench is what the chapter needs.
type Bench struct {
	Report *report.Report
	Data   string // directory of the sentences
	Quick  bool   // leave the largest set out
}

// set is a set of labelled sentences.
type set struct {
	name, language, train, val string
	labels, each               int // at most; 0 for all
	large                      bool
}

// Run measures every set.
func Run(b Bench) error {
	if _, err := os.Stat(b.Data); err != nil {
		return fmt.Errorf("sentences are not here: %w", err)
	}
	for _, s := range []set{
		{name: "CLINC150, 100 a label", language: "en", train: "clinc150/train_full.tsv", val: "clinc150/val.tsv", large: true},
		{name: "CLINC150, 50 a label", language: "en", train: "clinc150/train_small.tsv", val: "clinc150/val.tsv", large: true},
		{name: "CLINC150, 10 a label", language: "en", train: "clinc150/train_full.tsv", val: "clinc150/val.tsv", each: 10},
		{name: "50 labels, 50 each", language: "en", train: "clinc150/train_small.tsv", val: "clinc150/val.tsv", labels: 50, each: 50},
		{name: "20 labels, 20 each", language: "en", train: "clinc150/train_small.tsv", val: "clinc150/val.tsv", labels: 20, each: 20},
		{name: "CrossWOZ", language: "zh", train: "crosswoz_zh/train.tsv", val: "crosswoz_zh/val.tsv"},
		{name: "CrossWOZ, 10 a label", language: "zh", train: "crosswoz_zh/train_10shot_s1.tsv", val: "crosswoz_zh/val.tsv"},
	} {
		if s.large && b.Quick {
			b.Report.LeftOut(s.name + ": takes too long for a quick run")
			continue
		}
		if err := b.set(s); err != nil {
			return err
		}
	}
	return nil
}

// set measures one.
func (b Bench) set(s set) error {
	train, err := measure.Read(filepath.Join(b.Data, s.train))
	if err != nil {
		return err
	}
	rows, err := measure.Read(filepath.Join(b.Data, s.val))
	if err != nil {
		return err
	}
	opts, lessons := measure.Lessons(measure.EvalOptions{Language: s.language}, some(train, s.labels, s.each))
	known := map[string]bool{measure.OOS: true}
	for _, e := range lessons {
		known[e.Label] = true
	}
	for label := range opts.Names {
		if !known[label] {
			delete(opts.Names, label)
		}
	}
	rows = slices.DeleteFunc(rows, func(e nlu.Example) bool { return !known[e.Label] })

	before, begun := heap(), time.Now()
	m, err := nlu.Train(opts, lessons)
	if err != nil {
		return fmt.Errorf("train on %s: %w", s.name, err)
	}
	took := time.Since(begun)
	size := heap() - before
	f := func(what string, value float64, unit, note string) {
		b.Report.Figure(s.name+": "+what, value, unit, report.None, note)
	}
	f("training", took.Seconds(), "s", fmt.Sprintf("%d sentences, one core", len(lessons)))
	f("model", float64(size)/1e6, "MB", "")
	p50, p99 := latencies(m, rows)
	f("match, median", p50, "us", "")
	f("match, p99", p99, "us", "")
	r := measure.Score(rows, measure.Predict(m, rows, measure.Threshold(m, rows, 0.05)))
	f("right, nothing rejected", 100*r.InScopeAnswered, "%", "")
	f("right, one in twenty rejected", 100*r.InScopeAccuracy, "%", "")
	f("outside, rejected", 100*r.OOSRecall, "%", fmt.Sprintf("AUROC %.1f, FPR95 %.1f", 100*r.AUROC, 100*r.FPR95))
	f("calibration error", 100*r.ECE, "points", fmt.Sprintf("of what is accepted %.1f", 100*r.ECEAccepted))
	runtime.KeepAlive(m)
	return nil
}

// some keeps the rows of the first labels in scope, and so many of each; 0 keeps all.
func some(rows []nlu.Example, labels, each int) []nlu.Example {
	seen := map[string]int{}
	var out []nlu.Example
	for _, e := range rows {
		n, known := seen[e.Label]
		if e.Label == measure.OOS || !known && labels > 0 && len(seen) == labels || each > 0 && n == each {
			continue
		}
		seen[e.Label]++
		out = append(out, e)
	}
	return out
}

// latencies is how long matching takes, in microseconds.
func latencies(m *nlu.Model, rows []nlu.Example) (median, p99 float64) {
	took := make([]float64, len(rows))
	for i, e := range rows {
		begun := time.Now()
		m.Classify(e.Text)
		took[i] = float64(time.Since(begun)) / float64(time.Microsecond)
	}
	slices.Sort(took)
	return took[len(took)/2], took[len(took)*99/100]
}

// heap is what is alive, in bytes.
func heap() int64 {
	var s runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&s)
	return int64(s.HeapAlloc)
}
