package dsp

import (
	"fmt"
	"math"
)

const (
	convertTaps  = 24  // of a kernel, at the lower rate
	convertShape = 5.0 // of its window: about 55 dB of stop band
	convertMost  = 6   // between the rates: 8 and 48 kHz
	convertChunk = 160 // inputs worked on at a time
)

// Converter changes the sample rate of a live stream between the rates of
// telephony: 8, 16, 24 and 48 kHz. It is an eighth of a Resampler's work, for
// every frame of every leg: what is below 0.42 of the lower rate (3.4 kHz of
// 8 kHz) is flat, its aliases and images are 50 dB down, and what comes out is
// Lag behind what goes in.
type Converter struct {
	up, down int
	taps     int       // of a phase, in inputs
	kernel   []float32 // by phase; shared by copies, never changed
	at       int       // of the next output: its phase
	skip     int       // inputs until the next output
	window   [convertTaps*convertMost + convertChunk]float32
}

// MakeConverter makes a Converter. Copies of one that has heard nothing are
// streams of their own and share its tables.
func MakeConverter(from, to int) (Converter, error) {
	if from < 1 || to < 1 || max(from, to)/min(from, to) > convertMost {
		return Converter{}, fmt.Errorf("convert %d Hz to %d Hz: a rate may be %d times the other", from, to, convertMost)
	}
	g := gcd(from, to)
	c := Converter{up: to / g, down: from / g}
	if c.up > convertMost || c.down > convertMost {
		return Converter{}, fmt.Errorf("convert %d Hz to %d Hz: the rates have too little in common", from, to)
	}
	if from == to {
		return c, nil
	}
	low := min(1, float64(to)/float64(from))
	c.taps = int(math.Ceil(convertTaps/low/4)) * 4
	c.kernel = make([]float32, c.up*c.taps)
	for p := range c.up {
		fill := c.kernel[p*c.taps : (p+1)*c.taps]
		fillKernel(fill, c.taps/2, float64(p)/float64(c.up), low, convertShape)
	}
	return c, nil
}

// Bound returns how much room Process needs for n samples.
func (c *Converter) Bound(n int) int { return (n*c.up + c.down - 1) / c.down }

// Lag returns by how many inputs the output is late.
func (c *Converter) Lag() int { return c.taps / 2 }

// Process takes in src and writes what follows from it to dst, which must have
// room for Bound(len(src)) samples; it returns how many it wrote: of frames that
// divide evenly always the same. dst and src may not overlap.
func (c *Converter) Process(dst, src []int16) int {
	if c.taps == 0 {
		return copy(dst, src)
	}
	n := 0
	for len(src) > 0 {
		chunk := src[:min(len(src), convertChunk)]
		for i, x := range chunk {
			c.window[c.taps+i] = float32(x)
		}
		n += c.filter(dst[n:], len(chunk))
		copy(c.window[:c.taps], c.window[len(chunk):])
		src = src[len(chunk):]
	}
	return n
}

// filter writes the outputs that n new inputs give.
func (c *Converter) filter(dst []int16, n int) (wrote int) {
	i := c.skip
	for i < n {
		w := c.window[i+1 : i+1+c.taps] // it ends with the input i
		if c.at == 0 && c.up > c.down {
			dst[wrote] = int16(w[c.taps/2-1]) // an input's own place: its kernel is a single 1
		} else {
			dst[wrote] = dot(w, c.kernel[c.at*c.taps:(c.at+1)*c.taps])
		}
		wrote++
		for c.at += c.down; c.at >= c.up; c.at -= c.up {
			i++
		}
	}
	c.skip = i - n
	return wrote
}

// dot is the sum of products of w and k, which are a multiple of four long.
func dot(w, k []float32) int16 {
	var s0, s1, s2, s3 float32
	for len(w) >= 4 && len(k) >= 4 {
		s0 += w[0] * k[0]
		s1 += w[1] * k[1]
		s2 += w[2] * k[2]
		s3 += w[3] * k[3]
		w, k = w[4:], k[4:]
	}
	return scaled(1, s0+s1+s2+s3)
}
