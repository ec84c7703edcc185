package frame

import (
	"encoding/binary"
	"net/netip"
)

// Verdict says what Parse made of a packet.
type Verdict uint8

// The verdicts.
const (
	Good    Verdict = iota
	Odd             // not a plain UDP datagram: the kernel's business
	Corrupt         // contradicts itself, or its checksum is wrong
)

// Datagram is what Parse reads.
type Datagram struct {
	From, To netip.AddrPort
	Payload  []byte // within the packet
}

// Port4 and Port6 are where the destination port stands in a packet that Parse
// finds Good.
const (
	Port4 = ip4 + 2
	Port6 = ip6 + 2
)

// Parse reads an IP packet that begins at b[0] into d. Bytes behind the packet
// (Ethernet pads short ones) are ignored. With verify, the UDP checksum is
// checked; without, somebody vouches for it: the network card, or the sender on
// this machine, which has not computed it.
//
// IP options, extension headers and fragments are Odd, as is what is longer
// than Largest: netio's socket filters let exactly these through.
func Parse(b []byte, verify bool, d *Datagram) Verdict {
	if len(b) == 0 {
		return Corrupt
	}
	var u []byte
	var pseudo uint64
	switch b[0] >> 4 {
	case 4:
		if len(b) < ip4 {
			return Corrupt
		}
		n := int(binary.BigEndian.Uint16(b[2:]))
		if b[0] != 0x45 || b[9] != protoUDP || binary.BigEndian.Uint16(b[6:])&0x3fff != 0 || n > Largest {
			return Odd
		}
		if n > len(b) || n < ip4+udp || fold(sum(0, b[:ip4])) != 0 {
			return Corrupt
		}
		u = b[ip4:n:n]
		d.From = netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[12:16])), binary.BigEndian.Uint16(u))
		d.To = netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[16:20])), binary.BigEndian.Uint16(u[2:]))
		verify = verify && u[6]|u[7] != 0 // nought means none (RFC 768)
		pseudo = sum(protoUDP<<8, b[12:20])
	case 6:
		if len(b) < ip6 {
			return Corrupt
		}
		n := int(binary.BigEndian.Uint16(b[4:])) + ip6
		if b[6] != protoUDP || n > Largest {
			return Odd
		}
		if n > len(b) || n < ip6+udp {
			return Corrupt
		}
		u = b[ip6:n:n]
		if u[6]|u[7] == 0 {
			return Corrupt // it may not be left out (RFC 8200 §8.1)
		}
		d.From = netip.AddrPortFrom(netip.AddrFrom16([16]byte(b[8:24])), binary.BigEndian.Uint16(u))
		d.To = netip.AddrPortFrom(netip.AddrFrom16([16]byte(b[24:40])), binary.BigEndian.Uint16(u[2:]))
		pseudo = sum(protoUDP<<8, b[8:40])
	default:
		return Odd
	}
	return d.finish(u, pseudo, verify)
}

// finish reads the UDP header. Bytes behind its length are not part of it.
func (d *Datagram) finish(u []byte, pseudo uint64, verify bool) Verdict {
	n := int(binary.BigEndian.Uint16(u[4:]))
	if n < udp || n > len(u) {
		return Corrupt
	}
	u = u[:n:n]
	if verify && fold(sum(pseudo+uint64(u[4])+uint64(u[5])<<8, u)) != 0 {
		return Corrupt
	}
	d.Payload = u[udp:]
	return Good
}
