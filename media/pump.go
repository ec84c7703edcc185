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
		e.deliver(n.Event.Session, told{hop: n.Hop, event: n.Event})
	case shard.Moved:
		e.deliver(n.Event.Session, told{hop: n.Hop - 1, moved: true})
	case shard.Failed:
		e.cfg.Broken(n.Failure.Session, n.Failure.Panic, n.Failure.Stack)
	case shard.Awaited:
		e.mu.Lock()
		t := e.things.byNumber[n.Number]
		e.mu.Unlock()
		if t != nil {
			t.Wake()
		}
	case shard.LetGo:
		e.mu.Lock()
		t := e.things.remove(n.Number)
		if l.sender != nil {
			l.sender.LetGo(t)
		}
		e.mu.Unlock()
		if t != nil {
			t.Wake()
		}
	case shard.Counted:
		e.mu.Lock()
		busy, turned := l.measure(n.Counters, time.Now())
		e.mu.Unlock()
		if e.process != nil {
			if turned {
				e.process.with.GivesWay(l.index, n.Counters.GivingWay > 0, busy)
			}
			e.process.retire(e)
		}
	case shard.ClipDone, shard.Present, shard.Rolled:
		if e.process != nil {
			e.process.take(e, l, n)
		}
	}
}

// told is something that a thread tells of one session: an event, or that the
// session has moved on and the thread will tell no more of it.
type told struct {
	hop   uint32 // how often the session had moved before
	moved bool
	event msg.Event
}

// deliver hands an event to its sink, or keeps it while things that happened
// earlier, on another thread, have not come yet. Under sinks.
func (e *Engine) deliver(id msg.Session, t told) {
	e.mu.Lock()
	l := e.legs[id]
	switch {
	case l == nil && e.process != nil && e.process.early != nil:
		e.process.early[id] = append(e.process.early[id], t)
	case l == nil:
	case t.hop != l.hop || l.sink == nil:
		l.held = append(l.held, t)
		if l.sink == nil && t.event.Kind == msg.MediaLost { // nobody on either side
			l.lane.door.Post(&shard.Close{Session: id})
		}
	case t.moved:
		l.hop++
		e.mu.Unlock()
		e.release(id, l)
		return
	default:
		if t.event.Kind == msg.Closed {
			e.forget(id, l)
		}
		e.mu.Unlock()
		l.sink(t.event)
		return
	}
	e.mu.Unlock()
}

// release delivers again what was kept. Under sinks.
func (e *Engine) release(id msg.Session, l *leg) {
	e.mu.Lock()
	kept := l.held
	l.held = nil
	e.mu.Unlock()
	for _, t := range kept {
		e.deliver(id, t)
	}
}
