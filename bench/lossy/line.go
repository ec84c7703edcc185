// Package lossy is a bad network in user space: datagrams that pass through it
// get lost, late, doubled and out of order, as netem makes them do where the
// kernel has it.
//
// A Line lies between one phone and one server. The phone sends its SIP to the
// line, which passes it on to the server from a socket of its own, and the
// server's back. Where a message says where its sender is to be reached (Contact)
// or wants its sound (SDP), the line writes an address of its own, so that the
// whole call goes over it: SIP, RTP and RTCP, both ways. It knows UDP and IPv4, one
// call at a time with one stream of sound in it, and takes datagrams from nobody else.
//
// What becomes of the n-th datagram of each way follows from the line's seed
// alone, and only when it comes is the clock's. Each socket has a goroutine that
// reads it, and each line one that delivers; Close ends them. Any goroutine may
// use a Line. Only tests do: nothing here is part of the product.
package lossy

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Line is a bad network between a phone and a server.
type Line struct {
	signal, sound, control passage // SIP, RTP and RTCP

	posted  chan parcel
	readers sync.WaitGroup
	carrier sync.WaitGroup

	mu sync.Mutex // guards every passage's peers and ways
}

// passage is two sockets, one that faces the phone and one that faces the server.
type passage [2]side

// The sides of a passage.
const (
	phone = iota
	server
)

// side is a socket, and who is there.
type side struct {
	conn *net.UDPConn
	peer netip.AddrPort // zero until known
	way  way            // of what peer sends
}

func (s *side) addr() netip.AddrPort { return s.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

// Open makes a line to a server, with sockets at the server's own address.
func Open(to netip.AddrPort, c Conditions, seed uint64) (*Line, error) {
	l := &Line{posted: make(chan parcel, 64)}
	passages := []*passage{&l.signal, &l.sound, &l.control}
	for n := range 2 {
		for i, p := range passages {
			p[n].way = newWay(c, seed, uint64(2*i+n))
		}
		err := l.bind(n, to.Addr())
		if err != nil {
			l.close()
			return nil, fmt.Errorf("open line: %w", err)
		}
	}
	l.signal[server].peer = to
	l.carrier.Go(func() { deliver(l.posted) })
	for _, p := range passages {
		for n := range p {
			l.readers.Go(func() { l.read(p, n) })
		}
	}
	return l, nil
}

// bind opens the sockets of one side; those of RTP and RTCP are neighbours
// (RFC 3550 §11).
func (l *Line) bind(n int, at netip.Addr) (err error) {
	if l.signal[n].conn, err = listen(at, 0); err != nil {
		return err
	}
	for range 100 {
		if l.sound[n].conn, err = listen(at, 0); err != nil {
			return err
		}
		if port := l.sound[n].addr().Port(); port%2 == 0 {
			if l.control[n].conn, err = listen(at, port+1); err == nil {
				return nil
			}
		}
		l.sound[n].conn.Close()
	}
	return errors.New("bind RTP: no two free ports side by side")
}

func listen(at netip.Addr, port uint16) (*net.UDPConn, error) {
	return net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(at, port)))
}

// Addr returns where the phone is to send its SIP.
func (l *Line) Addr() netip.AddrPort { return l.signal[phone].addr() }

// Sound returns what became of the call's RTP: what the phone sent, and what
// the server did.
func (l *Line) Sound() (fromPhone, fromServer Counters) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sound[phone].way.Counters, l.sound[server].way.Counters
}

// Close ends the line. What is on its way is lost.
func (l *Line) Close() error {
	err := l.close()
	l.readers.Wait()
	close(l.posted)
	l.carrier.Wait()
	return err
}

// close closes the sockets there are.
func (l *Line) close() (err error) {
	for _, p := range []*passage{&l.signal, &l.sound, &l.control} {
		for n := range p {
			if p[n].conn != nil {
				err = errors.Join(err, p[n].conn.Close())
			}
		}
	}
	return err
}

// read passes on what comes from one side of p, until its socket is closed.
func (l *Line) read(p *passage, n int) {
	buf := make([]byte, 65536)
	for {
		size, from, err := p[n].conn.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil { // others are ICMP's: the far side is not there yet, or not any more
			l.pass(p, n, bytes.Clone(buf[:size]), from)
		}
	}
}

// pass sends a datagram from side n of p out of the other, later or never.
func (l *Line) pass(p *passage, n int, data []byte, from netip.AddrPort) {
	here, there := &p[n], &p[1-n]
	l.mu.Lock()
	if p == &l.signal && !here.peer.IsValid() {
		here.peer = from
	}
	if from != here.peer || !there.peer.IsValid() {
		l.mu.Unlock()
		return
	}
	if p == &l.signal {
		data = l.translate(data, n)
	}
	at, copies := here.way.arrivals(time.Now())
	to := there.peer
	l.mu.Unlock()
	for _, at := range at[:copies] {
		l.posted <- parcel{at: at, data: data, from: there.conn, to: to}
	}
}

// translate puts our addresses for those of side n in a message from there, and
// notes where its sound is to go. Under mu.
func (l *Line) translate(msg []byte, n int) []byte {
	other := 1 - n
	msg, sound := translate(msg, l.signal[other].addr(), l.sound[other].addr())
	if sound.IsValid() {
		l.sound[n].peer = sound
		l.control[n].peer = netip.AddrPortFrom(sound.Addr(), sound.Port()+1)
	}
	return msg
}
