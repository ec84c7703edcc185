package netio

import (
	"fmt"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"

	"trunkline/internal/netio/frame"
	"trunkline/internal/netio/nexthop"
)

// Rings is Frames that also receives below the kernel's UDP: tier T2.
//
// A ring per protocol holds what arrives for any port between the lowest and
// the highest of our legs, and Receive finds each packet's leg by its address
// and port. The legs' sockets still own the ports; a filter lets them drop what
// the ring takes. What is not a plain datagram (fragments, IP options, more
// than frame.Largest bytes) the ring leaves to them.
//
// Every ring sees every packet, so of several threads each passes over the
// others' unless their legs' ports lie in ranges of their own.
type Rings struct {
	*Frames
	v4, v6    *rxRing // v6 is nil until there is an IPv6 leg
	low, high uint16  // of our ports
	byPort    []int32 // first berth of a port, or -1
	berths    []berth
	spare     int32 // first unused berth, or -1
	packet    packet
	datagram  frame.Datagram
}

// berth is a bound socket, in a list of those with the same port.
type berth struct {
	leg   Leg
	kind  Kind
	addr  netip.Addr // without zone; unspecified: every address
	dual  bool       // unspecified IPv6, which takes IPv4, too
	scope uint32
	next  int32
}

// loopbackLink is the index of the loopback interface, the first of each
// network namespace.
const loopbackLink = 1

var _ Packets = (*Rings)(nil)

// NewRings makes an empty set. It needs CAP_NET_RAW, see Probe.
func NewRings() (*Rings, error) {
	f, err := NewFrames()
	if err != nil {
		return nil, err
	}
	r := &Rings{Frames: f, low: 65535, byPort: make([]int32, 1<<16), spare: -1}
	for i := range r.byPort {
		r.byPort[i] = -1
	}
	if r.v4, err = openRing(unix.ETH_P_IP, ringFilter4(r.low, r.high)); err != nil {
		f.Close()
		return nil, err
	}
	return r, nil
}

// Add starts receiving on ports, which must be a *Pair, better one that was
// made ready by Prepare.
func (r *Rings) Add(ports Ports) (Leg, error) {
	p, err := asPair(ports)
	if err != nil {
		return 0, err
	}
	l, err := r.Frames.add(p)
	if err != nil {
		return 0, err
	}
	if err := r.moor(l); err != nil {
		r.Remove(l)
		return 0, fmt.Errorf("add %v: %w", p.addr, err)
	}
	return l, nil
}

// moor lets the rings take the leg's packets. The ring begins before the socket
// ends: a packet between may come twice, but none is lost.
func (r *Rings) moor(l Leg) error {
	p := r.legs[l].Pair
	r.berth(l, RTP)
	if !p.muxed() {
		r.berth(l, RTCP)
	}
	if err := r.widen(p); err != nil {
		return err
	}
	return p.Prepare(T2)
}

// stride rounds the range of ports that the rings let in, so that it rarely changes.
const stride = 1024

// widen makes the rings let p's ports in.
func (r *Rings) widen(p *Pair) error {
	low, high := min(r.low, p.local(RTP).Port()&^(stride-1)), max(r.high, p.local(RTCP).Port()|(stride-1))
	fresh := low != r.low || high != r.high
	if p.family == syscall.AF_INET6 && r.v6 == nil {
		ring, err := openRing(unix.ETH_P_IPV6, ringFilter6(low, high))
		if err != nil {
			return err
		}
		r.v6 = ring
	} else if fresh && r.v6 != nil {
		if err := attachFilter(r.v6.fd, ringFilter6(low, high)); err != nil {
			return fmt.Errorf("attach filter: %w", err)
		}
	}
	if fresh {
		if err := attachFilter(r.v4.fd, ringFilter4(low, high)); err != nil {
			return fmt.Errorf("attach filter: %w", err)
		}
	}
	r.low, r.high = low, high
	return nil
}

// berth puts a leg's socket into the list of its port.
func (r *Rings) berth(l Leg, k Kind) {
	p := r.legs[l].Pair
	at := p.local(k)
	b := berth{leg: l, kind: k, addr: at.Addr().Unmap().WithZone(""), scope: p.scope, next: r.byPort[at.Port()]}
	b.dual = b.addr.IsUnspecified() && p.family == syscall.AF_INET6
	i := r.spare
	if i < 0 {
		i = int32(len(r.berths))
		r.berths = append(r.berths, b)
	} else {
		r.spare = r.berths[i].next
		r.berths[i] = b
	}
	r.byPort[at.Port()] = i
}

// unberth takes a leg's socket out of the list of its port, if it is there.
func (r *Rings) unberth(l Leg, port uint16) {
	for at := &r.byPort[port]; *at >= 0; at = &r.berths[*at].next {
		if i := *at; r.berths[i].leg == l {
			*at = r.berths[i].next
			r.berths[i] = berth{next: r.spare}
			r.spare = i
			return
		}
	}
}

// Remove stops receiving on the pair of l, whose sockets hear nothing until it is
// added again, here or anywhere.
func (r *Rings) Remove(l Leg) {
	p := r.legs[l].Pair
	r.unberth(l, p.local(RTP).Port())
	r.unberth(l, p.local(RTCP).Port())
	r.Frames.Remove(l)
}

// Receive takes packets out of the rings in the order they came, and when the
// rings are empty, what the sockets have.
func (r *Rings) Receive(in []Datagram) int {
	r.ways.hear()
	r.warm(r.v4, frame.Port4, len(in))
	n := r.drain(r.v4, in)
	if r.v6 != nil {
		r.warm(r.v6, frame.Port6, len(in)-n)
		n += r.drain(r.v6, in[n:])
	}
	r.count.In += uint64(n)
	r.count.InRing += uint64(n)
	if n < len(in) {
		n += r.Frames.Receive(in[n:])
	}
	return n
}

// warm asks for the memory that the next packets of a ring need, all at once: what
// the kernel wrote on another processor, and the berths of the ports that stand
// at port.
func (r *Rings) warm(ring *rxRing, port, most int) {
	for ahead := range most {
		ip := ring.peek(ahead)
		if len(ip) < port+2 {
			return
		}
		r.warmth += int32(ip[len(ip)/2])
		if i := r.byPort[uint16(ip[port])<<8|uint16(ip[port+1])]; i >= 0 {
			r.warmth += int32(r.berths[i].leg)
		}
	}
}

// drain fills in from one ring.
func (r *Rings) drain(ring *rxRing, in []Datagram) int {
	ring.giveBack()
	n := 0
	for n < len(in) && ring.look(&r.packet) {
		d := &r.datagram
		if frame.Parse(r.packet.ip, !r.packet.sound, d) != frame.Good || !plausible(d, r.packet.link) {
			r.count.RingBroken++
			continue
		}
		b := r.find(d.To, r.packet.link)
		if b == nil {
			r.count.RingStray++
			continue
		}
		in[n] = Datagram{Leg: b.leg, Kind: b.kind, Peer: d.From, Data: d.Payload}
		n++
	}
	return n
}

// plausible reports whether a packet is none of those that the kernel's IP drops
// for their addresses alone (RFC 1812 §5.3.7).
func plausible(d *frame.Datagram, link int32) bool {
	from := d.From.Addr()
	if from.IsUnspecified() || from.IsMulticast() || from == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return false
	}
	return link == loopbackLink || !from.IsLoopback() && !d.To.Addr().IsLoopback()
}

// find returns whose packets to a port and address are, as the kernel's lookup
// does: a socket on that address goes before one on every address.
func (r *Rings) find(to netip.AddrPort, link int32) *berth {
	var every *berth
	for i := r.byPort[to.Port()]; i >= 0; i = r.berths[i].next {
		b := &r.berths[i]
		if b.addr == to.Addr() && (b.scope == 0 || b.scope == uint32(link)) {
			return b
		}
		if b.addr.IsUnspecified() && (b.dual || to.Addr().Is4()) {
			every = b
		}
	}
	if every != nil && !r.own(to.Addr()) {
		return nil // passing through, on its way to another machine
	}
	return every
}

// own reports whether a is an address of this machine. One that is new is
// believed to be, for the moment it takes to learn more.
func (r *Rings) own(a netip.Addr) bool {
	if a.IsLoopback() {
		return true
	}
	q := nexthop.Query{From: netip.IPv4Unspecified(), To: a}
	if a.Is6() {
		q.From = netip.IPv6Unspecified()
	}
	w := r.ways.find(q)
	return w == nil || !w.known || w.hop.Own
}

// Latch does nothing: in a ring other senders cost little, and a connected
// socket would let the kernel answer them with ICMP.
func (r *Rings) Latch(Leg, netip.AddrPort) {}

// Counters returns what happened so far. It asks the kernel.
func (r *Rings) Counters() Counters {
	r.count.RingLost += r.v4.lost()
	if r.v6 != nil {
		r.count.RingLost += r.v6.lost()
	}
	return r.Frames.Counters()
}

// Close gives back what Rings opened; the pairs stay their owners'.
func (r *Rings) Close() error {
	r.v4.close()
	if r.v6 != nil {
		r.v6.close()
	}
	return r.Frames.Close()
}
