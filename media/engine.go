package media

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
	"runtime"
	"sync"

	"trunkline/internal/clock"
	"trunkline/internal/netio"
	"trunkline/media/internal/shard"
	"trunkline/media/msg"
)

// Engine owns the media threads.
type Engine struct {
	cfg    Config
	clock  clock.Source
	planes []*plane

	mu     sync.Mutex
	ports  *ports
	legs   map[msg.Session]*leg
	nextID msg.Session
	closed bool
}

// plane is one media thread and all that serves it.
type plane struct {
	shard   *shard.Shard
	packets netio.Packets
	pacer   netio.Pacer
	bell    netio.Bell

	thread sync.WaitGroup // the shard's own thread
	pump   sync.WaitGroup // the goroutine that hands out its events

	// Guarded by Engine.mu.
	sessions int
	counters Counters
}

// leg is what the control plane knows of a session until Closed.
type leg struct {
	plane *plane
	ports netio.Ports
	sink  Sink
}

// Counters is what the media threads counted, added up.
type Counters = shard.Counters

// Network is what an Engine's threads and ports are connected to: the kernel's
// for New, a simulated one for tests.
type Network interface {
	// Bind binds an RTP port and the RTCP port above it.
	Bind(addr netip.Addr, port uint16) (netio.Ports, error)
	// Connect makes what one media thread works with, reading c.
	Connect(c clock.Source) (netio.Packets, netio.Pacer, netio.Bell, error)
}

// New starts the media threads.
func New(cfg Config) (*Engine, error) { return NewOn(cfg, kernel{}) }

// NewOn is New on another network.
func NewOn(cfg Config, n Network) (*Engine, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	e := &Engine{
		cfg: cfg, clock: clock.NewSource(),
		ports: newPorts(cfg, randomUint64(), n),
		legs:  map[msg.Session]*leg{},
	}
	for range cfg.Shards {
		packets, pacer, bell, err := n.Connect(e.clock)
		if err != nil {
			e.Close()
			return nil, fmt.Errorf("start media: %w", err)
		}
		e.start(packets, pacer, bell)
	}
	return e, nil
}

// start runs a plane's thread and pump.
func (e *Engine) start(packets netio.Packets, pacer netio.Pacer, bell netio.Bell) {
	p := &plane{packets: packets, pacer: pacer, bell: bell}
	p.shard = shard.New(shard.World{Packets: packets, Pacer: pacer, Bell: bell})
	e.planes = append(e.planes, p)
	p.thread.Go(func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		netio.Urgent()         // without the right to it sound has gaps on a busy machine, but flows
		p.shard.Run()
	})
	p.pump.Go(func() {
		to := shard.Listener{
			Event:    e.deliver,
			Counters: func(c Counters) { e.count(p, c) },
			Failure:  func(f shard.Failure) { e.cfg.Broken(f.Session, f.Panic, f.Stack) },
		}
		for p.shard.Await() {
			p.shard.Collect(to)
		}
		p.shard.Collect(to) // what came with the last ring
	})
}

// Open binds an RTP/RTCP port pair and creates a session on it, on the shard of
// near when near is a session of this engine and on the least busy one when
// near is the zero Session. Events are handed to sink in order, from one
// goroutine per shard: sink must not block. The last one is Closed; its ports
// are free, and Usage no longer counts it, when sink is called with it.
//
// Refusals are ErrNoPorts, ErrBusy, ErrClosed and ErrGone, or the system's
// error when it has no descriptors left.
func (e *Engine) Open(near Session, sink Sink) (Session, netip.AddrPort, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return Session{}, netip.AddrPort{}, ErrClosed
	}
	p := e.choose(near)
	if p == nil {
		return Session{}, netip.AddrPort{}, ErrGone
	}
	pair, err := e.ports.take(e.clock.Now())
	if err != nil {
		return Session{}, netip.AddrPort{}, err
	}
	e.nextID++
	id := e.nextID
	e.legs[id] = &leg{plane: p, ports: pair, sink: sink}
	p.sessions++
	if !p.shard.Open(shard.Opening{Session: id, Seed: randomUint64(), Ports: pair, Timeout: e.cfg.Timeout}) {
		e.forget(id)
		return Session{}, netip.AddrPort{}, ErrBusy
	}
	return Session{sh: p.shard, id: id}, pair.Addr(), nil
}

// choose returns the plane for a new session, nil when near is a stranger.
func (e *Engine) choose(near Session) *plane {
	least := e.planes[0]
	for _, p := range e.planes {
		if near.sh == p.shard {
			return p
		}
		if p.sessions < least.sessions {
			least = p
		}
	}
	if near.sh != nil {
		return nil
	}
	return least
}

// forget frees what a session holds on the control plane. Under mu, and only
// when the shard no longer uses the ports.
func (e *Engine) forget(id msg.Session) {
	l := e.legs[id]
	l.ports.Close() // a close that fails has freed the descriptor all the same
	e.ports.give(l.ports, e.clock.Now())
	l.plane.sessions--
	delete(e.legs, id)
}

// deliver hands one event to its sink. Pump goroutine only.
func (e *Engine) deliver(ev msg.Event) {
	e.mu.Lock()
	l := e.legs[ev.Session]
	if l != nil && ev.Kind == msg.Closed {
		e.forget(ev.Session)
	}
	e.mu.Unlock()
	if l != nil && l.sink != nil {
		l.sink(ev)
	}
}

// count keeps a shard's latest counters. Pump goroutine only.
func (e *Engine) count(p *plane, c Counters) {
	e.mu.Lock()
	p.counters = c
	e.mu.Unlock()
}

// Usage reports what the engine holds right now. A session counts until its
// Closed is handed to its sink.
func (e *Engine) Usage() Usage {
	e.mu.Lock()
	defer e.mu.Unlock()
	return Usage{Sessions: len(e.legs), Ports: e.ports.used}
}

// Counters returns what the threads counted, about a second old. Totals are
// sums over the threads; LongestLap is the longest of all.
func (e *Engine) Counters() Counters {
	e.mu.Lock()
	defer e.mu.Unlock()
	var sum Counters
	for _, p := range e.planes {
		sum.Add(p.counters)
	}
	return sum
}

// Close ends every session, hands out their last events, stops the threads and
// gives back all descriptors. It must not be called from a sink.
func (e *Engine) Close() error {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return nil
	}
	e.closed = true
	e.mu.Unlock()
	for _, p := range e.planes {
		p.shard.Close()
	}
	var first error
	for _, p := range e.planes {
		if err := p.close(); err != nil && first == nil {
			first = fmt.Errorf("stop media: %w", err)
		}
	}
	return first
}

// close waits for a plane that was told to stop, and takes it apart.
func (p *plane) close() error {
	p.thread.Wait()
	err := p.bell.Close() // ends the pump, after its last round
	p.pump.Wait()
	for _, c := range []io.Closer{p.packets, p.pacer} {
		if cerr := c.Close(); err == nil {
			err = cerr
		}
	}
	return err
}

// randomUint64 returns an unpredictable number: SSRCs, sequence numbers and
// ports must not be guessed (RFC 3550 §5.1, §8.1).
func randomUint64() uint64 {
	var b [8]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return binary.NativeEndian.Uint64(b[:])
}
