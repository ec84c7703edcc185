// Package g722 is ITU-T G.722 at 64 kbit/s: 7 kHz speech in two sub-bands of
// adaptive differential coding, one byte per two samples at 16 kHz.
//
// It can also speak to a leg that works at 8 kHz: then the byte carries the
// lower sub-band alone, which is telephone speech. Arithmetic is the
// Recommendation's, bit for bit, with its limits: sound at full scale clips where
// the usual libraries wrap around. Coders serve one leg and are used through the
// table of package codecs.
package g722

// Coder holds the state of both directions of one leg.
type Coder struct {
	narrow   bool // 8 kHz outside, nothing in the higher sub-band
	enc, dec direction
}

// direction is what one direction remembers of the past.
type direction struct {
	low, high band
	window    window
}

// New makes a coder for sound at rate, 8000 or 16000 Hz; nil at any other.
func New(rate int) *Coder {
	if rate != 8000 && rate != 16000 {
		return nil
	}
	c := &Coder{narrow: rate == 8000}
	for _, d := range []*direction{&c.enc, &c.dec} {
		d.low.step, d.high.step = lowSteps[0], highSteps[0]
	}
	return c
}

// Encode writes one byte per pair of samples (per sample at 8 kHz) to dst, as
// many as both slices allow.
func (c *Coder) Encode(dst []byte, pcm []int16) int {
	e := &c.enc
	if c.narrow {
		n := min(len(dst), len(pcm))
		for i, x := range pcm[:n] {
			dst[i] = byte(e.low.encodeLow(int32(x)>>1)) | silentHigh<<6
		}
		return n
	}
	n := min(len(dst), len(pcm)/2)
	for i := range dst[:n] {
		odd, even := e.window.push(int32(pcm[2*i]), int32(pcm[2*i+1]))
		low := e.low.encodeLow(limit15((even + odd) >> 14))
		high := e.high.encodeHigh(limit15((even - odd) >> 14))
		dst[i] = byte(low) | byte(high)<<6
	}
	return n
}

// Decode writes two samples per byte (one at 8 kHz) to dst, as many as both
// slices allow.
func (c *Coder) Decode(dst []int16, payload []byte) int {
	d := &c.dec
	if c.narrow {
		n := min(len(dst), len(payload))
		for i, b := range payload[:n] {
			dst[i] = int16(d.low.decodeLow(b&63) << 1)
		}
		return n
	}
	n := min(len(dst)/2, len(payload))
	for i, b := range payload[:n] {
		low, high := d.low.decodeLow(b&63), d.high.decodeHigh(b>>6)
		second, first := d.window.push(low+high, low-high)
		dst[2*i], dst[2*i+1] = int16(limit16(first>>11)), int16(limit16(second>>11))
	}
	return 2 * n
}

// Conceal knows nothing better than the caller.
func (c *Coder) Conceal([]int16, []byte) int { return 0 }

// window is the memory of a quadrature mirror filter: the last 12 pairs, each
// written twice so that they always lie side by side somewhere.
type window struct {
	first, second [24]int32
	at            int
}

// push takes one pair in and returns the sums over its first and its second
// halves (G.722 §3.1, §4.4: the halves of one symmetric filter, table 4).
func (w *window) push(first, second int32) (sum1, sum2 int32) {
	i := w.at
	w.first[i], w.first[i+12] = first, first
	w.second[i], w.second[i+12] = second, second
	if w.at++; w.at == 12 {
		w.at = 0
	}
	a, b := w.first[i+1:i+13:i+13], w.second[i+1:i+13:i+13]
	_, _ = a[11], b[11]
	sum1 = 3*a[0] - 11*a[1] + 12*a[2] + 32*a[3] - 210*a[4] + 951*a[5] +
		3876*a[6] - 805*a[7] + 362*a[8] - 156*a[9] + 53*a[10] - 11*a[11]
	sum2 = -11*b[0] + 53*b[1] - 156*b[2] + 362*b[3] - 805*b[4] + 3876*b[5] +
		951*b[6] - 210*b[7] + 32*b[8] + 12*b[9] - 11*b[10] + 3*b[11]
	return sum1, sum2
}

func limit15(x int32) int32 { return min(max(x, -1<<14), 1<<14-1) }

func limit16(x int32) int32 { return min(max(x, -1<<15), 1<<15-1) }
