package dialog

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"trunkline/internal/journal"
	"trunkline/sip/internal/access"
	"trunkline/sip/internal/cause"
	"trunkline/sip/internal/count"
	"trunkline/sip/internal/fork"
	"trunkline/sip/internal/journey"
	"trunkline/sip/internal/line"
	"trunkline/sip/internal/refer"
	"trunkline/sip/internal/roster"
	"trunkline/sip/internal/serial"
	"trunkline/sip/trunk"
)

// Dialog is one INVITE dialog.
//
// Its queue guards everything below it: what is to be sent or reported is done in
// order and without a lock, so a sink may call the dialog back.
type Dialog struct {
	layer    *Layer
	key      roster.Key
	trunk    *trunk.Trunk // nil when a URI was dialled directly
	outgoing bool
	ctx      context.Context // ends with the dialog
	stop     context.CancelFunc

	queue serial.Queue
	sink  func(Event)
	early []Event // reported before there was a sink

	state state
	ended bool // Ended was reported
	gone  bool // forgotten by the endpoint

	line        line.Line
	peerUpdates bool                     // the far side takes UPDATE
	guests      access.Guests            // the far side, when no trunk names it
	branches    roster.Branches[*Dialog] // INVITEs of ours whose responses may still come

	in        *inbound         // the INVITE that made the dialog, when it came to us
	way       *journey.Journey // of a dialog that we begin, until it is answered
	out       *outbound        // the INVITE that made the dialog, when we sent it
	rung      fork.Set         // what has rung of it
	past      []*outbound      // those before it, to other hops or without a password
	reoffer   *inbound         // the peer's re-INVITE or UPDATE that waits for an answer
	renew     *outbound        // our re-INVITE
	waiting   *outbound        // a re-INVITE that is sent again after a glare
	held      []byte           // the offer of a Reoffer that waits for an ACK
	updated   bool             // the session was changed before the call was answered
	told      *refer.Telling   // a transfer that the far side wants
	asked     *refer.Asking    // a transfer that we want
	referrals int              // REFERs that were accepted
	session   session          // the session timer
	sdp       []byte           // what we last offered or answered
	slot      journal.Slot     // in the journal
	bye       *Cause           // a BYE is owed as soon as the rules allow one
	parting   *time.Timer      // until it waits no longer
	tidy      *time.Timer      // until nothing of the INVITE can come any more
	meter     count.Call       // for the metrics of the trunk
}

// state is how far a dialog has come.
//
//	coming ──2xx──▶ answered ──ACK──▶ up ──▶ over
//	calling ──1xx──▶ ringing ──2xx──▶ up ──▶ over
//
// From every state a refusal, a CANCEL, a BYE or silence leads to over.
type state uint8

const (
	coming   state = iota // we have an INVITE and have not answered it
	answered              // we sent 2xx and have no ACK
	calling               // we sent an INVITE and heard nothing
	ringing               // we heard a provisional response
	up                    // established on both sides
	over                  // ended; only the last message may be under way
)

// ErrPast says that a dialog cannot do any more what was asked of it.
var ErrPast = errors.New("the dialog is past that")

// begin returns a dialog of a line.
func (l *Layer) begin(s state, by line.Line) *Dialog {
	d := &Dialog{
		layer: l, key: roster.Key{CallID: by.CallID, LocalTag: by.LocalTag}, trunk: by.Trunk, outgoing: by.Outgoing,
		state: s, line: by,
	}
	d.ctx, d.stop = context.WithCancel(l.ctx)
	d.queue.Broken = d.broken
	return d
}

// broken ends a dialog in which something has panicked.
func (d *Dialog) broken(panicked any, stack []byte) {
	d.layer.Log.Error("sip dialog panicked", "call_id", d.key.CallID, "panic", fmt.Sprint(panicked), "stack", string(stack))
	d.do(func() { d.end(cause.New(cause.Failed, "internal error")) })
}

// CallID returns the dialog's Call-ID.
func (d *Dialog) CallID() string { return d.key.CallID }

// Context ends with the dialog, when nothing of it can come any more.
func (d *Dialog) Context() context.Context { return d.ctx }

// Handle sets the sink of an incoming dialog's events.
func (d *Dialog) Handle(sink func(Event)) {
	d.do(func() {
		d.sink = sink
		for _, ev := range d.early {
			d.then(func() { sink(ev) })
		}
		d.early = nil
	})
}

func (d *Dialog) do(f func())   { d.queue.Do(f) }
func (d *Dialog) then(f func()) { d.queue.Then(f) }

// report queues an event for the sink. Nothing follows Ended.
func (d *Dialog) report(ev Event) {
	if d.ended {
		return
	}
	d.count(ev)
	d.ended = ev.Kind == Ended
	if d.sink == nil {
		d.early = append(d.early, ev)
		return
	}
	sink := d.sink
	d.then(func() { sink(ev) })
}

// count counts for the metrics what is reported. Only within do.
func (d *Dialog) count(ev Event) {
	switch ev.Kind {
	case Ringing:
		d.meter.Rang(time.Now())
	case Answered:
		d.meter.Answered(time.Now())
	case Ended:
		d.meter.Ended(string(ev.Cause.Code))
	}
}

// counted begins to count a call of a trunk; a URI that was dialled counts for none.
func (l *Layer) counted(t *trunk.Trunk, d count.Direction) (c count.Call) {
	if t != nil {
		c = l.Counts.Trunk(t.Name).Call(d, time.Now())
	}
	return c
}

// Hangup ends the dialog by whatever its state demands: a refusal, CANCEL or
// BYE. Ended follows. Hanging up twice is harmless.
func (d *Dialog) Hangup(c Cause) {
	c = c.Complete()
	c.Remote = false
	d.do(func() {
		if !d.ended {
			d.end(c)
		}
	})
}

// end reports the end and takes leave of the far side. Only within do.
func (d *Dialog) end(c Cause) {
	d.report(Event{Kind: Ended, Cause: c})
	switch d.state {
	case coming:
		d.state = over
		d.reject(c)
	case answered:
		d.bye = &c // not before the ACK: RFC 3261 §15
	case calling:
		if d.out.sent == nil || d.out.final { // it has not even left for this hop
			d.state = over
			d.remove()
			return
		}
		d.out.cancel = &c // not before a provisional response: RFC 3261 §9.1
	case ringing:
		d.out.cancel = &c
		d.sendCancel(d.out, c)
	case up:
		d.leave(c)
	case over:
	}
}

// lost ends a dialog whose far side does not answer any more.
func (d *Dialog) lost(why string) {
	c := cause.New(cause.Unreachable, why)
	c.Status, c.Q850, c.Remote = 0, 102, true
	d.report(Event{Kind: Ended, Cause: c})
}

// remove forgets the dialog; nothing is to be sent any more. Only within do.
func (d *Dialog) remove() {
	if d.gone {
		return
	}
	d.report(Event{Kind: Ended, Cause: cause.New(cause.Failed, "endpoint closed")})
	d.gone, d.state = true, over
	d.layer.Journal.Drop(d.slot)
	d.guests.Dismiss(d.layer.Table)
	if r := d.reoffer; r != nil && r.final == nil && !r.closed {
		d.refuseReoffer(487)
	}
	for _, in := range []*inbound{d.in, d.reoffer} {
		if in != nil {
			in.finish()
		}
		if in != nil && in.req != nil {
			d.layer.Invites.Release(in.req)
		}
	}
	for _, out := range append(d.past, d.out, d.renew, d.waiting) {
		if out != nil {
			halt(out.clock)
		}
	}
	halt(d.session.clock)
	halt(d.tidy)
	halt(d.parting)
	d.branches.Forget(d.layer.roster, "")
	d.layer.roster.Drop(d.key, d)
	d.past, d.rung, d.way = nil, fork.Set{}, nil
	d.then(d.stop) // of what is still to be answered, nobody waits for the answer
}

// halt stops a clock, if it was ever set.
func halt(clock *time.Timer) {
	if clock != nil {
		clock.Stop()
	}
}

// remember puts a dialog that is up into the journal, so that its far side hears of
// it should we crash. Only within do.
func (d *Dialog) remember() {
	if d.layer.Journal != nil && d.slot == 0 && !d.gone {
		d.slot = d.layer.Journal.Add(d.line.Standing(time.Now()))
	}
}

// after runs f, within do, after wait unless the dialog is gone by then. The
// dialog keeps no list of its timers: a long call has any number of them.
func (d *Dialog) after(wait time.Duration, f func()) *time.Timer {
	return time.AfterFunc(wait, func() {
		d.do(func() {
			if !d.gone {
				f()
			}
		})
	})
}

// mayCome reports whether requests of this dialog may come from source: from its
// trunk, or from whom it was placed with.
func (d *Dialog) mayCome(source netip.Addr) (may bool) {
	if d.trunk != nil {
		if t := d.layer.Trunk(source); t != nil && t.Name == d.trunk.Name {
			return true
		}
	}
	d.queue.View(func() { may = d.line.Peer.Addr() == source.Unmap() || d.guests.Has(source) })
	return may
}

// lineTo returns the line to the end with this tag, or nil. Only within do.
func (d *Dialog) lineTo(tag string) *line.Line {
	switch {
	case tag == "":
		return nil
	case d.line.RemoteTag == tag:
		return &d.line
	case d.rung.Of(tag) != nil && (d.state == calling || d.state == ringing):
		return &d.rung.Of(tag).Line
	}
	return nil
}

// isWith reports whether tag is the far side's.
func (d *Dialog) isWith(tag string) (is bool) {
	d.queue.View(func() { is = d.lineTo(tag) != nil })
	return is
}
