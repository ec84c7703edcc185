package dsp

import (
	"fmt"
	"math"
)

const (
	maxRate   = 384000
	crossings = 32    // zero crossings of the kernel on each side, at the lower rate
	kaiser    = 8.0   // shape of the window: about 80 dB of stop band
	cutoff    = 0.925 // of the lower Nyquist frequency: 8 kHz sound is flat to 3.4 kHz
)

// Resampler changes the sample rate of a stream. It is a polyphase filter with
// a windowed sinc: aliases and images are 75 dB down, and what comes out is not
// shifted in time against what went in.
type Resampler struct {
	up, down int         // to/from in lowest terms
	kernel   [][]float32 // by phase
	window   []float32   // the last taps samples, twice, so that they are contiguous
	at       int         // where the next sample goes, below taps
	phase    int         // of the next output, in 1/up of an input sample
	skip     int         // inputs still to come before the first output
	half     int         // inputs a kernel looks ahead
}

// NewResampler makes a Resampler of sound sampled at from Hz to sound sampled at to Hz.
func NewResampler(from, to int) (*Resampler, error) {
	if from < 1 || to < 1 || from > maxRate || to > maxRate {
		return nil, fmt.Errorf("resample %d Hz to %d Hz: a rate must be 1 to %d", from, to, maxRate)
	}
	g := gcd(from, to)
	r := &Resampler{up: to / g, down: from / g}
	low := float64(min(from, to)) / float64(from) // the lower rate, in input samples
	r.half = int(math.Ceil(crossings / low))
	taps := 2 * r.half
	if taps*r.up > 1<<22 {
		return nil, fmt.Errorf("resample %d Hz to %d Hz: the rates have too little in common", from, to)
	}
	r.kernel = make([][]float32, r.up)
	flat := make([]float32, r.up*taps)
	for p := range r.kernel {
		r.kernel[p] = flat[p*taps : (p+1)*taps]
		fillKernel(r.kernel[p], r.half, float64(p)/float64(r.up), low*cutoff, kaiser)
	}
	r.window = make([]float32, 2*taps)
	r.skip = r.half
	return r, nil
}

// fillKernel lays out a kernel that finds the value frac after the sample
// half−1 of a window, passing fc of the input's Nyquist frequency. shape is that
// of the Kaiser window. Its sum is one, so that no phase is louder than another.
func fillKernel(k []float32, half int, frac, fc, shape float64) {
	w, sum := make([]float64, len(k)), 0.0
	for j := range w {
		d := float64(j-half+1) - frac
		x := d / float64(half)
		w[j] = sinc(d*fc) * bessel0(shape*math.Sqrt(max(0, 1-x*x)))
		sum += w[j]
	}
	for j := range w {
		k[j] = float32(w[j] / sum)
	}
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// bessel0 is the modified Bessel function of the first kind and order zero.
func bessel0(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > sum*1e-12; k++ {
		term *= x * x / (4 * k * k)
		sum += term
	}
	return sum
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// Bound returns how much room Process needs for n samples.
func (r *Resampler) Bound(n int) int { return n*r.up/r.down + 1 }

// Process takes in src and writes what it can to dst, which must have room for
// Bound(len(src)) samples; it returns how many it wrote. The first outputs wait
// for some inputs to look ahead to.
func (r *Resampler) Process(dst, src []int16) int {
	n := 0
	for _, x := range src {
		n += r.feed(dst[n:], float32(x))
	}
	return n
}

// Flush writes the end of the stream, as if silence followed it, to dst, which
// must have room for Bound(Ahead()) samples, and returns how many it wrote.
func (r *Resampler) Flush(dst []int16) int {
	n := 0
	for range r.half {
		n += r.feed(dst[n:], 0)
	}
	return n
}

// Ahead returns how many inputs an output waits for.
func (r *Resampler) Ahead() int { return r.half }

func (r *Resampler) feed(dst []int16, x float32) (n int) {
	taps := 2 * r.half
	r.window[r.at], r.window[r.at+taps] = x, x
	r.at = (r.at + 1) % taps
	if r.skip > 0 {
		r.skip--
		return 0
	}
	w := r.window[r.at : r.at+taps]
	for ; r.phase < r.up; r.phase += r.down {
		var sum float32
		for i, k := range r.kernel[r.phase] {
			sum += k * w[i]
		}
		dst[n] = clip(int64(math.Round(float64(sum))))
		n++
	}
	r.phase -= r.up
	return n
}

// Resample returns pcm, sampled at from Hz, as sampled at to Hz: a new slice
// of the same duration, unless the rates are equal.
func Resample(pcm []int16, from, to int) ([]int16, error) {
	r, err := NewResampler(from, to)
	if err != nil || from == to {
		return pcm, err
	}
	dst := make([]int16, r.Bound(len(pcm))+r.Bound(r.half))
	n := r.Process(dst, pcm)
	n += r.Flush(dst[n:])
	return dst[:n], nil
}
