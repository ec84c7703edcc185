package sip

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// udpConn is a UDP socket as sipgo sees it: what it reads has passed the gate,
// and what it writes is traced.
type udpConn struct {
	*net.UDPConn
	e     *Endpoint
	buf   []byte        // of the one reader
	ready chan struct{} // closed when sipgo reads, and so knows the socket
	once  sync.Once
}

func listenUDP(e *Endpoint, addr netip.AddrPort) (*udpConn, error) {
	conn, err := net.ListenUDP(family("udp", addr.Addr()), net.UDPAddrFromAddrPort(addr))
	if err != nil {
		return nil, fmt.Errorf("listen on udp %s: %w", addr, err)
	}
	return &udpConn{UDPConn: conn, e: e, buf: make([]byte, maxMessage+1), ready: make(chan struct{})}, nil
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
			return 0, nil, err
		}
		if err != nil {
			c.e.log.Warn("sip socket read", "transport", UDP, "error", err)
			time.Sleep(10 * time.Millisecond) // such as ENOBUFS: not a busy loop
			continue
		}
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		raw := c.buf[:n]
		if isKeepalive(raw) {
			continue
		}
		c.e.trace(UDP, from.String(), raw)
		if !c.e.gate.admit(raw, arrival{UDP, from, c.reply(raw, from)}) {
			continue
		}
		if n > len(p) {
			c.e.refusals.say("datagram_too_large", from, "bytes", n, "limit", len(p))
			if answer := refuseRaw(raw, 513, from); answer != nil {
				c.reply(raw, from)(answer)
			}
			continue
		}
		return copy(p, raw), net.UDPAddrFromAddrPort(from), nil
	}
}

// reply answers a datagram without a transaction.
func (c *udpConn) reply(raw []byte, from netip.AddrPort) func([]byte) {
	return func(answer []byte) {
		to := from
		if c.e.trunks.bySource(from.Addr()) != nil { // nobody else chooses where our packets go
			to = netip.AddrPortFrom(from.Addr(), replyPort(raw, from))
		}
		if _, err := c.WriteTo(answer, net.UDPAddrFromAddrPort(to)); err != nil {
			c.e.log.Debug("sip answer not sent", "peer", to, "error", err)
		}
	}
}

// WriteTo sends one message.
func (c *udpConn) WriteTo(p []byte, to net.Addr) (int, error) {
	n, err := c.UDPConn.WriteTo(p, to)
	if err == nil {
		c.e.traceSent(UDP, to.String(), p)
	}
	return n, err
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

// trace shows a received message to whoever traces.
func (e *Endpoint) trace(t Transport, peer string, raw []byte) {
	if e.cfg.Trace != nil {
		e.cfg.Trace(TraceEvent{Transport: t, Peer: peer, Message: raw})
	}
}

// traceSent shows a message that was sent.
func (e *Endpoint) traceSent(t Transport, peer string, raw []byte) {
	if e.cfg.Trace != nil {
		e.cfg.Trace(TraceEvent{Sent: true, Transport: t, Peer: peer, Message: raw})
	}
}

// settle sets the two things that sipgo keeps for the whole process and offers
// no other way to say: the size of what it sends over UDP, because a 200 OK with
// a few Record-Routes is larger than 1300 bytes and not sending it at all is worse
// than a fragment; and where it logs what no logger of ours reaches.
func settle() {
	gosip.UDPMTUSize = 65507 + 200
	gosip.SetDefaultLogger(slog.New(debugOnly{slog.Default().Handler()}))
}
