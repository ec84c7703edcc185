package conduct

import (
	"cmp"
	"context"
	"time"

	"trunkline/call/event"
	"trunkline/call/gate"
	"trunkline/call/internal/door"
	"trunkline/call/internal/fault"
	"trunkline/sip"
)

// DialRequest is a further leg. With a Timeout of 0 one trunk may ring for DefaultRing.
type DialRequest = door.Request

// DefaultRing is how long an outgoing leg may ring when nobody says otherwise.
const DefaultRing = 60 * time.Second

// Dial places a second leg and waits for its answer. On refusal the error is an
// *Error whose Code is busy, no_answer, rejected, … . The caller hanging up, or
// the end of ctx, cancels it.
func (c *Call) Dial(ctx context.Context, r DialRequest) (*Leg, error) {
	reply := make(chan error, 1)
	d := &dialing{request: r, done: func(err *Error) { reply <- fault.OrNil(err) }}
	err := c.wish(ctx, "dial", d, reply)
	if ctx.Err() != nil {
		c.post(act(func(*Call) { d.abandon(Cause{Code: string(sip.Cancelled), By: event.ByFlow}) }))
	}
	if err != nil {
		return nil, err
	}
	return &Leg{c, d.leg}, nil
}

// Leg is an answered second leg.
type Leg struct {
	call *Call
	leg  *leg
}

// ID returns the leg's name within the call: "b", "c", ….
func (l *Leg) ID() string { return l.leg.ID }

// Hangup ends the leg. Doing so twice is harmless.
func (l *Leg) Hangup() {
	l.call.post(act(func(c *Call) {
		if c.has(l.leg) {
			l.leg.hangup(Cause{Code: string(sip.Normal), By: event.ByFlow})
		}
	}))
}

// dialing is a wish for an outgoing leg that has neither been answered nor failed.
type dialing struct {
	request DialRequest
	headers [][2]string
	ear     *leg         // who waits, and hears it ring; nil: nobody
	done    func(*Error) // told once, by the call's goroutine: nil when the leg is up
	ringing func()       // told of each ringing; may be nil

	trunks []string // still to be tried
	leg    *leg     // being tried, or up
	timer  *time.Timer
}

func (d *dialing) apply(c *Call) {
	if c.ending {
		d.done(fault.Over("dial"))
		return
	}
	if d.request.From == "" && gate.Dialable(c.info.From) == nil { // else it is left to the trunk
		d.request.From = c.info.From
	}
	d.ear = c.head
	c.try(d)
}

// try begins to dial.
func (c *Call) try(d *dialing) {
	d.trunks = d.request.Trunks
	if d.request.Trunk != "" || len(d.trunks) == 0 {
		d.trunks = []string{d.request.Trunk}
	}
	if err := c.tryNext(d); err != nil {
		d.done(err)
	}
}

// tryNext places a leg through the next trunk that lets it pass. The error is that
// of the last trunk.
func (c *Call) tryNext(d *dialing) (err *Error) {
	for len(d.trunks) > 0 {
		name := d.trunks[0]
		d.trunks = d.trunks[1:]
		if err = c.place(d, name); err == nil {
			d.leg.announce()
			return nil
		}
	}
	return err
}

// place sends the INVITE of a new leg. Every outgoing leg of every call passes here,
// and so the gate.
func (c *Call) place(d *dialing, through string) *Error {
	r := d.request
	pass, err := c.pass(through, r)
	if err != nil {
		return c.refused(through, r, err)
	}
	l := c.newLeg(event.Outbound, pass.Trunk)
	l.dial, l.ear, l.Hold, l.Address = d, d.ear, pass.Hold, "sip:"+pass.To+"@"+pass.Trunk.Host()
	if err := l.open(); err != nil {
		l.Hold.Release()
		return fault.New("dial", string(sip.Overload), err.Error())
	}
	invite := c.deps.Door.Word(c.origin, pass, r.From, d.headers)
	if err := l.Invite(c.deps.Signalling.Dial, invite, l.sink); err != nil {
		l.dial = nil // whatever is still reported of the leg concerns nobody
		l.Discard()
		return fault.New("dial", string(sip.Unreachable), err.Error())
	}
	c.take(l)
	d.leg, d.timer = l, c.after(cmp.Or(r.Timeout, DefaultRing), func(*Call) { l.onRungOut() })
	return nil
}

// pass asks whether a leg may be placed at all.
func (c *Call) pass(through string, r DialRequest) (gate.Pass, error) {
	switch {
	case c.deps.Roster.Draining():
		return gate.Pass{}, sip.Refused("draining", sip.Overload, 503, "draining: no new calls")
	case len(c.legs) >= maxLegs:
		return gate.Pass{}, sip.Refused("legs", sip.Overload, 503, "the call has had too many legs")
	case c.origin.Spent():
		return gate.Pass{}, sip.Refused("max_forwards", sip.Failed, 483, "the call has come too far")
	}
	return c.deps.Door.Go(through, r.From, r.To)
}

// refused reports that a rule keeps a leg from being placed.
func (c *Call) refused(through string, r DialRequest, err error) *Error {
	id := c.info.ID
	if len(c.legs) == 0 {
		id = "" // it has not begun
	}
	return c.deps.Door.Keep(id, through, r, err)
}

// maxLegs bounds the legs of one call, ended ones included, so that a flow that
// dials for ever does not take all memory with it.
const maxLegs = 250

func (l *leg) onRungOut() {
	if l.dial != nil {
		l.fail(sip.NoAnswer, "ring time-out")
	}
}

// abandon ends it, whichever leg is being tried or up.
func (d *dialing) abandon(why Cause) {
	d.trunks = nil
	if d.leg != nil {
		d.leg.hangup(why)
	}
}

// onAnswered takes the answer to our INVITE's offer.
func (l *leg) onAnswered(body []byte) {
	d := l.dial
	if d == nil {
		return // a repeated 2xx, or one that crossed our CANCEL: the dialog sees to it
	}
	d.timer.Stop()
	p, err := l.Accept(body)
	if err != nil {
		l.fail(sip.Media, err.Error())
		return
	}
	if l.Leaving() {
		return // being hung up already
	}
	l.dial = nil
	l.hush()
	l.up(p)
	l.call.onLegUp(l)
	d.done(nil)
}
