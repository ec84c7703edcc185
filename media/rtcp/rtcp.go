// Package rtcp reads and writes the reports that travel beside RTP (RFC 3550 §6,
// extended reports of RFC 3611), and keeps what one leg knows through them.
//
// Check, Next and the methods of Packet take a compound packet apart, the Append
// functions write one: pure functions between bytes and values. A Schedule says
// when to report. An Exchange joins them: it counts what is sent, hears what the
// far side says of it, and writes our reports.
//
// Everything here belongs to one session and so to one thread, is told the time,
// allocates nothing per packet, and never fails: a packet that cannot be used is
// a Drop. What a far side claims is kept as its claim; nothing it can send ends a
// call or changes what we hear.
package rtcp

import "encoding/binary"

const (
	headerSize = 4 // bytes, before the first SSRC
	version    = 2 << 6

	// Packet types (RFC 3550 §12.1, RFC 3611 §2).
	typeSender   = 200
	typeReceiver = 201
	typeSource   = 202
	typeBye      = 203
	typeExtended = 207

	// What may be a packet type on a port shared with RTP (RFC 5761 §4).
	firstType, lastType = 192, 223
)

// Drop says why a packet is not used.
type Drop uint8

// The verdicts of Check. Keep, the zero value, is the good one.
const (
	Keep    Drop = iota
	Short        // shorter than a header
	Version      // not version 2, in any of its packets
	Type         // not a type of RTCP
	Length       // lengths do not add up to the packet's
	Padding      // padding that is longer than the packet, or not at its end
	Own          // our own report, sent back to us
	drops        // how many there are
)

// String names the verdict.
func (d Drop) String() string {
	names := [drops]string{"keep", "short", "version", "type", "length", "padding", "own"}
	if d >= drops {
		return "unknown"
	}
	return names[d]
}

// Is reports whether a packet on a port shared with RTP is RTCP (RFC 5761 §4).
func Is(pkt []byte) bool {
	return len(pkt) >= headerSize && pkt[0]>>6 == 2 && pkt[1] >= firstType && pkt[1] <= lastType
}

// Check validates a compound packet as RFC 3550 §A.2 asks, but for one thing: it
// may begin with any packet (reduced size, RFC 5506).
func Check(compound []byte) Drop {
	if len(compound) < headerSize {
		return Short
	}
	for len(compound) > 0 {
		if len(compound) < headerSize {
			return Length
		}
		size := packetSize(compound)
		switch {
		case compound[0]>>6 != 2:
			return Version
		case !Is(compound):
			return Type
		case size > len(compound):
			return Length
		}
		if compound[0]&0x20 != 0 {
			padding := int(compound[size-1])
			if size != len(compound) || padding == 0 || padding%4 != 0 || padding > size-headerSize {
				return Padding
			}
		}
		compound = compound[size:]
	}
	return Keep
}

// Packet is one packet of a compound one. Its body lies inside the compound.
//
//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|V=2|P|  count  |      type     |   length in words, less one   |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|                             body ...                          |
type Packet struct {
	kind  uint8
	count uint8  // of report blocks, sources or chunks
	body  []byte // without header and padding
}

// Next takes the first packet off a compound one that Check keeps.
func Next(compound []byte) (p Packet, rest []byte) {
	size := packetSize(compound)
	end := size
	if compound[0]&0x20 != 0 {
		end -= int(compound[size-1])
	}
	return Packet{kind: compound[1], count: compound[0] & 0x1f, body: compound[headerSize:end]}, compound[size:]
}

// Source returns the SSRC of who sent the packet; false when there is none.
func (p Packet) Source() (ssrc uint32, ok bool) {
	if len(p.body) < 4 {
		return 0, false
	}
	return binary.BigEndian.Uint32(p.body), true
}

func packetSize(pkt []byte) int { return 4 + 4*int(binary.BigEndian.Uint16(pkt[2:])) }

// begin appends the header of a packet; finish writes its length when all of it
// is there.
func begin(dst []byte, kind, count uint8) []byte {
	return append(dst, version|count, kind, 0, 0)
}

// finish sets the length of the packet that begins at start. It must be whole words.
func finish(dst []byte, start int) []byte {
	binary.BigEndian.PutUint16(dst[start+2:], uint16((len(dst)-start)/4-1))
	return dst
}
