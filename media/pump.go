package media

import (
	"time"

	"trunkline/media/internal/shard"
	"trunkline/media/msg"
)

// pump hands out what one thread reports until its bell is closed.
func (e *Engine) pump(l *lane) {
	for l.door.Await() {
		e.collect(l)
	}
	e.collect(l) // what came with the last ring
}

func (e *Engine) collect(l *lane) {
	e.sinks.Lock()
	defer e.sinks.Unlock()
	l.door.Collect(func(n *shard.Notice) { e.take(l, n) })
}

// take takes one notice. Under sinks.
func (e *Engine) take(l *lane, n *shard.Notice) {
	switch n.Kind {
	case shard.Happened:
		e.deliver(n.Event, n.Hop)
	case shard.Moved:
		e.moved(n.Event.Session, n.Hop)
	case shard.Failed:
		e.cfg.Broken(n.Failure.Session, n.Failure.Panic, n.Failure.Stack)
	case shard.Awaited:
		e.mu.Lock()
		t := e.taps.byNumber[n.Number]
		e.mu.Unlock()
		if t != nil {
			t.Wake()
		}
	case shard.TapDone:
		e.mu.Lock()
		t := e.taps.remove(n.Number)
		if t != nil && l.sender != nil {
			l.sender.Untapped(t)
		}
		e.mu.Unlock()
		if t != nil {
			t.Wake()
		}
	case shard.Counted:
		e.mu.Lock()
		l.measure(n.Counters, time.Now())
		e.mu.Unlock()
		if e.process != nil {
			e.process.retire(e)
		}
	case shard.ClipDone, shard.Present, shard.Rolled:
		if e.process != nil {
			e.process.take(e, l, n)
		}
	}
}

// deliver hands one event to its sink, or keeps it while events that happened
// earlier, on another thread, have not come yet. Under sinks.
func (e *Engine) deliver(ev msg.Event, hop uint32) {
	e.mu.Lock()
	l := e.legs[ev.Session]
	if l == nil {
		if e.process != nil && e.process.early != nil {
			e.process.early[ev.Session] = append(e.process.early[ev.Session], held{hop, ev})
		}
		e.mu.Unlock()
		return
	}
	if hop != l.hop || l.sink == nil {
		l.held = append(l.held, held{hop, ev})
		e.mu.Unlock()
		return
	}
	if ev.Kind == msg.Closed {
		e.forget(ev.Session, l)
	}
	e.mu.Unlock()
	l.sink(ev)
}

// moved says that all events from before a session's hop-th move have been
// delivered. Under sinks.
func (e *Engine) moved(id msg.Session, hop uint32) {
	e.mu.Lock()
	l := e.legs[id]
	if l == nil {
		e.mu.Unlock()
		return
	}
	l.hop = hop
	waiting := l.held
	l.held = nil
	e.mu.Unlock()
	for _, h := range waiting {
		e.deliver(h.event, h.hop)
	}
}
