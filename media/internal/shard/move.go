package shard

import (
	"trunkline/internal/ring"
	"trunkline/media/internal/wire"
	"trunkline/media/msg"
)

// A session moves in three steps. The control plane tells the new shard to
// Expect it and the old one to Move it, and from then on sends wishes to the
// new one, which keeps them until the session is there. The old shard, when it
// has obeyed what was sent before, takes the session off its sockets and its
// wheel and passes it through the Yard. The new one goes on with the very frame
// that is due next. Packets wait in the sockets meanwhile, which is a lap or two.

// Yard is where the shards of one process pass sessions to one another.
type Yard struct{ gates []gate }

// gate is where sessions arrive for one shard.
type gate struct {
	arrivals *ring.MPSC[arrival]
	wake     func()
}

// arrival is a session that has come; leg is nil when it will not.
type arrival struct {
	id  msg.Session
	leg *leg
}

// yardCapacity is how many sessions may be under way to a shard.
const yardCapacity = 1024

// NewYard makes a yard for shards of them. Every shard must have been made
// (New) before any runs.
func NewYard(shards int) *Yard {
	y := &Yard{gates: make([]gate, shards)}
	for i := range y.gates {
		y.gates[i].arrivals = ring.NewMPSC[arrival](yardCapacity)
	}
	return y
}

// Move passes a session to another shard of the yard. It leaves whom it is
// joined with first.
type Move struct {
	Session msg.Session
	Shard   int
}

func (c *Move) kind() kind           { return kindMove }
func (c *Move) to() msg.Session      { return c.Session }
func (c *Move) fields(x *wire.Coder) { wire.Num(x, &c.Session); wire.Num(x, &c.Shard) }
func (c *Move) apply(sh *Shard) {
	if c.Shard < 0 || c.Shard >= len(sh.yard.gates) || c.Shard == sh.index {
		return
	}
	to := &sh.yard.gates[c.Shard]
	l := sh.find(c.Session)
	if l == nil {
		to.pass(arrival{id: c.Session})
		return
	}
	l.leave()
	sh.outbox.serve(l.taps[:])
	sh.unsettle(l)
	sh.current = nil
	l.hop++
	sh.outbox.lap = append(sh.outbox.lap, report{kind: Moved, hop: l.hop, event: msg.Event{Session: l.id}})
	sh.count.Moved++
	l.sh = nil
	to.pass(arrival{c.Session, l})
}

// pass puts a session before another shard. The control plane sees to it that
// there is room: it has one move to a shard under way for each Expect.
func (g *gate) pass(a arrival) {
	for !g.arrivals.Push(a) {
		g.wake() // a thousand have come within a millisecond
	}
	g.wake()
}

// Expect says that a session is on its way here: wishes to it are kept. So is
// another Expect, for when it has gone and comes again.
type Expect struct{ Session msg.Session }

func (c *Expect) kind() kind           { return kindExpect }
func (c *Expect) to() msg.Session      { return c.Session }
func (c *Expect) fields(x *wire.Coder) { wire.Num(x, &c.Session) }
func (c *Expect) apply(sh *Shard) {
	if e := sh.expected[c.Session]; e != nil && e.came {
		delete(sh.expected, c.Session)
		return
	}
	sh.expected[c.Session] = &expectation{}
}

// expectation is a session that is under way.
type expectation struct {
	came   bool // it was faster than the word of it
	wishes []addressed
}

// keep puts a wish aside when the session it is for is still on its way.
func (sh *Shard) keep(cmd Command) bool {
	if len(sh.expected) == 0 {
		return false
	}
	a, ok := cmd.(addressed)
	if !ok {
		return false
	}
	e := sh.expected[a.to()]
	if j, ok := a.(*Join); ok && (e == nil || e.came) {
		e = sh.expected[j.Other]
	}
	if e == nil || e.came {
		return false
	}
	e.wishes = append(e.wishes, a)
	return true
}

// greet takes in the sessions that have come.
func (sh *Shard) greet() {
	for a, ok := sh.gate.arrivals.Pop(); ok; a, ok = sh.gate.arrivals.Pop() {
		e := sh.expected[a.id]
		sh.welcome(a)
		if e == nil {
			sh.expected[a.id] = &expectation{came: true}
			continue
		}
		delete(sh.expected, a.id)
		for _, cmd := range e.wishes {
			if !sh.keep(cmd) {
				sh.do(cmd)
			}
		}
	}
}

// welcome goes on with a session where another shard left it.
func (sh *Shard) welcome(a arrival) {
	l := a.leg
	if l == nil {
		return
	}
	sh.current = l
	if !sh.settle(l) {
		l.sh, l.reason = sh, msg.Refused
		l.media.Close(sh.now)
		sh.release(l)
		sh.current = nil
		return
	}
	l.media.Use(&sh.scratch)
	sh.wheel.add(l.at, l.due)
	sh.current = nil
	// A control plane that came while it was under way has not heard of it.
	sh.outbox.put(&Notice{Kind: Present, Survivor: sh.survivor(l)})
}
