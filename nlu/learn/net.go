package learn

import (
	"math"
	"math/rand/v2"
)

// Net is a network of one hidden layer over the same vectors the support vector machine sees. It
// is as often right as the machine, and it errs elsewhere; and it is the better judge of whether a
// sentence belongs to any label at all.
type Net struct {
	In  []float32 // one row of hidden per column, then the bias
	Out []float32 // one row of labels per hidden unit, then the bias
}

// Plan is how a net is trained.
type Plan struct {
	Hidden    int
	Batch     int
	Laps      int
	Rate      float64 // at the start; it falls to nothing in a straight line
	DropIn    float64 // share of the features dropped from a sentence
	DropOut   float64 // share of the hidden units dropped
	Smoothing float64 // of the target over all labels
	Seed      uint64
}

// trainer is the state of one training.
type trainer struct {
	Plan
	net             *Net
	columns, labels int
	rng             *rand.Rand
	steps           int

	meanIn, squareIn   []float32
	meanOut, squareOut []float32

	active  []int32   // columns of this batch
	first   []int32   // per column: first cell of this batch, -1
	cells   []cell    // features of this batch, chained by column
	h       []float32 // batch rows of hidden
	dh      []float32
	z       []float32 // batch rows of labels
	gradIn  []float32
	gradOut []float32
}

type cell struct {
	row   int32 // of the batch
	value float32
	next  int32
}

// TrainNet fits a net to rows; only columns below the given number are looked at.
func TrainNet(rows []Vector, target []int, labels, columns int, p Plan) *Net {
	t := newTrainer(labels, columns, p)
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	perLap := (len(rows) + p.Batch - 1) / p.Batch
	total := perLap * p.Laps
	for range p.Laps {
		t.rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for at := 0; at < len(order); at += p.Batch {
			t.step(rows, target, order[at:min(at+p.Batch, len(order))], 1-float64(t.steps)/float64(total))
		}
	}
	return t.net
}

func newTrainer(labels, columns int, p Plan) *trainer {
	h := p.Hidden
	t := &trainer{
		Plan: p, columns: columns, labels: labels, rng: rand.New(rand.NewPCG(p.Seed, 0x6e6574)),
		net:      &Net{In: make([]float32, (columns+1)*h), Out: make([]float32, (h+1)*labels)},
		first:    make([]int32, columns+1),
		h:        make([]float32, p.Batch*h),
		dh:       make([]float32, p.Batch*h),
		z:        make([]float32, p.Batch*labels),
		gradIn:   make([]float32, h),
		gradOut:  make([]float32, (h+1)*labels),
		meanIn:   make([]float32, (columns+1)*h),
		squareIn: make([]float32, (columns+1)*h),
		meanOut:  make([]float32, (h+1)*labels), squareOut: make([]float32, (h+1)*labels),
	}
	for i := range t.net.In[:columns*h] {
		t.net.In[i] = float32(t.rng.NormFloat64() * 0.1)
	}
	spread := 1 / math.Sqrt(float64(h))
	for i := range t.net.Out[:h*labels] {
		t.net.Out[i] = float32(t.rng.NormFloat64() * spread)
	}
	for i := range t.first {
		t.first[i] = -1
	}
	return t
}

// step learns from one batch.
func (t *trainer) step(rows []Vector, target []int, batch []int, left float64) {
	t.steps++
	t.gather(rows, batch)
	t.hide(len(batch))
	t.forward(len(batch))
	t.backward(target, batch)
	s := float64(t.steps)
	rate := float32(t.Rate * left * math.Sqrt(1-math.Pow(0.999, s)) / (1 - math.Pow(0.9, s)))
	t.update(rate)
}

// gather drops features at random and sorts the rest of the batch by column.
func (t *trainer) gather(rows []Vector, batch []int) {
	for _, c := range t.active {
		t.first[c] = -1
	}
	t.active, t.cells = t.active[:0], t.cells[:0]
	keep := uint32((1 - t.DropIn) * (1<<32 - 1))
	scale := float32(1 / (1 - t.DropIn))
	put := func(row, column int32, value float32) {
		if t.first[column] < 0 {
			t.active = append(t.active, column)
		}
		t.cells = append(t.cells, cell{row, value, t.first[column]})
		t.first[column] = int32(len(t.cells) - 1)
	}
	for b, n := range batch {
		v := &rows[n]
		for i, c := range v.Index {
			if int(c) < t.columns && t.rng.Uint32() <= keep {
				put(int32(b), c, v.Value[i]*scale)
			}
		}
		put(int32(b), int32(t.columns), 1)
	}
}

// hide computes the hidden layer of a batch.
func (t *trainer) hide(batch int) {
	h := t.Hidden
	clear(t.h[:batch*h])
	for _, c := range t.active {
		w := t.net.In[int(c)*h : (int(c)+1)*h]
		for at := t.first[c]; at >= 0; at = t.cells[at].next {
			e := &t.cells[at]
			Axpy(e.value, w, t.h[int(e.row)*h:(int(e.row)+1)*h])
		}
	}
}

// forward drops hidden units at random and computes the logits.
func (t *trainer) forward(batch int) {
	h, k := t.Hidden, t.labels
	keep := uint32((1 - t.DropOut) * (1<<32 - 1))
	scale := float32(1 / (1 - t.DropOut))
	for b := range batch {
		z := t.z[b*k : (b+1)*k]
		copy(z, t.net.Out[h*k:])
		hb := t.h[b*h : (b+1)*h]
		for j, x := range hb {
			if x <= 0 {
				hb[j] = 0
				continue
			}
			if t.rng.Uint32() > keep {
				hb[j] = 0
				continue
			}
			x *= scale
			hb[j] = x
			Axpy(x, t.net.Out[j*k:(j+1)*k], z)
		}
	}
}

// backward turns logits into their gradient and carries it to the hidden layer.
func (t *trainer) backward(target []int, batch []int) {
	h, k := t.Hidden, t.labels
	clear(t.gradOut)
	low := float32(t.Smoothing / float64(k))
	share := float32(1 / float64(len(batch)))
	scale := float32(1 / (1 - t.DropOut))
	for b, n := range batch {
		z := t.z[b*k : (b+1)*k]
		Softmax(z)
		for j := range z {
			z[j] = (z[j] - low) * share
		}
		z[target[n]] -= float32(1-t.Smoothing) * share
		Axpy(1, z, t.gradOut[h*k:])
		hb, db := t.h[b*h:(b+1)*h], t.dh[b*h:(b+1)*h]
		for j, x := range hb {
			if x == 0 {
				db[j] = 0
				continue
			}
			db[j] = dot(t.net.Out[j*k:(j+1)*k], z) * scale
			Axpy(x, z, t.gradOut[j*k:(j+1)*k])
		}
	}
}

// update moves the weights: those of the output, and those of the columns in this batch.
func (t *trainer) update(rate float32) {
	h := t.Hidden
	for _, c := range t.active {
		clear(t.gradIn)
		for at := t.first[c]; at >= 0; at = t.cells[at].next {
			e := &t.cells[at]
			Axpy(e.value, t.dh[int(e.row)*h:(int(e.row)+1)*h], t.gradIn)
		}
		lo, hi := int(c)*h, (int(c)+1)*h
		adam(t.net.In[lo:hi], t.meanIn[lo:hi], t.squareIn[lo:hi], t.gradIn, rate)
	}
	adam(t.net.Out, t.meanOut, t.squareOut, t.gradOut, rate)
}

// Softmax turns logits into probabilities in place.
func Softmax(z []float32) {
	top := z[0]
	for _, x := range z {
		top = max(top, x)
	}
	var sum float32
	for i, x := range z {
		e := float32(math.Exp(float64(x - top)))
		z[i] = e
		sum += e
	}
	for i := range z {
		z[i] /= sum
	}
}
