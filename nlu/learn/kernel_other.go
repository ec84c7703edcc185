//go:build !amd64

package learn

// Axpy adds a times x to y.
func Axpy(a float32, x, y []float32) { portableAxpy(a, x, y) }

// AxpyBytes adds a times x to y.
func AxpyBytes(a float32, x []int8, y []float32) { portableAxpyBytes(a, x, y) }

func dot(x, y []float32) float32              { return portableDot(x, y) }
func adam(w, m, v, g []float32, rate float32) { portableAdam(w, m, v, g, rate) }
