package netio

import (
	"fmt"
	"syscall"
)

// batch is how many sockets one Receive looks at.
const batch = 128

// Sockets is Packets on the legs' own sockets, with no privilege.
//
// One level-triggered epoll set holds every socket. Receive asks it, without
// waiting, which sockets are ready and reads one datagram from each; the kernel
// moves a socket that stays ready to the end of its list, so a flooded port
// cannot starve the others.
type Sockets struct {
	ep    int
	legs  []*Pair // by Leg; nil is unused
	free  []Leg
	count Counters

	ready [batch]epollEvent
	bufs  [batch][MaxDatagram]byte
	addr  sockaddr // scratch of one call
}

var _ Packets = (*Sockets)(nil)

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
	p, ok := ports.(*Pair)
	if !ok {
		return 0, fmt.Errorf("add %v: not bound by netio.Bind", ports.Addr())
	}
	l := Leg(len(s.legs))
	if n := len(s.free); n > 0 {
		l = s.free[n-1]
	}
	if err := s.watch(p.rtp, l, RTP); err != nil {
		return 0, fmt.Errorf("add %v: %w", p.addr, err)
	}
	if err := s.watch(p.rtcp, l, RTCP); err != nil {
		s.unwatch(p.rtp)
		return 0, fmt.Errorf("add %v: %w", p.addr, err)
	}
	if n := len(s.free); n > 0 {
		s.free = s.free[:n-1]
		s.legs[l] = p
		return l, nil
	}
	s.legs = append(s.legs, p)
	return l, nil
}

// watch puts a socket into the epoll set, tagged with leg and kind.
func (s *Sockets) watch(fd int32, l Leg, k Kind) error {
	ev := epollEvent{Events: syscall.EPOLLIN, Fd: int32(l)<<1 | int32(k)}
	return syscall.EpollCtl(s.ep, syscall.EPOLL_CTL_ADD, int(fd), &ev)
}

func (s *Sockets) unwatch(fd int32) {
	syscall.EpollCtl(s.ep, syscall.EPOLL_CTL_DEL, int(fd), nil)
}

// Remove stops receiving on the pair of l.
func (s *Sockets) Remove(l Leg) {
	p := s.legs[l]
	s.unwatch(p.rtp)
	s.unwatch(p.rtcp)
	s.legs[l] = nil
	s.free = append(s.free, l)
}

// Receive reads at most one datagram from each socket that is ready. When it
// could read none of them it returns 0, and the next lap looks again.
func (s *Sockets) Receive(in []Datagram) int {
	k := epollReady(s.ep, s.ready[:min(len(in), batch)])
	n := 0
	for i := range k {
		tag := s.ready[i].Fd
		l, kind := Leg(tag>>1), Kind(tag&1)
		p := s.legs[l]
		fd := p.rtp
		if kind == RTCP {
			fd = p.rtcp
		}
		size := recvfrom(fd, s.bufs[n][:], &s.addr)
		if size < 0 {
			s.unreadable(syscall.Errno(-size))
			continue
		}
		if size > MaxDatagram {
			s.count.Truncated++
			continue
		}
		in[n] = Datagram{Leg: l, Kind: kind, Peer: s.addr.get(), Data: s.bufs[n][:size]}
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
	for i := range out {
		d := &out[i]
		p := s.legs[d.Leg]
		if len(d.Data) == 0 || len(d.Data) > MaxDatagram || !s.addr.put(d.Peer, p.family, p.scope) {
			s.count.SendFailed++
			continue
		}
		fd := p.rtp
		if d.Kind == RTCP {
			fd = p.rtcp
		}
		switch sendto(fd, d.Data, &s.addr) {
		case 0:
			s.count.Out++
		case syscall.EAGAIN, syscall.ENOBUFS, syscall.EINTR:
			s.count.SendFull++
		default:
			s.count.SendFailed++
		}
	}
}

// Counters returns what happened so far.
func (s *Sockets) Counters() Counters { return s.count }

// Close gives the epoll set back; the pairs stay their owners'.
func (s *Sockets) Close() error { return syscall.Close(s.ep) }
