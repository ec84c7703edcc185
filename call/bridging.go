package call

import (
	"context"
	"errors"

	"trunkline/call/internal/line"
	"trunkline/call/route"
	"trunkline/sip"
)

// BridgeFlow is the name that calls of a bridging route have in place of a flow's.
const BridgeFlow = "(bridge)"

// bridging runs a bridging route in place of a flow.
type bridging struct{ to route.Connection }

// Run connects the caller: answers it when the other side has answered, and
// ends with what the other side ended with.
func (b bridging) Run(ctx context.Context, c *Call) error {
	r := DialRequest{Trunks: c.deps.gate.Order(b.to.Group), To: b.to.To, From: b.to.From, Timeout: b.to.Timeout}
	if err := c.Ring(ctx); err != nil {
		return err
	}
	leg, err := c.Dial(ctx, r)
	if err != nil {
		c.giveUp(err)
		return nil
	}
	if err := c.Answer(ctx); err != nil {
		return err
	}
	res, err := c.Bridge(ctx, leg)
	if err == nil {
		res.Cause.By = ByCallee
		c.post(hangup{res.Cause, line.Across(res.Cause)})
	}
	return err
}

// giveUp ends a call that could not be connected: with the far side's refusal, or
// with the rule of ours that has refused.
func (c *Call) giveUp(err error) {
	var e *Error
	switch {
	case !errors.As(err, &e):
		c.Hangup(BySystem, string(sip.Failed), err.Error())
	case e.why.Rule != "":
		c.post(hangup{line.CauseOf(e.why, BySystem), e.why})
	default:
		c.post(hangup{e.Cause, line.Across(e.Cause)})
	}
}
