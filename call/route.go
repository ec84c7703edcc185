package call

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"trunkline/sip"
)

// Route sends calls from a trunk to a flow, or straight to another trunk. The
// first route that fits wins.
type Route struct {
	Trunk  string // "" fits every trunk
	To     string // the number called; a trailing * fits any rest; "" fits all
	Flow   string
	Vars   map[string]string // handed to the flow
	Bridge DialRequest       // with a Trunk: whom to connect the caller with, and no flow; To "" is the number called
}

// BridgeFlow is the name that calls of a bridging route have in place of a flow's.
const BridgeFlow = "(bridge)"

// bridging runs a bridging route in place of a flow.
type bridging struct{ request DialRequest }

// Run connects the caller: answers it when the other side has answered, and
// ends with what the other side ended with.
func (b bridging) Run(ctx context.Context, c *Call) error {
	r := b.request
	r.To = cmp.Or(r.To, c.info.To)
	if err := c.Ring(ctx); err != nil {
		return err
	}
	leg, err := c.Dial(ctx, r)
	if err != nil {
		code := string(sip.Failed)
		var e *Error
		if errors.As(err, &e) {
			code = e.Code
		}
		if c.Reject(ctx, code) != nil {
			c.Hangup(BySystem, code, err.Error())
		}
		return nil
	}
	if err := c.Answer(ctx); err != nil {
		return err
	}
	res, err := c.Bridge(ctx, leg)
	if err == nil {
		c.Hangup(ByCallee, res.Cause.Code, res.Cause.Text)
	}
	return err
}

// route finds the flow for a call from trunk to number.
func route(routes []Route, trunk, number string) (Route, bool) {
	for _, r := range routes {
		if (r.Trunk == "" || r.Trunk == trunk) && r.fits(number) {
			return r, true
		}
	}
	return Route{}, false
}

func (r Route) fits(number string) bool {
	prefix, open := strings.CutSuffix(r.To, "*")
	return r.To == "" || r.To == number || open && strings.HasPrefix(number, prefix)
}
