// Package rtp reads and writes the bytes of RTP packets (RFC 3550 §5.1) and of
// telephone-events inside them (RFC 4733).
//
// Pure functions from bytes to values and back: no state, no allocation, no
// errors. A packet that cannot be used is a Drop, so that whoever floods us
// with them costs a counter. Slices returned by parsers lie inside the packet
// they came from.
package rtp

import "encoding/binary"

// HeaderSize is the length of a header as Put writes it: no CSRCs, no extension.
const HeaderSize = 12

// Header is the fixed part of an RTP packet's header.
type Header struct {
	Marker    bool
	Type      uint8 // payload type, 0–127
	Sequence  uint16
	Timestamp uint32
	SSRC      uint32
}

// Drop says why a packet is not used.
type Drop uint8

// The verdicts of Parse. Keep, the zero value, is the good one.
const (
	Keep       Drop = iota
	Short           // shorter than a header
	Version         // not RTP version 2
	Control         // RTCP on the RTP port (RFC 5761 §4)
	Extension       // CSRCs or header extension longer than the packet
	Padding         // padding longer than the payload, or of length 0
	NoPayload       // nothing behind the header
	dropsCount      // how many there are
)

// String names the verdict.
func (d Drop) String() string {
	names := [dropsCount]string{"keep", "short", "version", "control", "extension", "padding", "no payload"}
	if d >= dropsCount {
		return "unknown"
	}
	return names[d]
}

// Parse takes a packet apart. When the verdict is not Keep the rest is
// meaningless. CSRCs and header extensions are checked and skipped.
//
//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|V=2|P|X|  CC   |M|     PT      |       sequence number         |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|                           timestamp                           |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|           synchronization source (SSRC) identifier            |
//	+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
//	|            contributing source (CSRC) identifiers             |
//	|                             ....                              |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|      defined by profile       | X: length in 32-bit words     |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
func Parse(pkt []byte) (h Header, payload []byte, d Drop) {
	if len(pkt) < HeaderSize {
		return h, nil, Short
	}
	if pkt[0]>>6 != 2 {
		return h, nil, Version
	}
	h = Header{
		Marker:    pkt[1]&0x80 != 0,
		Type:      pkt[1] & 0x7f,
		Sequence:  binary.BigEndian.Uint16(pkt[2:]),
		Timestamp: binary.BigEndian.Uint32(pkt[4:]),
		SSRC:      binary.BigEndian.Uint32(pkt[8:]),
	}
	if h.Type >= 64 && h.Type <= 95 && h.Marker { // RTCP types 192–223
		return h, nil, Control
	}
	payload, d = body(pkt)
	return h, payload, d
}

// body finds the payload behind CSRCs and extension and before the padding.
func body(pkt []byte) ([]byte, Drop) {
	start, end := HeaderSize+4*int(pkt[0]&0x0f), len(pkt)
	if pkt[0]&0x10 != 0 {
		if end < start+4 {
			return nil, Extension
		}
		start += 4 + 4*int(binary.BigEndian.Uint16(pkt[start+2:]))
	}
	if start > end {
		return nil, Extension
	}
	if pkt[0]&0x20 != 0 && end > start {
		pad := int(pkt[end-1])
		if pad == 0 || pad > end-start {
			return nil, Padding
		}
		end -= pad
	}
	if start == end {
		return nil, NoPayload
	}
	return pkt[start:end], Keep
}

// Put writes h to dst, which must hold HeaderSize bytes, and returns HeaderSize.
func Put(dst []byte, h Header) int {
	dst[0] = 2 << 6
	dst[1] = h.Type & 0x7f
	if h.Marker {
		dst[1] |= 0x80
	}
	binary.BigEndian.PutUint16(dst[2:], h.Sequence)
	binary.BigEndian.PutUint32(dst[4:], h.Timestamp)
	binary.BigEndian.PutUint32(dst[8:], h.SSRC)
	return HeaderSize
}
