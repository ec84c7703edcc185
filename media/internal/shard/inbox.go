package shard

// This file is the shard's front door: the only code in the package that other
// goroutines call.

import (
	"runtime"
	"sync/atomic"
	"time"

	"trunkline/internal/netio"
	"trunkline/internal/ring"
	"trunkline/media/internal/session"
	"trunkline/media/msg"
	"trunkline/media/tap"
)

// Counters is what a shard counted since it began.
type Counters struct {
	netio.Counters
	RTCP       uint64 // RTCP packets taken off their sockets
	Commands   uint64
	Refused    uint64 // sessions that could not be taken in
	Broken     uint64 // sessions ended because their code panicked
	EventsLost uint64 // dropped because the control plane was far behind
	Laps       uint64 // with something to do
	LateLaps   uint64 // begun 5 ms or more after the one before
	LongestLap time.Duration
}

// inbox is the shard's side of the door.
type inbox struct {
	ring    *ring.MPSC[Command]
	posting atomic.Int64 // Posts under way
	shut    atomic.Bool  // Post refuses from now on
	stop    atomic.Bool  // and no Post is under way any more
	asleep  atomic.Bool  // the thread sleeps, or is about to, until Wake
}

// quiet reports whether there is nothing to do for the thread.
func (in *inbox) quiet() bool { return in.ring.Empty() && !in.stop.Load() }

// World is what a shard is connected to.
type World struct {
	Packets netio.Packets
	Pacer   netio.Pacer
	Bell    netio.Bell
}

// New makes a shard; Run is to be called on its thread.
func New(w World) *Shard {
	sh := &Shard{
		packets: w.Packets, pacer: w.Pacer, bell: w.Bell,
		inbox:    inbox{ring: ring.NewMPSC[Command](inboxCapacity)},
		outbox:   newOutbox(),
		sessions: map[msg.Session]*leg{},
		now:      w.Pacer.Now(),
	}
	sh.wheel.at = int64(sh.now) / slotLen
	return sh
}

// Run is the thread: it laps until Close, and returns when every session is
// closed and every event is in the outbox. The caller locked the OS thread.
func (sh *Shard) Run() {
	sh.own.Take()
	for !sh.stopped() {
		sh.lap()
	}
}

// Opening is what a new session needs.
type Opening struct {
	Session msg.Session
	Seed    uint64 // random: decides SSRC, first sequence number and timestamp
	Ports   netio.Ports
	Timeout time.Duration // silence before MediaLost; 0 means never
}

// Open posts the wish for a new session. When it returns true, Closed will be
// reported for it one day, and until then the shard uses its ports.
func (sh *Shard) Open(o Opening) bool {
	l := &leg{id: o.Session, sh: sh, ports: o.Ports, slot: unscheduled}
	l.media = session.New(o.Session, o.Seed, l, &sh.outbox)
	l.media.SetTimeout(o.Timeout)
	return sh.Post(open{l})
}

// Post hands cmd over and returns at once; false means that the shard is too
// busy, or closing, and will not see it.
//
// The last half of the inbox is kept for Close: a shard that is too busy for
// wishes must still be able to shed load, and calls that end must end.
func (sh *Shard) Post(cmd Command) bool {
	sh.inbox.posting.Add(1)
	defer sh.inbox.posting.Add(-1)
	if _, ends := cmd.(Close); !ends && sh.inbox.ring.Len() >= inboxCapacity/2 {
		return false
	}
	if sh.inbox.shut.Load() || !sh.inbox.ring.Push(cmd) {
		return false
	}
	if sh.inbox.asleep.Swap(false) {
		sh.pacer.Wake()
	}
	return true
}

// Close asks the shard to finish its sessions and stop, and returns at once;
// Run returning says that it did. Commands posted before it are still obeyed.
func (sh *Shard) Close() {
	if sh.inbox.shut.Swap(true) {
		return
	}
	for sh.inbox.posting.Load() > 0 {
		runtime.Gosched() // a few instructions of another goroutine
	}
	sh.inbox.stop.Store(true)
	sh.pacer.Wake()
}

// Await waits until the shard has reported something; false after the bell was
// closed. The pump goroutine only.
func (sh *Shard) Await() bool { return sh.bell.Wait() }

// Listener takes what a shard reports. Its functions run on the pump goroutine
// and must not block.
type Listener struct {
	Event    func(msg.Event)
	Counters func(Counters)
	Failure  func(Failure)
}

// Collect hands over all that was reported, events in order, and wakes the
// readers of taps. The pump goroutine only.
func (sh *Shard) Collect(to Listener) {
	drain(sh.outbox.wakes, (*tap.Tap).Wake)
	drain(sh.outbox.failed, to.Failure)
	drain(sh.outbox.events, to.Event)
	drain(sh.outbox.stats, to.Counters)
}

func drain[T any](r *ring.SPSC[T], take func(T)) {
	for v, ok := r.Pop(); ok; v, ok = r.Pop() {
		take(v)
	}
}

// Add adds what another shard counted.
func (c *Counters) Add(o Counters) {
	c.In += o.In
	c.Out += o.Out
	c.Truncated += o.Truncated
	c.Unreadable += o.Unreadable
	c.Again += o.Again
	c.SendFull += o.SendFull
	c.SendFailed += o.SendFailed
	c.RTCP += o.RTCP
	c.Commands += o.Commands
	c.Refused += o.Refused
	c.Broken += o.Broken
	c.EventsLost += o.EventsLost
	c.Laps += o.Laps
	c.LateLaps += o.LateLaps
	c.LongestLap = max(c.LongestLap, o.LongestLap)
}
