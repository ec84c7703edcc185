package simnet

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"trunkline/internal/clock"
	"trunkline/internal/netio"
)

// cadence is a media thread's heartbeat.
const cadence = time.Millisecond

// pair is netio.Ports in memory.
type pair struct {
	net       *Net
	rtp, rtcp *port
}

// Bind binds port for RTP and the one above for RTCP, as netio.Bind does.
func (n *Net) Bind(addr netip.Addr, at uint16) (netio.Ports, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	rtp, err := n.bind(netip.AddrPortFrom(addr, at))
	if err != nil {
		return nil, err
	}
	rtcp, err := n.bind(netip.AddrPortFrom(addr, at+1))
	if err != nil {
		n.unbind(rtp)
		return nil, err
	}
	return &pair{n, rtp, rtcp}, nil
}

// Addr returns the RTP address.
func (p *pair) Addr() netip.AddrPort { return p.rtp.addr }

// Close frees both addresses.
func (p *pair) Close() error {
	p.net.mu.Lock()
	defer p.net.mu.Unlock()
	p.net.unbind(p.rtp)
	p.net.unbind(p.rtcp)
	return nil
}

// Host is one media thread's connection to the network. It is Packets and
// Pacer; Bell is its other hand.
type Host struct {
	net   *Net
	legs  []*pair // by netio.Leg; nil is unused
	free  []netio.Leg
	lent  [][]byte // data of the last Receive
	next  int      // leg that Receive serves first
	wake  chan struct{}
	count netio.Counters
}

var (
	_ netio.Packets = (*Host)(nil)
	_ netio.Pacer   = (*Host)(nil)
	_ netio.Bell    = (*Bell)(nil)
)

// Host connects a media thread.
func (n *Net) Host() *Host { return &Host{net: n, wake: make(chan struct{}, 1)} }

// Connect makes what one media thread works with; the time is the network's,
// not the source's.
func (n *Net) Connect(clock.Source) (netio.Packets, netio.Pacer, netio.Bell, error) {
	h := n.Host()
	return h, h, NewBell(), nil
}

// Add starts receiving on ports of the same Net.
func (h *Host) Add(ports netio.Ports) (netio.Leg, error) {
	p, ok := ports.(*pair)
	if !ok || p.net != h.net {
		return 0, fmt.Errorf("add %v: not of this network", ports.Addr())
	}
	if k := len(h.free); k > 0 {
		l := h.free[k-1]
		h.free, h.legs[l] = h.free[:k-1], p
		return l, nil
	}
	h.legs = append(h.legs, p)
	return netio.Leg(len(h.legs) - 1), nil
}

// Remove stops receiving.
func (h *Host) Remove(l netio.Leg) {
	h.legs[l] = nil
	h.free = append(h.free, l)
}

// Receive takes at most one datagram from each socket, beginning behind the
// leg it ended with last time.
func (h *Host) Receive(in []netio.Datagram) int {
	now := h.net.Now()
	h.net.mu.Lock()
	defer h.net.mu.Unlock()
	h.net.settle(now)
	h.net.free = append(h.net.free, h.lent...)
	h.lent = h.lent[:0]
	n := 0
	for k := range h.legs {
		l := (h.next + k) % len(h.legs)
		p := h.legs[l]
		if p == nil || n+2 > len(in) {
			continue
		}
		for kind, port := range [...]*port{p.rtp, p.rtcp} {
			pk, ok := port.pop()
			if !ok {
				continue
			}
			h.lent = append(h.lent, pk.data)
			in[n] = netio.Datagram{Leg: netio.Leg(l), Kind: netio.Kind(kind), Peer: pk.from, Data: pk.data}
			n++
		}
	}
	h.next++
	h.count.In += uint64(n)
	return n
}

// Send puts datagrams on their way.
func (h *Host) Send(out []netio.Datagram) {
	now := h.net.Now()
	h.net.mu.Lock()
	defer h.net.mu.Unlock()
	for _, d := range out {
		if len(d.Data) == 0 || len(d.Data) > netio.MaxDatagram || !d.Peer.IsValid() {
			h.count.SendFailed++
			continue
		}
		from := h.legs[d.Leg].rtp
		if d.Kind == netio.RTCP {
			from = h.legs[d.Leg].rtcp
		}
		h.net.send(now, from.addr, d.Peer, d.Data)
		h.count.Out++
	}
}

// Counters returns what happened so far.
func (h *Host) Counters() netio.Counters { return h.count }

// Legs returns how many pairs are lent to the host.
func (h *Host) Legs() int { return len(h.legs) - len(h.free) }

// Close forgets the pairs.
func (h *Host) Close() error {
	h.legs = slices.Delete(h.legs, 0, len(h.legs))
	return nil
}

// Now returns the network's time.
func (h *Host) Now() clock.Time { return h.net.Now() }

// Tick sleeps until the next millisecond; stepped time moves there.
func (h *Host) Tick() clock.Time {
	rest := cadence - time.Duration(h.net.Now())%cadence
	if h.net.live != nil {
		time.Sleep(rest)
	} else {
		h.net.Advance(rest)
	}
	return h.net.Now()
}

// Sleep sleeps until Wake; in stepped time it returns at once.
func (h *Host) Sleep() clock.Time {
	if h.net.live != nil {
		<-h.wake
	}
	return h.net.Now()
}

// Wake ends Sleep.
func (h *Host) Wake() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// Bell wakes a goroutine.
type Bell struct{ rung chan struct{} }

// NewBell makes a bell.
func NewBell() *Bell { return &Bell{rung: make(chan struct{}, 1)} }

// Ring lets Wait return.
func (b *Bell) Ring() {
	select {
	case b.rung <- struct{}{}:
	default:
	}
}

// Wait waits for Ring; false after Close.
func (b *Bell) Wait() bool {
	_, ok := <-b.rung
	return ok
}

// Close ends Wait, after the last Ring was heard.
func (b *Bell) Close() error {
	close(b.rung)
	return nil
}
