package sockets

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"trunkline/sip/internal/wire"
)

// tcpHub is the listener that sipgo serves. All TCP connections are made here,
// accepted and dialled alike, so that they are traced and gated, and so that
// sipgo, which would dial the host named in a Via, never dials.
type tcpHub struct {
	cfg    *Config
	fresh  chan *tcpConn
	last   *tcpConn // of Accept: what it returned before
	closed chan struct{}
	once   sync.Once

	mu    sync.Mutex
	conns map[*tcpConn]bool
}

const (
	maxConns     = 4096
	maxSameConns = 256 // from one address
)

func newTCPHub(cfg *Config) *tcpHub {
	return &tcpHub{
		cfg: cfg, fresh: make(chan *tcpConn), closed: make(chan struct{}), conns: map[*tcpConn]bool{},
	}
}

// refuseDial is how sipgo is kept from connecting anywhere on its own.
func refuseDial(net.Addr) net.Dialer {
	return net.Dialer{ControlContext: func(context.Context, string, string, syscall.RawConn) error {
		return errors.New("dial: only the endpoint makes connections")
	}}
}

// Accept, Close and Addr make the hub a net.Listener for sipgo.
func (h *tcpHub) Accept() (net.Conn, error) {
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
func (h *tcpHub) Close() error {
	h.once.Do(func() { close(h.closed) })
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.conns {
		c.Conn.Close()
	}
	return nil
}

// Addr returns no particular address: the hub stands for several listeners.
func (h *tcpHub) Addr() net.Addr { return &net.TCPAddr{} }

// feed hands a connection to sipgo and returns when it can be found there.
func (h *tcpHub) feed(ctx context.Context, c *tcpConn) error {
	if err := h.add(c); err != nil {
		c.Conn.Close()
		return err
	}
	select {
	case h.fresh <- c:
	case <-h.closed:
		c.Close()
		return net.ErrClosed
	case <-ctx.Done():
		c.Close()
		return ctx.Err()
	}
	select {
	case <-c.ready:
		return nil
	case <-h.closed:
		c.Close()
		return net.ErrClosed
	}
}

func (h *tcpHub) add(c *tcpConn) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	same := 0
	for other := range h.conns {
		if other.peer.Addr() == c.peer.Addr() {
			same++
		}
	}
	select {
	case <-h.closed:
		return net.ErrClosed
	default:
	}
	if len(h.conns) >= maxConns || same >= maxSameConns {
		return fmt.Errorf("accept %s: %d connections, %d of them from there", c.peer, len(h.conns), same)
	}
	h.conns[c] = true
	return nil
}

// accept takes in connections of one listener until it is closed.
func (h *tcpHub) accept(l *net.TCPListener) {
	for {
		conn, err := l.AcceptTCP()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			h.cfg.Log.Warn("sip accept", "listener", l.Addr().String(), "error", err)
			time.Sleep(50 * time.Millisecond) // such as EMFILE: not a busy loop
			continue
		}
		c := newTCPConn(h, conn)
		if h.cfg.CloseUnknown && !h.cfg.Known(c.peer.Addr()) {
			h.cfg.Refused("unknown_source", c.peer, "transport", TCP)
			conn.Close()
			continue
		}
		if err := h.feed(context.Background(), c); err != nil {
			h.cfg.Refused("too_many_connections", c.peer, "error", err)
		}
	}
}

// connect makes a connection to peer unless there is one, and returns its local
// address.
func (h *tcpHub) connect(ctx context.Context, peer netip.AddrPort) (netip.AddrPort, error) {
	if local, ok := h.find(peer); ok {
		return local, nil
	}
	ctx, cancel := context.WithTimeout(ctx, h.cfg.Connect)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", peer.String())
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("connect to %s: %w", peer, err)
	}
	c := newTCPConn(h, conn)
	if err := h.feed(ctx, c); err != nil {
		return netip.AddrPort{}, fmt.Errorf("connect to %s: %w", peer, err)
	}
	return c.local(), nil
}

// find returns the local address of a living connection to peer.
func (h *tcpHub) find(peer netip.AddrPort) (netip.AddrPort, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.conns {
		if c.peer == peer {
			return c.local(), true
		}
	}
	return netip.AddrPort{}, false
}

// tcpConn is a TCP connection as sipgo sees it: a Read returns one whole message
// that passed the gate, a Write is one message.
type tcpConn struct {
	net.Conn
	hub     *tcpHub
	peer    netip.AddrPort
	ready   chan struct{} // closed when sipgo knows the connection
	buf     []byte        // received, not yet a whole message
	begun   time.Time     // when the message in buf began
	scanned int           // so much of buf holds no end of the headers
	pending []byte        // rest of a message sipgo is reading
}

func newTCPConn(h *tcpHub, conn net.Conn) *tcpConn {
	peer := addrPort(conn.RemoteAddr())
	return &tcpConn{Conn: conn, hub: h, peer: peer, ready: make(chan struct{}), begun: time.Now()}
}

func (c *tcpConn) local() netip.AddrPort { return addrPort(c.LocalAddr()) }

// Close closes the connection for both sides. Closing it twice is harmless.
func (c *tcpConn) Close() error {
	c.hub.mu.Lock()
	delete(c.hub.conns, c)
	c.hub.mu.Unlock()
	return ignoreClosed(c.Conn.Close())
}

// Read returns a message, or part of it when p is small. Whatever goes wrong is
// the end of the stream: sipgo would log it as an error of its own.
func (c *tcpConn) Read(p []byte) (int, error) {
	for len(c.pending) == 0 {
		raw, f := c.frame()
		if f != nil {
			c.refuse(raw, f)
			c.Close()
			return 0, io.EOF
		}
		if raw == nil {
			if err := c.fill(); err != nil {
				c.Close()
				return 0, io.EOF
			}
			continue
		}
		c.hub.cfg.trace(false, TCP, c.peer, raw)
		known := c.hub.cfg.Known(c.peer.Addr())
		if c.hub.cfg.Admit(raw, Arrival{TCP, c.peer, c.reply}) {
			c.pending = raw
		} else if !known {
			c.Close() // it had its answer
			return 0, io.EOF
		}
	}
	n := copy(p, c.pending)
	c.pending = c.pending[n:]
	return n, nil
}

// fill reads more bytes. A message that has begun must be complete soon.
func (c *tcpConn) fill() error {
	deadline := time.Time{}
	if len(c.buf) > 0 || !c.hub.cfg.Known(c.peer.Addr()) {
		deadline = c.begun.Add(c.hub.cfg.Message)
	}
	if err := c.SetReadDeadline(deadline); err != nil {
		return err
	}
	chunk := make([]byte, 4096)
	n, err := c.Conn.Read(chunk)
	if len(c.buf) == 0 {
		c.begun = time.Now()
	}
	c.buf = append(c.buf, chunk[:n]...)
	if n > 0 {
		return nil
	}
	return err
}

// frame takes a whole message from what was received; nil when there is none
// yet. After a fault there is no message boundary to go on from.
func (c *tcpConn) frame() ([]byte, *wire.Fault) {
	for len(c.buf) >= 2 && c.buf[0] == '\r' && c.buf[1] == '\n' {
		if bytes.HasPrefix(c.buf, []byte("\r\n\r\n")) { // ping, RFC 5626 §3.5.1
			c.buf = c.buf[2:]
			c.reply([]byte("\r\n"))
		}
		c.buf, c.scanned = c.buf[2:], 0
	}
	if !bytes.Contains(c.buf[c.scanned:], []byte("\r\n\r\n")) {
		c.scanned = max(0, len(c.buf)-3)
		if len(c.buf) > wire.MaxMessage {
			return c.buf, &wire.Fault{Why: fmt.Sprintf("no end of the headers in %d bytes", len(c.buf))}
		}
		return nil, nil
	}
	_, headers, length := wire.SplitHead(c.buf)
	body, f := wire.ContentLength(headers)
	if f == nil && length+body > wire.MaxMessage {
		f = &wire.Fault{Status: 513, Why: fmt.Sprintf("message of %d bytes: more than %d", length+body, wire.MaxMessage)}
	}
	if f != nil {
		return c.buf[:length], f
	}
	if len(c.buf) < length+body {
		return nil, nil
	}
	raw := c.buf[:length+body]
	c.buf = append([]byte(nil), c.buf[length+body:]...)
	c.begun, c.scanned = time.Now(), 0
	return raw, nil
}

// refuse answers a broken message if it can, and the connection ends.
func (c *tcpConn) refuse(raw []byte, f *wire.Fault) {
	c.hub.cfg.trace(false, TCP, c.peer, raw)
	c.hub.cfg.Refused("bad_stream", c.peer, "transport", TCP, "why", f.Why)
	if f.Status == 0 || !c.hub.cfg.Known(c.peer.Addr()) {
		return
	}
	if answer := wire.Refuse(raw, f.Status, c.peer, f.Extra...); answer != nil {
		c.reply(answer)
	}
}

func (c *tcpConn) reply(answer []byte) {
	if _, err := c.Write(answer); err != nil {
		c.hub.cfg.Log.Debug("sip answer not sent", "peer", c.peer, "error", err)
	}
}

// Write sends one message. A peer that does not read is given up.
func (c *tcpConn) Write(p []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(c.hub.cfg.Message)); err != nil {
		return 0, err
	}
	c.hub.cfg.trace(true, TCP, c.peer, p)
	n, err := c.Conn.Write(p)
	if err != nil {
		c.Close() // half a message may be out: the stream is of no more use
		return n, err
	}
	return n, nil
}

func addrPort(a net.Addr) netip.AddrPort {
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
