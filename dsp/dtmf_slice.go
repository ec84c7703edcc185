package dsp

import (
	"math"
	"math/cmplx"
)

// keyTones are the frequencies of Q.23, in Hz: the low group, then the high one.
var keyTones = [8]float64{697, 770, 852, 941, 1209, 1336, 1477, 1633}

const (
	keySlicesPerSecond = 200
	keyMaxRate         = 48000
	keyMaxSlice        = keyMaxRate / keySlicesPerSecond // samples, as they come
	keyMaxTaps         = 36
	keyMaxInner        = 80 // samples of a slice at the rate within, below 16 kHz
)

// keySlice is what is known of 5 ms of sound. Powers are mean squares.
type keySlice struct {
	tones  [8]complex64 // amplitude and phase of each tone, as of the slice's end
	energy float32      // of all sound in the band of the tones and above
	below  float32      // and below it

	maybe keyPair // the key that this slice and the two before it may be
}

// power returns the power of a tone in the slice.
func (s *keySlice) power(tone int8) float32 { return norm(s.tones[tone]) / 2 }

func norm(z complex64) float32 { return real(z)*real(z) + imag(z)*imag(z) }

// keyEar turns samples into slices. It lowers the rate to one between 8 and
// 16 kHz, takes away what is below the tones, and measures the tones.
type keyEar struct {
	size  int     // samples in a slice
	have  int     // of the slice in the making
	step  int     // samples to one at the rate within
	delay float64 // samples, of what is heard

	taps   int
	kernel [keyMaxTaps]float32
	in     [keyMaxTaps + keyMaxSlice]int16 // the end of the last slice, for the kernel, and this one

	gain    float32 // what makes humFree pass the tones as they are
	humFree [2]keyBiquad
	bank    [8]keyResonator
	scale   float32
}

// keyBiquad is a filter of two zeros on the unit circle and two poles.
type keyBiquad struct{ b, a1, a2, x1, x2, y1, y2 float32 }

// keyResonator measures one tone (Goertzel).
type keyResonator struct {
	k    float32   // 2 cos ω
	last complex64 // e^−jω
	turn complex64 // how far the tone turns in a slice
}

func makeKeyEar(rate int) keyEar {
	rate = max(8000, min(keyMaxRate, rate))
	e := keyEar{step: rate / 8000}
	e.size = rate / (keySlicesPerSecond * e.step) * e.step
	inner := float64(rate) / float64(e.step)
	e.layKernel(rate)
	// Zeros at dial tone (350+440 Hz, 425 Hz), poles where they keep the tones
	// level within a decibel: found by search. 47 dB down from 350 to 450 Hz.
	e.humFree = [2]keyBiquad{
		makeKeyBiquad(365.7, 684.9, 110.4, inner),
		makeKeyBiquad(442.5, 973.6, 877.5, inner),
	}
	n, passed := float64(e.inner()), 0.0
	for i, f := range keyTones {
		w := 2 * math.Pi * f / inner
		e.bank[i] = keyResonator{float32(2 * math.Cos(w)), complex64(cmplx.Rect(1, -w)), complex64(cmplx.Rect(1, w*n))}
		passed += e.humFree[0].passes(w) * e.humFree[1].passes(w)
	}
	e.gain = float32(float64(len(keyTones)) / passed)
	e.scale = float32(2 / n)
	e.delay = float64(e.taps-1)/2 + 0.001*float64(rate) // of the kernel, and of the filter at the tones
	return e
}

// layKernel makes the filter that keeps what would be folded onto the tones
// out: a windowed sinc that passes 1.7 kHz and stops what is 1.7 kHz around
// multiples of the rate within.
func (e *keyEar) layKernel(rate int) {
	e.taps, e.kernel[0] = 1, 1
	if e.step == 1 {
		return
	}
	e.taps = 6*e.step - 1
	sum := 0.0
	w := [keyMaxTaps]float64{}
	for i := range e.taps {
		d := float64(i) - float64(e.taps-1)/2
		x := 2 * d / float64(e.taps+1)
		w[i] = sinc(d*8000/float64(rate)) * bessel0(5.2*math.Sqrt(1-x*x))
		sum += w[i]
	}
	for i := range e.taps {
		e.kernel[i] = float32(w[i] / sum)
	}
}

func makeKeyBiquad(zero, pole, width, rate float64) keyBiquad {
	r, w := math.Exp(-math.Pi*width/rate), 2*math.Pi*pole/rate
	return keyBiquad{
		b:  float32(-2 * math.Cos(2*math.Pi*zero/rate)),
		a1: float32(-2 * r * math.Cos(w)),
		a2: float32(r * r),
	}
}

// passes returns the gain of f at w radians per sample.
func (f *keyBiquad) passes(w float64) float64 {
	z := cmplx.Rect(1, w)
	return cmplx.Abs((z*z + complex(float64(f.b), 0)*z + 1) / (z*z + complex(float64(f.a1), 0)*z + complex(float64(f.a2), 0)))
}

// inner returns the samples of a slice at the rate within.
func (e *keyEar) inner() int { return e.size / e.step }

func (e *keyEar) full() bool { return e.have == e.size }

// take adds samples to the slice in the making and returns how many.
func (e *keyEar) take(pcm []int16) int {
	start := e.taps - 1 + e.have
	n := copy(e.in[start:e.taps-1+e.size], pcm)
	e.have += n
	return n
}

// hear measures the full slice and begins the next. Of one too quiet for a key
// it says only how quiet it is.
func (e *keyEar) hear(s *keySlice) {
	var buf [keyMaxInner]float32
	x := buf[:e.inner()]
	mean, raw := e.lower(x)
	copy(e.in[:e.taps-1], e.in[e.size:])
	e.have = 0

	*s = keySlice{energy: raw}
	if raw < keyQuietest {
		e.humFree[1].rest(e.humFree[0].rest(mean * e.gain))
		return
	}
	s.energy = e.filter(x)
	s.below = max(0, raw-s.energy)
	if s.energy >= keyQuietest {
		e.measure(x, s)
	}
}

// lower fills x with the slice at the rate within and returns its mean, and the
// power of what moves in it: an offset of the line is no sound.
func (e *keyEar) lower(x []float32) (mean, power float32) {
	if e.step == 1 {
		for i, v := range e.in[:len(x)] {
			x[i] = float32(v)
		}
		return moving(x)
	}
	var in [keyMaxTaps + keyMaxSlice]float32
	for i, v := range e.in[:e.taps-1+e.size] {
		in[i] = float32(v)
	}
	half := e.taps / 2
	kernel := e.kernel[:half]
	for i := range x {
		w := in[i*e.step:][:e.taps]
		v := e.kernel[half] * w[half]
		for j, k := range kernel { // both sides are the same
			v += k * (w[j] + w[len(w)-1-j])
		}
		x[i] = v
	}
	return moving(x)
}

// moving returns the mean of x, and the power of x without it.
func moving(x []float32) (mean, power float32) {
	var sum, square float32
	for _, v := range x {
		sum += v
		square += v * v
	}
	n := float32(len(x))
	return sum / n, max(0, (square-sum*sum/n)/n)
}

// filter takes away what is below the tones, and returns the power of the rest.
func (e *keyEar) filter(x []float32) float32 {
	f, g := e.humFree[0], e.humFree[1]
	var square float32
	for i, v := range x {
		v *= e.gain
		y := v + f.b*f.x1 + f.x2 - f.a1*f.y1 - f.a2*f.y2
		f.x2, f.x1, f.y2, f.y1 = f.x1, v, f.y1, y
		z := y + g.b*g.x1 + g.x2 - g.a1*g.y1 - g.a2*g.y2
		g.x2, g.x1, g.y2, g.y1 = g.x1, y, g.y1, z
		x[i] = z
		square += z * z
	}
	e.humFree[0], e.humFree[1] = f, g
	return square / float32(len(x))
}

// rest makes f as it is when all it has heard is x, and returns what comes out then.
func (f *keyBiquad) rest(x float32) float32 {
	y := x * (2 + f.b) / (1 + f.a1 + f.a2)
	f.x1, f.x2, f.y1, f.y2 = x, x, y, y
	return y
}

// measure finds the tones in x.
func (e *keyEar) measure(x []float32, s *keySlice) {
	for g := 0; g < 8; g += 4 {
		b := e.bank[g : g+4 : g+4]
		k0, k1, k2, k3 := b[0].k, b[1].k, b[2].k, b[3].k
		var p0, p1, p2, p3, q0, q1, q2, q3 float32
		for _, v := range x {
			p0, q0 = v+k0*p0-q0, p0
			p1, q1 = v+k1*p1-q1, p1
			p2, q2 = v+k2*p2-q2, p2
			p3, q3 = v+k3*p3-q3, p3
		}
		for i, pq := range [4][2]float32{{p0, q0}, {p1, q1}, {p2, q2}, {p3, q3}} {
			r := &b[i]
			s.tones[g+i] = complex(e.scale*(pq[0]-real(r.last)*pq[1]), -e.scale*imag(r.last)*pq[1])
		}
	}
}
