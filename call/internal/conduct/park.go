package conduct

import (
	"context"
	"sync/atomic"
	"time"

	"trunkline/call/internal/fault"
	"trunkline/sip"
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
func (c *Call) Pickup(ctx context.Context, slot string) (res BridgeResult, err error) {
	err = c.pickup(slot, func(p *picking) error {
		res, err = c.connect(ctx, "pickup", p.bridge, p)
		return err
	})
	return res, err
}

// Pickup is a Call's that does not wait for the end: the two are connected.
func Pickup(ctx context.Context, c *Call, slot string) error {
	return c.pickup(slot, func(p *picking) error {
		p.up = func() { p.bridge.reply <- nil }
		return c.wish(ctx, "pickup", p, p.bridge.reply)
	})
}

func (c *Call) pickup(slot string, wish func(*picking) error) error {
	s, err := c.deps.Lot.Fetch(slot, c.info.ID)
	if err != nil {
		return fault.New("pickup", string(sip.NotFound), err.Error())
	}
	p := &picking{from: s.Who, bridge: &bridge{reply: make(chan error, 2)}, up: func() {}}
	err = wish(p)
	c.deps.Lot.Done(s, p.has.Load())
	return err
}

// picking is a wish for another call's caller.
type picking struct {
	from   *Call
	bridge *bridge
	up     func() // called by the call's goroutine when the two hear each other
	has    atomic.Bool
}

func (p *picking) apply(c *Call) {
	switch {
	case c.ending:
		p.bridge.reply <- fault.Over("pickup")
	case !c.head.Up() || c.engaged():
		p.bridge.reply <- fault.New("pickup", fault.Invalid, "the caller is not answered yet, or talks to somebody")
	case !p.from.post(act(func(from *Call) { from.give(c, p) })):
		p.bridge.reply <- fault.New("pickup", fault.Invalid, "the parked call is over")
	}
}

// give hands the caller over to another call, which has wished it.
func (c *Call) give(to *Call, p *picking) {
	l := c.head
	if c == to || c.ending || !l.Up() || l.Silent || c.engaged() {
		p.bridge.reply <- fault.New("pickup", fault.Invalid, "the parked caller is gone, or talks to somebody")
		return
	}
	c.handOver(l, to, adopt{leg: l, then: func() {
		p.bridge.leg = l
		if p.bridge.apply(to); to.bridge != p.bridge {
			l.fail(sip.Normal, "its place is gone")
			return
		}
		p.has.Store(true)
		p.up()
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
