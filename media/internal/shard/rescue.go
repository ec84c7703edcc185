package shard

import (
	"fmt"
	"runtime/debug"
	"slices"

	"trunkline/media/msg"
)

// Failure tells of a session that had to be ended because its code panicked: a
// mistake of ours, perhaps provoked by a packet.
type Failure struct {
	Session msg.Session
	Panic   string
	Stack   string
}

// rescue ends the one session whose code panicked, so that a mistake costs a
// call and not the process. Deferred by lap. What was received in this lap and
// not looked at yet is lost.
func (sh *Shard) rescue() {
	v := recover()
	if v == nil {
		return
	}
	l := sh.current
	if l == nil {
		panic(v) // the shard's own mistake: nothing can be trusted any more
	}
	sh.count.Broken++
	sh.outbox.failed.Push(Failure{Session: l.id, Panic: fmt.Sprint(v), Stack: string(debug.Stack())})
	sh.abandon(l)
	// A tick that was cut short had taken these off the wheel.
	for _, other := range sh.sessions {
		if other.slot == unscheduled {
			sh.wheel.spread(other, sh.now)
		}
	}
}

// abandon is remove for a session that cannot be trusted to close itself.
func (sh *Shard) abandon(l *leg) {
	sh.current = nil
	part(l)
	for _, t := range l.taps {
		if t != nil {
			sh.outbox.end(t)
		}
	}
	if sh.byPort[l.at] == l {
		sh.flush()
		sh.packets.Remove(l.at)
		sh.byPort[l.at] = nil
	}
	sh.wheel.remove(l)
	delete(sh.sessions, l.id)
	closed := func(e msg.Event) bool { return e.Kind == msg.Closed && e.Session == l.id }
	if !slices.ContainsFunc(sh.outbox.lap, closed) {
		sh.outbox.Event(msg.Event{Kind: msg.Closed, Session: l.id})
	}
}

// part takes a broken session away from its peer, as far as it still can.
func part(l *leg) {
	defer func() { recover() }() // known to be broken
	l.media.Leave()
}
