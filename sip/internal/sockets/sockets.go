// Package sockets owns every SIP socket of an endpoint: it binds, accepts, dials,
// frames streams into messages, traces, and lets only what the gate admits
// through to sipgo's transports.
//
// All connections are made here, so sipgo never opens one of its own: an outside
// sender could otherwise point us, by a Via, at a host inside. Only sip uses it.
// It knows no dialog, no trunk and no policy: its Config asks for those.
package sockets

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	gosip "github.com/emiago/sipgo/sip"
)

// The transports, as Go's net names them.
const (
	UDP = "udp"
	TCP = "tcp"
)

// Config is what the sockets ask of their owner. All of it is set but Trace.
type Config struct {
	Log *slog.Logger
	// Known reports whether a source may talk to us at all.
	Known func(netip.Addr) bool
	// CloseUnknown closes the connections of everybody else at once.
	CloseUnknown bool
	// Admit reports whether sipgo shall see a message. It runs on the reader of
	// the socket; raw is valid during the call only.
	Admit func(raw []byte, a Arrival) bool
	// Refused is told of what was turned down here, and by which rule.
	Refused func(rule string, from netip.AddrPort, attrs ...any)
	Trace   func(sent bool, network, peer string, message []byte)

	Connect time.Duration // how long a TCP connection may take to come about
	Message time.Duration // how long a message may take to arrive, or to leave
}

// Arrival is how a message came.
type Arrival struct {
	Network string
	From    netip.AddrPort
	Reply   func([]byte) // answers without a transaction
}

func (c *Config) trace(sent bool, network string, peer netip.AddrPort, message []byte) {
	if c.Trace != nil {
		c.Trace(sent, network, peer.String(), message)
	}
}

// Set is the sockets of one endpoint.
type Set struct {
	cfg   Config
	udp   []*udpConn
	tcp   []*net.TCPListener
	hub   *tcpHub
	addrs []Addr
}

// Addr is an address that was bound.
type Addr struct {
	Network string
	netip.AddrPort
}

// New returns an empty set.
func New(cfg Config) *Set {
	s := &Set{cfg: cfg}
	s.hub = newTCPHub(&s.cfg)
	return s
}

// Listen binds one more socket. Nothing is read before Serve.
func (s *Set) Listen(network string, addr netip.AddrPort) error {
	if network == UDP {
		conn, err := listenUDP(&s.cfg, addr)
		if err != nil {
			return err
		}
		s.udp = append(s.udp, conn)
		s.addrs = append(s.addrs, Addr{UDP, addrPort(conn.LocalAddr())})
		return nil
	}
	l, err := net.ListenTCP(family(TCP, addr.Addr()), net.TCPAddrFromAddrPort(addr))
	if err != nil {
		return fmt.Errorf("listen on tcp %s: %w", addr, err)
	}
	s.tcp = append(s.tcp, l)
	s.addrs = append(s.addrs, Addr{TCP, addrPort(l.Addr())})
	return nil
}

// Addrs returns what is bound, in the order of Listen.
func (s *Set) Addrs() []Addr { return s.addrs }

// Stack makes sipgo's layers so that they have no connection but ours. They log
// whole hostile messages as errors; the gate has logged those once already, so
// what they have to say is for debugging.
func (s *Set) Stack() (*sipgo.UserAgent, error) {
	quiet := slog.New(DebugOnly{s.cfg.Log.Handler()})
	return sipgo.NewUA(
		sipgo.WithUserAgentTransportLayerOptions(
			gosip.WithTransportLayerLogger(quiet),
			gosip.WithTransportLayerTransports(gosip.TransportsConfig{TCP: &gosip.TransportTCP{DialerCreate: refuseDial}}),
		),
		sipgo.WithUserAgentTransactionLayerOptions(
			gosip.WithTransactionLayerLogger(quiet),
			gosip.WithTransactionLayerUnhandledResponseHandler(func(*gosip.Response) {}),
		),
	)
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
	for _, l := range s.tcp {
		work.Go(func() { s.hub.accept(l) })
	}
}

// Close closes every socket.
func (s *Set) Close() error {
	err := s.hub.Close()
	for _, c := range s.udp {
		err = errors.Join(err, ignoreClosed(c.Close()))
	}
	for _, l := range s.tcp {
		err = errors.Join(err, ignoreClosed(l.Close()))
	}
	return err
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// Place is where we are, as one peer sees us.
type Place struct {
	Network string
	Bound   netip.AddrPort // local address of the socket
	Reach   netip.AddrPort // for Via and Contact
}

// Place finds the socket that messages to peer leave from, and the address that
// the peer can reach us at. For TCP it connects.
func (s *Set) Place(ctx context.Context, network string, peer netip.AddrPort) (Place, error) {
	if network == TCP {
		local, err := s.hub.connect(ctx, peer)
		if err != nil {
			return Place{}, err
		}
		return s.PlaceOf(TCP, local, peer)
	}
	for _, c := range s.udp {
		bound := addrPort(c.LocalAddr())
		if bound.Addr().Is4() != peer.Addr().Unmap().Is4() || bound.Addr().IsLoopback() && !peer.Addr().IsLoopback() {
			continue
		}
		return s.PlaceOf(UDP, bound, peer)
	}
	return Place{}, fmt.Errorf("send to %s: no udp listener with its address family", peer)
}

// PlaceOf returns the place that a message from peer arrived at, on the socket
// with this local address.
func (s *Set) PlaceOf(network string, local, peer netip.AddrPort) (Place, error) {
	if network == TCP { // a new connection must go to a listener, if there is one
		for _, a := range s.addrs {
			if a.Network == TCP && a.Addr().Is4() == local.Addr().Is4() {
				return Place{TCP, local, netip.AddrPortFrom(local.Addr(), a.Port())}, nil
			}
		}
		return Place{TCP, local, local}, nil
	}
	reach, err := reachable(local, peer)
	return Place{UDP, local, reach}, err
}

// Connect makes a TCP connection to peer unless there is one.
func (s *Set) Connect(ctx context.Context, peer netip.AddrPort) error {
	_, err := s.hub.connect(ctx, peer)
	return err
}

// Connected reports whether there is a TCP connection with peer.
func (s *Set) Connected(peer netip.AddrPort) bool {
	_, ok := s.hub.find(peer)
	return ok
}

// reachable returns bound with the address that packets to peer leave from.
func reachable(bound, peer netip.AddrPort) (netip.AddrPort, error) {
	if !bound.Addr().IsUnspecified() {
		return bound, nil
	}
	conn, err := net.DialUDP(UDP, nil, net.UDPAddrFromAddrPort(peer)) // asks the routing table; sends nothing
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("find local address toward %s: %w", peer, err)
	}
	defer conn.Close()
	return netip.AddrPortFrom(addrPort(conn.LocalAddr()).Addr(), bound.Port()), nil
}

// DebugOnly turns whatever sipgo logs into debug messages.
type DebugOnly struct{ Next slog.Handler }

func (h DebugOnly) Enabled(ctx context.Context, _ slog.Level) bool {
	return h.Next.Enabled(ctx, slog.LevelDebug)
}

func (h DebugOnly) Handle(ctx context.Context, r slog.Record) error {
	r.Level = slog.LevelDebug
	return h.Next.Handle(ctx, r)
}

func (h DebugOnly) WithAttrs(attrs []slog.Attr) slog.Handler {
	return DebugOnly{h.Next.WithAttrs(attrs)}
}

func (h DebugOnly) WithGroup(name string) slog.Handler { return DebugOnly{h.Next.WithGroup(name)} }
