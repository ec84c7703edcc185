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
	env   *env
	at    netip.AddrPort
	local net.Addr      // at, with its text ready
	buf   []byte        // of the one reader
	ready chan struct{} // closed when sipgo reads, and so knows the socket
	once  sync.Once

	pool   *gosip.ConnectionPool // sipgo's
	recent [256]sender           // of messages that sipgo saw; of the one reader
}

// sender is where messages come from, with its text ready.
type sender struct {
	addr netip.AddrPort
	as   net.Addr
}

// readBuffer is how many bytes wait for the reader: those of a tenth of a second in
// which the processor is busy with calls. Who finds no room comes again half a
// second later, which is far worse than to be refused.
const readBuffer = 1 << 20

func listenUDP(env *env, addr netip.AddrPort) (*udpConn, error) {
	conn, err := net.ListenUDP(family(UDP, addr.Addr()), net.UDPAddrFromAddrPort(addr))
	if err != nil {
		return nil, fmt.Errorf("listen on udp %s: %w", addr, err)
	}
	_ = conn.SetReadBuffer(readBuffer) // less is granted: what is lost is sent again
	at := addrPort(conn.LocalAddr())
	return &udpConn{
		UDPConn: conn, env: env, at: at, local: address{UDP, at.String()},
		buf: make([]byte, wire.MaxMessage+1), ready: make(chan struct{}),
	}, nil
}

// family makes 0.0.0.0 and :: two sockets that do not get in each other's way.
func family(network string, addr netip.Addr) string {
	if addr.Unmap().Is4() {
		return network + "4"
	}
	return network + "6"
}

// LocalAddr returns the address that is bound.
func (c *udpConn) LocalAddr() net.Addr { return c.local }

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
			c.env.Log.Warn("sip socket read", "transport", UDP, "error", err)
			time.Sleep(10 * time.Millisecond) // such as ENOBUFS: not a busy loop
			continue
		}
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		raw := c.buf[:n]
		if from.Addr().Zone() != "" {
			c.env.refuse("zoned_source", from, "transport", UDP)
			continue
		}
		if c.keepalive(raw, from) {
			continue
		}
		c.env.udp.received(n)
		c.env.trace(false, UDP, c.at, from, raw)
		if !c.env.Admit(raw, Arrival{Network: UDP, From: from, Local: c.at, Reply: c.reply(raw, from)}) {
			continue
		}
		if n > len(p) {
			c.env.refuse(wire.RuleDatagram, from, "bytes", n, "limit", len(p))
			if answer := wire.Refuse(raw, 513, from, wire.Ruled(wire.RuleDatagram, 513)); answer != nil {
				c.reply(raw, from)(answer)
			}
			continue
		}
		return copy(p, raw), c.sender(from), nil
	}
}

// sender returns an address as sipgo wants it. Most messages come from few.
func (c *udpConn) sender(from netip.AddrPort) net.Addr {
	a := from.Addr().As16()
	s := &c.recent[a[15]^a[14]^byte(from.Port())^byte(from.Port()>>8)]
	if s.addr != from {
		*s = sender{from, address{UDP, from.String()}}
	}
	return s.as
}

// keepalive deals with datagrams that are no messages. Only a source that is
// known has an answer.
func (c *udpConn) keepalive(raw []byte, from netip.AddrPort) bool {
	stun := isSTUN(raw)
	if !stun && !isKeepalive(raw) {
		return false
	}
	c.env.udp.pingsIn.Add(1)
	if !stun || !c.env.Known(from.Addr()) {
		return true
	}
	if answer := bindingAnswer(raw, from); answer != nil {
		if _, err := c.WriteToUDPAddrPort(answer, from); err != nil {
			c.env.Log.Debug("stun answer not sent", "peer", from, "error", err)
		}
	}
	return true
}

// ping keeps the way to a peer open (RFC 5626 §3.5.1 has it for streams; over UDP
// it is custom, and no SIP element takes offence).
func (c *udpConn) ping(peer netip.AddrPort) {
	if _, err := c.WriteToUDPAddrPort([]byte("\r\n\r\n"), peer); err != nil {
		c.env.Log.Debug("sip keep-alive not sent", "peer", peer, "error", err)
		return
	}
	c.env.udp.pingsOut.Add(1)
}

// leave puts a closed connection where sipgo still looks for this one. Requests
// under way in sipgo would otherwise open sockets of their own, to answer from,
// and nobody would ever close those.
func (c *udpConn) leave() {
	gone := closedConn{c.LocalAddr()}
	c.pool.Add(c.LocalAddr().String(), gone)
	for _, s := range c.recent {
		if s.as != nil {
			c.pool.Add(s.as.String(), gone)
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
		if c.env.Known(from.Addr()) { // nobody else chooses where our packets go
			to = netip.AddrPortFrom(from.Addr(), wire.ReplyPort(raw, from))
		}
		if err := c.send(answer, to); err != nil {
			c.env.Log.Debug("sip answer not sent", "peer", to, "error", err)
		}
	}
}

// WriteTo sends one message.
func (c *udpConn) WriteTo(p []byte, to net.Addr) (int, error) {
	err := wire.CheckLeaving(p)
	if err != nil {
		return 0, c.env.kept(err, addrPort(to), UDP)
	}
	if err = c.send(p, addrPort(to)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// send traces a message first, for an answer may be here before the write returns.
func (c *udpConn) send(p []byte, to netip.AddrPort) error {
	c.env.trace(true, UDP, c.at, to, p)
	if _, err := c.WriteToUDPAddrPort(p, to); err != nil {
		return err
	}
	c.env.udp.sent(len(p))
	return nil
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
