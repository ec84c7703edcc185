package learn

import (
	"math/rand/v2"
)

// The classifier is one linear support vector machine per label against all others, with squared
// hinge loss and the L2 penalty, solved by dual coordinate descent (Hsieh, Chang, Lin, Keerthi,
// Sundararajan 2008; liblinear's solver 1). All labels are solved side by side: a row is read once
// for all of them, and the weights of one column lie together.
const (
	cost      = 1.0 // C: how much a misplaced example may bend the boundary
	diagonal  = 1 / (2 * cost)
	tolerance = 0.1     // stop when no projected gradient has moved further than this
	maxLaps   = 60      // over the examples
	maxVisits = 180_000 // of examples, however many there are
	idle      = 1e-6
)

// machine is the state of one training.
type machine struct {
	labels  int
	weights []float32 // one row of labels per column, then the bias
	alpha   []float32 // one row of labels per example
	value   []float32 // of each label for the example at hand
	step    []float32 // that each label takes
	moved   []int32   // labels whose step is not nothing
}

// SVM returns the weights as one row of labels per column, and a last row for the bias.
func SVM(rows []Vector, target []int, labels, columns int, seed uint64) []float32 {
	m := &machine{
		labels:  labels,
		weights: make([]float32, (columns+1)*labels),
		alpha:   make([]float32, len(rows)*labels),
		value:   make([]float32, labels),
		step:    make([]float32, labels),
	}
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	rng := rand.New(rand.NewPCG(seed, 0x73766d))
	for range min(maxLaps, max(10, maxVisits/len(rows))) {
		rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		var worst float32
		for _, n := range order {
			worst = max(worst, m.visit(&rows[n], n, target[n]))
		}
		if worst <= tolerance {
			break
		}
	}
	return m.weights
}

// visit makes the machines of all labels agree with one example, and returns the largest
// disagreement found.
func (m *machine) visit(r *Vector, n, target int) float32 {
	k := m.labels
	bias := m.weights[len(m.weights)-k:]
	copy(m.value, bias)
	norm := float32(1 + diagonal)
	for i, f := range r.Index {
		x := r.Value[i]
		norm += float32(x * x)
		Axpy(x, m.weights[int(f)*k:(int(f)+1)*k], m.value)
	}
	alpha := m.alpha[n*k : (n+1)*k]
	m.moved = m.moved[:0]
	var worst float32
	for j, s := range m.value {
		m.step[j] = 0
		y := float32(-1)
		if j == target {
			y = 1
		}
		old := alpha[j]
		g := float32(y*s) - 1 + float32(old*diagonal)
		if old == 0 && g >= -idle || g < idle && g > -idle {
			continue
		}
		alpha[j] = max(old-g/norm, 0)
		m.step[j] = (alpha[j] - old) * y
		m.moved = append(m.moved, int32(j))
		worst = max(worst, g, -g)
	}
	m.add(r, bias)
	return worst
}

// add moves the weights of the columns of one example.
func (m *machine) add(r *Vector, bias []float32) {
	k := m.labels
	for _, j := range m.moved {
		bias[j] += m.step[j]
	}
	if len(m.moved)*16 > k {
		for i, f := range r.Index {
			Axpy(r.Value[i], m.step, m.weights[int(f)*k:(int(f)+1)*k])
		}
		return
	}
	for i, f := range r.Index {
		w, x := m.weights[int(f)*k:(int(f)+1)*k], r.Value[i]
		for _, j := range m.moved {
			w[j] += float32(x * m.step[j])
		}
	}
}
