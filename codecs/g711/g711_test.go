package g711

import "testing"

// The references below are written from the Recommendation's own description
// (tables 1 and 2 of G.711: output values and decision values), not from the
// bit tricks everybody copies.

// uLawOutput is table 2a/2b: code → output value, on the 14-bit scale.
func uLawOutput(code int) int {
	code = ^code & 0xff // all bits are inverted on the line
	segment, step := code>>4&7, code&15
	magnitude := (2*step+33)<<segment - 33
	if code&0x80 != 0 {
		return -magnitude
	}
	return magnitude
}

// aLawOutput is table 1a/1b: code → output value, on the 13-bit scale times
// two, so that the half values at the middle of each step are whole.
func aLawOutput(code int) int {
	code ^= 0x55 // even bits are inverted on the line
	segment, step := code>>4&7, code&15
	magnitude := 2*step + 1
	if segment > 0 {
		magnitude = (2*step + 33) << (segment - 1)
	}
	magnitude *= 2 // table values count units of 1/4096 with a step of 2
	if code&0x80 == 0 {
		return -magnitude
	}
	return magnitude
}

func TestDecodeMatchesG711(t *testing.T) {
	var u, a [1]int16
	for code := range 256 {
		ULaw{}.Decode(u[:], []byte{byte(code)})
		if got, want := int(u[0]), uLawOutput(code)*4; got != want {
			t.Errorf("µ-law %#02x: got %d; want %d", code, got, want)
		}
		ALaw{}.Decode(a[:], []byte{byte(code)})
		if got, want := int(a[0]), aLawOutput(code)*4; got != want {
			t.Errorf("A-law %#02x: got %d; want %d", code, got, want)
		}
	}
}

// uLawDecision is table 2's decision value below which a magnitude belongs to
// a lower code than c, on the 14-bit scale.
func uLawDecision(c int) int { return (2*(c&15)+32)<<(c>>4) - 33 }

// aLawDecision is table 1's, on the scale of 4096.
func aLawDecision(c int) int {
	if c < 16 {
		return 2 * c
	}
	return (2*(c&15) + 32) << (c>>4 - 1)
}

// code returns the highest of the 128 magnitude codes whose decision value x reaches.
func code(x int, decision func(int) int) int {
	c := 127
	for c > 0 && x < decision(c) {
		c--
	}
	return c
}

// Negative samples are mirrored by one's complement, as in the ITU's software
// tool library (G.191).
func TestEveryEncodingMatchesG711(t *testing.T) {
	var got [1]byte
	for x := -32768; x <= 32767; x++ {
		positive, mag := 0x80, x
		if x < 0 {
			positive, mag = 0, ^x
		}
		want := byte(^code(mag>>2, uLawDecision)&0x7f | positive)
		ULaw{}.Encode(got[:], []int16{int16(x)})
		if got[0] != want {
			t.Fatalf("µ-law %d: got %#02x; want %#02x", x, got[0], want)
		}
		want = byte((code(mag>>3, aLawDecision) | positive) ^ 0x55)
		ALaw{}.Encode(got[:], []int16{int16(x)})
		if got[0] != want {
			t.Fatalf("A-law %d: got %#02x; want %#02x", x, got[0], want)
		}
	}
}

// Decoding and encoding again gives the same code, except for µ-law's second
// zero, which the encoder never makes.
func TestCodesSurviveARoundTrip(t *testing.T) {
	var pcm [1]int16
	var back [1]byte
	for code := range 256 {
		in := []byte{byte(code)}
		ALaw{}.Decode(pcm[:], in)
		ALaw{}.Encode(back[:], pcm[:])
		if back != [1]byte(in) {
			t.Errorf("A-law %#02x came back as %#02x", code, back[0])
		}
		ULaw{}.Decode(pcm[:], in)
		if code == 0x7f {
			in[0] = 0xff
		}
		ULaw{}.Encode(back[:], pcm[:])
		if back != [1]byte(in) {
			t.Errorf("µ-law %#02x came back as %#02x", code, back[0])
		}
	}
}
