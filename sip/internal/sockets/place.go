package sockets

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/wire"
)

// Place is where we are, as one peer sees us.
type Place struct {
	Network string
	Bound   netip.AddrPort // local address of the socket
	Reach   netip.AddrPort // for Via and Contact, as an address; of a name the one it hides
	Host    string         // for Via and Contact as it is written there: an IPv6 address has brackets
	Port    int
}

// Stack is what sipgo calls the transport: it knows datagrams and streams, and
// what lies under a stream is ours. It is for SetTransport only; in Via stands
// Network in upper case.
func (p Place) Stack() string {
	if p.Network == UDP {
		return "UDP"
	}
	return "TCP"
}

// Aim makes sipgo send a request from here to addr. The connection that it needs
// must be there: To and Connect see to that.
func (p Place) Aim(req *gosip.Request, addr netip.AddrPort) {
	req.SetTransport(p.Stack())
	req.SetDestination(addr.String())
	if p.Network == UDP {
		req.Laddr = gosip.Addr{IP: p.Bound.Addr().AsSlice(), Port: int(p.Bound.Port())}
	}
}

// To finds the socket that messages to a peer leave from, and where the peer can
// reach us. Where the transport has connections it makes one, unless there is one
// that will do.
func (s *Set) To(ctx context.Context, p Peer) (Place, error) {
	if err := p.check(); err != nil {
		return Place{}, fmt.Errorf("send to %s: %w", p.Addr, err)
	}
	l := s.listener(p.Network, p.Addr)
	if p.Network != UDP {
		c, err := s.hub.connect(ctx, p, source(l))
		if err != nil {
			return Place{}, err
		}
		return s.PlaceOf(c.network, c.at, p.Addr)
	}
	if l == nil {
		return Place{}, fmt.Errorf("send to %s: no udp listener with its address family", p.Addr)
	}
	return s.PlaceOf(UDP, l.Addr, p.Addr)
}

// Place is To for a peer without a name.
func (s *Set) Place(ctx context.Context, network string, peer netip.AddrPort) (Place, error) {
	return s.To(ctx, Peer{Network: network, Addr: peer})
}

// Connect makes a TCP connection to peer unless there is one.
func (s *Set) Connect(ctx context.Context, peer netip.AddrPort) error {
	_, err := s.hub.connect(ctx, Peer{Network: TCP, Addr: peer}, source(s.listener(TCP, peer)))
	return err
}

// Connected reports whether there is a connection with peer, by any transport.
func (s *Set) Connected(peer netip.AddrPort) bool { return s.hub.find(peer) != nil }

// Serves reports whether there is a connection by which messages may go to a peer.
func (s *Set) Serves(p Peer) bool {
	c := s.hub.find(p.Addr)
	return c != nil && c.serves(p)
}

// ArrivalOf returns how a request came that sipgo hands on with its transaction.
// What sipgo itself says of it is less: every stream is TCP there.
func (s *Set) ArrivalOf(req *gosip.Request, tx interface{ Connection() gosip.Connection }) (Arrival, error) {
	switch c := tx.Connection().(type) {
	case *gosip.TCPConnection:
		if ours, ok := c.Conn.(*conn); ok {
			return ours.arrival(), nil
		}
	case *gosip.UDPConnection:
		if ours, ok := c.PacketConn.(*udpConn); ok {
			from, err := netip.ParseAddrPort(req.Source())
			return Arrival{Network: UDP, From: from, Local: ours.at}, err
		}
	}
	return Arrival{}, errors.New("find the socket of a request: it is gone")
}

// listener returns the first one by which a peer can be reached.
func (s *Set) listener(network string, peer netip.AddrPort) *Listener {
	for i := range s.listeners {
		l := &s.listeners[i]
		loop := l.Addr.Addr().IsLoopback() && !peer.Addr().IsLoopback()
		if l.Network == network && l.Addr.Addr().Is4() == peer.Addr().Unmap().Is4() && !loop {
			return l
		}
	}
	return nil
}

// source returns the address that connections to peer are made from: that of the
// listener, if it has one, because peers may know us by it.
func source(l *Listener) netip.Addr {
	if l == nil || l.Addr.Addr().IsUnspecified() {
		return netip.Addr{}
	}
	return l.Addr.Addr()
}

// PlaceOf returns the place that a message from peer arrived at, on the socket
// with this local address.
func (s *Set) PlaceOf(network string, local, peer netip.AddrPort) (Place, error) {
	l := s.listenerAt(network, local)
	p := Place{Network: network, Bound: local, Reach: local}
	if network == UDP {
		var err error
		if p.Reach, err = reachable(local, peer); err != nil {
			return Place{}, err
		}
	} else if l != nil { // a new connection must go to a listener, if there is one
		p.Reach = netip.AddrPortFrom(local.Addr(), l.Addr.Port())
	}
	p.Host, p.Port = hostOf(p.Reach.Addr()), int(p.Reach.Port())
	if l != nil && l.Advertise != "" {
		p.advertise(l.Advertise)
	}
	return p, nil
}

// listenerAt returns the listener with a local address, or else one that a new
// connection could be made to.
func (s *Set) listenerAt(network string, local netip.AddrPort) *Listener {
	var other *Listener
	for i := range s.listeners {
		l := &s.listeners[i]
		if l.Network != network || l.Addr.Addr().Is4() != local.Addr().Is4() {
			continue
		}
		if l.Addr.Port() == local.Port() && (l.Addr.Addr() == local.Addr() || l.Addr.Addr().IsUnspecified()) {
			return l
		}
		if other == nil && network != UDP {
			other = l
		}
	}
	return other
}

// advertise puts in what peers shall see in place of the real address.
func (p *Place) advertise(text string) {
	host, port, err := advertised(text)
	if err != nil { // checked when the listener was opened
		return
	}
	p.Host = host
	if port != 0 {
		p.Port = port
	}
	if addr, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		p.Reach = netip.AddrPortFrom(addr, uint16(p.Port))
	}
}

// advertised reads host[:port]; an IPv6 address may do without brackets when it
// has no port. The port is 0 when there is none.
func advertised(text string) (host string, port int, err error) {
	host, rest := text, ""
	if addr, bad := netip.ParseAddr(text); bad == nil && addr.Is6() {
		host = hostOf(addr)
	} else if i := strings.LastIndexByte(text, ':'); i >= 0 && !strings.HasSuffix(text, "]") {
		host, rest = text[:i], text[i+1:]
		n, bad := strconv.ParseUint(rest, 10, 16)
		if bad != nil || n == 0 {
			return "", 0, fmt.Errorf("advertise %q: port %q is not a port", text, rest)
		}
		port = int(n)
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		addr, bad := netip.ParseAddr(inner)
		if !ok || bad != nil || !addr.Is6() {
			return "", 0, fmt.Errorf("advertise %q: not an IPv6 address in brackets", text)
		}
		host = hostOf(addr)
	}
	if strings.Contains(host, "%") {
		return "", 0, fmt.Errorf("advertise %q: has a zone, and no other host could make sense of that", text)
	}
	if host == "" || !strings.HasPrefix(host, "[") && strings.ContainsFunc(host, notInHost) || wire.HasControl(host) {
		return "", 0, fmt.Errorf("advertise %q: want host or host:port", text)
	}
	return host, port, nil
}

// notInHost reports what no host name or IPv4 address holds.
func notInHost(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-')
}

// hostOf writes an address as it stands in Via and in URIs.
func hostOf(a netip.Addr) string {
	if a = a.Unmap(); a.Is6() {
		return "[" + a.String() + "]"
	}
	return a.String()
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
