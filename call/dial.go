package call

import (
	"cmp"
	"context"
	"time"

	"trunkline/call/negotiate"
	"trunkline/media"
	"trunkline/sip"
)

// DialRequest is a further leg.
type DialRequest struct {
	Trunk   string
	To      string        // user part
	From    string        // user part; "" keeps the caller's, when it can be shown
	Timeout time.Duration // ring time; 0 means DefaultRing
}

// DefaultRing is how long an outgoing leg may ring when nobody says otherwise.
const DefaultRing = 60 * time.Second

// Dial places a second leg and waits for its answer. On refusal the error is an
// *Error whose Code is busy, no_answer, rejected, … . The caller hanging up, or
// the end of ctx, cancels it.
func (c *Call) Dial(ctx context.Context, r DialRequest) (*Leg, error) {
	if r.From == "" && dialable(c.info.From) == nil { // else it is left to the trunk
		r.From = c.info.From
	}
	d := &dialing{request: r, reply: make(chan error, 1)}
	err := c.wish(ctx, "dial", d, d.reply)
	if ctx.Err() != nil {
		c.post(abandon{d})
	}
	if err != nil {
		return nil, err
	}
	return &Leg{d.leg}, nil
}

// Leg is an answered second leg.
type Leg struct{ leg *leg }

// ID returns the leg's name within the call: "b", "c", ….
func (l *Leg) ID() string { return l.leg.id }

// Hangup ends the leg. Doing so twice is harmless.
func (l *Leg) Hangup() { l.leg.call.post(drop{l.leg}) }

type drop struct{ leg *leg }

func (m drop) apply(*Call) {
	m.leg.hangup(Cause{Code: string(sip.Normal), By: ByFlow})
}

// dialing is an outgoing leg that has neither been answered nor failed.
type dialing struct {
	request DialRequest
	reply   chan error
	leg     *leg // set before reply is answered with nil
	timer   *time.Timer
}

func (d *dialing) apply(c *Call) {
	if c.ending {
		d.reply <- over("dial")
		return
	}
	if err := c.place(d, c.legs[0].session); err != nil {
		d.reply <- err
		return
	}
	d.leg.announce()
}

// place sends the INVITE of a new leg whose media lives near another's. Every
// outgoing leg of every call passes here, and so the gate.
func (c *Call) place(d *dialing, near media.Session) error {
	r := d.request
	trunk, err := c.deps.gate.allow(r)
	if err != nil {
		return err
	}
	if len(c.legs) >= maxLegs {
		return failed("dial", CodeRefused, "the call has had too many legs")
	}
	l := c.newLeg(Outbound, r.Trunk)
	l.dial, l.address = d, "sip:"+r.To+"@"+trunk.Target
	if err := l.open(near, trunk); err != nil {
		return failed("dial", string(sip.Overload), err.Error())
	}
	if len(c.legs) > 0 {
		l.local.Rate = c.legs[0].params.Rate // more would be wasted, or missing
	}
	if l.dialog, err = c.invite(l, r); err != nil {
		l.dial = nil // whatever is still reported of the leg concerns nobody
		l.session.Close()
		return failed("dial", string(sip.Unreachable), err.Error())
	}
	c.legs = append(c.legs, l)
	d.leg, d.timer = l, c.after(cmp.Or(r.Timeout, DefaultRing), rungOut{d})
	return nil
}

func (c *Call) invite(l *leg, r DialRequest) (*sip.Dialog, error) {
	offer, err := negotiate.Offer(l.local)
	if err != nil {
		return nil, err
	}
	return c.deps.signalling.Dial(sip.DialRequest{
		Trunk: r.Trunk, User: r.To, From: sip.Party{User: r.From}, Offer: offer,
	}, func(e sip.Event) { c.post(dialogEvent{l, e}) })
}

// maxLegs bounds the legs of one call, ended ones included, so that a flow that
// dials for ever does not take all memory with it.
const maxLegs = 250

// newLeg names a leg; it counts for the call once it is in c.legs.
func (c *Call) newLeg(direction, trunk string) *leg {
	return &leg{call: c, id: legName(len(c.legs)), direction: direction, trunk: trunk, started: time.Now()}
}

// legName returns "a" to "z" for the first legs, "aa" to "zz" for those that follow.
func legName(n int) string {
	const letters = 'z' - 'a' + 1
	if n < letters {
		return string(rune('a' + n))
	}
	n -= letters
	return string([]rune{rune('a' + n/letters), rune('a' + n%letters)})
}

type rungOut struct{ dialing *dialing }

func (m rungOut) apply(*Call) {
	if l := m.dialing.leg; l.dial != nil {
		l.hangup(Cause{Code: string(sip.NoAnswer), By: BySystem, Text: "ring time-out"})
	}
}

type abandon struct{ dialing *dialing }

func (m abandon) apply(*Call) {
	if l := m.dialing.leg; l != nil {
		l.hangup(Cause{Code: string(sip.Cancelled), By: ByFlow})
	}
}

// onAnswered takes the answer to our INVITE's offer.
func (l *leg) onAnswered(body []byte) {
	d := l.dial
	if d == nil {
		return // a repeated 2xx, or one that crossed our CANCEL: the dialog sees to it
	}
	d.timer.Stop()
	p, err := negotiate.Accept(l.local, body)
	if err != nil {
		l.hangup(Cause{Code: string(sip.Media), By: BySystem, Text: err.Error()})
		return
	}
	if l.wanted != (Cause{}) {
		return // being hung up already
	}
	l.dial = nil
	l.call.hush(l)
	l.up(p)
	l.call.onLegUp(l)
	d.reply <- nil
}
