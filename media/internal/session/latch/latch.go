// Package latch decides whose packets are our peer's, and where ours go
// (symmetric RTP), so that nobody who finds a port can bend the sound away. It is
// a passive part of one session: no thread, and no clock but the times it is told.
package latch

import (
	"net/netip"
	"time"

	"trunkline/internal/clock"
	"trunkline/media/rtp"
)

// Proof is how many valid packets in a row another address must send before
// it is taken for our peer behind a NAT.
const Proof = 4

// Window is for how long after a start another address can become the peer. A far
// side begins to send when it hears of the answer; who comes later is a stranger.
const Window = 5 * time.Second

// Latch decides whose packets are our peer's, and where ours go.
//
// Both are the signalled address. Only when NAT is allowed for, another address
// can take its place: by sending Proof valid packets of one SSRC in a row, within
// Window and before the signalled address itself has sent one. An address with the
// signalled IP and another port goes first. Then, and at the end of Window at the
// latest, all stays as it is until the next start, so that nobody who finds the
// port can bend the sound away (RTP bleed).
type Latch struct {
	Peer      netip.AddrPort // where theirs come from, and ours go
	Signalled netip.AddrPort // where they should go
	held      bool           // no packets are wanted, whoever the peer is
	locked    bool
	until     clock.Time  // the end of Window
	near      candidate   // same IP as signalled
	far       *candidates // any other; nil before the first, and when there can be none
}

type candidate struct {
	from netip.AddrPort
	ssrc uint32
	next uint16 // sequence number
	run  int    // packets in a row
	last uint64 // count of far packets when it was heard
}

// candidates are those heard last: a stranger must not be able to spoil the proof
// of another by packets of its own.
type candidates struct {
	each  [4]candidate
	heard uint64
}

// of finds the candidate at an address, in place of the one not heard for longest.
func (cs *candidates) of(from netip.AddrPort) *candidate {
	cs.heard++
	oldest := &cs.each[0]
	for i := range cs.each {
		c := &cs.each[i]
		if c.from == from {
			oldest = c
			break
		}
		if c.last < oldest.last {
			oldest = c
		}
	}
	oldest.last = cs.heard
	return oldest
}

// Start begins anew. While the signalled address stays the same, a peer that
// was learned is kept until another is proven.
//
// An address of zeroes, the old way of holding (RFC 3264 §8.4), says that we shall
// send nothing, but not who sends: that is whoever did before, and his music is heard.
func (l *Latch) Start(now clock.Time, signalled netip.AddrPort, nat bool) {
	signalled = Plain(signalled)
	l.held = signalled.Addr().IsUnspecified()
	if l.held && Sendable(l.Peer) {
		signalled = l.Signalled
	} else if l.Signalled != signalled || !nat {
		l.Peer = signalled
	}
	l.Signalled, l.locked, l.until = signalled, !nat, now.Add(Window)
	l.near, l.far = candidate{}, nil
}

// Locked reports whether no other address can become the peer before the next
// Start.
func (l *Latch) Locked() bool { return l.locked }

// Reaches reports whether there is anybody to send to.
func (l *Latch) Reaches() bool { return !l.held && Sendable(l.Peer) }

// Refuses reports whether packets from an address need not even be looked at. Who
// does look then asks Admit.
func (l *Latch) Refuses(now clock.Time, from netip.AddrPort) bool {
	if !l.locked && now >= l.until {
		l.lock()
	}
	return l.locked && Plain(from) != l.Peer
}

func (l *Latch) lock() { l.locked, l.far = true, nil }

// Admit reports whether a packet is from our peer. Only usable packets count
// as proof.
func (l *Latch) Admit(from netip.AddrPort, h rtp.Header, usable bool) bool {
	from = Plain(from)
	if from == l.Peer {
		if usable && !l.locked {
			l.lock()
		}
		return true
	}
	if l.locked || !usable || !Sendable(from) {
		return false
	}
	c := l.candidate(from)
	if c.from != from || c.ssrc != h.SSRC || h.Sequence != c.next {
		*c = candidate{from: from, ssrc: h.SSRC, last: c.last}
	}
	c.run++
	c.next = h.Sequence + 1
	if c.run < Proof {
		return false
	}
	l.Peer = from
	l.lock()
	return true
}

// candidate is what is known of an address. The far ones begin anew when a near one
// is heard. Their memory stays, lest strangers make us ask for more of it.
func (l *Latch) candidate(from netip.AddrPort) *candidate {
	near := from.Addr() == l.Signalled.Addr()
	switch {
	case near && l.far != nil:
		*l.far = candidates{}
	case !near && l.far == nil:
		l.far = new(candidates)
	}
	if near {
		return &l.near
	}
	return l.far.of(from)
}

// Plain writes an IPv4 address that came through an IPv6 socket as IPv4.
func Plain(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// Sendable reports whether a packet to a could reach one host that wants it.
func Sendable(a netip.AddrPort) bool {
	ip := a.Addr()
	return ip.IsValid() && a.Port() != 0 && !ip.IsUnspecified() && !ip.IsMulticast() &&
		ip != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}
