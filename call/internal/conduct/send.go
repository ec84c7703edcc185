package conduct

import (
	"context"

	"trunkline/call/event"
	"trunkline/call/gate"
	"trunkline/call/internal/fault"
	"trunkline/sip"
)

// TransferRequest is whom the caller's side shall call.
type TransferRequest struct {
	To  string
	Leg *Leg // whoever To is, whom we have dialled: our place in its call is the caller's then; nil: nobody
}

// Transfer asks the caller's side to call somebody itself and to leave us (REFER,
// RFC 3515; of somebody who is in a call with us already, with Replaces: RFC 3891), and
// waits for how that goes. When it has come about the call is over; when it has failed
// the call and the leg go on as they were, and the error says why.
func (c *Call) Transfer(ctx context.Context, r TransferRequest) error {
	m := &sending{TransferRequest: r, reply: make(chan error, 1)}
	err := c.wish(ctx, "transfer", m, m.reply)
	if ctx.Err() != nil {
		c.post(act(func(c *Call) {
			if c.sending == m {
				c.sending = nil
			}
		}))
	}
	return err
}

// sending is a transfer that the caller's side carries out.
type sending struct {
	TransferRequest
	reply chan error
}

func (m *sending) apply(c *Call) {
	l := c.head
	switch {
	case c.ending:
		m.reply <- fault.Over("transfer")
	case !l.Up() || c.engaged():
		m.reply <- fault.New("transfer", fault.Invalid, "the caller is not answered, or talks to somebody")
	case m.To == "" || gate.Dialable(l.Trunk.Numbers.CalledOut(m.To)) != nil:
		m.reply <- fault.New("transfer", fault.Invalid, "not a number to transfer to")
	case m.Leg != nil && (!c.has(m.Leg.leg) || m.Leg.leg.Silent):
		m.reply <- fault.New("transfer", fault.Invalid, "the leg has hung up, or is of another call")
	default:
		c.sending = m
		c.publish(l.ID, event.TransferRequested{To: m.To, Attended: m.Leg != nil, Handling: "sent"})
		l.Ask(m.To, m.replaces(), func(e sip.Event) { m.sent(l.call, e) })
	}
}

// replaces names the dialog that the caller's side shall have instead of us.
func (m *sending) replaces() *sip.Replaces {
	if m.Leg == nil {
		return nil
	}
	r := m.Leg.leg.Dialog.Replaces()
	return &r
}

// sent hears how it has gone.
func (m *sending) sent(c *Call, e sip.Event) {
	if c.sending != m {
		return // nobody waits for it
	}
	c.sending = nil
	c.publish(c.head.ID, event.TransferEnded{To: m.To, Status: e.Status})
	if e.Status >= 300 {
		m.reply <- &Error{Verb: "transfer", Cause: fault.Of(e.Cause, event.ByCaller)}
		return
	}
	m.reply <- nil
	c.end(Cause{Code: string(sip.Normal), By: event.ByFlow, Text: "transferred to " + m.To})
}
