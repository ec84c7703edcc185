package sockets

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
)

// hub is the listener that sipgo serves. All connections are made here, accepted
// and dialled alike, of TCP, TLS and WebSocket, so that they are traced and gated,
// and so that sipgo, which would dial the host named in a Via, never dials. To
// sipgo all of them are TCP: what it has for the other transports would.
//
// sipgo finds a connection by the peer's address alone. So there is never more
// than one with one address, and where we connect by TLS nobody can put a
// connection of his own in the place of ours.
type hub struct {
	env    *env
	fresh  chan *conn
	last   *conn // of Accept: what it returned before
	closed chan struct{}
	once   sync.Once

	mu        sync.Mutex
	links     map[*link]struct{}
	strangers int                       // of links: whose source is not known yet
	sources   map[netip.Addr]int        // links by origin
	conns     map[netip.AddrPort]*conn  // those that sipgo knows or is told of
	pinned    map[netip.AddrPort]string // where we connect by TLS: the name there
	dialling  map[netip.AddrPort]chan struct{}
}

// maxStrangers are connections of unknown sources at one time.
const maxStrangers = 256

func newHub(e *env) *hub {
	return &hub{
		env: e, fresh: make(chan *conn), closed: make(chan struct{}),
		links: map[*link]struct{}{}, sources: map[netip.Addr]int{},
		conns: map[netip.AddrPort]*conn{}, pinned: map[netip.AddrPort]string{},
		dialling: map[netip.AddrPort]chan struct{}{},
	}
}

// refuseDial is how sipgo is kept from connecting anywhere on its own.
func refuseDial(net.Addr) net.Dialer {
	return net.Dialer{ControlContext: func(context.Context, string, string, syscall.RawConn) error {
		return errors.New("dial: only the endpoint makes connections")
	}}
}

// Accept, Close and Addr make the hub a net.Listener for sipgo.
func (h *hub) Accept() (net.Conn, error) {
	if h.last != nil { // sipgo came back for more: that one is in its pool now
		close(h.last.ready)
		h.last = nil
	}
	select {
	case c := <-h.fresh:
		h.last = c
		return c, nil
	case <-h.closed:
		return nil, net.ErrClosed
	}
}

// Close ends every connection.
func (h *hub) Close() error {
	h.once.Do(func() { close(h.closed) })
	h.mu.Lock()
	links := make([]*link, 0, len(h.links))
	for l := range h.links {
		links = append(links, l)
	}
	h.mu.Unlock()
	for _, l := range links { // its reader does the rest
		_ = l.Close()
	}
	return nil
}

// Addr returns no particular address: the hub stands for several listeners.
func (h *hub) Addr() net.Addr { return &net.TCPAddr{} }

func (h *hub) isClosed() bool {
	select {
	case <-h.closed:
		return true
	default:
		return false
	}
}

// link is a connection of the system that counts against the limits while it is
// open.
type link struct {
	net.Conn
	hub      *hub
	peer     netip.AddrPort
	stranger bool
	once     sync.Once
}

// admit takes a connection in if the limits allow it.
func (h *hub) admit(under net.Conn, peer netip.AddrPort, stranger bool) (*link, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	from := origin(peer.Addr())
	switch {
	case h.isClosed():
		return nil, net.ErrClosed
	case len(h.links) >= h.env.MaxConns || h.sources[from] >= h.env.MaxPerSource:
		return nil, fmt.Errorf("%d connections, %d of them from there", len(h.links), h.sources[from])
	case stranger && h.strangers >= maxStrangers:
		return nil, fmt.Errorf("%d connections of unknown sources", h.strangers)
	}
	l := &link{Conn: under, hub: h, peer: peer, stranger: stranger}
	h.links[l] = struct{}{}
	h.sources[from]++
	if stranger {
		h.strangers++
	}
	return l, nil
}

// origin is whom an address belongs to: of IPv6 everybody has a /64.
func origin(a netip.Addr) netip.Addr {
	if a.Is4() {
		return a
	}
	p, _ := a.WithZone("").Prefix(64)
	return p.Addr()
}

// Close closes the connection and frees its place.
func (l *link) Close() error {
	l.once.Do(func() {
		h := l.hub
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.links, l)
		from := origin(l.peer.Addr())
		if h.sources[from]--; h.sources[from] == 0 {
			delete(h.sources, from)
		}
		l.trusted()
	})
	return l.Conn.Close()
}

// trusted takes a link from the count of strangers. The hub is locked.
func (l *link) trusted() {
	if l.stranger {
		l.stranger = false
		l.hub.strangers--
	}
}

// trust says that a source has proven to be known.
func (l *link) trust() {
	l.hub.mu.Lock()
	defer l.hub.mu.Unlock()
	l.trusted()
}

// feed hands a connection to sipgo and returns when it can be found there.
func (h *hub) feed(ctx context.Context, c *conn) error {
	if err := h.register(c); err != nil {
		_ = c.Close()
		return err
	}
	select {
	case h.fresh <- c:
	case <-h.closed:
		_ = c.Close()
		return net.ErrClosed
	case <-ctx.Done():
		_ = c.Close()
		return ctx.Err()
	}
	select {
	case <-c.ready:
		return nil
	case <-h.closed:
		_ = c.Close()
		return net.ErrClosed
	}
}

// register makes a connection the one with its peer. One that we made takes the
// place of one that we did not.
func (h *hub) register(c *conn) error {
	h.mu.Lock()
	if h.isClosed() {
		h.mu.Unlock()
		return net.ErrClosed
	}
	old := h.conns[c.peer]
	name, pinned := h.pinned[c.peer]
	switch {
	case pinned && !c.dialled && !c.proves(name):
		h.mu.Unlock()
		return fmt.Errorf("%s is where we connect to %q", c.peer, name)
	case old != nil && !c.dialled && old.at != c.at: // with the same ends the old one is dead
		h.mu.Unlock()
		return fmt.Errorf("there is a connection with %s by %s", c.peer, old.network)
	}
	h.conns[c.peer] = c
	if c.dialled && Secure(c.network) {
		h.pinned[c.peer] = c.server
	}
	h.mu.Unlock()
	c.count().connections.Add(1)
	if old != nil {
		old.count().connections.Add(-1)
		_ = old.Close()
	}
	return nil
}

// forget takes a connection off the list, if it is still there.
func (h *hub) forget(c *conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.conns[c.peer] == c {
		delete(h.conns, c.peer)
		c.count().connections.Add(-1)
	}
}

// find returns the living connection with a peer.
func (h *hub) find(peer netip.AddrPort) *conn {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.conns[peer]
}

// all returns the connections that sipgo knows.
func (h *hub) all() []*conn {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]*conn, 0, len(h.conns))
	for _, c := range h.conns {
		list = append(list, c)
	}
	return list
}
