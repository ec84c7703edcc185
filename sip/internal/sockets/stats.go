package sockets

import (
	"maps"
	"sync"
	"sync/atomic"
)

// Stats is what the sockets of a set have done since they were opened.
type Stats struct {
	Transports map[string]Traffic // by network
	Refused    map[string]uint64  // by rule: what was turned down here, before any gate
}

// Traffic is what went over one transport.
type Traffic struct {
	Connections       int64 // open right now
	Accepted          uint64
	Dialled           uint64
	AcceptFailures    uint64
	DialFailures      uint64 // also: handshakes where we connect
	HandshakeFailures uint64 // of TLS and HTTP, where we are connected to
	IdleClosed        uint64 // because nothing, or no whole message, came in time
	MessagesIn        uint64
	MessagesOut       uint64
	BytesIn           uint64 // of messages
	BytesOut          uint64
	PingsIn           uint64 // CRLF, STUN and the like
	PingsOut          uint64
	PingsLost         uint64 // connections closed because a peer that answered pings no longer did
}

// traffic counts what Traffic reports.
type traffic struct {
	connections                                                   atomic.Int64
	accepted, dialled, acceptFailures, dialFailures               atomic.Uint64
	handshakeFailures, idleClosed, pingsLost                      atomic.Uint64
	messagesIn, messagesOut, bytesIn, bytesOut, pingsIn, pingsOut atomic.Uint64
}

func (t *traffic) received(bytes int) {
	t.messagesIn.Add(1)
	t.bytesIn.Add(uint64(bytes))
}

func (t *traffic) sent(bytes int) {
	t.messagesOut.Add(1)
	t.bytesOut.Add(uint64(bytes))
}

func (t *traffic) read() Traffic {
	return Traffic{
		Connections: t.connections.Load(), Accepted: t.accepted.Load(), Dialled: t.dialled.Load(),
		AcceptFailures: t.acceptFailures.Load(), DialFailures: t.dialFailures.Load(),
		HandshakeFailures: t.handshakeFailures.Load(), IdleClosed: t.idleClosed.Load(),
		MessagesIn: t.messagesIn.Load(), MessagesOut: t.messagesOut.Load(),
		BytesIn: t.bytesIn.Load(), BytesOut: t.bytesOut.Load(),
		PingsIn: t.pingsIn.Load(), PingsOut: t.pingsOut.Load(), PingsLost: t.pingsLost.Load(),
	}
}

// counters are those of a set. Nothing here allocates but a rule's first refusal.
type counters struct {
	udp, tcp, tls, ws, wss traffic

	mu      sync.Mutex
	refused map[string]uint64
}

func (c *counters) of(network string) *traffic {
	switch network {
	case UDP:
		return &c.udp
	case TLS:
		return &c.tls
	case WS:
		return &c.ws
	case WSS:
		return &c.wss
	}
	return &c.tcp
}

func (c *counters) refuse(rule string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refused == nil {
		c.refused = map[string]uint64{}
	}
	c.refused[rule]++
}

// Stats returns what the sockets have done so far.
func (s *Set) Stats() Stats {
	all := Stats{Transports: map[string]Traffic{}}
	for _, network := range []string{UDP, TCP, TLS, WS, WSS} {
		all.Transports[network] = s.env.of(network).read()
	}
	s.env.mu.Lock()
	defer s.env.mu.Unlock()
	all.Refused = maps.Clone(s.env.refused)
	return all
}
