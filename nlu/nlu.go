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
	"errors"
	"fmt"
	"math"
	"slices"

	"trunkline/nlu/learn"
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
	// Synonyms are groups of words or phrases that mean the same to this menu ("cash", "money"). In
	// examples and sentences alike each stands for the first of its group.
	Synonyms [][]string
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
	language     string
	labels       []string
	outside      int // number of Options.Outside, or -1
	lexicon      lexicon
	space        *space
	svm          table // one row of labels per column, then the bias
	nets         []brain
	right, scope calibration // of the best answer; of there being one
	threshold    float64
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
	// Scope is larger the surer the model is that the sentence belongs to any label. Compare it
	// with other scopes of the same model.
	Scope float64
	// Outside is the probability, 0–1, that no label fits.
	Outside float64
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
	plans := recipe(opts, len(rows), len(labels))
	m := fit(opts, rows, labels, plans)
	m.calibrate(opts, rows, plans)
	return m, nil
}

// row is one training sentence, already taken apart.
type row struct {
	label  int
	name   bool // the label's name, not something a caller said
	bag    bag
	tokens int
}

// collect checks the examples and numbers the labels in order of appearance.
func collect(opts Options, examples []Example) ([]row, []string, error) {
	var (
		rows     []row
		labels   []string
		number   = map[string]int{}
		words    = newLexicon(opts.Synonyms)
		families = groups(opts.Language)
	)
	add := func(label, text string, name bool) error {
		if label == "" {
			return fmt.Errorf("train %q: no label", text)
		}
		tokens := words.apply(Tokens(text))
		if len(tokens) == 0 {
			return fmt.Errorf("train %s: %q has no word in it", label, text)
		}
		n, ok := number[label]
		if !ok {
			n = len(labels)
			number[label] = n
			labels = append(labels, label)
		}
		rows = append(rows, row{label: n, name: name, bag: bagOf(opts.Language, families, tokens), tokens: len(tokens)})
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
func fit(opts Options, rows []row, labels []string, nets []learn.Plan) *Model {
	sp, vectors := newSpace(groups(opts.Language), rows, rareEnough(len(rows), len(labels)))
	target := make([]int, len(rows))
	for i, r := range rows {
		target[i] = r.label
	}
	m := &Model{
		language: opts.Language,
		lexicon:  newLexicon(opts.Synonyms),
		labels:   labels,
		outside:  slices.Index(labels, opts.Outside),
		space:    sp,
		svm:      pack(learn.SVM(vectors, target, len(labels), sp.columns, opts.Seed), len(labels)),
	}
	for _, p := range nets {
		n := learn.TrainNet(vectors, target, len(labels), sp.netted, p)
		m.nets = append(m.nets, brain{pack(n.In, p.Hidden), n.Out})
	}
	m.right, m.scope = priors()
	return m
}

// Labels lists the labels in order of first appearance.
func (m *Model) Labels() []string { return slices.Clone(m.labels) }

// Threshold is the Scope below which a sentence is out of scope.
func (m *Model) Threshold() float64 { return m.threshold }

// Classify ranks the labels for one sentence. Any text is accepted, of any length, script or
// encoding; what is beyond the first few hundred words is ignored.
func (m *Model) Classify(text string) Result {
	tokens := m.tokens(text)
	if len(tokens) == 0 {
		return Result{Scope: math.Inf(-1)}
	}
	d := m.decide(bagOf(m.language, m.space.groups, tokens), len(tokens))
	return m.judge(&d)
}

// tokens cuts text as the examples were cut.
func (m *Model) tokens(text string) []string { return m.lexicon.apply(Tokens(text)) }

// judge puts a decision into probabilities.
func (m *Model) judge(d *decision) Result {
	e := d.evidence()
	r := Result{Ranked: make([]Score, len(m.labels)), Scope: e.scope()}
	r.InScope = d.best != m.outside && r.Scope >= m.threshold
	r.Outside = 1 - m.scope.probability(evidence{0: 1, 1: r.Scope})
	p := m.right.probability(e)
	if d.best == m.outside {
		p = r.Outside
	}
	order := d.ranked()
	for i, share := range d.spread(order, p) {
		r.Ranked[i] = Score{Label: m.labels[order[i]], Confidence: share}
	}
	return r
}

// ranked orders the labels, the likeliest first, ties by number.
func (d *decision) ranked() []int {
	order := make([]int, len(d.shares))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch x, y := d.shares[a], d.shares[b]; {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return a - b
	})
	return order
}

// spread gives the best label probability p and the others their part of the rest; none of them
// gets more than the best.
func (d *decision) spread(order []int, p float64) []float64 {
	out := make([]float64, len(order))
	var sum float64
	for _, j := range order[1:] {
		sum += float64(d.shares[j])
	}
	out[0] = p
	for i, j := range order[1:] {
		if sum > 0 {
			out[i+1] = min(p, (1-p)*float64(d.shares[j])/sum)
		}
	}
	return out
}
