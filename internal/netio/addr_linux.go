package netio

import (
	"encoding/binary"
	"net/netip"
	"syscall"
)

// sendable reports whether to is one host's address and port. The unspecified
// address is nobody (the old way to say "hold", RFC 2543), though Linux would
// deliver it to ourselves; groups would make us a loudspeaker.
func sendable(to netip.AddrPort) bool {
	a := to.Addr().Unmap()
	return a.IsValid() && to.Port() != 0 && !a.IsUnspecified() && !a.IsMulticast() &&
		a != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

// get reads the address the kernel wrote. IPv4 addresses come out as such even
// from an IPv6 socket, so that they compare equal to what was signalled. Zones
// are dropped: a pair talks on one link only, see put.
func (sa *sockaddr) get() netip.AddrPort {
	port := binary.BigEndian.Uint16(sa.raw[2:])
	if binary.NativeEndian.Uint16(sa.raw[:]) == syscall.AF_INET {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(sa.raw[4:8])), port)
	}
	return netip.AddrPortFrom(netip.AddrFrom16([16]byte(sa.raw[8:24])).Unmap(), port)
}

// put writes to for a socket of the given family; scope is the link that
// link-local IPv6 addresses are on (RFC 4007 §6). It reports false when the
// socket cannot send there, or nobody should.
func (sa *sockaddr) put(to netip.AddrPort, family uint16, scope uint32) bool {
	if !sendable(to) {
		return false
	}
	binary.NativeEndian.PutUint16(sa.raw[:], family)
	binary.BigEndian.PutUint16(sa.raw[2:], to.Port())
	if family == syscall.AF_INET {
		a := to.Addr().Unmap()
		if !a.Is4() {
			return false
		}
		ip := a.As4()
		copy(sa.raw[4:8], ip[:])
		clear(sa.raw[8:16])
		sa.len = syscall.SizeofSockaddrInet4
		return true
	}
	ip := to.Addr().As16() // maps IPv4, as an IPv6 socket wants it
	clear(sa.raw[4:8])
	copy(sa.raw[8:24], ip[:])
	if !to.Addr().IsLinkLocalUnicast() {
		scope = 0
	}
	binary.NativeEndian.PutUint32(sa.raw[24:], scope)
	sa.len = syscall.SizeofSockaddrInet6
	return true
}
