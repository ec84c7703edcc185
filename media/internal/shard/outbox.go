package shard

import (
	"trunkline/internal/ring"
	"trunkline/media/internal/wire"
	"trunkline/media/msg"
)

// heldEvents are kept behind a full ring before droppable events go.
const heldEvents = 1024

// outbox carries what a shard has to say.
//
// What happens in a lap collects in lap and moves to the ring before the next
// command is obeyed and when the lap reports. What does not fit stays and goes first next time, so order is kept.
// While anything stays, the shard obeys no commands. When heldEvents are
// staying, events that only inform (droppable) are dropped and counted.
// PlayDone, DigitsSent and Closed are always kept: there is at most one for each
// command obeyed, so pausing commands bounds them.
type outbox struct {
	lap     []report
	ring    *ring.Records
	scratch []byte
	notice  Notice
	news    bool // something was put into the ring since the last report

	dropped uint64
}

// report is what waits to become a Notice: one of the small kinds.
type report struct {
	kind   NoticeKind
	hop    uint32
	number uint64
	event  msg.Event
}

func newOutbox(r *ring.Records) outbox {
	return outbox{lap: make([]report, 0, 2*heldEvents), ring: r, scratch: make([]byte, 0, 4096)}
}

// event takes one event of this lap.
func (o *outbox) event(e msg.Event, hop uint32) {
	if len(o.lap) >= heldEvents && droppable(e.Kind) {
		o.dropped++
		return
	}
	o.lap = append(o.lap, report{kind: Happened, hop: hop, event: e})
}

// droppable says which events may be lost when the control plane is thousands
// of events behind: those nobody waits for.
func droppable(k msg.Kind) bool {
	switch k {
	case msg.Digit, msg.SpeechStarted, msg.SpeechEnded, msg.FirstPacket, msg.MediaLost, msg.Marked:
		return true
	case msg.PlayDone, msg.Closed, msg.DigitsSent:
		return false
	}
	return false
}

// closed reports whether Closed of a session waits to be delivered.
func (o *outbox) closed(id msg.Session) bool {
	for i := range o.lap {
		if e := &o.lap[i].event; e.Kind == msg.Closed && e.Session == id {
			return true
		}
	}
	return false
}

// serve notes which of taps have a reader to wake.
func (o *outbox) serve(taps []tapped) {
	for _, t := range taps {
		if t.tap != nil && t.tap.Awaited() {
			o.lap = append(o.lap, report{kind: Awaited, number: t.number})
		}
	}
}

// serveFeed notes whether the writer of what a leg plays is to be woken.
func (o *outbox) serveFeed(p play) {
	if p.feed.Feed != nil && p.feed.Awaited() {
		o.tell(Awaited, p.number)
	}
}

// end ends a tap that no session feeds, and tells its reader.
func (o *outbox) end(t tapped) {
	t.tap.End()
	o.tell(LetGo, t.number)
}

// tell reports something about what has a number.
func (o *outbox) tell(k NoticeKind, number uint64) {
	o.lap = append(o.lap, report{kind: k, number: number})
}

// deliver moves as much as fits to the ring and reports whether there is news
// since it was asked last.
func (o *outbox) deliver() bool {
	o.move()
	news := o.news
	o.news = false
	return news
}

// move moves as much as fits to the ring and reports whether that was all.
func (o *outbox) move() bool {
	n := 0
	for n < len(o.lap) {
		r := &o.lap[n]
		o.notice.Kind, o.notice.Hop, o.notice.Number, o.notice.Event = r.kind, r.hop, r.number, r.event
		if !o.put(&o.notice) {
			break
		}
		n++
	}
	rest := copy(o.lap, o.lap[n:])
	o.lap = o.lap[:rest]
	return rest == 0
}

// put puts a notice into the ring past what waits in lap; false when it does
// not fit.
func (o *outbox) put(n *Notice) bool {
	x := wire.Writer(o.scratch[:0], nil)
	n.fields(&x)
	o.scratch = x.Written()[:0]
	if !o.ring.Push(x.Written()) {
		return false
	}
	o.news = true
	return true
}

// holds reports whether something did not fit.
func (o *outbox) holds() bool { return len(o.lap) > 0 }
