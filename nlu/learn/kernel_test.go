package learn

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// The kernels of this processor must give the bits of the portable ones, whatever the length.
func TestKernelsRoundAlike(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	random := func(n int) []float32 {
		out := make([]float32, n)
		for i := range out {
			out[i] = float32(rng.NormFloat64())
		}
		return out
	}
	f := func(what string, n int, got, want []float32) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s of %d: %v; want %v", what, n, got, want)
		}
	}
	for n := range 40 {
		a, x, y := float32(rng.NormFloat64()), random(n), random(n)
		got, want := slices.Clone(y), slices.Clone(y)
		Axpy(a, x, got)
		portableAxpy(a, x, want)
		f("Axpy", n, got, want)

		small := make([]int8, n)
		for i := range small {
			small[i] = int8(rng.IntN(256) - 128)
		}
		AxpyBytes(a, small, got)
		portableAxpyBytes(a, small, want)
		f("AxpyBytes", n, got, want)

		f("dot", n, []float32{dot(x, y)}, []float32{portableDot(x, y)})

		m, v := random(n), random(n)
		for i := range v {
			v[i] *= v[i]
		}
		m2, v2 := slices.Clone(m), slices.Clone(v)
		adam(got, m, v, x, 0.01)
		portableAdam(want, m2, v2, x, 0.01)
		f("adam", n, got, want)
		f("adam's mean", n, m, m2)
		f("adam's square", n, v, v2)
	}
}

func BenchmarkAxpy(b *testing.B) {
	x, y := make([]float32, 300), make([]float32, 300)
	for b.Loop() {
		Axpy(0.5, x, y)
	}
}
