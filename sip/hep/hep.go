// Package hep sends copies of SIP messages and of RTCP reports to Homer, or to
// whatever else collects HEPv3 (EEP).
//
// A Client owns one socket and one goroutine. Message and Report may be called
// from anywhere and never wait: they write a packet into a bounded queue, and
// what does not fit is dropped and counted. The goroutine masks secrets as traces
// do, sends, and connects anew when the collector went away. Whether and what a
// call says is never changed by it.
//
// To wire it in: make a Client, call Message from what sip.Config.Trace is set to
// and Report when a leg's sound has been counted, Close it at the end.
package hep

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"trunkline/sip/trace"
	"trunkline/sip/trace/mask"
	"trunkline/sip/trace/scan"
)

// Config says where copies go and what they say of us.
type Config struct {
	Network string // "udp", the default, or "tcp"
	Address string // host:port of the collector
	Agent   uint32 // capture agent id
	Key     string // authentication key, if the collector wants one
	Node    string // our name
	Queue   int    // packets that may wait; default 1024
	Numbers bool   // mask the ends of telephone numbers as well

	// Hidden, when set, are calls whose keys in INFO are masked.
	Hidden *mask.Calls
	Log    *slog.Logger
	// Dial connects; default is net.Dialer's DialContext.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Stats count packets since a Client began.
type Stats struct {
	Sent    uint64
	Dropped uint64 // the queue was full, or the packet too large for HEP or UDP
	Failed  uint64 // the socket refused them
}

// A Client sends packets. It may be used by any goroutine.
type Client struct {
	cfg   Config
	queue chan *item
	free  chan *item
	end   context.CancelFunc
	done  sync.WaitGroup
	most  int // bytes of a packet

	sent, dropped, failed atomic.Uint64
}

// item is a packet that waits.
type item struct {
	packet []byte
	text   int // where the SIP message begins; 0 when there is none
	keys   bool
}

// Waits of the sender.
const (
	writeTimeout = 5 * time.Second
	firstPause   = 500 * time.Millisecond // before connecting anew; doubled each time
	longestPause = 10 * time.Second
	defaultQueue = 1024
	keptBuffer   = 8 << 10 // larger ones are not used again
	maxDatagram  = 65507   // of UDP over IPv4
)

// New returns a client that sends until Close. The collector need not be there.
func New(cfg Config) (*Client, error) {
	switch cfg.Network {
	case "":
		cfg.Network = "udp"
	case "udp", "tcp":
	default:
		return nil, fmt.Errorf("send hep: network %q: want udp or tcp", cfg.Network)
	}
	if _, _, err := net.SplitHostPort(cfg.Address); err != nil {
		return nil, fmt.Errorf("send hep: %w", err)
	}
	if n := len(cfg.Key) + len(cfg.Node); n > 1024 {
		return nil, fmt.Errorf("send hep: key and node have %d bytes: want at most 1024", n)
	}
	if cfg.Queue <= 0 {
		cfg.Queue = defaultQueue
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Dial == nil {
		cfg.Dial = (&net.Dialer{Timeout: writeTimeout}).DialContext
	}
	c := &Client{cfg: cfg, queue: make(chan *item, cfg.Queue), free: make(chan *item, cfg.Queue)}
	if c.most = maxPacket; cfg.Network == "udp" {
		c.most = maxDatagram
	}
	ctx, end := context.WithCancel(context.Background())
	c.end = end
	c.done.Go(func() { (&sender{Client: c}).run(ctx) })
	return c, nil
}

// Close sends what waits, if the collector takes it at once, and ends the client.
// What is given to the client later is dropped.
func (c *Client) Close() {
	c.end()
	c.done.Wait()
}

// Stats returns the counts so far.
func (c *Client) Stats() Stats {
	return Stats{Sent: c.sent.Load(), Dropped: c.dropped.Load(), Failed: c.failed.Load()}
}

// Message sends a copy of a SIP message.
func (c *Client) Message(ev trace.Event) {
	id := scan.CallID(ev.Message)
	p := Packet{At: ev.At, Proto: protoTCP, From: ev.Remote, To: ev.Local, Kind: SIP, Payload: ev.Message}
	if ev.Transport == "udp" {
		p.Proto = protoUDP
	}
	if ev.Sent {
		p.From, p.To = p.To, p.From
	}
	it := c.take()
	it.keys = c.cfg.Hidden != nil && c.cfg.Hidden.Hidden(id)
	c.put(it, &p, id)
}

// Report sends a report.
func (c *Client) Report(r Report) {
	var room [1024]byte
	p := Packet{At: r.At, Proto: protoUDP, From: r.Remote, To: r.Local, Kind: RTCP, Payload: r.AppendJSON(room[:0])}
	if r.Sent {
		p.From, p.To = p.To, p.From
	}
	c.put(c.take(), &p, []byte(r.CallID))
}

// take returns an empty item.
func (c *Client) take() *item {
	select {
	case it := <-c.free:
		return it
	default:
		return &item{}
	}
}

// give takes an item back.
func (c *Client) give(it *item) {
	if cap(it.packet) > keptBuffer {
		return
	}
	*it = item{packet: it.packet[:0]}
	select {
	case c.free <- it:
	default:
	}
}

// put queues a packet, or drops it.
func (c *Client) put(it *item, p *Packet, callID []byte) {
	p.Agent, p.Key, p.Node = c.cfg.Agent, c.cfg.Key, c.cfg.Node
	p.CallID = callID
	var ok bool
	if it.packet, ok = Append(it.packet[:0], p); ok && len(it.packet) <= c.most {
		if p.Kind == SIP {
			it.text = len(it.packet) - len(p.Payload)
		}
		select {
		case c.queue <- it:
			return
		default:
		}
	}
	c.dropped.Add(1)
	c.give(it)
}
