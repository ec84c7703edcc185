package learn

import "math"

// The four loops in which training and matching spend their time: Axpy, AxpyBytes, dot and adam.
// Here they are in plain Go. Every operation rounds to a single float on its own, in the order in
// which four lanes at a time would, so that the same examples give the same model to the bit on
// every kind of processor. The second slice is at least as long as the first.

// portableAxpy adds a times x to y.
func portableAxpy(a float32, x, y []float32) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] += float32(a * v)
	}
}

// portableAxpyBytes adds a times x to y.
func portableAxpyBytes(a float32, x []int8, y []float32) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] += float32(a * float32(v))
	}
}

// portableDot is the inner product.
func portableDot(x, y []float32) float32 {
	var s [8]float32
	for len(x) >= 8 && len(y) >= 8 {
		for i := range s {
			s[i] += float32(x[i] * y[i])
		}
		x, y = x[8:], y[8:]
	}
	sum := ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7]))
	for i, v := range x {
		sum += float32(v * y[i])
	}
	return sum
}

// What Adam forgets at each step, of the running mean and of the running square.
const (
	adamSlow    float32 = 0.9
	adamSlower  float32 = 0.999
	adamEpsilon float32 = 1e-8
)

// portableAdam moves w against the gradient g, whose running mean and square are m and v. The rate
// carries the correction of both for their start at zero.
func portableAdam(w, m, v, g []float32, rate float32) {
	w, m, v = w[:len(g)], m[:len(g)], v[:len(g)]
	for i, x := range g {
		mean := float32(adamSlow*m[i]) + float32((1-adamSlow)*x)
		square := float32(adamSlower*v[i]) + float32(float32((1-adamSlower)*x)*x)
		m[i], v[i] = mean, square
		w[i] -= float32(rate*mean) / (float32(math.Sqrt(float64(square))) + adamEpsilon)
	}
}
