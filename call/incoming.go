package call

import (
	"trunkline/call/internal/door"
	"trunkline/sip"
)

// Incoming takes a new call from a trunk. It is the endpoint's onInvite.
func (m *Manager) Incoming(in *sip.Incoming) {
	a, err := m.deps.door.Read(in)
	switch {
	case err != nil:
	case in.Replaces != nil:
		err = m.takePlace(a)
	default:
		err = m.enter(a)
	}
	if err != nil {
		m.deps.door.Refuse(a, err)
	}
}

// enter begins a call. The error is a sip.Cause.
func (m *Manager) enter(a door.Arrival) error {
	if err := m.Welcome(); err != nil { // before it costs anything
		return sip.Refused("call_limit", sip.Overload, 503, err.Error())
	}
	d, err := m.deps.door.Route(a)
	if err != nil {
		return err
	}
	flow, runner := d.Flow, m.flows
	if d.Bridge != nil {
		flow, runner = BridgeFlow, bridging{*d.Bridge}
	}
	c := m.newCall(Info{Direction: Inbound, Trunk: a.Trunk.Name, From: a.Number, To: a.Called, Flow: flow, Vars: d.Vars}, runner)
	c.origin = a.Origin()
	l, err := c.arrive(a)
	if err != nil {
		return err
	}
	if err := m.deps.roster.Admit(c.info.ID, c); err != nil {
		l.Discard()
		return sip.Refused("call_limit", sip.Overload, 503, err.Error())
	}
	c.take(l)
	a.Handle(l.sink)
	c.begin()
	l.announce()
	c.startFlow()
	go c.run()
	return nil
}

// arrive makes an incoming leg: counts it on its trunk, opens its media and works
// out the answer. The error is a sip.Cause.
func (c *Call) arrive(a door.Arrival) (*leg, error) {
	l := c.newLeg(Inbound, a.Through)
	l.Address = a.Incoming.From.String()
	var err error
	if l.Hold, err = c.deps.door.Come(a.Through); err != nil {
		return nil, err
	}
	if err := l.open(); err != nil {
		l.Hold.Release()
		return nil, sip.Refused("no_media", sip.Overload, 503, err.Error())
	}
	if err = l.Arrive(a.Dialog, a.Offer); err != nil {
		l.Discard()
		return nil, sip.Refused("media", sip.Media, 488, err.Error())
	}
	return l, nil
}

// takePlace lets an INVITE with Replaces come into the call whose leg it names
// (RFC 3891). The error is a sip.Cause.
func (m *Manager) takePlace(a door.Arrival) error {
	gone := sip.Refused("replaces", sip.Failed, 481, "Replaces names no call")
	c, ok := m.deps.roster.Holder(a.Replaces)
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
	c.deps.door.Refuse(m.arrival, sip.Refused("replaces", sip.Failed, 481, "Replaces names no leg that is up"))
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
