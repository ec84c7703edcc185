package line

import (
	"trunkline/call/event"
	"trunkline/call/internal/fault"
	"trunkline/call/negotiate"
	"trunkline/media/msg"
	"trunkline/sip"
)

// tender is an offer of ours within the dialog.
type tender struct {
	verb      string
	direction msg.Direction
	sent      bool // else it waits until our 2xx is acknowledged, or their offer is dealt with
	tries     int
	done      func(error)
	then      negotiate.Local // ours, once it is accepted
}

// maxTries is how often an offer is sent anew, when theirs is being dealt with.
const maxTries = 10

// Tender offers within the dialog that sound may flow as d says at most, for the sake
// of a verb. Settle sends it, Reanswered takes the answer, and Tendered tells done, once,
// what became of it. There is one at a time.
func (l *Line) Tender(verb string, d msg.Direction, done func(error)) {
	l.tender = &tender{verb: verb, direction: d, done: done}
}

// Tendering reports whether an offer of ours is under way.
func (l *Line) Tendering() bool { return l.tender != nil }

// Settle sends the offer, and the wish for a transfer, that is not sent yet, if the dialog is up on both sides. It
// reports whether it should be called again in a moment.
func (l *Line) Settle() (again bool) {
	l.ask()
	t := l.tender
	if t == nil || t.sent || l.Direction == event.Inbound && !l.Confirmed {
		return false
	}
	err := l.reoffer(t)
	if t.sent = err == nil; t.sent {
		return false
	}
	if t.tries++; t.tries < maxTries {
		return true
	}
	l.Tendered(fault.New(t.verb, fault.Invalid, err.Error()))
	return false
}

func (l *Line) reoffer(t *tender) error {
	t.then = l.local
	t.then.Version++
	t.then.Direction = t.direction
	told := t.then
	if t.direction == msg.SendOnly && !l.Params.Direction.Sends() { // who holds us is not asked to listen (RFC 3264 §8.4)
		told.Direction = msg.Inactive
	}
	offer, err := negotiate.Offer(told)
	if err != nil {
		return err
	}
	return l.Dialog.Reoffer(offer)
}

// Reanswered takes the answer to an offer of ours within the dialog. Sound goes on as p
// says if up; a refusal leaves everything as it was. The error is that the answer cannot
// be used.
func (l *Line) Reanswered(e sip.Event) (p msg.Params, up bool, err error) {
	if l.tender == nil || e.Cause != (sip.Cause{}) {
		return p, false, nil
	}
	l.local = l.tender.then
	p, err = negotiate.Accept(l.local, e.SDP)
	return p, err == nil, err
}

// Tendered tells what became of our offer, if one is under way; nil: it was accepted.
func (l *Line) Tendered(why *fault.Error) {
	t := l.tender
	if t == nil {
		return
	}
	l.tender = nil
	if why != nil {
		why.Verb = t.verb
	}
	t.done(fault.OrNil(why))
}
