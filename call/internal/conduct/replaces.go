package conduct

import (
	"trunkline/call/internal/door"
	"trunkline/sip"
)

// Replace lets an INVITE with Replaces come into the call whose leg it names
// (RFC 3891). The error is a sip.Cause.
func Replace(d *Deps, a door.Arrival) error {
	gone := sip.Refused("replaces", sip.Failed, 481, "Replaces names no call")
	c, ok := d.Roster.Holder(a.Replaces)
	if !ok {
		return gone
	}
	l, err := c.arrive(a)
	if err != nil {
		return err
	}
	a.Handle(l.sink)
	if !c.post(replacing{a, l}) {
		l.Discard()
		return gone
	}
	return nil
}

// replacing is a leg that wants another's place.
type replacing struct {
	arrival door.Arrival
	leg     *leg
}

func (m replacing) apply(c *Call) {
	l, old := m.leg, c.legOf(m.arrival.Replaces)
	if c.ending || old == nil || old.Silent || !old.Up() || len(c.legs) >= maxLegs {
		m.late(c)
		return
	}
	c.take(l)
	l.takes = old
	l.announce()
	if err := l.answer(); err != nil { // a CANCEL is on its way here
		c.log.Warn("answer who replaces a leg", "leg", l.ID, "error", err)
	}
}

// late turns away who has come when there is no place to take.
func (m replacing) late(c *Call) {
	m.leg.Discard()
	c.deps.Door.Refuse(m.arrival, sip.Refused("replaces", sip.Failed, 481, "Replaces names no leg that is up"))
}

// legOf is the leg of a dialog, or nil.
func (c *Call) legOf(d *sip.Dialog) *leg {
	for _, l := range c.legs {
		if l.Dialog == d {
			return l
		}
	}
	return nil
}
