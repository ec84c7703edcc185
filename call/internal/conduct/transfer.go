package conduct

import (
	"cmp"
	"time"

	"trunkline/call/event"
	"trunkline/call/gate"
	"trunkline/call/internal/fault"
	"trunkline/sip"
)

// transfer is a far side's wish to be connected with somebody else in its stead
// (RFC 5589), while we carry it out. Whoever it talked with stays in the call, and
// hears the new one ring.
type transfer struct {
	by       *leg // who wishes it
	stays    *leg // whom it talked with; nil: the flow
	to       string
	attended bool     // both halves are here: a leg comes from another call, or goes there
	dial     *dialing // of a transfer that is not
	left     bool     // by has hung up meanwhile
}

// onReferred decides what a REFER leads to.
func (c *Call) onReferred(l *leg, r sip.Referral) {
	t := &transfer{by: l, stays: c.bridge.across(l), to: l.Trunk.Numbers.CalledIn(r.To.User), attended: r.Known != nil}
	policy := l.Trunk.Refer
	if policy == "pass" && (t.stays == nil || t.attended) {
		policy = "handle" // there is nobody to pass it to, or nothing that would mean anything there
	}
	handling := map[string]string{"handle": "handled", "pass": "passed on"}[policy]
	if l != c.head && t.stays == nil || c.moving != nil || c.ending {
		handling = ""
	}
	c.log.Info("transfer requested", "leg", l.ID, "to", t.to, "attended", t.attended, "handling", cmp.Or(handling, "refused"))
	c.publish(l.ID, event.TransferRequested{To: t.to, Attended: r.Replaces != nil, Handling: cmp.Or(handling, "refused")})
	switch {
	case handling == "":
		c.tell(t, 603)
	case policy == "pass":
		c.passOn(t, r)
	case t.attended:
		c.moving = t
		c.fetch(t, r.Known)
	default:
		c.carryOut(t, r)
	}
}

// tell reports how a transfer goes; a final status is the end of it.
func (c *Call) tell(t *transfer, status int) {
	t.by.Dialog.Tell(status)
	if status >= 200 {
		c.log.Info("transfer ended", "leg", t.by.ID, "to", t.to, "status", status)
		c.publish(t.by.ID, event.TransferEnded{To: t.to, Status: status})
	}
}

// passOn lets the other side of the bridge carry the transfer out.
func (c *Call) passOn(t *transfer, r sip.Referral) {
	host := cmp.Or(t.stays.Trunk.Host(), r.To.Host)
	to := sip.Party{User: t.stays.Trunk.Numbers.CalledOut(t.to), Host: host}
	if err := t.stays.Dialog.Refer(to.String(), r.By, r.Replaces); err != nil {
		c.log.Warn("transfer not passed on", "leg", t.stays.ID, "error", err)
		c.tell(t, 503)
		return
	}
	t.stays.tells = t
}

// onTransferred hears how a far side carries out a transfer that was passed on to
// it, or that the flow wished for.
func (c *Call) onTransferred(l *leg, e sip.Event) {
	if t := l.tells; t != nil {
		if e.Status >= 200 {
			l.tells = nil
		}
		c.tell(t, e.Status)
		return
	}
	l.Told(e)
}

// carryOut dials whom the transfer is to.
func (c *Call) carryOut(t *transfer, r sip.Referral) {
	request, headers, err := c.deps.Door.Onward(t.by.Trunk.Data.Name, c.numberOf(t.stays), t.to, r)
	if err != nil {
		c.tell(t, fault.Status(c.refused(t.by.Trunk.Data.Name, DialRequest{To: t.to}, err)))
		return
	}
	rings := false
	t.dial = &dialing{request: request, headers: headers, ear: t.stays}
	c.moving = t
	c.meet()
	t.dial.ringing = func() {
		if !rings && c.moving == t {
			rings = true
			c.tell(t, 180)
		}
	}
	t.dial.done = func(err *Error) { c.onReached(t, err) }
	c.try(t.dial)
}

// numberOf is the number of whoever is at the other end of a leg; of none, what the
// call has shown.
func (c *Call) numberOf(l *leg) string {
	number := c.info.From
	if l != nil && (l.Direction == event.Outbound) == (c.info.Direction == event.Inbound) {
		number = c.info.To
	}
	if gate.Dialable(number) != nil {
		return ""
	}
	return number
}

// onReached takes note of what became of dialling whom a transfer is to.
func (c *Call) onReached(t *transfer, err *Error) {
	switch {
	case c.moving != t && err == nil: // too late
		t.dial.leg.fail(sip.Cancelled, "the transfer is over")
	case c.moving != t:
	case err != nil:
		c.stay(t, fault.Status(err), err.Cause)
	default:
		c.moving = nil
		c.tell(t, 200)
		c.replace(t.by, t.dial.leg)
		c.dismiss(t.by, "transferred")
	}
}

// stay brings back what was before a transfer that failed.
func (c *Call) stay(t *transfer, status int, why Cause) {
	c.moving = nil
	c.tell(t, status)
	switch {
	case t.left && t.by == c.head:
		c.endAs(t.by.Cause, fault.Across(why))
	case t.left:
		t.by.Cause.Text = "transfer failed: " + why.Code
		c.part(c.bridge, nil)
	default:
		c.meet()
	}
}

// moved ends a transfer that nobody needs any more.
func (c *Call) moved(t *transfer, status int) {
	c.moving = nil
	c.tell(t, status)
	if d := t.dial; d != nil {
		d.abandon(Cause{Code: string(sip.Cancelled), By: event.BySystem, Text: "the transfer is over"})
	}
}

// outlives reports whether the call goes on as it is although a leg is gone: whoever
// wishes to be replaced may hang up before that has come about.
func (c *Call) outlives(l *leg) bool {
	t := c.moving
	switch {
	case t == nil || c.ending:
		return false
	case l == t.by:
		t.left = true
		return true
	case l == t.stays:
		c.moved(t, 487)
		if t.left && t.by == c.head {
			c.endAs(l.Cause, fault.Across(l.Cause))
		}
	}
	return false
}

// replace lets a leg take another's place: in the bridge, in a room, with the flow.
// What plays or listens to the old one ends with it, and nobody is on hold any more.
func (c *Call) replace(old, l *leg) {
	b := c.bridge
	if c.ending || old != c.head && (b == nil || old != b.leg) {
		l.fail(sip.Normal, "its place is gone")
		return
	}
	if b != nil && b.stands {
		b.stands = false
		c.sunder(b.leg)
	}
	c.publish(old.ID, event.LegReplaced{By: l.ID})
	m := c.company
	if old == c.head {
		c.head = l
		if m != nil {
			c.deps.Rooms.Leave(m.Room, old.Session)
			c.deps.Rooms.Join(m.Conference, l.Session)
		}
	} else {
		b.leg = l
	}
	c.release(l)
	if b != nil {
		c.release(b.leg)
		c.release(c.head)
	}
	c.meet()
	c.studio.Join(l.Line, l == c.head)
}

// farewellTime is how long a leg that was replaced may take to hang up itself.
const farewellTime = 2 * time.Second

// dismiss ends a leg that has no place in the call any more.
func (c *Call) dismiss(l *leg, why string) {
	l.Session.Leave()
	l.Session.Stop(0)
	c.after(farewellTime, func(*Call) {
		if !l.Silent {
			l.fail(sip.Normal, why)
		}
	})
}
