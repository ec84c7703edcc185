package shard

import (
	"trunkline/internal/ring"
	"trunkline/media/msg"
	"trunkline/media/tap"
)

// Sizes of the rings towards the control plane.
const (
	eventCapacity = 4096
	wakeCapacity  = 4096
	heldEvents    = 1024 // kept behind a full ring before droppable events go
)

// outbox carries what a shard has to say.
//
// Events of a lap collect in lap and move to the ring when the lap reports.
// What does not fit stays and goes first next time, so order is kept. While
// anything stays, the shard obeys no commands. When heldEvents are staying,
// events that only inform (droppable) are dropped and counted. PlayDone,
// DigitsSent and Closed are always kept: there is at most one for each command
// obeyed, so pausing commands bounds them.
type outbox struct {
	lap    []msg.Event
	events *ring.SPSC[msg.Event]
	wait   []*tap.Tap // taps whose reader must be woken
	wakes  *ring.SPSC[*tap.Tap]
	stats  *ring.SPSC[Counters]
	failed *ring.SPSC[Failure]

	dropped uint64
}

func newOutbox() outbox {
	return outbox{
		lap:    make([]msg.Event, 0, 2*heldEvents),
		events: ring.NewSPSC[msg.Event](eventCapacity),
		wait:   make([]*tap.Tap, 0, heldEvents),
		wakes:  ring.NewSPSC[*tap.Tap](wakeCapacity),
		stats:  ring.NewSPSC[Counters](2),
		failed: ring.NewSPSC[Failure](16),
	}
}

// Event takes one event of this lap. It is the sessions' Out.
func (o *outbox) Event(e msg.Event) {
	if len(o.lap) >= heldEvents && droppable(e.Kind) {
		o.dropped++
		return
	}
	o.lap = append(o.lap, e)
}

// droppable says which events may be lost when the control plane is thousands
// of events behind: those nobody waits for.
func droppable(k msg.Kind) bool {
	switch k {
	case msg.Digit, msg.SpeechStarted, msg.SpeechEnded, msg.FirstPacket, msg.MediaLost:
		return true
	case msg.PlayDone, msg.Closed, msg.DigitsSent:
		return false
	}
	return false
}

// serve notes which of taps have a reader to wake.
func (o *outbox) serve(taps []*tap.Tap) {
	for _, t := range taps {
		if t != nil && t.Awaited() {
			o.wait = append(o.wait, t)
		}
	}
}

// end ends a tap that no session feeds and wakes its reader.
func (o *outbox) end(t *tap.Tap) {
	t.End()
	if t.Awaited() {
		o.wait = append(o.wait, t)
	}
}

// deliver moves as much as fits to the rings and reports whether anything did.
func (o *outbox) deliver() bool {
	n := moveTo(o.events, &o.lap)
	return moveTo(o.wakes, &o.wait)+n > 0
}

// publish offers new counters; when the last ones were not taken yet, the next
// second's will do.
func (o *outbox) publish(c Counters) bool { return o.stats.Push(c) }

// holds reports whether something did not fit.
func (o *outbox) holds() bool { return len(o.lap)+len(o.wait) > 0 }

// moveTo pushes from the front of s and keeps the rest in order, in place.
func moveTo[T any](r *ring.SPSC[T], s *[]T) int {
	n := r.PushAll(*s)
	rest := copy(*s, (*s)[n:])
	clear((*s)[rest:]) // do not keep alive what moved on
	*s = (*s)[:rest]
	return n
}
