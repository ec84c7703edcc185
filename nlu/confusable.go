package nlu

import (
	"cmp"
	"slices"
)

// Confusion is a pair of labels taken for one another.
type Confusion struct {
	Labels    [2]string // the one that appeared first in the examples, the other
	Sentences []Mistake // in the order of the examples
}

// Mistake is an example that a model of the others gives to the wrong label.
type Mistake struct {
	Text, Label string
	Taken       Score // for which label, and how surely
}

// Confusable finds the labels that cross-validation mixes up, those that are mixed up most often
// first. Folds are as for CrossValidate.
func Confusable(opts Options, examples []Example, folds int) ([]Confusion, error) {
	results, err := CrossValidate(opts, examples, folds)
	if err != nil {
		return nil, err
	}
	number := map[string]int{}
	for _, e := range examples {
		if _, ok := number[e.Label]; !ok {
			number[e.Label] = len(number)
		}
	}
	var out []Confusion
	for i, e := range examples {
		taken := results[i].Best()
		if taken.Label == e.Label || taken.Label == "" {
			continue
		}
		pair := [2]string{e.Label, taken.Label}
		if n, ok := number[pair[1]]; ok && n < number[pair[0]] {
			pair[0], pair[1] = pair[1], pair[0]
		}
		at := slices.IndexFunc(out, func(c Confusion) bool { return c.Labels == pair })
		if at < 0 {
			at = len(out)
			out = append(out, Confusion{Labels: pair})
		}
		out[at].Sentences = append(out[at].Sentences, Mistake{e.Text, e.Label, taken})
	}
	slices.SortStableFunc(out, func(a, b Confusion) int { return cmp.Compare(len(b.Sentences), len(a.Sentences)) })
	return out, nil
}
