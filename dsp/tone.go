package dsp

import "math"

// Tone generates a steady sine, continuous over any number of Fill calls.
type Tone struct {
	re, im     float64 // the present point of a phasor of length amplitude
	cos, sin   float64 // its turn per sample
	amplitude2 float64 // what re²+im² is held to
}

// NewTone makes a generator of a sine of freq Hz at the given level, sampled
// at rate Hz. The first sample is zero.
func NewTone(freq float64, level DB, rate int) *Tone {
	t := MakeTone(freq, level, rate)
	return &t
}

// MakeTone is NewTone by value, for use as a field.
func MakeTone(freq float64, level DB, rate int) Tone {
	sin, cos := math.Sincos(2 * math.Pi * freq / float64(rate))
	a := min(level.Gain()*overload*math.Sqrt2, math.MaxInt16)
	return Tone{re: a, cos: cos, sin: sin, amplitude2: a * a}
}

// Fill overwrites pcm with the next samples of the tone.
func (t *Tone) Fill(pcm []int16) {
	for i := range pcm {
		pcm[i] = clip(int64(math.Round(t.im)))
		t.re, t.im = t.re*t.cos-t.im*t.sin, t.re*t.sin+t.im*t.cos
	}
	t.steady()
}

// Mix adds the next samples of the tone to pcm.
func (t *Tone) Mix(pcm []int16) {
	for i, x := range pcm {
		pcm[i] = clip(int64(x) + int64(math.Round(t.im)))
		t.re, t.im = t.re*t.cos-t.im*t.sin, t.re*t.sin+t.im*t.cos
	}
	t.steady()
}

// steady undoes the rounding that would let the phasor grow or shrink over hours.
func (t *Tone) steady() {
	if m := t.re*t.re + t.im*t.im; m > 0 {
		k := math.Sqrt(t.amplitude2 / m)
		t.re, t.im = t.re*k, t.im*k
	}
}

// Goertzel returns the level of the sine of freq Hz in pcm, sampled at rate
// Hz: what Level would return if only that sine were there. Its sharpness is
// rate/len(pcm) Hz, so give it 50 ms or more to tell call-progress tones apart.
func Goertzel(pcm []int16, freq float64, rate int) DB {
	if len(pcm) == 0 {
		return Floor
	}
	return decibels(math.Sqrt(goertzelPower(pcm, freq, rate)) / overload)
}

// goertzelPower returns the mean square of the sine of freq Hz in pcm.
func goertzelPower(pcm []int16, freq float64, rate int) float64 {
	k := 2 * math.Cos(2*math.Pi*freq/float64(rate))
	var a, b float64
	for _, x := range pcm {
		a, b = float64(x)+k*a-b, a
	}
	n := float64(len(pcm))
	return max(a*a+b*b-k*a*b, 0) * 2 / (n * n)
}

// DTMF returns the two frequencies, in Hz, of a key (ITU-T Q.23); false for
// what is not on the keypad.
func DTMF(key byte) (low, high float64, ok bool) {
	const keys = "123A456B789C*0#D"
	for i := range len(keys) {
		if keys[i] == key {
			return [...]float64{697, 770, 852, 941}[i/4], [...]float64{1209, 1336, 1477, 1633}[i%4], true
		}
	}
	return 0, 0, false
}
