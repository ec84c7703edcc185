package conduct

import (
	"time"

	"trunkline/call/event"
	"trunkline/call/internal/fault"
	"trunkline/sip"
)

// An attended transfer whose halves are both here joins two calls: whoever wishes it
// talks with one person in each. The call that was asked goes on. It gets the leg of
// the other call's person, who takes the place of whoever wishes it, and the other
// call ends. Where there is no such person, since that call is with its flow or in a
// room, it is the other way round.
//
// Between the two calls nothing is shared: a leg is one message from one mailbox to
// the other, and what still reaches the old call about it follows.

// fetch asks the call of a dialog for whom it is connected with.
func (c *Call) fetch(t *transfer, known *sip.Dialog) {
	other, ok := c.deps.Roster.Holder(known)
	if !ok || other == c || !other.post(surrender{known, c, t}) {
		c.stay(t, 481, Cause{Code: string(sip.Failed), Text: "the other call is gone"})
	}
}

// surrender asks a call for the leg that the one of dialog is bridged with.
type surrender struct {
	dialog   *sip.Dialog
	to       *Call
	transfer *transfer
}

func (m surrender) apply(c *Call) {
	by := c.legOf(m.dialog)
	switch l := c.bridge.across(by); {
	case c.ending || c.moving != nil || by == nil || by.Silent || !by.Up():
		m.to.post(declined{m, nil})
	case l == nil && by != c.head:
		m.to.post(declined{m, nil})
	case l == nil:
		m.to.post(declined{m, c})
	default:
		c.handOver(l, m.to, adopt{leg: l, transfer: m.transfer})
	}
}

// declined says that there is nobody to hand over; there is the call itself, if to
// is set, where somebody else can take the place of who wishes the transfer.
type declined struct {
	surrender
	to *Call
}

func (m declined) apply(c *Call) {
	t := m.transfer
	switch {
	case c.moving != t:
	case m.to == nil || t.stays == nil:
		c.stay(t, 481, Cause{Code: string(sip.Failed), Text: "nobody to be connected with"})
	default:
		c.moving = nil
		c.tell(t, 200)
		c.handOver(t.stays, m.to, adopt{leg: t.stays, place: m.dialog})
	}
}

// handOver gives a leg to another call and ends this one.
func (c *Call) handOver(l *leg, to *Call, m adopt) {
	text := "transferred to call " + to.info.ID
	cause := Cause{Code: string(sip.Normal), Q850: sip.New(sip.Normal, "").Q850, By: event.BySystem, Text: text}
	c.part(c.bridge, fault.Over("bridge"))
	c.ears.Leave(l.Session)
	l.Session.Stop(0)
	c.dropPlays(l)
	if l.rest != nil {
		l.rest.blank = false // what was recorded stays here
	}
	for i := range c.legs {
		if c.legs[i] == l {
			c.legs[i] = &leg{Line: l.Shadow(cause), call: c}
			if c.head == l {
				c.head = c.legs[i]
			}
			c.publish(l.ID, event.LegEnded{Cause: cause})
		}
	}
	l.Cut()
	l.home.Store(to)
	m.from = c.info.ID
	if !to.post(m) { // it is gone, and with it whoever should have been joined
		l.Bury(cause)
	}
	c.end(cause)
}

// adopt is a leg that comes from another call.
type adopt struct {
	leg      *leg
	from     string      // the other call
	transfer *transfer   // that wished for it
	place    *sip.Dialog // or in whose place it comes
	then     func()      // or what is to be done with it
}

// late ends a leg whose new call is over.
func (m adopt) late(c *Call) { m.leg.Bury(c.cause) }

func (m adopt) apply(c *Call) {
	l, old := m.leg, c.legOf(m.place)
	if t := m.transfer; t != nil {
		old = t.by
		if c.moving == t {
			c.moving = nil
			c.tell(t, 200)
		}
	}
	c.take(l)
	l.Started, l.Answered = time.Now(), time.Now()
	c.log.Info("leg comes from another call", "leg", l.ID, "from", m.from)
	l.announce()
	c.publish(l.ID, event.LegAnswered{Codec: l.Codec()})
	if m.then != nil && !c.ending {
		m.then()
		return
	}
	if c.ending || old == nil {
		l.fail(sip.Normal, "its place is gone")
		return
	}
	c.replace(old, l)
	c.dismiss(old, "transferred")
}
