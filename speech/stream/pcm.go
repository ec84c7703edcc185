package stream

import "encoding/binary"

// appendPCM appends samples as signed 16-bit little-endian bytes; of two slices,
// interleaved.
func appendPCM(dst []byte, pcm, other []int16) []byte {
	for i, x := range pcm {
		dst = binary.LittleEndian.AppendUint16(dst, uint16(x))
		if other != nil {
			dst = binary.LittleEndian.AppendUint16(dst, uint16(other[i]))
		}
	}
	return dst
}

// samplesOf reads signed 16-bit little-endian samples; an odd byte is left.
func samplesOf(b []byte) []int16 {
	pcm := make([]int16, len(b)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return pcm
}
