package sockets

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"time"

	"trunkline/sip/internal/wire"
)

// conn is a connection as sipgo sees it: a Read returns one whole message that
// passed the gate, a Write is one message. What lies under it, TCP or TLS, bare or
// with WebSocket, is not sipgo's business.
type conn struct {
	net.Conn // TCP, or TLS over it
	hub      *hub
	network  string
	peer     netip.AddrPort
	at       netip.AddrPort // our end
	names    []string       // in the peer's verified client certificate
	server   string         // the name we connected to; "" when we were connected to
	dialled  bool
	in       carrier
	ready    chan struct{} // closed when sipgo knows the connection
	local    net.Addr      // at and peer as sipgo asks for them, again and again
	remote   net.Addr
	answer   func([]byte) // reply, made once

	begun   time.Time    // when the message under way began, or the last one ended
	first   []byte       // message that came before sipgo knew the connection
	pending []byte       // rest of a message sipgo is reading
	used    atomic.Int64 // when something last went over it, in Unix nanoseconds
	heard   atomic.Int64 // when something last came
	kept    atomic.Int32 // so many want it kept open by pings
	pinged  int64        // when we last sent a ping; of the keeper
}

// carrier is how messages lie in what a connection carries.
type carrier interface {
	// next returns the next message, valid until it is called again. It calls
	// c.wait before each read.
	next(c *conn) ([]byte, *wire.Fault, error)
	// write sends one message.
	write(c *conn, message []byte) error
	// expect says that a ping is on its way, and returns whether one was ever
	// answered: not everybody does, and who does not is no less alive.
	expect() (answers bool)
	close()
}

// address is a net.Addr that has its text ready.
type address struct {
	network, text string
}

func (a address) Network() string { return a.network }
func (a address) String() string  { return a.text }

func newConn(h *hub, network string, under net.Conn, in carrier) *conn {
	peer, at := addrPort(under.RemoteAddr()), addrPort(under.LocalAddr())
	c := &conn{
		Conn: under, hub: h, network: network, peer: peer, at: at, in: in,
		ready: make(chan struct{}), begun: time.Now(),
		local: address{TCP, at.String()}, remote: address{TCP, peer.String()},
	}
	c.answer = c.reply
	c.touch()
	return c
}

func (c *conn) LocalAddr() net.Addr  { return c.local }
func (c *conn) RemoteAddr() net.Addr { return c.remote }

func (c *conn) count() *traffic { return c.hub.env.of(c.network) }
func (c *conn) known() bool     { return c.hub.env.known(c.peer.Addr(), c.names) }
func (c *conn) touch()          { c.used.Store(time.Now().UnixNano()) }

func (c *conn) hear() {
	c.heard.Store(time.Now().UnixNano())
	c.touch()
}

// Close closes the connection for both sides. Closing it twice is harmless.
func (c *conn) Close() error {
	c.hub.forget(c)
	c.in.close()
	return ignoreClosed(c.Conn.Close())
}

// greet waits for the first message. Until it is there, sipgo knows nothing of
// the connection and spends nothing on it.
func (c *conn) greet() bool {
	raw, err := c.receive()
	if err != nil {
		_ = c.Close()
		return false
	}
	c.first = raw
	return true
}

// Read returns a message, or part of it when p is small. Whatever goes wrong is
// the end of the stream: sipgo would log it as an error of its own.
func (c *conn) Read(p []byte) (int, error) {
	for len(c.pending) == 0 {
		raw := c.first
		c.first = nil
		if raw == nil {
			var err error
			if raw, err = c.receive(); err != nil {
				_ = c.Close()
				return 0, io.EOF
			}
		}
		c.count().received(len(raw))
		c.hub.env.trace(false, c.network, c.at, c.peer, raw)
		known := c.known()
		if c.hub.env.Admit(raw, c.arrival()) {
			c.pending = raw
		} else if !known {
			_ = c.Close() // it had its answer
			return 0, io.EOF
		}
	}
	n := copy(p, c.pending)
	c.pending = c.pending[n:]
	return n, nil
}

func (c *conn) arrival() Arrival {
	return Arrival{Network: c.network, From: c.peer, Local: c.at, Names: c.names, Reply: c.answer}
}

// receive returns the next message, or the end.
func (c *conn) receive() ([]byte, error) {
	raw, fault, err := c.in.next(c)
	if fault != nil {
		c.refuse(raw, fault)
		return nil, io.EOF
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.count().idleClosed.Add(1)
	}
	c.begun = time.Now()
	return raw, err
}

// wait sets how long the next read may take. A message that has begun must be
// complete soon, and one from a stranger must be here soon.
func (c *conn) wait(begun bool) error {
	deadline := time.Time{}
	if idle := c.hub.env.Idle; idle > 0 {
		deadline = time.Now().Add(idle)
	}
	if begun || !c.known() {
		deadline = c.begun.Add(c.hub.env.Message)
	}
	return c.SetReadDeadline(deadline)
}

// refuse answers a broken message if it can, and the connection ends.
func (c *conn) refuse(raw []byte, f *wire.Fault) {
	c.hub.env.trace(false, c.network, c.at, c.peer, raw)
	c.hub.env.refuse(wire.RuleStream, c.peer, "transport", c.network, "why", f.Why)
	if f.Status == 0 || !c.known() {
		return
	}
	if answer := wire.Refuse(raw, f.Status, c.peer, append(f.Extra[:len(f.Extra):len(f.Extra)], wire.Ruled(wire.RuleStream, f.Status))...); answer != nil {
		c.reply(answer)
	}
}

func (c *conn) reply(answer []byte) {
	if _, err := c.put(answer); err != nil {
		c.hub.env.Log.Debug("sip answer not sent", "peer", c.peer, "error", err)
	}
}

// Write sends one message. A peer that does not read is given up.
func (c *conn) Write(p []byte) (int, error) {
	if err := wire.CheckLeaving(p); err != nil {
		return 0, c.hub.env.kept(err, c.peer, c.network)
	}
	return c.put(p)
}

// put sends what may be no whole message: an answer to what was none.
func (c *conn) put(p []byte) (int, error) {
	c.hub.env.trace(true, c.network, c.at, c.peer, p)
	if err := c.send(p); err != nil {
		return 0, err
	}
	c.count().sent(len(p))
	return len(p), nil
}

func (c *conn) send(p []byte) error {
	err := c.SetWriteDeadline(time.Now().Add(c.hub.env.Message))
	if err == nil {
		err = c.in.write(c, p)
	}
	if err != nil {
		_ = c.Close() // half a message may be out: the stream is of no more use
		return err
	}
	c.touch()
	return nil
}

// ping sends a keep-alive (RFC 5626 §3.5.1). When the last one had no answer for
// as long as a message may take, from a peer that answers, the flow is dead
// (§4.4.1).
func (c *conn) ping() {
	now := time.Now().UnixNano()
	if c.in.expect() && c.pinged > 0 && c.heard.Load() < c.pinged {
		if now-c.pinged >= int64(c.hub.env.Message) {
			c.count().pingsLost.Add(1)
			_ = c.Close()
		}
		return
	}
	c.pinged = now
	if c.send([]byte("\r\n\r\n")) == nil {
		c.count().pingsOut.Add(1)
	}
}

// pong answers keep-alives. A stranger hears nothing.
func (c *conn) pong(pings int) {
	c.count().pingsIn.Add(uint64(pings))
	if !c.known() {
		return
	}
	if err := c.send(bytes.Repeat([]byte("\r\n"), pings)); err != nil {
		c.hub.env.Log.Debug("sip keep-alive not answered", "peer", c.peer, "error", err)
	}
}

// stream carries messages one after the other; Content-Length parts them.
type stream struct{ framer }

func (s *stream) next(c *conn) ([]byte, *wire.Fault, error) {
	for {
		raw, fault := s.framer.next()
		if s.pings > 0 {
			c.pong(s.pings)
			s.pings = 0
		}
		if raw != nil || fault != nil {
			return raw, fault, nil
		}
		begun := s.begun()
		if err := c.wait(begun); err != nil {
			return nil, nil, err
		}
		n, err := c.Conn.Read(s.room())
		if n == 0 {
			return nil, nil, err
		}
		if !begun {
			c.begun = time.Now()
		}
		s.took(n)
		c.hear()
	}
}

func (s *stream) write(c *conn, message []byte) error {
	_, err := c.Conn.Write(message)
	return err
}

func (s *stream) close() {}

func addrPort(a net.Addr) netip.AddrPort {
	var ap netip.AddrPort
	switch a := a.(type) {
	case *net.TCPAddr:
		ap = a.AddrPort()
	case *net.UDPAddr:
		ap = a.AddrPort()
	default:
		ap, _ = netip.ParseAddrPort(a.String()) // one of ours: it has text only
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
