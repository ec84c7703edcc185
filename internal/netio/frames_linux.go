package netio

import (
	"fmt"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"

	"trunkline/internal/netio/frame"
	"trunkline/internal/netio/nexthop"
)

// Frames is Sockets that sends below the kernel's UDP: tier T1.
//
// A datagram out becomes an Ethernet frame with our own headers, and a batch of
// them leaves with one system call, past the kernel's UDP, routing, netfilter
// and queueing disciplines. Which frame reaches whom, nexthop learns from the
// kernel's tables. All else goes by the leg's socket: what is too long, what
// nexthop does not know yet, what has no Ethernet under it, and one datagram in
// every viaSocket, so that the kernel keeps looking after the neighbour and
// whatever else sees only what goes through it.
type Frames struct {
	*Sockets
	ways  ways
	paths []path // by Leg and Kind: two for each leg
	air   *train
}

var (
	_ Packets = (*Frames)(nil)
	_ Latcher = (*Frames)(nil)
)

// viaSocket is how often a path takes the socket: at 20 ms a packet, every five
// seconds.
const viaSocket = 256

// path is how datagrams of one kind get from a leg to its peer: two cache lines.
type path struct {
	peer    netip.AddrPort // none: nothing was sent yet
	way     *way
	version uint32 // of way, that header was made from
	left    int32  // datagrams until one takes the socket
	header  frame.Header
	_       [8]byte
}

// sendBuffer is how much may wait in a raw socket for a network card, bytes.
const sendBuffer = 4 << 20

// NewFrames makes an empty set. It needs CAP_NET_RAW, see Probe.
func NewFrames() (*Frames, error) {
	s, err := NewSockets()
	if err != nil {
		return nil, err
	}
	fd, err := frameSocket()
	if err != nil {
		s.Close()
		return nil, err
	}
	f := &Frames{Sockets: s, air: newTrain(fd)}
	if err := f.ways.start(); err != nil {
		syscall.Close(fd)
		s.Close()
		return nil, err
	}
	return f, nil
}

// frameSocket opens a packet socket that only sends.
func frameSocket() (int, error) {
	fd, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("open packet socket: %w", err)
	}
	if err := syscall.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_QDISC_BYPASS, 1); err != nil {
		syscall.Close(fd)
		return -1, fmt.Errorf("bypass queueing disciplines: %w", err)
	}
	// More than net.core.wmem_max is a wish that needs CAP_NET_ADMIN.
	if syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_SNDBUFFORCE, sendBuffer) != nil {
		syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_SNDBUF, sendBuffer)
	}
	return fd, nil
}

// Add starts receiving on ports, which must be a *Pair.
func (f *Frames) Add(ports Ports) (Leg, error) {
	p, err := asPair(ports)
	if err != nil {
		return 0, err
	}
	p.hearAll()
	return f.add(p)
}

func (f *Frames) add(p *Pair) (Leg, error) {
	l, err := f.Sockets.add(p)
	if err == nil && 2*int(l) == len(f.paths) {
		f.paths = append(f.paths, path{}, path{})
	}
	return l, err
}

// Remove stops receiving on the pair of l.
func (f *Frames) Remove(l Leg) {
	f.Sockets.Remove(l)
	clear(f.paths[2*l:][:2])
}

// Send transmits out: what can be batched in batches, in between by socket.
func (f *Frames) Send(out []Datagram) {
	f.ways.hear()
	for i := range out { // their memory is on its way together
		p := f.path(&out[i])
		f.warmth += p.left + int32(p.header.Warm())
	}
	for i := range out {
		if d := &out[i]; !f.load(d) {
			f.air.leave(&f.count) // what is before d leaves before d
			f.Sockets.send(d)
		}
	}
	f.air.leave(&f.count)
}

// path is the one that d takes.
func (f *Frames) path(d *Datagram) *path { return &f.paths[2*d.Leg+Leg(d.Kind)] }

// load puts d on a train, or reports that it must take the socket.
func (f *Frames) load(d *Datagram) bool {
	p := f.path(d)
	if p.peer != d.Peer || p.way == nil || p.version != p.way.version {
		f.aim(p, d)
	}
	if p.way == nil || !p.way.hop.Ethernet || len(d.Data) == 0 || !p.header.Fits(len(d.Data)) {
		return false
	}
	if p.left--; p.left < 0 {
		p.left = viaSocket
		return false
	}
	if f.air.full() {
		f.air.leave(&f.count)
	}
	f.air.add(&p.header, d.Data, &p.way.hop)
	return true
}

// aim makes p lead to d's peer as far as that is known.
func (f *Frames) aim(p *path, d *Datagram) {
	pair := f.legs[d.Leg].Pair
	if p.peer != d.Peer {
		// The first packet takes the socket, and tells the kernel of us.
		*p = path{peer: d.Peer}
	}
	p.way = nil
	to := d.Peer.Addr().Unmap()
	if !sendable(d.Peer) || to.Zone() != "" || pair.family == syscall.AF_INET && !to.Is4() {
		return
	}
	from := pair.addr.Addr().Unmap().WithZone("")
	if from.Is4() != to.Is4() {
		if !from.IsUnspecified() {
			return
		}
		from = netip.IPv4Unspecified()
	}
	q := nexthop.Query{From: from, To: to}
	if to.IsLinkLocalUnicast() && !to.Is4() {
		q.Scope = pair.scope
	}
	if p.way = f.ways.find(q); p.way == nil {
		return
	}
	p.version = p.way.version
	if h := &p.way.hop; h.Ethernet {
		at := netip.AddrPortFrom(h.Source, pair.local(d.Kind).Port())
		p.header.Set(h.Local, h.Next, at, netip.AddrPortFrom(to, d.Peer.Port()), expedited)
	}
}

// Close gives back what Frames opened; the pairs stay their owners'.
func (f *Frames) Close() error {
	f.ways.finder.Close()
	syscall.Close(f.air.fd)
	return f.Sockets.Close()
}
