package media

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"sync"

	"trunkline/codecs"
	"trunkline/internal/clock"
	"trunkline/internal/netio"
	"trunkline/media/internal/shard"
	"trunkline/media/msg"
	"trunkline/media/prompt"
)

// Engine is the control plane's hold on the media threads, wherever they run.
type Engine struct {
	cfg   Config
	clock clock.Source

	sinks sync.Mutex // held while notices are handed out: one sink runs at a time

	mu     sync.Mutex
	plane  *plane // nil while a new media process starts
	ports  *ports
	legs   map[msg.Session]*leg
	things things // that threads use
	nextID msg.Session
	past   Counters // of media processes that are no more
	closed bool

	process *process // nil when the threads are ours
	here    Status   // of threads that are ours

	preparer prompt.Preparer
}

// leg is what the control plane knows of a session until Closed.
type leg struct {
	lane  *lane // wishes go there
	local netip.AddrPort
	sink  Sink // nil: adopted by nobody yet
	hop   uint32
	ahead codecs.ID // of whose frames it can be sent such as were made ahead
	held  []told    // what came before other things that happened earlier
}

// Counters is what the media threads counted, added up.
type Counters = shard.Counters

// Lateness is a distribution of how late laps of the media threads began.
type Lateness = shard.Lateness

// Network is what an Engine's threads and ports are connected to: the kernel's
// for New, a simulated one for tests.
type Network interface {
	// Bind binds an RTP port and the RTCP port above it.
	Bind(addr netip.Addr, port uint16) (netio.Ports, error)
	// Connect makes what one media thread works with, reading c.
	Connect(c clock.Source) (netio.Packets, netio.Pacer, netio.Bell, error)
}

// New starts the media threads in this process.
func New(cfg Config) (*Engine, error) {
	k := &kernel{wanted: cfg.Tier}
	e, err := NewOn(cfg, k)
	if err == nil {
		e.here.Tier = k.opened.String()
	}
	return e, err
}

// NewOn is New on another network.
func NewOn(cfg Config, n Network) (*Engine, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	e := newEngine(cfg, n)
	p, err := within(cfg.Shards, e.clock, n)
	if err != nil {
		return nil, fmt.Errorf("start media: %w", err)
	}
	e.here = Status{PID: os.Getpid(), Shards: cfg.Shards}
	e.begin(p)
	return e, nil
}

// newEngine makes an Engine without threads.
func newEngine(cfg Config, n Network) *Engine {
	return &Engine{
		cfg: cfg, clock: clock.NewSource(),
		ports:  newPorts(cfg, randomUint64(), n),
		legs:   map[msg.Session]*leg{},
		things: newThings(),
	}
}

// begin works with p from now on; false when the Engine was closed meanwhile.
func (e *Engine) begin(p *plane) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return false
	}
	e.plane = p
	for _, l := range p.lanes {
		p.pumps.Go(func() { e.pump(l) })
	}
	return true
}

// Open binds an RTP/RTCP port pair and creates a session on it, on the shard of
// near when near is a session of this engine and on the least busy one when
// near is the zero Session. Events are handed to sink in order, one at a time:
// sink must not block. The last one is Closed; its ports are free, and Usage no
// longer counts it, when sink is called with it.
//
// Refusals are ErrNoPorts, ErrBusy, ErrClosed and ErrGone, or the system's
// error when it has no descriptors left.
func (e *Engine) Open(near Session, sink Sink) (Session, netip.AddrPort, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.closed:
		return Session{}, netip.AddrPort{}, ErrClosed
	case near.e != nil && near.e != e:
		return Session{}, netip.AddrPort{}, ErrGone
	case e.plane == nil:
		return Session{}, netip.AddrPort{}, ErrBusy
	}
	to := e.plane.choose()
	if l := e.legs[near.id]; l != nil {
		to = l.lane
	}
	pair, err := e.ports.take(e.clock.Now())
	if err != nil {
		return Session{}, netip.AddrPort{}, err
	}
	e.nextID++
	id := e.nextID
	l := &leg{lane: to, local: pair.Addr(), sink: sink}
	if !to.door.Post(&shard.Open{Session: id, Seed: randomUint64(), Ports: pair, Timeout: e.cfg.Timeout}) {
		pair.Close()
		e.ports.give(l.local, e.clock.Now())
		return Session{}, netip.AddrPort{}, ErrBusy
	}
	e.plane.lend(pair)
	if e.process != nil {
		e.process.link.LastSession().Store(uint64(id))
	}
	e.legs[id] = l
	to.opened()
	return Session{e: e, id: id}, l.local, nil
}

// post sends a wish on its way to session id; false when the thread is too busy
// for it or there is none.
func (e *Engine) post(id msg.Session, c shard.Command) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed || e.plane == nil {
		return false
	}
	l := e.legs[id]
	return l == nil || l.lane.door.Post(c)
}

// forget frees what a session holds on the control plane. Under mu, and only
// when its ports are closed.
func (e *Engine) forget(id msg.Session, l *leg) {
	e.ports.give(l.local, e.clock.Now())
	l.lane.sessions--
	delete(e.legs, id)
}

// Usage reports what the engine holds right now. A session counts until its
// Closed is handed to its sink.
func (e *Engine) Usage() Usage {
	e.mu.Lock()
	defer e.mu.Unlock()
	return Usage{Sessions: len(e.legs), Ports: e.ports.used}
}

// Counters returns what the threads counted, about a second old. Totals are
// sums over the threads and over all media processes there were; LongestLap is
// the longest of all.
func (e *Engine) Counters() Counters {
	e.mu.Lock()
	defer e.mu.Unlock()
	sum := e.past
	if e.plane != nil {
		for _, l := range e.plane.lanes {
			sum.Add(l.counters)
		}
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
	p := e.plane
	if p != nil {
		p.quit()
	}
	e.mu.Unlock()
	e.preparer.Close()
	var err error
	if p != nil {
		err = p.close()
	}
	if e.process != nil {
		e.process.close(e)
	}
	if err != nil {
		return fmt.Errorf("stop media: %w", err)
	}
	return nil
}

// randomUint64 returns an unpredictable number: SSRCs, sequence numbers and
// ports must not be guessed (RFC 3550 §5.1, §8.1).
func randomUint64() uint64 {
	var b [8]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return binary.NativeEndian.Uint64(b[:])
}

// waker is a tap or a feed: somebody on our side may sleep beside it.
type waker interface{ Wake() }

// things are the taps and feeds that threads use, by number.
type things struct {
	last     uint64
	byNumber map[uint64]waker
	numbers  map[waker]uint64
}

func newThings() things {
	return things{byNumber: map[uint64]waker{}, numbers: map[waker]uint64{}}
}

// add gives t a number.
func (ts *things) add(t waker) uint64 {
	ts.last++
	ts.byNumber[ts.last], ts.numbers[t] = t, ts.last
	return ts.last
}

// remove takes away what is used no more; nil when there is none.
func (ts *things) remove(number uint64) waker {
	t := ts.byNumber[number]
	delete(ts.byNumber, number)
	delete(ts.numbers, t)
	return t
}
