package conduct

import (
	"cmp"
	"context"
	"strings"

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
		c.post(act(func(c *Call) { c.unsend(m) }))
	}
	return err
}

// sending is a transfer that the caller's side carries out.
type sending struct {
	to    string
	reply chan error
	held  bool // until our answer is acknowledged
}

func (m *sending) apply(c *Call) {
	l := c.head
	switch {
	case c.ending:
		m.reply <- fault.Over("transfer")
	case !l.Up() || c.bridge != nil || c.company != nil || c.sending != nil:
		m.reply <- fault.New("transfer", CodeInvalid, "the caller is not answered, or talks to somebody")
	case m.to == "" || gate.Dialable(l.Trunk.Numbers.CalledOut(m.to)) != nil:
		m.reply <- fault.New("transfer", CodeInvalid, "not a number to transfer to")
	default:
		c.sending = m
		c.publish(l.ID, event.TransferRequested{To: m.to, Handling: "sent"})
		if m.held = l.Direction == Inbound && !l.Confirmed; !m.held {
			m.send(l)
		}
	}
}

// send asks the far side of a leg.
func (m *sending) send(l *leg) {
	m.held = false
	_, host, _ := strings.Cut(l.Address, "@")
	to := sip.Party{User: l.Trunk.Numbers.CalledOut(m.to), Host: cmp.Or(l.Trunk.Host(), host)}
	if err := l.Dialog.Refer(to.String(), "", nil); err != nil {
		l.call.onSent(sip.Event{Status: 500, Cause: sip.New(sip.Failed, err.Error())})
	}
}

// onSent hears how it goes.
func (c *Call) onSent(e sip.Event) {
	m := c.sending
	if m == nil || e.Status < 200 {
		return
	}
	c.sending = nil
	c.publish(c.head.ID, event.TransferEnded{To: m.to, Status: e.Status})
	if e.Status >= 300 {
		m.reply <- &Error{Verb: "transfer", Cause: fault.Of(e.Cause, ByCaller)}
		return
	}
	m.reply <- nil
	c.end(Cause{Code: string(sip.Normal), By: ByFlow, Text: "transferred to " + m.to})
}

func (c *Call) unsend(m *sending) {
	if c.sending == m {
		c.sending = nil
	}
}
