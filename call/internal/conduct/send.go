package conduct

import (
	"context"

	"trunkline/call/event"
	"trunkline/call/gate"
	"trunkline/call/internal/fault"
	"trunkline/sip"
)

// Transfer asks the caller's side to call to itself and to leave us (REFER,
// RFC 3515), and waits for how that goes. When it has come about the call is over;
// when it has failed the call goes on as it was, and the error says why.
func (c *Call) Transfer(ctx context.Context, to string) error {
	m := &sending{to: to, reply: make(chan error, 1)}
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
	to    string
	reply chan error
}

func (m *sending) apply(c *Call) {
	l := c.head
	switch {
	case c.ending:
		m.reply <- fault.Over("transfer")
	case !l.Up() || c.engaged():
		m.reply <- fault.New("transfer", fault.Invalid, "the caller is not answered, or talks to somebody")
	case m.to == "" || gate.Dialable(l.Trunk.Numbers.CalledOut(m.to)) != nil:
		m.reply <- fault.New("transfer", fault.Invalid, "not a number to transfer to")
	default:
		c.sending = m
		c.publish(l.ID, event.TransferRequested{To: m.to, Handling: "sent"})
		l.Ask(m.to, nil, func(e sip.Event) { m.sent(l.call, e) })
	}
}

// sent hears how it has gone.
func (m *sending) sent(c *Call, e sip.Event) {
	if c.sending != m {
		return // nobody waits for it
	}
	c.sending = nil
	c.publish(c.head.ID, event.TransferEnded{To: m.to, Status: e.Status})
	if e.Status >= 300 {
		m.reply <- &Error{Verb: "transfer", Cause: fault.Of(e.Cause, event.ByCaller)}
		return
	}
	m.reply <- nil
	c.end(Cause{Code: string(sip.Normal), By: event.ByFlow, Text: "transferred to " + m.to})
}
