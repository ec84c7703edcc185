// Package g711 is the arithmetic of ITU-T G.711: 8 kHz speech at one byte per
// sample, in its two laws.
//
// The coders hold no state, so one value serves any number of legs. The
// per-sample functions of zaf/g711 are laid out as tables at start, because a
// look-up costs a quarter of the arithmetic (one byte out of 16 KiB for µ-law,
// which keeps 14 bits of a sample; out of 4 KiB for A-law, which keeps 12).
package g711

import zaf "github.com/zaf/g711"

// Read-only tables, filled before anything runs.
var (
	encodeU = uLawEncodings()
	encodeA = aLawEncodings()
	decodeU = decodings(zaf.DecodeUlawFrame)
	decodeA = decodings(zaf.DecodeAlawFrame)
)

func uLawEncodings() *[1 << 14]byte {
	var t [1 << 14]byte
	for i := range t {
		t[i] = zaf.EncodeUlawFrame(int16(uint16(i) << 2))
	}
	return &t
}

func aLawEncodings() *[1 << 12]byte {
	var t [1 << 12]byte
	for i := range t {
		t[i] = zaf.EncodeAlawFrame(int16(uint16(i) << 4))
	}
	return &t
}

func decodings(sample func(uint8) int16) *[256]int16 {
	var t [256]int16
	for i := range t {
		t[i] = sample(uint8(i))
	}
	return &t
}

// ULaw is the µ-law of North America and Japan (G.711 §3.2).
type ULaw struct{}

// Encode writes one byte per sample to dst, as many as both slices allow.
func (ULaw) Encode(dst []byte, pcm []int16) int {
	n := min(len(dst), len(pcm))
	dst, pcm = dst[:n], pcm[:n]
	for i, x := range pcm {
		dst[i] = encodeU[uint16(x)>>2]
	}
	return n
}

// Decode writes one sample per byte to dst, as many as both slices allow.
func (ULaw) Decode(dst []int16, payload []byte) int { return expand(dst, payload, decodeU) }

// Conceal knows nothing better than the caller: G.711 Appendix I is the caller's.
func (ULaw) Conceal([]int16, []byte) int { return 0 }

// ALaw is the A-law of the rest of the world (G.711 §3.1).
type ALaw struct{}

// Encode writes one byte per sample to dst, as many as both slices allow.
func (ALaw) Encode(dst []byte, pcm []int16) int {
	n := min(len(dst), len(pcm))
	dst, pcm = dst[:n], pcm[:n]
	for i, x := range pcm {
		dst[i] = encodeA[uint16(x)>>4]
	}
	return n
}

// Decode writes one sample per byte to dst, as many as both slices allow.
func (ALaw) Decode(dst []int16, payload []byte) int { return expand(dst, payload, decodeA) }

// Conceal knows nothing better than the caller.
func (ALaw) Conceal([]int16, []byte) int { return 0 }

func expand(dst []int16, payload []byte, t *[256]int16) int {
	n := min(len(dst), len(payload))
	dst, payload = dst[:n], payload[:n]
	for i, b := range payload {
		dst[i] = t[b]
	}
	return n
}
