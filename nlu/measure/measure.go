// Package measure judges a classifier by labelled sentences: how often it is right, what it does with
// sentences that no label serves, and whether its confidence can be believed.
//
// It reads and writes the plain files such sets come in (see Read, WritePredictions) and owns none of
// them. The command line and the benchmarks call it; nothing that serves calls does.
package measure

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"trunkline/nlu"
)

// OOS is the label of rows that no label serves.
const OOS = "oos"

// EvalOptions say what Eval trains on and where it puts what it finds. The files are as for Read.
type EvalOptions struct {
	Train, Val, Test string
	Out              string // predictions; empty: none are written
	Language         string // "en", "zh"
	UseOOS           bool   // learn from the OOS rows of Train, too
}

// Eval trains on one file, sets the threshold by another so that it rejects one of twenty of its
// rows in scope, predicts the third, and prints the Report.
func Eval(opts EvalOptions, w io.Writer) error {
	train, err := Read(opts.Train)
	if err != nil {
		return err
	}
	val, err := Read(opts.Val)
	if err != nil {
		return err
	}
	test, err := Read(opts.Test)
	if err != nil {
		return err
	}
	learn, lessons := Lessons(opts, train)
	model, err := nlu.Train(learn, lessons)
	if err != nil {
		return fmt.Errorf("train on %s: %w", opts.Train, err)
	}
	predictions := Predict(model, test, Threshold(model, val, 0.05))
	if opts.Out != "" {
		if err := WritePredictions(opts.Out, predictions); err != nil {
			return err
		}
	}
	_, err = fmt.Fprint(w, Score(test, predictions))
	return err
}

// Lessons is what a model learns from rows: all that are in scope, those that are not when asked to,
// and every label by its name, as a designer would write it.
func Lessons(opts EvalOptions, rows []nlu.Example) (nlu.Options, []nlu.Example) {
	o := nlu.Options{Language: opts.Language, Names: map[string]string{}}
	var lessons []nlu.Example
	for _, e := range rows {
		switch {
		case e.Label != OOS:
			if name := strings.ReplaceAll(e.Label, "_", " "); len(nlu.Tokens(name)) > 0 {
				o.Names[e.Label] = name
			}
		case !opts.UseOOS:
			continue
		default:
			o.Outside = OOS
		}
		lessons = append(lessons, e)
	}
	return o, lessons
}

// Threshold is the scope that the given share of the rows in scope stays below.
func Threshold(m *nlu.Model, rows []nlu.Example, share float64) float64 {
	var scopes []float64
	for _, e := range rows {
		if e.Label != OOS {
			scopes = append(scopes, m.Classify(e.Text).Scope)
		}
	}
	if len(scopes) == 0 {
		return m.Threshold()
	}
	slices.Sort(scopes)
	return scopes[min(int(share*float64(len(scopes))), len(scopes)-1)]
}

// Prediction is the answer for one row.
type Prediction struct {
	Label      string  // OOS when rejected
	Best       string  // what it would be if nothing were rejected
	Confidence float64 // that Label is right, 0–1
	Scope      float64 // larger the surer that the row is in scope
}

// Predict classifies rows; what stays below the threshold is rejected.
func Predict(m *nlu.Model, rows []nlu.Example, threshold float64) []Prediction {
	out := make([]Prediction, len(rows))
	for i, e := range rows {
		r := m.Classify(e.Text)
		best := r.Best()
		p := Prediction{best.Label, best.Label, best.Confidence, max(r.Scope, -1e6)}
		if r.Scope < threshold || best.Label == OOS || best.Label == "" {
			p.Label, p.Confidence = OOS, r.Outside
		}
		if best.Label == "" || math.IsNaN(p.Confidence) {
			p.Confidence = 1
		}
		out[i] = p
	}
	return out
}
