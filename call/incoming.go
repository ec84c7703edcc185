package call

import (
	"time"

	"trunkline/call/event"
	"trunkline/call/gate"
	"trunkline/call/route"
	"trunkline/sip"
)

// Incoming takes a new call from a trunk. It is the endpoint's onInvite.
func (m *Manager) Incoming(in *sip.Incoming) {
	a := arrival{Incoming: in, trunk: m.deps.gate.Trunk(in.Trunk.Name)}
	if a.trunk == nil {
		m.refuse(a, sip.Refused("no_such_trunk", sip.Failed, 500, "no such trunk: "+in.Trunk.Name))
		return
	}
	a.from, a.to = a.trunk.Numbers.CallerIn(in.Caller.User), a.trunk.Numbers.CalledIn(in.To.User)
	if in.Replaces != nil {
		m.takePlace(a)
		return
	}
	if err := m.Welcome(); err != nil { // before it costs anything
		m.refuse(a, sip.Refused("call_limit", sip.Overload, 503, err.Error()))
		return
	}
	d, err := m.deps.gate.Decide(route.Query{
		Trunk: in.Trunk.Name, From: a.from, To: a.to, Headers: headers(in.Taken), At: time.Now(),
	})
	if err != nil {
		m.refuse(a, err)
		return
	}
	flow, runner := d.Flow, m.flows
	if d.Bridge != nil {
		flow, runner = BridgeFlow, bridging{*d.Bridge}
	}
	c := m.newCall(Info{Direction: Inbound, Trunk: in.Trunk.Name, From: a.from, To: a.to, Flow: flow, Vars: d.Vars}, runner)
	if c.caller, c.taken, c.hops = &in.Caller, in.Taken, in.MaxForwards; c.hops == 0 {
		c.hops = -1
	}
	l, err := c.arrive(a)
	if err != nil {
		m.refuse(a, err)
		return
	}
	if err := m.deps.roster.Admit(c.info.ID, c); err != nil {
		l.Discard()
		m.refuse(a, sip.Refused("call_limit", sip.Overload, 503, err.Error()))
		return
	}
	c.take(l)
	in.Handle(l.sink)
	c.begin()
	l.announce()
	c.startFlow()
	go c.run()
}

// arrival is an INVITE with what we make of it.
type arrival struct {
	*sip.Incoming
	trunk    *gate.Trunk
	from, to string // as known inside
}

func headers(taken [][2]string) map[string]string {
	h := map[string]string{}
	for _, t := range taken {
		if _, there := h[t[0]]; !there {
			h[t[0]] = t[1]
		}
	}
	return h
}

// refuse turns an incoming call away before it becomes one, and says why.
func (m *Manager) refuse(a arrival, err error) {
	cause, ok := err.(sip.Cause)
	if !ok {
		cause = sip.New(sip.Failed, err.Error())
	}
	m.deps.log.Warn("call refused", "rule", cause.Rule, "why", cause.Text, "status", cause.Refusal(), "trunk", a.Trunk.Name,
		"source", a.Source, "from", a.From.User, "to", a.To.User)
	m.deps.bus.Publish("", "", event.CallRefused{
		Direction: Inbound, Trunk: a.Trunk.Name, From: a.from, To: a.to, Rule: cause.Rule, Status: cause.Refusal(), Text: cause.Text,
	})
	a.Handle(func(sip.Event) {}) // it ends with the refusal; nobody else cares
	a.Hangup(cause)
}

// arrive makes an incoming leg: counts it on its trunk, opens its media and works
// out the answer. The error is a sip.Cause.
func (c *Call) arrive(a arrival) (*leg, error) {
	l := c.newLeg(Inbound, a.trunk)
	l.Address = a.From.String()
	var err error
	if l.Hold, err = c.deps.gate.Come(a.trunk); err != nil {
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
// (RFC 3891).
func (m *Manager) takePlace(a arrival) {
	gone := sip.Refused("replaces", sip.Failed, 481, "Replaces names no call")
	c, ok := m.deps.roster.Holder(a.Replaces)
	if !ok {
		m.refuse(a, gone)
		return
	}
	l, err := c.arrive(a)
	if err != nil {
		m.refuse(a, err)
		return
	}
	a.Handle(l.sink)
	if !c.post(replacing{m, a, l}) {
		l.Discard()
		m.refuse(a, gone)
	}
}

// replacing is a leg that wants another's place.
type replacing struct {
	manager *Manager
	arrival arrival
	leg     *leg
}

func (m replacing) apply(c *Call) {
	l, old := m.leg, c.legOf(m.arrival.Replaces)
	if c.ending || old == nil || old.Silent || !old.Up() || len(c.legs) >= maxLegs {
		l.Discard()
		m.manager.refuse(m.arrival, sip.Refused("replaces", sip.Failed, 481, "Replaces names no leg that is up"))
		return
	}
	c.take(l)
	l.takes = old
	l.announce()
	if err := l.answer(); err != nil { // a CANCEL is on its way here
		c.log.Warn("answer who replaces a leg", "leg", l.ID, "error", err)
	}
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
