package nlu

// CrossValidate classifies every example by a model trained without it: the examples are cut into
// so many folds, label by label, and each fold is asked of a model of the others. As many folds as
// examples leave out one at a time; sets large enough for nets are cut into ten at most. Results are
// in the order of the examples. Confidence and scope are judged as the model of all examples would.
func CrossValidate(opts Options, examples []Example, folds int) ([]Result, error) {
	whole, err := Train(opts, examples)
	if err != nil {
		return nil, err
	}
	rows, labels, err := collect(opts, examples) // the names follow the examples
	if err != nil {
		return nil, err
	}
	plans := recipe(opts, len(rows), len(labels))
	folds = max(2, min(folds, len(examples)))
	if len(plans) > 0 {
		folds = min(folds, 10)
	}
	fold := dealt(rows, len(labels), folds)
	out := make([]Result, len(examples))
	for f := range folds {
		var kept []row
		for i, r := range rows {
			if fold[i] != f {
				kept = append(kept, r)
			}
		}
		if len(kept) == 0 {
			continue
		}
		m := fit(opts, kept, labels, plans)
		m.right, m.scope, m.threshold = whole.right, whole.scope, whole.threshold
		for i, e := range examples {
			if fold[i] == f {
				out[i] = m.Classify(e.Text)
			}
		}
	}
	return out, nil
}

// dealt gives each row that is no name a fold, going round label after label, so that every fold
// has its share of each. Names get -1: they belong to every model.
func dealt(rows []row, labels, folds int) []int {
	of := make([][]int, labels)
	fold := make([]int, len(rows))
	for i, r := range rows {
		fold[i] = -1
		if !r.name {
			of[r.label] = append(of[r.label], i)
		}
	}
	next := 0
	for _, rows := range of {
		for _, i := range rows {
			fold[i] = next % folds
			next++
		}
	}
	return fold
}
