// Package simnet is a network in memory: the three interfaces of internal/netio
// without a kernel, for tests that want hours in seconds and loss on demand.
//
// A Net connects Hosts (a media thread's Packets, Pacer and Bell) and Phones (a
// test's own end). Its Link delays, loses and doubles datagrams as a seed says,
// so a run can be repeated exactly.
//
// Time is either stepped, when the test calls the thread's lap itself and each
// Tick is one millisecond later, or live, when real threads run inside a
// testing/synctest bubble and time is the bubble's. Only tests use this package.
// It has a mutex, since phones and hosts share the Net; in steady state it
// allocates nothing, so that allocation tests may run on it.
package simnet

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"syscall"
	"time"

	"trunkline/internal/clock"
	"trunkline/internal/netio"
)

// Link says how datagrams travel. The zero Link is perfect.
type Link struct {
	Delay     time.Duration
	Jitter    time.Duration // up to this much more, evenly spread: may reorder
	Loss      float64       // 0 to 1
	Duplicate float64       // 0 to 1
}

// Net is one network with one time.
type Net struct {
	mu     sync.Mutex
	link   Link
	rand   *rand.Rand
	live   *clock.Source // nil: stepped
	now    clock.Time    // when stepped
	ports  map[netip.AddrPort]*port
	flight []packet // by due, then in the order sent
	free   [][]byte
	seen   Seen
}

// Seen counts what became of datagrams.
type Seen struct {
	Sent, Lost, Doubled, Delivered uint64
	Nowhere                        uint64 // nobody bound there
	Overflow                       uint64 // the receiver's queue was full
}

type packet struct {
	due      clock.Time
	from, to netip.AddrPort
	data     []byte
}

// port is one bound address with what has arrived there.
type port struct {
	addr  netip.AddrPort
	queue []packet
}

// queueLen is how many datagrams a port holds, about a socket's default.
const queueLen = 256

// New makes a network whose time is stepped. The same seed loses the same datagrams.
func New(seed uint64, link Link) *Net {
	return &Net{link: link, rand: rand.New(rand.NewPCG(seed, seed)), ports: map[netip.AddrPort]*port{}}
}

// NewLive makes a network whose time is package time's; call it inside a
// testing/synctest bubble.
func NewLive(seed uint64, link Link) *Net {
	n := New(seed, link)
	c := clock.NewSource()
	n.live = &c
	return n
}

// SetLink changes how datagrams travel from now on.
func (n *Net) SetLink(l Link) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.link = l
}

// Seen returns the counts so far.
func (n *Net) Seen() Seen {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.seen
}

// Now returns the network's time.
func (n *Net) Now() clock.Time {
	if n.live != nil {
		return n.live.Now()
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.now
}

// Advance lets stepped time pass.
func (n *Net) Advance(d time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.now = n.now.Add(d)
}

// bind makes the port addr. Under mu.
func (n *Net) bind(addr netip.AddrPort) (*port, error) {
	if n.ports[addr] != nil {
		return nil, fmt.Errorf("bind %v: %w", addr, syscall.EADDRINUSE)
	}
	p := &port{addr: addr, queue: make([]packet, 0, queueLen)}
	n.ports[addr] = p
	return p, nil
}

// unbind forgets a port and what waits there.
func (n *Net) unbind(p *port) {
	for _, pk := range p.queue {
		n.free = append(n.free, pk.data)
	}
	p.queue = p.queue[:0]
	delete(n.ports, p.addr)
}

// send puts one datagram on its way. Under mu.
func (n *Net) send(now clock.Time, from, to netip.AddrPort, data []byte) {
	n.seen.Sent++
	if n.chance(n.link.Loss) {
		n.seen.Lost++
		return
	}
	n.launch(now, from, to, data)
	if n.chance(n.link.Duplicate) {
		n.seen.Doubled++
		n.launch(now, from, to, data)
	}
}

func (n *Net) chance(p float64) bool { return p > 0 && n.rand.Float64() < p }

func (n *Net) launch(now clock.Time, from, to netip.AddrPort, data []byte) {
	due := now.Add(n.link.Delay)
	if n.link.Jitter > 0 {
		due = due.Add(time.Duration(n.rand.Int64N(int64(n.link.Jitter))))
	}
	i := len(n.flight) // insert behind all that are due no later
	for i > 0 && n.flight[i-1].due > due {
		i--
	}
	n.flight = slices.Insert(n.flight, i, packet{due: due, from: from, to: to, data: append(n.buffer(), data...)})
}

// buffer takes an empty buffer from the free list.
func (n *Net) buffer() []byte {
	if k := len(n.free); k > 0 {
		b := n.free[k-1]
		n.free = n.free[:k-1]
		return b[:0]
	}
	return make([]byte, 0, netio.MaxDatagram)
}

// settle moves what is due into the ports. Under mu.
func (n *Net) settle(now clock.Time) {
	k := 0
	for ; k < len(n.flight) && n.flight[k].due <= now; k++ {
		pk := n.flight[k]
		p := n.ports[pk.to]
		switch {
		case p == nil:
			n.seen.Nowhere++
		case len(p.queue) == queueLen:
			n.seen.Overflow++
		default:
			n.seen.Delivered++
			p.queue = append(p.queue, pk)
			continue
		}
		n.free = append(n.free, pk.data)
	}
	n.flight = slices.Delete(n.flight, 0, k)
}

// pop takes the oldest datagram of a port. Under mu.
func (p *port) pop() (packet, bool) {
	if len(p.queue) == 0 {
		return packet{}, false
	}
	pk := p.queue[0]
	p.queue = slices.Delete(p.queue, 0, 1)
	return pk, true
}
