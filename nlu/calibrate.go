package nlu

import (
	"math"
	"slices"

	"trunkline/nlu/learn"
)

// calibration turns evidence into the probability that the first label is right.
type calibration struct{ weights evidence }

func (c calibration) probability(e evidence) float64 { return 1 / (1 + math.Exp(-c.odds(e))) }

// odds is the logarithm of right against wrong.
func (c calibration) odds(e evidence) float64 {
	var z float64
	for i, x := range e {
		z += c.weights[i] * x
	}
	return z
}

// priors is where a menu with too few examples to calibrate itself stands: the odds of the best
// answer being right, and of there being one, which rests on the scope alone. Fitted once over
// menus cut from public intent sets.
func priors() (right, scope calibration) {
	return calibration{evidence{0: 1.1, 1: 4.8, 2: 3.5}}, calibration{evidence{0: 3, 1: 3}}
}

// trial is one sentence judged by a model that had not seen it.
type trial struct {
	label    int // the row's own
	evidence evidence
	right    bool
	weight   float64
}

const (
	parts       = 5    // the rows, and the labels, are cut into so many parts
	many        = 60   // labels
	enoughTrial = 1500 // trials; a large set need not try every part

	// Labels left out of a large set lie nearer to the others than what callers say beside the point,
	// and are answered more often: in confidence they count for so much.
	leftOut = 0.5
)

// calibrate learns confidence and scope threshold from the designer's own rows: some held out,
// which may be answered rightly or wrongly, and some of labels held out altogether, which can only
// be answered wrongly and stand for what callers say that no label serves.
func (m *Model) calibrate(opts Options, rows []row, plans []learn.Plan) {
	inside, outside := m.trials(opts, rows, plans)
	m.threshold = math.Inf(-1)
	if len(inside) == 0 {
		return
	}
	share := opts.OutOfScopeShare
	if share <= 0 {
		share = 0.1
	}
	strangers := 0
	for _, t := range outside {
		if t.label != m.outside {
			strangers++
		}
	}
	for i := range outside {
		if t := &outside[i]; t.label != m.outside {
			t.weight = share / (1 - share) * float64(len(inside)) / float64(strangers)
		}
	}
	all := slices.Concat(inside, outside)
	if len(m.nets) > 0 {
		all = discounted(all, len(inside), m.outside)
	}
	m.right = logistic(all, m.right)
	all = slices.Concat(inside, outside)
	for i := range all {
		all[i].right = i < len(inside)
		all[i].evidence = evidence{0: 1, 1: all[i].evidence.scope()}
	}
	if len(outside) > 0 {
		m.scope = logistic(all, m.scope)
	}
	m.threshold = quantile(inside, opts.RejectShare)
}

// discounted weighs the strangers among the trials from the given one on by leftOut; those of the
// designer's own label for what is outside are no guess.
func discounted(all []trial, from, outside int) []trial {
	for i := range all[from:] {
		if t := &all[from+i]; t.label != outside {
			t.weight *= leftOut
		}
	}
	return all
}

// trials asks models trained on a part of the rows about the rest.
func (m *Model) trials(opts Options, rows []row, plans []learn.Plan) (inside, outside []trial) {
	sort := func(all []trial, hidden bool) {
		for _, t := range all {
			if hidden || t.label == m.outside {
				outside = append(outside, t)
			} else {
				inside = append(inside, t)
			}
		}
	}
	if len(m.nets) == 0 {
		sort(heldOutRows(opts, rows, m.labels), false)
		sort(heldOutLabels(opts, rows, m.labels), true)
		return inside, outside
	}
	for p := range rounds(len(rows)) {
		someRows := func(r row, nth int) bool { return nth > 0 && (nth+r.label)%parts == p }
		someLabels := func(r row, _ int) bool { return r.label != m.outside && r.label%parts == p }
		if len(m.labels) >= many {
			// So many labels are hardly easier to tell apart without a few: one model will do.
			kept, asked := heldOut(rows, func(r row, nth int) bool { return someRows(r, nth) || someLabels(r, nth) })
			for _, t := range m.rehearse(opts, plans, kept, asked) {
				sort([]trial{t}, t.label%parts == p)
			}
			continue
		}
		kept, asked := heldOut(rows, someRows)
		sort(m.rehearse(opts, plans, kept, asked), false)
		kept, asked = heldOut(rows, someLabels)
		sort(m.rehearse(opts, plans, kept, asked), true)
	}
	return inside, outside
}

// heldOut takes the rows out that are chosen by themselves and their number within their label.
// Names are not asked.
func heldOut(rows []row, choose func(r row, nth int) bool) (kept, asked []row) {
	nth := map[int]int{}
	for _, r := range rows {
		n := nth[r.label]
		if !r.name {
			nth[r.label]++
		}
		switch {
		case !choose(r, n):
			kept = append(kept, r)
		case !r.name:
			asked = append(asked, r)
		}
	}
	return kept, asked
}

// rehearse asks a model of some rows about others.
func (m *Model) rehearse(opts Options, plans []learn.Plan, kept, asked []row) []trial {
	return fit(opts, kept, m.labels, plans).ask(asked)
}

// ask returns a trial for each row.
func (m *Model) ask(rows []row) []trial {
	out := make([]trial, len(rows))
	for i, r := range rows {
		d := m.decide(r.bag, r.tokens)
		out[i] = trial{r.label, d.evidence(), d.best == r.label, 1}
	}
	return out
}

// quantile is the scope that only the given share of the trials stays below.
func quantile(inside []trial, share float64) float64 {
	if share <= 0 {
		share = 0.05
	}
	if len(inside) == 0 {
		return math.Inf(-1)
	}
	scopes := make([]float64, len(inside))
	for i, t := range inside {
		scopes[i] = t.evidence.scope()
	}
	slices.Sort(scopes)
	return scopes[min(int(share*float64(len(scopes))), len(scopes)-1)]
}

// heldOutRows tries each part of the rows, label by label, on a model of the others. A label's
// name and its only example are never held out: nothing would be left to recognise it by.
func heldOutRows(opts Options, rows []row, labels []string) []trial {
	total := make([]int, len(labels))
	for _, r := range rows {
		total[r.label]++
	}
	nth := make([]int, len(labels))
	part := make([]int, len(rows))
	for i, r := range rows {
		part[i] = -1
		if !r.name && total[r.label] > 1 {
			part[i] = (nth[r.label] + r.label) % parts
			nth[r.label]++
		}
	}
	return try(opts, rows, labels, part, part)
}

// heldOutLabels tries the rows of some labels on a model that never heard of those labels.
func heldOutLabels(opts Options, rows []row, labels []string) []trial {
	if len(labels) < 3 {
		return nil
	}
	asked, hidden := make([]int, len(rows)), make([]int, len(rows))
	for i, r := range rows {
		hidden[i] = r.label % min(parts, len(labels))
		asked[i] = hidden[i]
		if r.name {
			asked[i] = -1
		}
	}
	return try(opts, rows, labels, asked, hidden)
}

// try trains without the rows hidden in a part and asks the rows of that part, part by part,
// until there are enough trials.
func try(opts Options, rows []row, labels []string, asked, hidden []int) []trial {
	var out []trial
	for p := 0; p < parts && len(out) < enoughTrial; p++ {
		var kept []row
		for i, r := range rows {
			if hidden[i] != p {
				kept = append(kept, r)
			}
		}
		if len(kept) == len(rows) || len(kept) == 0 {
			continue
		}
		var ask []row
		for i, r := range rows {
			if asked[i] == p {
				ask = append(ask, r)
			}
		}
		out = append(out, fit(opts, kept, labels, nil).ask(ask)...)
	}
	return out
}

// pull is the strength of the quadratic penalty that ties a calibration to its prior, in trials: few
// trials move it little, and a separable set does not run away.
const pull = 2.0

// logistic fits the calibration by Newton's method, each step halved until it does some good.
func logistic(trials []trial, prior calibration) calibration {
	const laps, halvings = 50, 30
	c := prior
	now := loss(trials, prior, c)
	for range laps {
		step := newton(trials, prior, c)
		better := false
		for range halvings {
			next := c
			for i := range step {
				next.weights[i] += step[i]
				step[i] /= 2
			}
			if l := loss(trials, prior, next); l < now-1e-9 {
				c, now, better = next, l, true
				break
			}
		}
		if !better {
			break
		}
	}
	return c
}

// loss is the negative log likelihood of the trials with the penalty added.
func loss(trials []trial, prior, c calibration) float64 {
	var sum float64
	for i, w := range c.weights {
		sum += pull / 2 * (w - prior.weights[i]) * (w - prior.weights[i])
	}
	for _, t := range trials {
		z := c.odds(t.evidence)
		if t.right {
			z = -z
		}
		sum += t.weight * (max(z, 0) + math.Log1p(math.Exp(-math.Abs(z)))) // ln(1+e^z)
	}
	return sum
}

// newton is the full step from c towards the least loss.
func newton(trials []trial, prior, c calibration) evidence {
	var gradient evidence
	var curvature [len(evidence{})]evidence
	for i := range gradient {
		gradient[i] = pull * (prior.weights[i] - c.weights[i])
		curvature[i][i] = pull
	}
	for _, t := range trials {
		p := c.probability(t.evidence)
		miss := -p
		if t.right {
			miss = 1 - p
		}
		for i, x := range t.evidence {
			gradient[i] += t.weight * miss * x
			for j, y := range t.evidence {
				curvature[i][j] += t.weight * p * (1 - p) * x * y
			}
		}
	}
	return solveLinear(curvature, gradient)
}

// solveLinear solves a x = b for a symmetric positive definite a by elimination.
func solveLinear(a [len(evidence{})]evidence, b evidence) evidence {
	n := len(b)
	for i := range n {
		for j := i + 1; j < n; j++ {
			f := a[j][i] / a[i][i]
			for k := i; k < n; k++ {
				a[j][k] -= f * a[i][k]
			}
			b[j] -= f * b[i]
		}
	}
	for i := n - 1; i >= 0; i-- {
		for k := i + 1; k < n; k++ {
			b[i] -= a[i][k] * b[k]
		}
		b[i] /= a[i][i]
	}
	return b
}
