package call

import (
	"context"

	"trunkline/call/internal/conduct"
	"trunkline/call/internal/door"
	"trunkline/call/internal/fault"
	"trunkline/call/route"
)

// BridgeFlow is the name that calls of a bridging route have in place of a flow's.
const BridgeFlow = "(bridge)"

// bridging runs a bridging route in place of a flow.
type bridging struct {
	to   route.Connection
	door *door.Door
}

// Run connects the caller: answers it when the other side has answered, and
// ends with what the other side ended with.
func (b bridging) Run(ctx context.Context, c *Call) error {
	r := DialRequest{Trunks: b.door.Order(b.to.Group), To: b.to.To, From: b.to.From, Timeout: b.to.Timeout}
	if err := c.Ring(ctx); err != nil {
		return err
	}
	leg, err := c.Dial(ctx, r)
	if err != nil {
		why, told := fault.Verdict(err)
		conduct.End(c, why, told) // the far side's refusal, or the rule of ours
		return nil
	}
	if err := c.Answer(ctx); err != nil {
		return err
	}
	res, err := c.Bridge(ctx, leg)
	if err == nil {
		res.Cause.By = ByCallee
		conduct.End(c, res.Cause, fault.Across(res.Cause))
	}
	return err
}
