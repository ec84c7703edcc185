package measure

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"trunkline/nlu"
)

// Report is what predictions are worth. Shares are 0–1; what cannot be told (the recall of rows
// outside where there are none) is NaN.
type Report struct {
	Rows, InScope, Outside int

	Accuracy        float64 // of all rows, a rejected row outside being right
	InScopeAnswered float64 // right rows in scope, as if nothing were rejected
	InScopeAccuracy float64 // right rows in scope; a rejection is wrong
	InScopeReject   float64 // rejected rows in scope
	OOSRecall       float64 // rejected rows outside, of those outside
	OOSPrecision    float64 // the same, of all rejected rows
	MacroF1         float64 // mean over the labels of the rows, OOS among them

	ECE, ECEAccepted float64 // expected calibration error, 15 bins: of all rows, of those not rejected
	Brier            float64 // mean squared distance of confidence and truth
	Cov95, Cov98     float64 // largest share of rows, surest first, of which 95 and 98 % are right

	AUROC float64 // of the scope, in against out
	FPR95 float64 // rows outside that pass where 95 % of those in scope do
}

// Score compares predictions with the rows they were made for.
func Score(rows []nlu.Example, predictions []Prediction) Report {
	r := Report{Rows: len(rows)}
	var all, accepted []judged
	var in, out []float64
	var answered, right, rejected, caught, said int
	for i, e := range rows {
		p := predictions[i]
		j := judged{p.Confidence, p.Label == e.Label}
		all = append(all, j)
		if p.Label == OOS {
			said++
		} else {
			accepted = append(accepted, j)
		}
		if e.Label == OOS {
			out = append(out, p.Scope)
			caught += count(j.right)
			continue
		}
		in = append(in, p.Scope)
		right += count(j.right)
		answered += count(p.Best == e.Label)
		rejected += count(p.Label == OOS)
	}
	r.InScope, r.Outside = len(in), len(out)
	r.Accuracy = share(right+caught, r.Rows)
	r.InScopeAnswered, r.InScopeAccuracy, r.InScopeReject = share(answered, len(in)), share(right, len(in)), share(rejected, len(in))
	r.OOSRecall, r.OOSPrecision = share(caught, len(out)), share(caught, said)
	if len(out) == 0 {
		r.OOSPrecision = math.NaN()
	}
	r.MacroF1 = macroF1(rows, predictions)
	r.ECE, r.ECEAccepted = ece(all), ece(accepted)
	for _, j := range all {
		d := j.confidence - float64(count(j.right))
		r.Brier += d * d / float64(r.Rows)
	}
	r.Cov95, r.Cov98 = coverage(accepted, r.Rows, 0.95), coverage(accepted, r.Rows, 0.98)
	r.AUROC, r.FPR95 = separation(in, out)
	return r
}

// judged is one answer.
type judged struct {
	confidence float64
	right      bool
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func share(n, of int) float64 {
	if of == 0 {
		return math.NaN()
	}
	return float64(n) / float64(of)
}

func macroF1(rows []nlu.Example, predictions []Prediction) float64 {
	var order []string
	hit, gold, said := map[string]int{}, map[string]int{}, map[string]int{}
	for i, e := range rows {
		if gold[e.Label] == 0 {
			order = append(order, e.Label)
		}
		gold[e.Label]++
		said[predictions[i].Label]++
		hit[e.Label] += count(predictions[i].Label == e.Label)
	}
	var sum float64
	for _, l := range order {
		sum += 2 * float64(hit[l]) / float64(gold[l]+said[l])
	}
	return sum / float64(len(order))
}

// ece is the gap between confidence and truth, bin by bin.
func ece(answers []judged) float64 {
	const bins = 15
	var gap [bins]float64
	for _, j := range answers {
		gap[min(int(j.confidence*bins), bins-1)] += j.confidence - float64(count(j.right))
	}
	var sum float64
	for _, g := range gap {
		sum += math.Abs(g)
	}
	if len(answers) == 0 {
		return math.NaN()
	}
	return sum / float64(len(answers))
}

// coverage is the largest share of total that can be acted on, surest first, with the target of it
// right. Equal confidences stand or fall together.
func coverage(accepted []judged, total int, target float64) float64 {
	sorted := slices.Clone(accepted)
	slices.SortStableFunc(sorted, func(a, b judged) int { return cmp.Compare(b.confidence, a.confidence) })
	best, right := 0, 0
	for i, j := range sorted {
		right += count(j.right)
		if i+1 < len(sorted) && sorted[i+1].confidence == j.confidence {
			continue
		}
		if float64(right) >= target*float64(i+1) {
			best = i + 1
		}
	}
	return share(best, total)
}

// separation is how well a score tells in from out: the area under the curve of true against false
// acceptance, and the false acceptance where 95 % of what is in is accepted.
func separation(in, out []float64) (auroc, fpr95 float64) {
	if len(in) == 0 || len(out) == 0 {
		return math.NaN(), math.NaN()
	}
	in, out = slices.Sorted(slices.Values(in)), slices.Sorted(slices.Values(out))
	var won float64
	below, level := 0, 0 // of out, for the score at hand
	for _, x := range in {
		for below < len(out) && out[below] < x {
			below++
		}
		for level = max(level, below); level < len(out) && out[level] == x; {
			level++
		}
		won += float64(below) + float64(level-below)/2
	}
	threshold := in[int(0.05*float64(len(in)))]
	passed, _ := slices.BinarySearch(out, threshold)
	return won / float64(len(in)) / float64(len(out)), share(len(out)-passed, len(out))
}

// String is the report for people, a figure a line.
func (r Report) String() string {
	var b strings.Builder
	line := func(name string, x float64) {
		if math.IsNaN(x) {
			fmt.Fprintf(&b, "%-28s      -\n", name)
			return
		}
		fmt.Fprintf(&b, "%-28s %6.2f %%\n", name, 100*x)
	}
	fmt.Fprintf(&b, "%d rows, %d in scope, %d outside\n", r.Rows, r.InScope, r.Outside)
	line("right, nothing rejected", r.InScopeAnswered)
	line("right in scope", r.InScopeAccuracy)
	line("rejected in scope", r.InScopeReject)
	line("outside, recall", r.OOSRecall)
	line("outside, precision", r.OOSPrecision)
	line("right, all rows", r.Accuracy)
	line("macro F1", r.MacroF1)
	line("AUROC", r.AUROC)
	line("FPR at 95 %", r.FPR95)
	line("calibration error", r.ECE)
	line("calibration error, accepted", r.ECEAccepted)
	fmt.Fprintf(&b, "%-28s %6.4f\n", "Brier", r.Brier)
	line("coverage at 95 %", r.Cov95)
	line("coverage at 98 %", r.Cov98)
	return b.String()
}
