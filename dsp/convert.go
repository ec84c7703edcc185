package dsp

import (
	"fmt"
	"math"
)

const (
	convertTaps  = 24  // of a kernel, at the lower rate
	convertShape = 5.0 // of its window: about 55 dB of stop band
	convertMost  = 6   // between the rates: 8 and 48 kHz
	convertChunk = 120 // inputs worked on at a time: whole blocks of any size
	convertQuad  = 4   // outputs worked on at a time

	convertWindow = convertTaps*convertMost + convertChunk + convertMost*(convertQuad-1)
)

// Converter changes the sample rate of a live stream between the rates of
// telephony: 8, 16, 24 and 48 kHz. It is a sixteenth of a Resampler's work, for
// every frame of every leg: what is below 0.42 of the lower rate (3.4 kHz of
// 8 kHz) is flat, its aliases and images are 50 dB down, and what comes out is
// Lag behind what goes in.
//
// It works in blocks, the least that gives a whole number of outputs: down
// inputs become up outputs. The inputs are laid out in down rows, the first of
// each block in the first row and so on. Then every output is a sum of short
// kernels, one over each row, and the same output of the next block the sum of
// the same kernels one place on: so four of them are found in one go.
type Converter struct {
	up, down int
	kernels  []kernel // of each of up outputs the down that make it; shared, never changed
	taps     int      // of the longest: how much of the past each row keeps
	row      int      // length of a row
	begun    int      // inputs of a block that is not whole yet
	window   [convertWindow]float32
}

// kernel is what one row has to do with one output.
type kernel struct {
	at   int       // in the window, where it begins for the first block
	taps []float32 // a multiple of four
}

// kernelsOf are the kernels of every Converter there can be, by up and down.
// Read-only, filled before anything runs.
var kernelsOf = allKernels()

func allKernels() (all [convertMost + 1][convertMost + 1][]kernel) {
	for up := 1; up <= convertMost; up++ {
		for down := 1; down <= convertMost; down++ {
			if gcd(up, down) == 1 && up != down {
				all[up][down] = makeKernels(up, down)
			}
		}
	}
	return all
}

// convertRows returns how many taps of a row the longest kernel has, and how long
// rows are.
func convertRows(up, down int) (taps, row int) {
	low := min(1, float64(up)/float64(down))
	taps = int(math.Ceil(convertTaps/low/float64(down)/4)) * 4
	return taps, taps + convertChunk/down + convertQuad - 1
}

func makeKernels(up, down int) (kernels []kernel) {
	taps, row := convertRows(up, down)
	whole := make([]float32, taps*down)
	for p := range up {
		newest := p * down / up // of the inputs that output p is made of
		convertKernel(whole, up, down, p)
		for r := range down {
			part := make([]float32, taps)
			for j := range part {
				part[j] = whole[r+j*down]
			}
			skip, part := trim(part)
			first := newest + 1 + r
			kernels = append(kernels, kernel{first%down*row + first/down + skip, part})
		}
	}
	return kernels
}

// convertKernel lays out what makes output p of a block of the inputs up to the
// newest that it needs.
func convertKernel(k []float32, up, down, p int) {
	frac := float64(p*down%up) / float64(up)
	fillKernel(k, len(k)/2, frac, min(1, float64(up)/float64(down)), convertShape)
}

// trim leaves out what is nothing at both ends of a kernel, four taps at a time:
// most of one that meets the zeros of the sinc.
func trim(k []float32) (skip int, rest []float32) {
	none := func(part []float32) bool {
		for _, x := range part {
			if math.Abs(float64(x)) > 1e-9 {
				return false
			}
		}
		return true
	}
	for len(k) > 4 && none(k[:4]) {
		skip, k = skip+4, k[4:]
	}
	for len(k) > 4 && none(k[len(k)-4:]) {
		k = k[:len(k)-4]
	}
	return skip, k
}

// MakeConverter makes a Converter. Copies of one that has heard nothing are
// streams of their own.
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
	c.kernels = kernelsOf[c.up][c.down]
	c.taps, c.row = convertRows(c.up, c.down)
	return c, nil
}

// Bound returns how much room Process needs for n samples.
func (c *Converter) Bound(n int) int { return (n + c.down - 1) / c.down * c.up }

// Lag returns by how many inputs the output is late.
func (c *Converter) Lag() int { return c.taps * c.down / 2 }

// Process takes in src and writes what follows from it to dst, which must have
// room for Bound(len(src)) samples; it returns how many it wrote: of frames that
// divide evenly always the same. dst and src may not overlap.
func (c *Converter) Process(dst, src []int16) (n int) {
	if c.kernels == nil {
		return copy(dst, src)
	}
	for len(src) > 0 {
		chunk := src[:min(len(src), convertChunk-c.begun)]
		blocks := c.take(chunk)
		if blocks > 0 {
			c.filter(dst[n:n+blocks*c.up], blocks)
			c.shift(blocks)
		}
		n, src = n+blocks*c.up, src[len(chunk):]
	}
	return n
}

// take lays out inputs behind those of a block already begun, and returns how
// many blocks are whole now.
func (c *Converter) take(pcm []int16) (blocks int) {
	if c.down == 1 {
		rest := c.window[c.taps : c.taps+len(pcm)]
		for i, x := range pcm {
			rest[i] = float32(x)
		}
		return len(pcm)
	}
	at := c.begun*c.row + c.taps
	for _, x := range pcm {
		c.window[at] = float32(x)
		at += c.row
		if c.begun++; c.begun == c.down {
			blocks++
			c.begun, at = 0, c.taps+blocks
		}
	}
	return blocks
}

// shift keeps what is needed of the past, and the block that is not whole yet.
func (c *Converter) shift(blocks int) {
	for r := range c.down {
		row := c.window[r*c.row : (r+1)*c.row]
		copy(row[:c.taps+1], row[blocks:])
	}
}

// filter writes the outputs of whole blocks.
func (c *Converter) filter(dst []int16, blocks int) {
	for p := range c.up {
		kernels := c.kernels[p*c.down : (p+1)*c.down]
		for at := 0; at < blocks; at += convertQuad {
			var y [convertQuad]float32
			for _, k := range kernels {
				y0, y1, y2, y3 := dots(c.window[k.at+at:], k.taps)
				y[0], y[1], y[2], y[3] = y[0]+y0, y[1]+y1, y[2]+y2, y[3]+y3
			}
			for i := range min(blocks-at, convertQuad) {
				dst[(at+i)*c.up+p] = rounded(y[i])
			}
		}
	}
}

// dots are the sums of products of k, a multiple of four long, with what w begins
// with, and what it has from its second, third and fourth on.
func dots(w, k []float32) (y0, y1, y2, y3 float32) {
	for len(w) >= 7 && len(k) >= 4 {
		a, b, c, d := w[0], w[1], w[2], w[3]
		x := k[0]
		y0, y1, y2, y3 = y0+a*x, y1+b*x, y2+c*x, y3+d*x
		a, x = w[4], k[1]
		y0, y1, y2, y3 = y0+b*x, y1+c*x, y2+d*x, y3+a*x
		b, x = w[5], k[2]
		y0, y1, y2, y3 = y0+c*x, y1+d*x, y2+a*x, y3+b*x
		c, x = w[6], k[3]
		y0, y1, y2, y3 = y0+d*x, y1+a*x, y2+b*x, y3+c*x
		w, k = w[4:], k[4:]
	}
	return y0, y1, y2, y3
}
