// Package dsp is arithmetic on telephone sound: samples in, samples or
// features out.
//
// Everything here is passive and deterministic: no goroutine, no clock, no
// I/O, no lock. Detectors and generators are small structs that one owner
// feeds in order; functions without state may be called from anywhere. Nothing
// allocates after its constructor, except the whole-clip conveniences that
// return a slice and say so. Samples are mono, 16 bit, linear.
package dsp

import "math"

// DB is a level in decibels. As a level of sound it is dBov: relative to the
// loudest square wave (RFC 6465 §1), so the loudest sine is −3.01 dBov and
// silence is Floor.
type DB float64

// Floor is the level of digital silence: one bit below the quietest 16-bit sound.
const Floor DB = -96

// overload is the amplitude of 0 dBov.
const overload = 32768

// Gain returns the factor by which samples grow when their level grows by d.
func (d DB) Gain() float64 { return math.Pow(10, float64(d)/20) }

// RMS returns the root mean square of pcm; 0 for no samples.
func RMS(pcm []int16) float64 {
	if len(pcm) == 0 {
		return 0
	}
	return math.Sqrt(float64(Energy(pcm)) / float64(len(pcm)))
}

// Energy returns the sum of squares of pcm.
func Energy(pcm []int16) int64 {
	var sum int64
	for _, x := range pcm {
		sum += int64(x) * int64(x)
	}
	return sum
}

// Level returns the level of pcm.
func Level(pcm []int16) DB { return decibels(RMS(pcm) / overload) }

// Peak returns the level of the loudest sample of pcm.
func Peak(pcm []int16) DB {
	peak := 0
	for _, x := range pcm {
		peak = max(peak, int(x), -int(x))
	}
	return decibels(float64(peak) / overload)
}

func decibels(ratio float64) DB {
	if ratio <= 0 {
		return Floor
	}
	return max(Floor, DB(20*math.Log10(ratio)))
}

// Amplify makes pcm louder by d, or quieter if negative, in place. Samples
// that no longer fit are clipped.
func Amplify(pcm []int16, d DB) {
	g := int64(math.Round(min(d.Gain(), 1<<20) * (1 << 16)))
	for i, x := range pcm {
		pcm[i] = clip(int64(x) * g >> 16)
	}
}

// Add mixes src into dst, sample by sample, as far as the shorter reaches.
// Sums that do not fit are clipped.
func Add(dst, src []int16) {
	n := min(len(dst), len(src))
	dst, src = dst[:n], src[:n]
	for i, x := range src {
		dst[i] = clip(int64(dst[i]) + int64(x))
	}
}

func clip(x int64) int16 { return int16(max(math.MinInt16, min(math.MaxInt16, x))) }
