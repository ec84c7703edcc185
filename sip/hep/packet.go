package hep

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// Kind is what a packet carries.
type Kind uint8

// The kinds sent today.
const (
	SIP  Kind = 1
	RTCP Kind = 5 // as JSON
)

// Packet is one HEPv3 packet.
//
//	"HEP3" | total length, 2 bytes | chunks
//	chunk: vendor, 2 bytes | type, 2 | length with these 6 | value
type Packet struct {
	At      time.Time
	Proto   uint8 // of IP: 17 for UDP, 6 for TCP
	From    netip.AddrPort
	To      netip.AddrPort
	Kind    Kind
	Agent   uint32
	Key     string // what the collector knows us by; may be empty
	Node    string // who we are to people; may be empty
	CallID  []byte // what belongs together in Homer
	Payload []byte
}

// Numbers of the protocols over IP.
const (
	protoTCP = 6
	protoUDP = 17
)

// Chunk types of vendor 0.
const (
	chunkFamily      = 1
	chunkProto       = 2
	chunkFrom4       = 3
	chunkTo4         = 4
	chunkFrom6       = 5
	chunkTo6         = 6
	chunkFromPort    = 7
	chunkToPort      = 8
	chunkSeconds     = 9
	chunkMicros      = 10
	chunkKind        = 11
	chunkAgent       = 12
	chunkKey         = 14
	chunkPayload     = 15
	chunkCorrelation = 17
	chunkNode        = 19
)

const (
	magic      = "HEP3"
	header     = len(magic) + 2
	chunkHead  = 6
	familyIPv4 = 2
	familyIPv6 = 10
	maxPacket  = 65535
)

// Append appends a packet; the payload comes last. A packet of more than 65535
// bytes does not exist in HEP and is refused: dst comes back as it was.
func Append(dst []byte, p *Packet) ([]byte, bool) {
	begin := len(dst)
	dst = append(append(dst, magic...), 0, 0)
	from, to := p.From.Addr().Unmap(), p.To.Addr().Unmap()
	if from.Is6() || to.Is6() {
		dst = appendChunk8(dst, chunkFamily, familyIPv6)
		dst = appendChunk8(dst, chunkProto, p.Proto)
		dst = appendIP6(dst, chunkFrom6, from)
		dst = appendIP6(dst, chunkTo6, to)
	} else {
		dst = appendChunk8(dst, chunkFamily, familyIPv4)
		dst = appendChunk8(dst, chunkProto, p.Proto)
		dst = appendIP4(dst, chunkFrom4, from)
		dst = appendIP4(dst, chunkTo4, to)
	}
	dst = binary.BigEndian.AppendUint16(appendHead(dst, chunkFromPort, 2), p.From.Port())
	dst = binary.BigEndian.AppendUint16(appendHead(dst, chunkToPort, 2), p.To.Port())
	dst = appendChunk32(dst, chunkSeconds, uint32(p.At.Unix()))
	dst = appendChunk32(dst, chunkMicros, uint32(p.At.Nanosecond()/1000))
	dst = appendChunk8(dst, chunkKind, uint8(p.Kind))
	dst = appendChunk32(dst, chunkAgent, p.Agent)
	dst = appendText(dst, chunkKey, p.Key)
	dst = appendText(dst, chunkNode, p.Node)
	dst = appendText(dst, chunkCorrelation, p.CallID)
	dst = append(appendHead(dst, chunkPayload, len(p.Payload)), p.Payload...)
	n := len(dst) - begin
	if n > maxPacket {
		return dst[:begin], false
	}
	binary.BigEndian.PutUint16(dst[begin+len(magic):], uint16(n))
	return dst, true
}

func appendHead(dst []byte, typ uint16, length int) []byte {
	dst = append(dst, 0, 0)
	dst = binary.BigEndian.AppendUint16(dst, typ)
	return binary.BigEndian.AppendUint16(dst, uint16(chunkHead+length))
}

func appendChunk8(dst []byte, typ uint16, v uint8) []byte {
	return append(appendHead(dst, typ, 1), v)
}

func appendChunk32(dst []byte, typ uint16, v uint32) []byte {
	return binary.BigEndian.AppendUint32(appendHead(dst, typ, 4), v)
}

// appendText appends a chunk of text, unless it is empty.
func appendText[T string | []byte](dst []byte, typ uint16, text T) []byte {
	if len(text) == 0 {
		return dst
	}
	return append(appendHead(dst, typ, len(text)), text...)
}

func appendIP4(dst []byte, typ uint16, a netip.Addr) []byte {
	var b [4]byte
	if a.Is4() {
		b = a.As4()
	}
	return append(appendHead(dst, typ, len(b)), b[:]...)
}

func appendIP6(dst []byte, typ uint16, a netip.Addr) []byte {
	var b [16]byte
	if a.IsValid() {
		b = a.As16() // of IPv4: mapped
	}
	return append(appendHead(dst, typ, len(b)), b[:]...)
}
