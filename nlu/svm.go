package nlu

import (
	"math"
	"math/rand/v2"
)

// The classifier is one linear support vector machine per label against all others, with squared
// hinge loss and the L2 penalty, solved by dual coordinate descent with shrinking (Hsieh, Chang,
// Lin, Keerthi, Sundararajan 2008; liblinear's solver 1).
const (
	cost      = 1.0  // C: how much a misplaced example may bend the boundary
	tolerance = 0.1  // stop when the projected gradients of all examples lie within this
	maxLaps   = 60   // over the examples, per label
	biasValue = 1.0  // of the constant feature that stands for the bias
	idle      = 1e-9 // gradients below this change nothing
)

// trainSVM returns the weights as one row of labels per feature, and a last row for the bias.
func trainSVM(rows []vector, target []int, labels, features int, seed uint64) []float32 {
	s := newSolver(rows, features)
	out := make([]float32, (features+1)*labels)
	for k := range labels {
		s.solve(target, k, rand.New(rand.NewPCG(seed, uint64(k))))
		for f, w := range s.weights {
			out[f*labels+k] = float32(w)
		}
	}
	return out
}

// solver is the scratch space of one training, reused from label to label.
type solver struct {
	rows    []vector
	norms   []float64 // squared length of each row with its bias, plus the diagonal term
	alpha   []float64
	order   []int32
	weights []float64 // features, then the bias
}

func newSolver(rows []vector, features int) *solver {
	s := &solver{
		rows:    rows,
		norms:   make([]float64, len(rows)),
		alpha:   make([]float64, len(rows)),
		order:   make([]int32, len(rows)),
		weights: make([]float64, features+1),
	}
	for i, r := range rows {
		s.norms[i] = biasValue*biasValue + diagonal()
		for _, x := range r.value {
			s.norms[i] += float64(x) * float64(x)
		}
	}
	return s
}

func diagonal() float64 { return 1 / (2 * cost) }

// solve fits label k against the rest; the answer is in s.weights.
func (s *solver) solve(target []int, k int, rng *rand.Rand) {
	clear(s.weights)
	clear(s.alpha)
	for i := range s.order {
		s.order[i] = int32(i)
	}
	active := len(s.order)
	limit := math.Inf(1) // a resting example with a gradient above it is set aside
	for range maxLaps {
		rng.Shuffle(active, func(i, j int) { s.order[i], s.order[j] = s.order[j], s.order[i] })
		var high, low float64
		active, high, low = s.lap(target, k, active, limit)
		if high-low > tolerance {
			limit = math.Inf(1)
			if high > 0 {
				limit = high
			}
			continue
		}
		if active == len(s.order) {
			return
		}
		active, limit = len(s.order), math.Inf(1) // look once more at those set aside
	}
}

// lap visits the active examples once. It returns how many stay active and the range of their
// projected gradients.
func (s *solver) lap(target []int, k, active int, limit float64) (int, float64, float64) {
	high, low := math.Inf(-1), math.Inf(1)
	for i := 0; i < active; i++ {
		n := s.order[i]
		y := -1.0
		if target[n] == k {
			y = 1
		}
		g := y*s.value(n) - 1 + s.alpha[n]*diagonal()
		pg := g
		if s.alpha[n] == 0 {
			if g > limit {
				active--
				s.order[i], s.order[active] = s.order[active], s.order[i]
				i--
				continue
			}
			pg = min(g, 0)
		}
		high, low = max(high, pg), min(low, pg)
		if math.Abs(pg) < idle {
			continue
		}
		old := s.alpha[n]
		s.alpha[n] = max(old-g/s.norms[n], 0)
		s.add(n, (s.alpha[n]-old)*y)
	}
	return active, high, low
}

func (s *solver) value(n int32) float64 {
	r := &s.rows[n]
	w, value := s.weights, r.value
	sum := w[len(w)-1] * biasValue
	for i, f := range r.index {
		sum += w[f] * float64(value[i])
	}
	return sum
}

func (s *solver) add(n int32, step float64) {
	r := &s.rows[n]
	w, value := s.weights, r.value
	w[len(w)-1] += step * biasValue
	for i, f := range r.index {
		w[f] += step * float64(value[i])
	}
}
