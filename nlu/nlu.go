// Package nlu decides which of a designer's topics a sentence is about.
//
// Train turns labelled example sentences into a Model; Classify ranks the labels for a new
// sentence with a calibrated confidence, and says whether the sentence looks like any of them at
// all. Chinese and English. There are no pretrained weights: everything a Model knows comes from
// the examples it was given.
//
// The package computes and nothing else: no files, no clock, no goroutine, no lock. Training is
// deterministic (same options and examples, same model). A Model never changes after Train, so
// any number of goroutines may use it, and a new one may be trained while the old one serves.
package nlu

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// ErrNoExamples is returned by Train when there is nothing to learn from.
var ErrNoExamples = errors.New("no examples")

// Example is one sentence known to belong to a label.
type Example struct {
	Label string
	Text  string
}

// Options choose how a Model is trained. The zero value trains an English model.
type Options struct {
	// Language is the BCP 47 tag of the sentences. Tags of Chinese ("zh", "zh-CN", "cmn") select
	// character features; all others word features.
	Language string
	// Names gives labels a human name ("lost card"). Each is one more training row, and the only
	// row of a label without examples.
	Names map[string]string
	// Outside is the label of the examples that belong to no topic, if there are any: what callers
	// say that nobody serves. A sentence ranked there is out of scope.
	Outside string
	// Seed changes the order in which examples are visited. Answers hardly depend on it.
	Seed uint64
	// RejectShare is how often a valid sentence may be called out of scope, 0–1; 0 means 0.05.
	RejectShare float64
	// OutOfScopeShare is how much of the real traffic is assumed to belong to no label, 0–1; 0
	// means 0.1. It lowers the confidence of every answer accordingly.
	OutOfScopeShare float64
}

// Model is a trained classifier. It is immutable and safe for concurrent use.
type Model struct {
	labels  []string
	outside int // number of Options.Outside, or -1
	space   *space
	// weights holds one row of len(labels) per feature, then one row for the bias.
	weights   []float32
	calibrate calibration
	threshold float64
}

// Score is one label with the probability that it is right.
type Score struct {
	Label      string
	Confidence float64 // 0–1
}

// Result is what a Model makes of one sentence.
type Result struct {
	// Ranked lists every label, best first. It is empty only when the sentence has no word at all.
	Ranked []Score
	// Scope is larger the surer the model is that the sentence belongs to any label. It has no
	// unit: compare it with other scopes of the same model.
	Scope float64
	// InScope reports whether Scope reaches the model's threshold (see Options.RejectShare).
	InScope bool
}

// Best returns the first of Ranked, or the zero Score.
func (r Result) Best() Score { return r.at(0) }

// Runner returns the second of Ranked, or the zero Score.
func (r Result) Runner() Score { return r.at(1) }

func (r Result) at(i int) Score {
	if i < len(r.Ranked) {
		return r.Ranked[i]
	}
	return Score{}
}

// Train learns a Model from examples. The error names the first example that cannot be learnt
// from: one without a label, or without a single word.
func Train(opts Options, examples []Example) (*Model, error) {
	rows, labels, err := collect(opts, examples)
	if err != nil {
		return nil, err
	}
	m := fit(opts, rows, labels)
	m.calibrate, m.threshold = calibrated(opts, rows, labels)
	return m, nil
}

// row is one training sentence, already cut into tokens.
type row struct {
	label  int
	name   bool // the label's name, not something a caller said
	tokens []string
}

// collect checks the examples and numbers the labels in order of appearance.
func collect(opts Options, examples []Example) ([]row, []string, error) {
	var (
		rows   []row
		labels []string
		number = map[string]int{}
	)
	add := func(label, text string, name bool) error {
		if label == "" {
			return fmt.Errorf("train %q: no label", text)
		}
		tokens := Tokens(text)
		if len(tokens) == 0 {
			return fmt.Errorf("train %s: %q has no word in it", label, text)
		}
		n, ok := number[label]
		if !ok {
			n = len(labels)
			number[label] = n
			labels = append(labels, label)
		}
		rows = append(rows, row{label: n, name: name, tokens: tokens})
		return nil
	}
	for _, e := range examples {
		if err := add(e.Label, e.Text, false); err != nil {
			return nil, nil, err
		}
	}
	named := make([]string, 0, len(opts.Names))
	for label := range opts.Names {
		named = append(named, label)
	}
	slices.Sort(named)
	for _, label := range named {
		if err := add(label, opts.Names[label], true); err != nil {
			return nil, nil, err
		}
	}
	if len(rows) == 0 {
		return nil, nil, ErrNoExamples
	}
	return rows, labels, nil
}

// fit trains the classifier proper, without calibration.
func fit(opts Options, rows []row, labels []string) *Model {
	sp := newSpace(opts.Language, rows)
	vectors := make([]vector, len(rows))
	target := make([]int, len(rows))
	for i, r := range rows {
		vectors[i] = sp.vector(r.tokens)
		target[i] = r.label
	}
	return &Model{
		labels:    labels,
		outside:   slices.Index(labels, opts.Outside),
		space:     sp,
		weights:   trainSVM(vectors, target, len(labels), sp.size(), opts.Seed),
		calibrate: defaultCalibration(),
	}
}

// Labels lists the labels in order of first appearance.
func (m *Model) Labels() []string { return slices.Clone(m.labels) }

// Threshold is the Scope below which a sentence is out of scope.
func (m *Model) Threshold() float64 { return m.threshold }

// Classify ranks the labels for one sentence. Any text is accepted, of any length, script or
// encoding; what is beyond the first few hundred words is ignored.
func (m *Model) Classify(text string) Result {
	tokens := Tokens(text)
	if len(tokens) == 0 {
		return Result{Scope: math.Inf(-1)}
	}
	d := m.decide(tokens)
	order := d.ranked()
	p := m.calibrate.probability(d.evidence())
	r := Result{Ranked: make([]Score, len(order)), Scope: d.scope}
	r.InScope = d.best != m.outside && d.scope >= m.threshold
	for i, share := range d.shares(order, p) {
		r.Ranked[i] = Score{Label: m.labels[order[i]], Confidence: share}
	}
	return r
}

// decision is the raw outcome for one sentence, before calibration.
type decision struct {
	values []float64 // one-vs-rest decision value per label
	best   int
	top    float64 // values[best]
	margin float64 // distance to the runner-up
	scope  float64 // the best value of a label other than Options.Outside
}

func (m *Model) decide(tokens []string) decision {
	v := m.space.vector(tokens)
	k := len(m.labels)
	d := decision{values: make([]float64, k)}
	for j, w := range m.weights[m.space.size()*k:] {
		d.values[j] = float64(w)
	}
	for i, f := range v.index {
		x := float64(v.value[i])
		for j, w := range m.weights[int(f)*k : (int(f)+1)*k] {
			d.values[j] += x * float64(w)
		}
	}
	second := math.Inf(-1)
	d.top, d.scope = second, second
	for j, s := range d.values {
		if s > d.top {
			d.best, d.top, second = j, s, d.top
		} else {
			second = max(second, s)
		}
		if j != m.outside {
			d.scope = max(d.scope, s)
		}
	}
	if k == 1 {
		second = -1 // what a label that never fits would score
	}
	d.margin = d.top - second
	return d
}

// ranked orders the labels by decision value, ties by number.
func (d decision) ranked() []int {
	order := make([]int, len(d.values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(d.values[b], d.values[a]) })
	return order
}

// shares gives the best label probability p and spreads the rest over the others by a softmax of
// their decision values; none of them gets more than the best.
func (d decision) shares(order []int, p float64) []float64 {
	const sharpness = 3 // of the softmax over decision values
	out := make([]float64, len(order))
	var sum float64
	for i, j := range order {
		out[i] = math.Exp(sharpness * (d.values[j] - d.top))
		sum += out[i]
	}
	out[0], sum = p, sum-1
	for i := 1; i < len(out); i++ {
		out[i] = min(p, (1-p)*out[i]/sum)
	}
	return out
}
