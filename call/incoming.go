package call

import (
	"trunkline/call/internal/conduct"
	"trunkline/call/internal/door"
	"trunkline/sip"
)

// Incoming takes a new call from a trunk. It is the endpoint's onInvite.
func (m *Manager) Incoming(in *sip.Incoming) {
	a, err := m.deps.Door.Read(in)
	switch {
	case err != nil:
	case in.Replaces != nil:
		err = conduct.Replace(&m.deps, a)
	default:
		err = m.enter(a)
	}
	if err != nil {
		m.deps.Door.Refuse(a, err)
	}
}

// enter begins a call. The error is a sip.Cause.
func (m *Manager) enter(a door.Arrival) error {
	if err := m.Welcome(); err != nil { // before it costs anything
		return sip.Refused("call_limit", sip.Overload, 503, err.Error())
	}
	d, err := m.deps.Door.Route(a)
	if err != nil {
		return err
	}
	flow, runner := d.Flow, m.flows
	if d.Bridge != nil {
		flow, runner = BridgeFlow, bridging{*d.Bridge, m.deps.Door}
	}
	info := Info{Direction: Inbound, Trunk: a.Trunk.Name, From: a.Number, To: a.Called, Flow: flow, Vars: d.Vars}
	return conduct.Enter(&m.deps, info, runner, a)
}
