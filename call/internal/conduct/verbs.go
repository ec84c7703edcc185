package conduct

import (
	"context"

	"trunkline/call/event"
	"trunkline/call/internal/fault"
	"trunkline/sip"
)

// Ring sends 180 to the caller. On a call we placed it does nothing.
func (c *Call) Ring(ctx context.Context) error {
	return c.ask(ctx, "ring", c.ring)
}

func (c *Call) ring() error {
	l := c.head
	if c.ending || l.Direction == event.Outbound || l.Up() {
		return nil
	}
	if err := l.Dialog.Ring(); err != nil {
		return fault.New("ring", fault.Hangup, err.Error())
	}
	l.onRinging(sip.Event{Status: 180})
	return nil
}

// Answer answers the caller and waits until sound may flow. Answering twice, or
// a call we placed, is harmless.
func (c *Call) Answer(ctx context.Context) error {
	reply := make(chan error, 1)
	return c.wish(ctx, "answer", act(func(c *Call) {
		l := c.head
		if c.ending {
			reply <- fault.Over("answer")
			return
		}
		if !l.Up() && !l.Awaiting {
			if err := l.answer(); err != nil { // the caller's CANCEL is on its way here
				reply <- fault.New("answer", fault.Hangup, err.Error())
				return
			}
		}
		if l.Up() {
			reply <- nil
			return
		}
		c.answers = append(c.answers, reply)
	}), reply)
}

// answer sends the 2xx, and starts the sound if it may flow.
func (l *leg) answer() error {
	up, err := l.Answer()
	if up {
		l.up(l.Params)
	}
	return err
}

// Reject refuses an unanswered caller with the SIP status that belongs to code
// (a sip.Code such as busy or rejected) and ends the call.
func (c *Call) Reject(ctx context.Context, code string) error {
	return c.ask(ctx, "reject", func() error { return c.reject(code) })
}

func (c *Call) reject(code string) error {
	if l := c.head; l.Up() || l.Awaiting {
		return fault.New("reject", fault.Invalid, "the call was answered already")
	}
	switch sip.Code(code) {
	case sip.Busy, sip.Rejected, sip.NoAnswer, sip.NotFound, sip.Unreachable, sip.Overload, sip.Failed:
	default:
		return fault.New("reject", fault.Invalid, "not a cause to reject with: "+code)
	}
	c.end(Cause{Code: code, By: event.ByFlow, SIP: sip.New(sip.Code(code), "").Status})
	return nil
}

// Hangup ends the call for a cause whose code is a sip.Code, else "failed"; by
// says who did it.
func (c *Call) Hangup(by, code, text string) {
	s := sip.New(sip.Code(code), text)
	cause := Cause{Code: string(s.Code), Q850: s.Q850, By: by, Text: text}
	End(c, cause, fault.Signal(cause))
}

// End ends a call for a cause that is not its flow's, and tells the far sides told.
func End(c *Call, cause Cause, told sip.Cause) { c.post(act(func(c *Call) { c.endAs(cause, told) })) }
