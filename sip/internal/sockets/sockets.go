// Package sockets owns every SIP socket of an endpoint: it binds, accepts, dials,
// shakes hands, frames streams into messages, traces, and lets only what the gate
// admits through to sipgo's transports.
//
// All connections are made here, so sipgo never opens one of its own: an outside
// sender could otherwise point us, by a Via, at a host inside. To sipgo there are
// datagrams ("UDP") and streams ("TCP"); that a stream is TLS or WebSocket is told
// by Arrival and Place. Only sip uses it. It knows no dialog, no trunk and no
// policy: its Config asks for those.
//
// The owner calls Settle, New, Open for each listener, Stack, Serve, and at the end
// Close. To send, it asks To or Fit for a Place, writes Place.Host and Place.Port
// into Via and Contact, and calls Place.Aim.
package sockets

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"

	"github.com/emiago/sipgo"
)

// Set is the sockets of one endpoint.
type Set struct {
	env       *env
	udp       []*udpConn
	doors     []*door
	hub       *hub
	listeners []Listener // in the order of Open, with the addresses really bound
	keeper    *keeper
	noTCP     *grudge
}

// Addr is an address that was bound.
type Addr struct {
	Network string
	netip.AddrPort
}

// New returns an empty set.
func New(cfg Config) *Set {
	cfg.complete()
	s := &Set{env: &env{Config: cfg}, noTCP: newGrudge(cfg.ForgetNoTCP)}
	s.hub = newHub(s.env)
	s.keeper = newKeeper(s)
	return s
}

// Listen is Open for an address that peers can reach as it is.
func (s *Set) Listen(network string, addr netip.AddrPort) error {
	return s.Open(Listener{Network: network, Addr: addr})
}

// Open binds one more socket. Nothing is read before Serve.
func (s *Set) Open(l Listener) error {
	if l.Addr.Addr().Zone() != "" {
		return fmt.Errorf("listen on %s %s: has a zone, and no other host could make sense of that", l.Network, l.Addr)
	}
	if l.Advertise != "" {
		if _, _, err := advertised(l.Advertise); err != nil {
			return fmt.Errorf("listen on %s %s: %w", l.Network, l.Addr, err)
		}
	}
	switch l.Network {
	case UDP:
		conn, err := listenUDP(s.env, l.Addr)
		if err != nil {
			return err
		}
		s.udp = append(s.udp, conn)
		l.Addr = conn.at
	case TCP, TLS, WS, WSS:
		d, err := openDoor(s.hub, l)
		if err != nil {
			return err
		}
		s.doors = append(s.doors, d)
		l.Addr = d.Listener.Addr
	default:
		return fmt.Errorf("listen on %s %s: there is no such transport", l.Network, l.Addr)
	}
	s.listeners = append(s.listeners, l)
	return nil
}

// Addrs returns what is bound, in the order of Open.
func (s *Set) Addrs() []Addr {
	var addrs []Addr
	for _, l := range s.listeners {
		addrs = append(addrs, Addr{l.Network, l.Addr})
	}
	return addrs
}

// Reload reads the certificates of all listeners again. Where that fails the old
// ones stay in use.
func (s *Set) Reload() error {
	var errs error
	for _, d := range s.doors {
		if d.identity != nil {
			errs = errors.Join(errs, d.identity.Reload())
		}
	}
	return errs
}

// Serve lets sipgo read. Its goroutines belong to work and end with Close.
func (s *Set) Serve(stack *sipgo.UserAgent, work *sync.WaitGroup) {
	tl := stack.TransportLayer()
	for _, conn := range s.udp {
		conn.pool = tl.Pool(UDP)
		work.Go(func() { _ = tl.ServeUDP(conn) }) // ends without error when the socket is closed
	}
	for _, conn := range s.udp {
		<-conn.ready // else sipgo would try to bind a socket of its own for the first request
	}
	work.Go(func() { _ = tl.ServeTCP(s.hub) }) // ends with the hub's net.ErrClosed
	for _, d := range s.doors {
		work.Go(func() { d.serve(work) })
	}
	if s.keeper.due() > 0 {
		work.Go(s.keeper.run)
	}
}

// Close closes every socket.
func (s *Set) Close() error {
	var err error
	for _, d := range s.doors {
		err = errors.Join(err, ignoreClosed(d.tcp.Close()))
	}
	err = errors.Join(err, s.hub.Close())
	for _, c := range s.udp {
		err = errors.Join(err, ignoreClosed(c.Close()))
	}
	return err
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
