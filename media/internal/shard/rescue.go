package shard

import (
	"fmt"
	"runtime/debug"

	"trunkline/media/msg"
)

// Failure tells of a session that had to be ended because its code panicked: a
// mistake of ours, perhaps provoked by a packet.
type Failure struct {
	Session msg.Session
	Panic   string
	Stack   string
}

// longestStack bounds what is told of one.
const longestStack = 16 << 10

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
	stack := debug.Stack()
	why := fmt.Sprint(v)
	sh.outbox.put(&Notice{Kind: Failed, Failure: Failure{
		Session: l.id, Panic: why[:min(len(why), longestStack)], Stack: string(stack[:min(len(stack), longestStack)]),
	}}) // when there is no room, Closed says enough
	sh.abandon(l)
	// A tick that was cut short had taken these off the wheel.
	for _, other := range sh.sessions {
		if !sh.wheel.holds(other.at) {
			sh.wheel.spread(other.at, sh.now)
		}
	}
}

// abandon is remove for a session that cannot be trusted to close itself.
func (sh *Shard) abandon(l *leg) {
	sh.current = nil
	l.reason = msg.Broken
	part(l)
	if sh.byPort[l.at] == l {
		sh.unsettle(l)
	}
	sh.release(l)
	if !sh.outbox.closed(l.id) {
		sh.outbox.event(msg.Event{Kind: msg.Closed, Session: l.id, Reason: l.reason}, l.hop)
	}
}

// part takes a broken session away from its peer, as far as it still can.
func part(l *leg) {
	defer func() { recover() }() // known to be broken
	l.leave()
}
