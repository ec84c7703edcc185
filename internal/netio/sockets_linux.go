package netio

import (
	"fmt"
	"net/netip"
	"syscall"
)

// batch is how many sockets one Receive looks at.
const batch = 128

// room holds what one Receive reads. Datagrams lie close together in it, which
// is kinder to the caches than a slot of MaxDatagram for each.
const room = 32 * MaxDatagram

// Sockets is Packets on the legs' own sockets, with no privilege: tier T0.
//
// One level-triggered epoll set holds every socket. Receive asks it, without
// waiting, which sockets are ready and reads one datagram from each; the kernel
// moves a socket that stays ready to the end of its list, so a flooded port
// cannot starve the others.
type Sockets struct {
	ep    int
	legs  []seat // by Leg
	free  []Leg
	count Counters

	ready [batch]epollEvent
	room  [room]byte
	addr  sockaddr // scratch of one call

	warmth int32 // of memory that was asked for in advance
}

// seat is a leg's place; without a pair it is free.
type seat struct {
	*Pair
	fds  [2]int32       // the pair's, by Kind: one look at memory less for each packet
	peer netip.AddrPort // the RTP socket is connected to it, if valid
}

func seatOf(p *Pair) seat { return seat{Pair: p, fds: [2]int32{RTP: p.rtp, RTCP: p.rtcp}} }

var (
	_ Packets = (*Sockets)(nil)
	_ Latcher = (*Sockets)(nil)
)

// NewSockets makes an empty set.
func NewSockets() (*Sockets, error) {
	ep, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("create epoll set: %w", err)
	}
	return &Sockets{ep: ep}, nil
}

// Add starts receiving on ports, which must be a *Pair.
func (s *Sockets) Add(ports Ports) (Leg, error) {
	p, err := asPair(ports)
	if err != nil {
		return 0, err
	}
	p.hearAll()
	return s.add(p)
}

func asPair(ports Ports) (*Pair, error) {
	p, ok := ports.(*Pair)
	if !ok {
		return nil, fmt.Errorf("add %v: not bound by netio.Bind", ports.Addr())
	}
	return p, nil
}

func (s *Sockets) add(p *Pair) (Leg, error) {
	l := Leg(len(s.legs))
	if n := len(s.free); n > 0 {
		l = s.free[n-1]
	}
	if err := s.watch(p.rtp, l, RTP); err != nil {
		return 0, fmt.Errorf("add %v: %w", p.addr, err)
	}
	if !p.muxed() {
		if err := s.watch(p.rtcp, l, RTCP); err != nil {
			s.unwatch(p.rtp)
			return 0, fmt.Errorf("add %v: %w", p.addr, err)
		}
	}
	if n := len(s.free); n > 0 {
		s.free = s.free[:n-1]
		s.legs[l] = seatOf(p)
		return l, nil
	}
	s.legs = append(s.legs, seatOf(p))
	return l, nil
}

// watch puts a socket into the epoll set with all that Receive needs to know.
func (s *Sockets) watch(fd int32, l Leg, k Kind) error {
	ev := epollEvent{Events: syscall.EPOLLIN, Fd: fd, Pad: int32(l)<<1 | int32(k)}
	return syscall.EpollCtl(s.ep, syscall.EPOLL_CTL_ADD, int(fd), &ev)
}

func (s *Sockets) unwatch(fd int32) {
	syscall.EpollCtl(s.ep, syscall.EPOLL_CTL_DEL, int(fd), nil)
}

// Remove stops receiving on the pair of l.
func (s *Sockets) Remove(l Leg) {
	s.Latch(l, netip.AddrPort{})
	p := s.legs[l].Pair
	s.unwatch(p.rtp)
	if !p.muxed() {
		s.unwatch(p.rtcp)
	}
	s.legs[l] = seat{}
	s.free = append(s.free, l)
}

// Receive reads at most one datagram from each socket that is ready. When it
// could read none of them it returns 0, and the next lap looks again.
func (s *Sockets) Receive(in []Datagram) int {
	k := epollReady(s.ep, s.ready[:min(len(in), batch)])
	n := 0
	free := s.room[:]
	for i := range k {
		if len(free) < MaxDatagram {
			break // the others are still ready the next time
		}
		ev := &s.ready[i]
		size := recvfrom(ev.Fd, free[:MaxDatagram], &s.addr)
		if size < 0 {
			s.unreadable(syscall.Errno(-size))
			continue
		}
		if size > MaxDatagram {
			s.count.Truncated++
			continue
		}
		in[n] = Datagram{Leg: Leg(ev.Pad >> 1), Kind: Kind(ev.Pad & 1), Peer: s.addr.get(), Data: free[:size:size]}
		free = free[(size+63)&^63:] // whole cache lines
		n++
	}
	s.count.In += uint64(n)
	return n
}

func (s *Sockets) unreadable(e syscall.Errno) {
	if e == syscall.EAGAIN || e == syscall.EINTR {
		s.count.Again++
		return
	}
	s.count.Unreadable++
}

// Send transmits each datagram on its leg's socket.
func (s *Sockets) Send(out []Datagram) {
	for i := range out { // their memory is on its way together
		s.warmth += s.legs[out[i].Leg].fds[RTP]
	}
	for i := range out {
		s.send(&out[i])
	}
}

func (s *Sockets) send(d *Datagram) {
	p := &s.legs[d.Leg]
	if len(d.Data) == 0 || len(d.Data) > MaxDatagram {
		s.count.SendFailed++
		return
	}
	if d.Kind == RTP && p.peer.IsValid() {
		if p.peer == d.Peer {
			s.sent(sendOn(p.fds[RTP], d.Data))
			return
		}
		s.Latch(d.Leg, netip.AddrPort{})
	}
	if !s.addr.put(d.Peer, p.family, p.scope) {
		s.count.SendFailed++
		return
	}
	s.sent(sendto(p.fds[d.Kind], d.Data, &s.addr))
}

// sendOn sends on a connected socket. Such a socket hears of ICMP errors, which
// Linux reports instead of sending; the second attempt is free of the past.
func sendOn(fd int32, b []byte) syscall.Errno {
	e := send(fd, b)
	if e == syscall.ECONNREFUSED || e == syscall.EHOSTUNREACH {
		e = send(fd, b)
	}
	return e
}

// sent counts what became of one datagram.
func (s *Sockets) sent(e syscall.Errno) {
	if e == 0 {
		s.count.Out++
		return
	}
	s.count.fail(e)
}

// fail counts a datagram that the kernel refused.
func (c *Counters) fail(e syscall.Errno) {
	switch e {
	case syscall.EAGAIN, syscall.ENOBUFS, syscall.EINTR:
		c.SendFull++
	default:
		c.SendFailed++
	}
}

// Latch connects the RTP socket of l to peer, which spares the kernel to look up
// the way for each datagram, and drops other senders' before they cost us
// anything. A muxed pair stays as it is, since RTCP might come from elsewhere,
// and so does one bound on every address: connecting it would choose one, maybe
// not the one our peer sends to.
func (s *Sockets) Latch(l Leg, peer netip.AddrPort) {
	p := &s.legs[l]
	if peer == p.peer {
		return
	}
	if p.peer.IsValid() {
		s.addr = sockaddr{len: syscall.SizeofSockaddrInet4} // AF_UNSPEC
		connect(p.rtp, &s.addr)
		p.peer = netip.AddrPort{}
	}
	if p.muxed() || p.addr.Addr().IsUnspecified() || !s.addr.put(peer, p.family, p.scope) {
		return
	}
	if connect(p.rtp, &s.addr) == 0 {
		p.peer = peer
	}
}

// Counters returns what happened so far.
func (s *Sockets) Counters() Counters { return s.count }

// Close gives the epoll set back; the pairs stay their owners'.
func (s *Sockets) Close() error { return syscall.Close(s.ep) }
