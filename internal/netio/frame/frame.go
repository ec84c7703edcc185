// Package frame writes and reads Ethernet, IP and UDP headers for the tiers of
// netio that go below the kernel's UDP: bytes in, values out.
//
// It holds no state beyond its arguments, makes no system call and allocates
// nothing; netio's media threads call it per packet. What it cannot read for
// sure it calls Odd, and netio leaves that to the sockets.
package frame

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
)

// Largest is the longest IP packet handled here, bytes. Every IPv6 link carries
// it whole (RFC 8200 §5), and so does every IPv4 link that sound flows over, so
// such a packet is never one that had to be put together from fragments, nor
// one that a path MTU discovery could still forbid. Longer ones take the socket.
const Largest = 1280

// Header lengths, bytes.
const (
	Ethernet  = 14
	ip4       = 20
	ip6       = 40
	udp       = 8
	MaxHeader = Ethernet + ip6 + udp
)

const (
	protoUDP = 17
	hops     = 64 // TTL and hop limit
	typeIP4  = 0x0800
	typeIP6  = 0x86dd
)

// MAC is an Ethernet address.
type MAC [6]byte

// Header is everything before the payload, made once per peer so that a packet
// costs a copy and its checksums.
type Header struct {
	b   [MaxHeader]byte
	v4  bool
	pre uint32 // sum of what does not change: pseudo header and ports
	ip  uint32 // same of the IPv4 header
}

// Set makes the header of datagrams between two unicast addresses of one
// family, with class as TOS or traffic class.
func (h *Header) Set(src, dst MAC, from, to netip.AddrPort, class byte) {
	*h = Header{v4: from.Addr().Is4()}
	copy(h.b[0:], dst[:])
	copy(h.b[6:], src[:])
	var pseudo uint64
	if h.v4 {
		pseudo = h.set4(from.Addr().As4(), to.Addr().As4(), class)
	} else {
		pseudo = h.set6(from.Addr().As16(), to.Addr().As16(), class)
	}
	u := h.b[Ethernet+h.above()-udp:]
	binary.BigEndian.PutUint16(u[0:], from.Port())
	binary.BigEndian.PutUint16(u[2:], to.Port())
	h.pre = uint32(^fold(sum(pseudo+protoUDP<<8, u[:4])))
}

// Warm reads the header, so that its memory is on its way. What it returns means
// nothing.
func (h *Header) Warm() uint32 { return h.pre }

// above is the length of the IP and UDP headers.
func (h *Header) above() int {
	if h.v4 {
		return ip4 + udp
	}
	return ip6 + udp
}

// set4 and set6 return the sum of the addresses.
func (h *Header) set4(from, to [4]byte, class byte) uint64 {
	binary.BigEndian.PutUint16(h.b[12:], typeIP4)
	b := h.b[Ethernet:]
	b[0], b[1] = 0x45, class
	b[6] = 0x40 // do not fragment: then the identification means nothing (RFC 6864 §4.1)
	b[8], b[9] = hops, protoUDP
	copy(b[12:], from[:])
	copy(b[16:], to[:])
	h.ip = uint32(^fold(sum(0, b[:ip4])))
	return sum(0, b[12:ip4])
}

func (h *Header) set6(from, to [16]byte, class byte) uint64 {
	binary.BigEndian.PutUint16(h.b[12:], typeIP6)
	b := h.b[Ethernet:]
	b[0], b[1] = 0x60|class>>4, class<<4
	b[6], b[7] = protoUDP, hops
	copy(b[8:], from[:])
	copy(b[24:], to[:])
	return sum(0, b[8:ip6])
}

// Fits reports whether a payload of n bytes makes a packet that is not too long.
func (h *Header) Fits(n int) bool { return n <= Largest-h.above() }

// Append appends a frame with payload, which Fits, to dst. What follows the
// first Ethernet bytes is the IP packet.
func (h *Header) Append(dst []byte, payload []byte) []byte {
	at, above := len(dst), h.above()
	dst = append(dst, h.b[:Ethernet+above]...)
	dst = append(dst, payload...)
	b := dst[at+Ethernet:]
	if h.v4 {
		binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
		binary.LittleEndian.PutUint16(b[10:], fold(uint64(h.ip)+uint64(b[2])+uint64(b[3])<<8))
	} else {
		binary.BigEndian.PutUint16(b[4:], uint16(len(b)-ip6))
	}
	u := b[above-udp:]
	binary.BigEndian.PutUint16(u[4:], uint16(len(u)))
	s := fold(sum(uint64(h.pre)+2*(uint64(u[4])+uint64(u[5])<<8), u[udp:]))
	if s == 0 {
		s = 0xffff // nought would say "none" (RFC 768)
	}
	binary.LittleEndian.PutUint16(u[6:], s)
	return dst
}

// sum adds the 16-bit words of b to a ones' complement sum (RFC 1071). Words
// are read as little-endian, and the result is written so: the order does not
// matter to the arithmetic.
func sum(acc uint64, b []byte) uint64 {
	var carry uint64
	for len(b) >= 32 {
		acc, carry = bits.Add64(acc, binary.LittleEndian.Uint64(b), carry)
		acc, carry = bits.Add64(acc, binary.LittleEndian.Uint64(b[8:]), carry)
		acc, carry = bits.Add64(acc, binary.LittleEndian.Uint64(b[16:]), carry)
		acc, carry = bits.Add64(acc, binary.LittleEndian.Uint64(b[24:]), carry)
		b = b[32:]
	}
	for len(b) >= 8 {
		acc, carry = bits.Add64(acc, binary.LittleEndian.Uint64(b), carry)
		b = b[8:]
	}
	var rest uint64
	for i, x := range b {
		rest |= uint64(x) << (8 * i)
	}
	acc, carry = bits.Add64(acc, rest, carry)
	// Down to 33 bits, so that callers may go on adding words.
	acc = acc>>32 + acc&0xffffffff + carry
	return acc
}

// fold finishes a sum.
func fold(acc uint64) uint16 {
	acc = acc>>32 + acc&0xffffffff
	acc = acc>>16 + acc&0xffff
	acc = acc>>16 + acc&0xffff
	acc = acc>>16 + acc&0xffff
	return ^uint16(acc)
}
