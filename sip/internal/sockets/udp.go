package sockets

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/wire"
)

// udpConn is a UDP socket as sipgo sees it: what it reads has passed the gate,
// and what it writes is traced.
type udpConn struct {
	*net.UDPConn
	cfg   *Config
	buf   []byte        // of the one reader
	ready chan struct{} // closed when sipgo reads, and so knows the socket
	once  sync.Once

	pool   *gosip.ConnectionPool // sipgo's
	recent [256]string           // whom the last messages that sipgo saw came from
	next   int
}

func listenUDP(cfg *Config, addr netip.AddrPort) (*udpConn, error) {
	conn, err := net.ListenUDP(family(UDP, addr.Addr()), net.UDPAddrFromAddrPort(addr))
	if err != nil {
		return nil, fmt.Errorf("listen on udp %s: %w", addr, err)
	}
	return &udpConn{UDPConn: conn, cfg: cfg, buf: make([]byte, wire.MaxMessage+1), ready: make(chan struct{})}, nil
}

// family makes 0.0.0.0 and :: two sockets that do not get in each other's way.
func family(network string, addr netip.Addr) string {
	if addr.Unmap().Is4() {
		return network + "4"
	}
	return network + "6"
}

// ReadFrom returns the next datagram that passed the gate. It fails only when
// the socket is closed, because sipgo stops reading for good at the first error.
func (c *udpConn) ReadFrom(p []byte) (int, net.Addr, error) {
	c.once.Do(func() { close(c.ready) })
	for {
		n, from, err := c.ReadFromUDPAddrPort(c.buf)
		if errors.Is(err, net.ErrClosed) {
			c.leave()
			return 0, nil, err
		}
		if err != nil {
			c.cfg.Log.Warn("sip socket read", "transport", UDP, "error", err)
			time.Sleep(10 * time.Millisecond) // such as ENOBUFS: not a busy loop
			continue
		}
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		raw := c.buf[:n]
		if isKeepalive(raw) {
			continue
		}
		c.cfg.trace(false, UDP, from, raw)
		if !c.cfg.Admit(raw, Arrival{UDP, from, c.reply(raw, from)}) {
			continue
		}
		if n > len(p) {
			c.cfg.Refused("datagram_too_large", from, "bytes", n, "limit", len(p))
			if answer := wire.Refuse(raw, 513, from); answer != nil {
				c.reply(raw, from)(answer)
			}
			continue
		}
		c.recent[c.next%len(c.recent)] = from.String()
		c.next++
		return copy(p, raw), net.UDPAddrFromAddrPort(from), nil
	}
}

// leave puts a closed connection where sipgo still looks for this one. Requests
// under way in sipgo would otherwise open sockets of their own, to answer from,
// and nobody would ever close those.
func (c *udpConn) leave() {
	gone := closedConn{c.LocalAddr()}
	c.pool.Add(c.LocalAddr().String(), gone)
	for _, source := range c.recent {
		if source != "" {
			c.pool.Add(source, gone)
		}
	}
}

// closedConn is what is left of a socket: nothing can be sent through it.
type closedConn struct{ addr net.Addr }

func (c closedConn) LocalAddr() net.Addr          { return c.addr }
func (c closedConn) WriteMsg(gosip.Message) error { return net.ErrClosed }
func (c closedConn) Ref(int) int                  { return 1 }
func (c closedConn) TryClose() (int, error)       { return 1, nil }
func (c closedConn) Close() error                 { return nil }

// reply answers a datagram without a transaction.
func (c *udpConn) reply(raw []byte, from netip.AddrPort) func([]byte) {
	return func(answer []byte) {
		to := from
		if c.cfg.Known(from.Addr()) { // nobody else chooses where our packets go
			to = netip.AddrPortFrom(from.Addr(), wire.ReplyPort(raw, from))
		}
		if _, err := c.WriteTo(answer, net.UDPAddrFromAddrPort(to)); err != nil {
			c.cfg.Log.Debug("sip answer not sent", "peer", to, "error", err)
		}
	}
}

// WriteTo sends one message. It is traced first, for an answer may be here before
// the write returns.
func (c *udpConn) WriteTo(p []byte, to net.Addr) (int, error) {
	c.cfg.trace(true, UDP, addrPort(to), p)
	return c.UDPConn.WriteTo(p, to)
}

// isKeepalive reports the line breaks and NULs that phones send to keep a NAT
// open (RFC 5626 §3.5.1 and custom).
func isKeepalive(raw []byte) bool {
	for _, c := range raw {
		if c != '\r' && c != '\n' && c != 0 && c != ' ' {
			return false
		}
	}
	return true
}
