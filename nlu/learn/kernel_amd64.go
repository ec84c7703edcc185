package learn

// In SSE2, which every processor of this kind has.

// Axpy adds a times x to y.
//
//go:noescape
func Axpy(a float32, x, y []float32)

// AxpyBytes adds a times x to y.
//
//go:noescape
func AxpyBytes(a float32, x []int8, y []float32)

//go:noescape
func dot(x, y []float32) float32

//go:noescape
func adamFour(w, m, v, g []float32, c *[6]float32)

func adam(w, m, v, g []float32, rate float32) {
	n := len(g) &^ 3
	c := [...]float32{adamSlow, 1 - adamSlow, adamSlower, 1 - adamSlower, rate, adamEpsilon}
	adamFour(w[:n], m[:n], v[:n], g[:n], &c)
	portableAdam(w[n:], m[n:], v[n:], g[n:], rate)
}
