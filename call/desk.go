package call

import (
	"context"
	"time"

	"trunkline/call/internal/conduct"
	"trunkline/call/internal/fault"
	"trunkline/sip"
)

// What is done to a call from outside, by its id. An error is ErrNoCall, or an *Error.

// Hold lets a leg of a call wait: see Call.Hold.
func (m *Manager) Hold(ctx context.Context, id string, r HoldRequest) error {
	return m.with(id, func(c *Call) error { return c.Hold(ctx, r) })
}

// Unhold ends the wait.
func (m *Manager) Unhold(ctx context.Context, id, leg string) error {
	return m.with(id, func(c *Call) error { return c.Unhold(ctx, leg) })
}

// Message hands a call's flow a text: see Call.Message.
func (m *Manager) Message(ctx context.Context, id, text string) error {
	return m.with(id, func(c *Call) error { return c.Message(ctx, text) })
}

func (m *Manager) with(id string, do func(*Call) error) error {
	c, ok := m.deps.Roster.Get(id)
	if !ok {
		return ErrNoCall
	}
	return do(c)
}

// Parked returns who is parked, in the order in which they came.
func (m *Manager) Parked() []ParkedCaller { return m.deps.Lot.List() }

// ParkFlow is the name that calls of callers who were parked from outside have in place
// of a flow's.
const ParkFlow = "(park)"

// Park parks a call's caller, whom a flow or a bridge has, in a slot: "" is a free
// number. The call ends, and whoever the caller talked with is hung up; the caller has a
// call of its own, which ends when nobody has fetched it in time.
func (m *Manager) Park(ctx context.Context, id, slot string, timeout time.Duration) (p ParkedCaller, err error) {
	run := &parking{request: ParkRequest{Slot: slot, Timeout: timeout}, told: make(chan error, 1)}
	var own string
	if err := m.with(id, func(c *Call) error {
		own, err = conduct.Shelve(ctx, c, ParkFlow, run)
		return err
	}); err != nil {
		return p, err
	}
	select {
	case err = <-run.told:
	case <-ctx.Done():
		return p, fault.New("park", fault.Timeout, context.Cause(ctx).Error())
	}
	for _, e := range m.Parked() {
		if e.Call == own {
			p = e
		}
	}
	return p, err
}

// parking runs in place of a flow.
type parking struct {
	request ParkRequest
	told    chan error // that the caller is in a slot, or why not; has room for two
}

// Run parks the caller until the time is over.
func (p *parking) Run(ctx context.Context, c *Call) error {
	p.request.Told = func(string) { p.told <- nil }
	res, err := c.Park(ctx, p.request)
	if err != nil {
		select {
		case p.told <- err: // there was no slot
		default:
		}
	}
	if res.Code == "timeout" {
		c.Hangup(BySystem, string(sip.NoAnswer), "nobody picked the caller up")
	}
	return nil
}

// Pickup connects a call's caller with who is parked in a slot, and returns once they
// hear each other; when they have parted the flow goes on.
func (m *Manager) Pickup(ctx context.Context, id, slot string) error {
	return m.with(id, func(c *Call) error { return conduct.Pickup(ctx, c, slot) })
}
