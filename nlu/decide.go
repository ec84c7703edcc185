package nlu

import (
	"math"

	"trunkline/nlu/learn"
)

// table is a matrix of one byte per cell, each row with a scale of its own.
type table struct {
	width int
	scale []float32
	cells []int8
}

// pack rounds rows of the given width to bytes.
func pack(w []float32, width int) table {
	t := table{width, make([]float32, len(w)/width), make([]int8, len(w))}
	for i := range t.scale {
		row := w[i*width : (i+1)*width]
		var top float32
		for _, x := range row {
			top = max(top, x, -x)
		}
		if top == 0 {
			continue
		}
		t.scale[i] = top / 127
		for j, x := range row {
			t.cells[i*width+j] = int8(math.RoundToEven(float64(x / t.scale[i])))
		}
	}
	return t
}

// add adds x times a row to y.
func (t *table) add(row int32, x float32, y []float32) {
	n := int(row)
	learn.AxpyBytes(x*t.scale[n], t.cells[n*t.width:(n+1)*t.width], y)
}

// add adds what the net makes of a vector to z, given room for its hidden layer.
func (n *brain) add(v learn.Vector, netted int, h, z []float32) {
	h = h[:n.in.width]
	clear(h)
	n.in.add(int32(netted), 1, h)
	for i, c := range v.Index {
		if int(c) >= netted {
			break
		}
		n.in.add(c, v.Value[i], h)
	}
	k := len(z)
	learn.Axpy(1, n.out[len(h)*k:], z)
	for j, x := range h {
		if x > 0 {
			learn.Axpy(x, n.out[j*k:(j+1)*k], z)
		}
	}
}

// brain is a net that learns no more.
type brain struct {
	in  table     // one row of hidden units per column of the net, then the bias
	out []float32 // one row of labels per hidden unit, then the bias
}

// decision is the raw outcome for one sentence, before calibration.
type decision struct {
	values []float32 // decision value of the machines, per label
	logits []float32 // of the nets, none where there is no net
	shares []float32 // softmax of both, their mean
	best   int
	inside int     // the best label other than Options.Outside
	novel  float64 // share of the sentence never seen
	tokens int
}

// sharpness is the factor on decision values that makes their softmax a vote like that of a net.
const sharpness = 3

// decide asks all models about one sentence.
func (m *Model) decide(b bag, tokens int) decision {
	k := len(m.labels)
	room := make([]float32, 4*k)
	d := decision{values: room[:k], logits: room[k : 2*k], shares: room[2*k : 3*k], tokens: tokens}
	v, novel := m.space.vector(b)
	d.novel = novel
	m.svm.add(int32(m.space.columns), 1, d.values)
	for i, c := range v.Index {
		m.svm.add(c, v.Value[i], d.values)
	}
	learn.Axpy(sharpness, d.values, d.shares)
	learn.Softmax(d.shares)
	if len(m.nets) > 0 {
		h := make([]float32, m.nets[0].in.width)
		for i := range m.nets {
			m.nets[i].add(v, m.space.netted, h, d.logits)
		}
		vote := room[3*k:]
		learn.Axpy(1/float32(len(m.nets)), d.logits, vote)
		copy(d.logits, vote)
		learn.Softmax(vote)
		for j, p := range vote {
			d.shares[j] = (d.shares[j] + p) / 2
		}
	} else {
		d.logits = nil
	}
	d.pick(m.outside)
	return d
}

// pick finds the best label, and the best that is in scope.
func (d *decision) pick(outside int) {
	d.inside = -1
	for j, p := range d.shares {
		if p > d.shares[d.best] {
			d.best = j
		}
		if j != outside && (d.inside < 0 || p > d.shares[d.inside]) {
			d.inside = j
		}
	}
	d.inside = max(d.inside, 0)
}

// evidence is what the confidence of an answer rests on.
const evidences = 11

type evidence [evidences]float64

// evidence weighs the best label in scope against all others.
func (d *decision) evidence() evidence {
	b := d.inside
	s, second := lead(d.values, b)
	e := evidence{0: 1, 1: s, 2: s - second}
	p, q := lead(d.shares, b)
	const least = 1e-9
	e[3] = math.Log(max(p, least)) / 2
	e[4] = (math.Log(max(p, least)) - math.Log(max(q, least))) / 4
	if d.logits != nil {
		z, next := lead(d.logits, b)
		e[5], e[6] = z/4, (z-next)/4
		var rest float64
		for j, x := range d.logits {
			if j != b {
				rest += math.Exp(float64(x) - z)
			}
		}
		e[7] = -math.Log(max(rest, least)) / 4
		top, _ := best(d.values)
		net, _ := best(d.logits)
		if top == net {
			e[8] = 1
		}
	}
	e[9] = d.novel
	e[10] = float64(min(d.tokens, 15)) / 10
	return e
}

// scope is larger the surer the models are that a sentence belongs to any label. On development
// menus no weights fitted to a menu's own rows did better than these.
func (e *evidence) scope() float64 { return e[3] + e[1]/2 + e[5]/2 - e[9]/2 }

// lead returns the value of label b and the best of the others; without others, what a label that
// never fits would have.
func lead(v []float32, b int) (float64, float64) {
	second := float32(-1)
	first := true
	for j, x := range v {
		if j != b && (first || x > second) {
			second, first = x, false
		}
	}
	return float64(v[b]), float64(second)
}

// best returns the largest of v and where it is.
func best(v []float32) (int, float32) {
	at := 0
	for j, x := range v {
		if x > v[at] {
			at = j
		}
	}
	return at, v[at]
}
