package session

import (
	"net/netip"

	"trunkline/media/rtp"
)

// proof is how many valid packets in a row another address must send before
// it is taken for our peer behind a NAT.
const proof = 4

// latch decides whose packets are our peer's, and where ours go.
//
// Both are the signalled address. Only when NAT is allowed for, another address
// can take its place: by sending proof valid packets of one SSRC in a row, before
// the signalled address itself has sent one. An address with the signalled IP
// and another port goes first. Then it stays until the next start, so that
// nobody who finds the port can bend the sound away (RTP bleed).
type latch struct {
	peer      netip.AddrPort
	signalled netip.AddrPort
	locked    bool
	near, far candidate // same IP as signalled, and any other
}

type candidate struct {
	from netip.AddrPort
	ssrc uint32
	next uint16 // sequence number
	run  int    // packets in a row
}

// start begins anew. While the signalled address stays the same, a peer that
// was learned is kept until another is proven.
func (l *latch) start(signalled netip.AddrPort, nat bool) {
	signalled = plain(signalled)
	if l.signalled != signalled || !nat {
		l.peer = signalled
	}
	l.signalled, l.locked = signalled, !nat
	l.near, l.far = candidate{}, candidate{}
}

// refuses reports whether packets from an address need not even be looked at.
func (l *latch) refuses(from netip.AddrPort) bool { return l.locked && plain(from) != l.peer }

// admit reports whether a packet is from our peer. Only usable packets count
// as proof.
func (l *latch) admit(from netip.AddrPort, h rtp.Header, usable bool) bool {
	from = plain(from)
	if from == l.peer {
		l.locked = l.locked || usable
		return true
	}
	if l.locked || !usable || !sendable(from) {
		return false
	}
	c := &l.far
	if from.Addr() == l.signalled.Addr() {
		c, l.far = &l.near, candidate{}
	}
	if c.from != from || c.ssrc != h.SSRC || h.Sequence != c.next {
		*c = candidate{from: from, ssrc: h.SSRC}
	}
	c.run++
	c.next = h.Sequence + 1
	if c.run < proof {
		return false
	}
	l.peer, l.locked = from, true
	return true
}

// plain writes an IPv4 address that came through an IPv6 socket as IPv4.
func plain(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// sendable reports whether a packet to a could reach one host that wants it.
func sendable(a netip.AddrPort) bool {
	ip := a.Addr()
	return ip.IsValid() && a.Port() != 0 && !ip.IsUnspecified() && !ip.IsMulticast() &&
		ip != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}
