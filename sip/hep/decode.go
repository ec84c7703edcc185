package hep

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"
)

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
