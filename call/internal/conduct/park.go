package conduct

import (
	"context"
	"sync/atomic"
	"time"

	"trunkline/call/internal/fault"
	"trunkline/call/internal/lot"
	"trunkline/sip"
)

// ParkRequest is how a caller is parked; Parked is how that ended.
type (
	ParkRequest = lot.Request
	Parked      = lot.Parked
)

// Park lets the caller wait in a slot until another call picks it up, which ends this
// one, or the time is over. The slot is told at once: see ParkRequest.
func (c *Call) Park(ctx context.Context, r ParkRequest) (Parked, error) {
	if !r.Music.Sounds() {
		r.Music = c.deps.Music
	}
	return c.deps.Lot.Park(ctx, c, r)
}

// Pickup bridges the caller with who is parked in a slot, as Bridge does. The error's
// Code is not_found when nobody is.
func (c *Call) Pickup(ctx context.Context, slot string) (BridgeResult, error) {
	return Pickup(ctx, c, slot, func() {})
}

// Pickup is a Call's; up is called by the call's goroutine once the two are connected.
func Pickup(ctx context.Context, c *Call, slot string, up func()) (BridgeResult, error) {
	s, err := c.deps.Lot.Fetch(slot, c.info.ID)
	if err != nil {
		return BridgeResult{}, fault.New("pickup", string(sip.NotFound), err.Error())
	}
	var has atomic.Bool
	b := &bridge{reply: make(chan error, 1)}
	res, err := c.connect(ctx, "pickup", b, act(func(c *Call) {
		switch {
		case c.ending:
			b.reply <- fault.Over("pickup")
		case !c.head.Up() || c.engaged():
			b.reply <- fault.New("pickup", fault.Invalid, "the caller is not answered yet, or talks to somebody")
		case !s.Who.post(act(func(from *Call) {
			from.give(c, b, func() { has.Store(true); c.deps.Lot.Done(s, true); up() })
		})):
			b.reply <- fault.New("pickup", fault.Invalid, "the parked call is over")
		}
	}))
	if err != nil && !has.Load() {
		c.deps.Lot.Done(s, false)
	}
	return res, err
}

// give hands the caller over to another call, into a bridge with whose caller it comes;
// up is called there when it has.
func (c *Call) give(to *Call, b *bridge, up func()) {
	l := c.head
	if c == to || c.ending || !l.Up() || l.Silent || c.engaged() {
		b.reply <- fault.New("pickup", fault.Invalid, "the parked caller is gone, or talks to somebody")
		return
	}
	c.handOver(l, to, adopt{leg: l, then: func() {
		b.leg = l
		if b.apply(to); to.bridge != b {
			l.fail(sip.Normal, "its place is gone")
			return
		}
		up()
	}})
}

// Shelve gives the caller to a call of its own, whose flow is run; this one ends. It
// returns the new call's id.
func Shelve(ctx context.Context, c *Call, flow string, run Runner) (id string, err error) {
	err = c.ask(ctx, "park", func() error {
		l, info := c.head, c.info
		if c.ending || !l.Up() || l.Silent || c.company != nil || c.moving != nil || c.sending != nil {
			return fault.New("park", fault.Invalid, "the caller is not answered, or in a conference, or being transferred")
		}
		info.Flow = flow
		own := newCall(c.deps, info, run)
		if err := c.deps.Roster.Admit(own.info.ID, own); err != nil {
			return fault.New("park", string(sip.Overload), err.Error())
		}
		id, own.origin = own.info.ID, c.origin
		own.begin()
		c.handOver(l, own, adopt{leg: l, then: func() {
			own.onAnswered(time.Now())
			own.startFlow()
		}})
		go own.run()
		return nil
	})
	return id, err
}
