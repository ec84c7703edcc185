package dsp

import "math"

// Ramp changes the loudness of a stream without a click: the gain moves to its
// goal sample by sample. The zero Ramp leaves sound as it is.
type Ramp struct {
	off  float32 // gain less 1, so that zero is as it is
	goal float32
	step float32
	left int // samples until goal
}

// MakeRamp makes a Ramp with the given gain.
func MakeRamp(d DB) Ramp {
	var r Ramp
	r.To(d, 0)
	return r
}

// To moves the gain to d within the next n samples; at once if n is 0. A gain of
// Floor or less is silence.
func (r *Ramp) To(d DB, n int) {
	gain := 0.0
	if d > Floor {
		gain = min(d.Gain(), math.MaxInt16)
	}
	r.goal, r.left = float32(gain-1), max(n, 0)
	if r.left == 0 {
		r.off = r.goal
		return
	}
	r.step = (r.goal - r.off) / float32(r.left)
}

// In fades to the original loudness within n samples.
func (r *Ramp) In(n int) { r.To(0, n) }

// Out fades to silence within n samples.
func (r *Ramp) Out(n int) { r.To(Floor, n) }

// Moving reports whether the gain has not reached its goal.
func (r *Ramp) Moving() bool { return r.left > 0 }

// Silent reports whether nothing is to be heard: Apply would clear what it gets.
func (r *Ramp) Silent() bool { return r.left == 0 && r.off == -1 }

// Apply changes pcm in place and moves on by its length. Samples that no longer
// fit are clipped.
func (r *Ramp) Apply(pcm []int16) {
	n := min(r.left, len(pcm))
	gain := 1 + r.off
	for i, x := range pcm[:n] {
		gain += r.step
		pcm[i] = rounded(float32(x) * gain)
	}
	r.off = gain - 1
	if r.left -= n; r.left > 0 {
		return
	}
	r.off = r.goal // no rounding remains
	switch rest := pcm[n:]; r.off {
	case 0:
	case -1:
		clear(rest)
	default:
		for i, x := range rest {
			rest[i] = rounded(float32(x) * (1 + r.off))
		}
	}
}

// rounded returns the sample nearest to x, which is below 2³⁰. It has no branch
// that depends on the sign of x: of sound nobody can predict that.
func rounded(x float32) int16 {
	// What is positive is cut off downwards; what stays negative is clipped.
	return saturate(int32(x+overload+0.5) - overload)
}
