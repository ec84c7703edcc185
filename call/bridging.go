package call

import (
	"context"

	"trunkline/call/internal/fault"
	"trunkline/call/route"
)

// BridgeFlow is the name that calls of a bridging route have in place of a flow's.
const BridgeFlow = "(bridge)"

// bridging runs a bridging route in place of a flow.
type bridging struct{ to route.Connection }

// Run connects the caller: answers it when the other side has answered, and
// ends with what the other side ended with.
func (b bridging) Run(ctx context.Context, c *Call) error {
	r := DialRequest{Trunks: c.deps.door.Order(b.to.Group), To: b.to.To, From: b.to.From, Timeout: b.to.Timeout}
	if err := c.Ring(ctx); err != nil {
		return err
	}
	leg, err := c.Dial(ctx, r)
	if err != nil {
		c.post(ending(fault.Verdict(err))) // the far side's refusal, or the rule of ours
		return nil
	}
	if err := c.Answer(ctx); err != nil {
		return err
	}
	res, err := c.Bridge(ctx, leg)
	if err == nil {
		res.Cause.By = ByCallee
		c.post(ending(res.Cause, fault.Across(res.Cause)))
	}
	return err
}
