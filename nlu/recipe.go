package nlu

import "trunkline/nlu/learn"

// recipe chooses the nets for a set of examples. Below a few rows, machines alone are as good.
func recipe(opts Options, rows, labels int) []learn.Plan {
	const few = 600
	if rows < few || labels < 3 {
		return nil
	}
	p := learn.Plan{Hidden: 300, Batch: 128, Rate: 2e-3, DropIn: 0.3, DropOut: 0.4, Smoothing: 0.1}
	if labels <= 60 {
		p.Hidden = 128
	}
	if rows < 3000 {
		p.Batch = 64
	}
	p.Laps = max(12, min(40, 80000/rows))
	count := 1
	if rows < 2000 && labels >= many {
		count = 2 // which err differently while there is little to learn from
	}
	out := make([]learn.Plan, count)
	for i := range out {
		p.Seed = opts.Seed*31 + uint64(i)
		out[i] = p
	}
	return out
}

// rareEnough is in how many rows a feature must be for a net to see it.
func rareEnough(rows, labels int) int {
	if rows < 30*labels {
		return 1
	}
	return 2
}

// rounds is how many models are trained to calibrate another.
func rounds(rows int) int {
	if rows < 1000 {
		return 2
	}
	return 1
}
