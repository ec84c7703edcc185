package conduct

import (
	"context"
	"time"

	"trunkline/call/event"
	"trunkline/call/internal/fault"
)

// Bridge lets the caller and leg hear each other and waits until leg has hung
// up; then the flow goes on with the caller. When the caller hangs up, leg is
// ended and the call is over. When ctx ends, they are parted again.
func (c *Call) Bridge(ctx context.Context, l *Leg) (BridgeResult, error) {
	b := &bridge{leg: l.leg, reply: make(chan error, 1)}
	return c.connect(ctx, "bridge", b, b)
}

// connect wishes m, by which b shall come about, and waits for its end.
func (c *Call) connect(ctx context.Context, verb string, b *bridge, m message) (BridgeResult, error) {
	err := c.wish(ctx, verb, m, b.reply)
	if ctx.Err() != nil {
		c.post(act(func(c *Call) {
			b.off = true
			c.part(b, fault.New(verb, fault.Timeout, "nobody waits for it"))
		}))
	}
	if err != nil {
		return BridgeResult{}, err
	}
	return b.result, nil
}

// BridgeResult says how a bridge ended.
type BridgeResult struct {
	Cause    Cause // why the second leg ended
	Duration time.Duration
}

// bridge is the caller and one other leg hearing each other.
type bridge struct {
	leg    *leg
	stands bool // they hear each other: see meet
	off    bool // nobody waits for it any more
	since  time.Time
	reply  chan error
	result BridgeResult // written before reply is answered
}

func (b *bridge) apply(c *Call) {
	switch {
	case c.ending:
		b.reply <- fault.Over("bridge")
	case !c.has(b.leg):
		b.reply <- fault.New("bridge", fault.Invalid, "the leg is of another call")
	case !c.head.Up():
		b.reply <- fault.New("bridge", fault.Invalid, "the caller is not answered yet")
	case b.leg.Silent:
		b.result.Cause = b.leg.Cause // hung up before we got here
		b.reply <- nil
	case c.engaged() || b.off:
		b.reply <- fault.New("bridge", fault.Invalid, "the caller is bridged already")
	default:
		b.since, c.bridge = time.Now(), b
		c.release(c.head)
		c.release(b.leg)
		c.meet()
	}
}

// engaged reports whether the caller talks with somebody, or is about to.
func (c *Call) engaged() bool {
	return c.bridge != nil || c.company != nil || c.moving != nil || c.sending != nil
}

// meet lets the two of the bridge hear each other, or no longer: they do unless one of
// them is on hold, or has somebody else looked for in its place.
func (c *Call) meet() {
	b := c.bridge
	if b == nil {
		return
	}
	away := c.moving != nil && c.moving.dial != nil
	switch may := !away && c.head.rest == nil && b.leg.rest == nil; {
	case may && !b.stands:
		if b.stands = c.join(b.leg); !b.stands {
			c.part(b, fault.New("bridge", fault.Invalid, "the media thread is busy"))
		}
	case b.stands && !may:
		b.stands = false
		c.sunder(b.leg)
	}
}

// join lets whoever has the caller's place and l hear each other; false when the
// media thread is too busy. What was heard early just goes on.
func (c *Call) join(l *leg) bool {
	if c.early != l && !c.head.Session.Join(l.Session) {
		return false
	}
	c.early = nil
	c.head.Session.Stop(0)
	c.publish(c.head.ID, event.Bridged{Other: l.ID})
	return true
}

// sunder is the opposite.
func (c *Call) sunder(l *leg) {
	c.head.Session.Leave()
	for _, end := range []*leg{c.head, l} {
		end.Fix(false) // whoever comes next is no machine
	}
	c.publish(c.head.ID, event.Unbridged{Other: l.ID})
}

// across is the leg that l hears, if l is bridged.
func (b *bridge) across(l *leg) *leg {
	switch {
	case b == nil:
		return nil
	case l == b.leg:
		return l.call.head
	case l == l.call.head:
		return b.leg
	}
	return nil
}

// part ends bridge b, if it is the one that stands. A flow that waits for it
// goes on when err is nil.
func (c *Call) part(b *bridge, err error) {
	if b == nil || c.bridge != b {
		return
	}
	if t := c.moving; t != nil { // of whoever is in the bridge
		c.moved(t, 487)
	}
	if b.stands {
		c.sunder(b.leg)
	}
	c.bridge = nil
	c.release(c.head)
	c.release(b.leg)
	b.result = BridgeResult{Cause: b.leg.Cause, Duration: time.Since(b.since)}
	b.reply <- err
}
