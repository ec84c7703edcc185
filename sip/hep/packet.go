package hep

import (
	"encoding/binary"
	"errors"
	"fmt"
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

// Decode takes a packet apart. Chunks that it does not know are passed over; payload
// and Call-ID lie in b.
func Decode(b []byte) (Packet, error) {
	p := Packet{At: time.Unix(0, 0).UTC()}
	if len(b) < header || string(b[:len(magic)]) != magic {
		return p, errors.New("decode hep: no HEP3")
	}
	if n := int(binary.BigEndian.Uint16(b[len(magic):])); n != len(b) {
		return p, fmt.Errorf("decode hep: %d bytes, said to be %d", len(b), n)
	}
	for rest := b[header:]; len(rest) > 0; {
		if len(rest) < chunkHead {
			return p, errors.New("decode hep: half a chunk")
		}
		vendor, typ, n := binary.BigEndian.Uint16(rest), binary.BigEndian.Uint16(rest[2:]), int(binary.BigEndian.Uint16(rest[4:]))
		if n < chunkHead || n > len(rest) {
			return p, fmt.Errorf("decode hep: chunk %d of %d bytes, %d are there", typ, n, len(rest))
		}
		if vendor == 0 {
			if err := p.chunk(typ, rest[chunkHead:n]); err != nil {
				return p, err
			}
		}
		rest = rest[n:]
	}
	return p, nil
}

// chunk takes in one chunk.
func (p *Packet) chunk(typ uint16, v []byte) error {
	if want := lengths[typ]; want != 0 && len(v) != want {
		return fmt.Errorf("decode hep: chunk %d has %d bytes, not %d", typ, len(v), want)
	}
	switch typ {
	case chunkProto:
		p.Proto = v[0]
	case chunkFrom4, chunkFrom6:
		p.From = withAddr(p.From, v)
	case chunkTo4, chunkTo6:
		p.To = withAddr(p.To, v)
	case chunkFromPort:
		p.From = netip.AddrPortFrom(p.From.Addr(), binary.BigEndian.Uint16(v))
	case chunkToPort:
		p.To = netip.AddrPortFrom(p.To.Addr(), binary.BigEndian.Uint16(v))
	case chunkSeconds:
		p.At = time.Unix(int64(binary.BigEndian.Uint32(v)), int64(p.At.Nanosecond())).UTC()
	case chunkMicros:
		p.At = p.At.Truncate(time.Second).Add(time.Duration(binary.BigEndian.Uint32(v)%1e6) * time.Microsecond)
	case chunkKind:
		p.Kind = Kind(v[0])
	case chunkAgent:
		p.Agent = binary.BigEndian.Uint32(v)
	case chunkKey:
		p.Key = string(v)
	case chunkNode:
		p.Node = string(v)
	case chunkCorrelation:
		p.CallID = v
	case chunkPayload:
		p.Payload = v
	}
	return nil
}

// lengths are those of the chunks whose values have one.
var lengths = map[uint16]int{
	chunkFamily: 1, chunkProto: 1, chunkFrom4: 4, chunkTo4: 4, chunkFrom6: 16, chunkTo6: 16,
	chunkFromPort: 2, chunkToPort: 2, chunkSeconds: 4, chunkMicros: 4, chunkKind: 1, chunkAgent: 4,
}

// withAddr returns a with another address.
func withAddr(a netip.AddrPort, addr []byte) netip.AddrPort {
	ip, _ := netip.AddrFromSlice(addr)
	return netip.AddrPortFrom(ip, a.Port())
}
