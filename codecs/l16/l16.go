// Package l16 is uncompressed sound: 16-bit linear samples in network byte order
// (RFC 3551 §4.5.11).
//
// The coder holds no state, so one value serves any number of legs, at any rate.
// It is used through the table of package codecs.
package l16

import "encoding/binary"

// Coder writes and reads two bytes per sample.
type Coder struct{}

// Encode writes two bytes per sample to dst, as many samples as both slices
// allow, and returns the number of bytes.
func (Coder) Encode(dst []byte, pcm []int16) int {
	n := min(len(dst)/2, len(pcm))
	for i, x := range pcm[:n] {
		binary.BigEndian.PutUint16(dst[2*i:], uint16(x))
	}
	return 2 * n
}

// Decode writes one sample per two bytes to dst, as many as both slices allow.
// An odd last byte is no sample.
func (Coder) Decode(dst []int16, payload []byte) int {
	n := min(len(dst), len(payload)/2)
	for i := range dst[:n] {
		dst[i] = int16(binary.BigEndian.Uint16(payload[2*i:]))
	}
	return n
}

// Conceal knows nothing better than the caller.
func (Coder) Conceal([]int16, []byte) int { return 0 }
