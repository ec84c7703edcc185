package call

import (
	"context"
	"time"

	"trunkline/call/event"
	"trunkline/call/internal/fault"
	"trunkline/sip"
)

// Ring sends 180 to the caller. On a call we placed it does nothing.
func (c *Call) Ring(ctx context.Context) error {
	return c.ask(ctx, "ring", c.ring)
}

func (c *Call) ring() error {
	l := c.head
	if c.ending || l.Direction == Outbound || l.Up() {
		return nil
	}
	if err := l.Dialog.Ring(); err != nil {
		return fault.New("ring", CodeHangup, err.Error())
	}
	l.onRinging(sip.Event{Status: 180})
	return nil
}

// Answer answers the caller and waits until sound may flow. Answering twice, or
// a call we placed, is harmless.
func (c *Call) Answer(ctx context.Context) error {
	reply := make(chan error, 1)
	return c.wish(ctx, "answer", answer{reply}, reply)
}

type answer struct{ reply chan<- error }

func (m answer) apply(c *Call) {
	l := c.head
	if c.ending {
		m.reply <- fault.Over("answer")
		return
	}
	if !l.Up() && !l.Awaiting {
		if err := l.answer(); err != nil { // the caller's CANCEL is on its way here
			m.reply <- fault.New("answer", CodeHangup, err.Error())
			return
		}
	}
	if !l.Up() {
		c.answers = append(c.answers, m.reply)
		return
	}
	m.reply <- nil
}

// answer sends the 2xx, and starts the sound if it may flow.
func (l *leg) answer() error {
	up, err := l.Answer()
	if up {
		l.up(l.Params)
	}
	return err
}

// Reject refuses an unanswered caller with the SIP status that belongs to code
// (a sip.Code such as busy or rejected) and ends the call.
func (c *Call) Reject(ctx context.Context, code string) error {
	return c.ask(ctx, "reject", func() error { return c.reject(code) })
}

func (c *Call) reject(code string) error {
	if l := c.head; l.Up() || l.Awaiting {
		return fault.New("reject", CodeInvalid, "the call was answered already")
	}
	switch sip.Code(code) {
	case sip.Busy, sip.Rejected, sip.NoAnswer, sip.NotFound, sip.Unreachable, sip.Overload, sip.Failed:
	default:
		return fault.New("reject", CodeInvalid, "not a cause to reject with: "+code)
	}
	c.end(Cause{Code: code, By: ByFlow, SIP: sip.New(sip.Code(code), "").Status})
	return nil
}

// Hangup ends the call for a cause whose code is a sip.Code, else "failed"; by
// says who did it.
func (c *Call) Hangup(by, code, text string) {
	s := sip.New(sip.Code(code), text)
	cause := Cause{Code: string(s.Code), Q850: s.Q850, By: by, Text: text}
	c.post(ending(cause, fault.Signal(cause)))
}

// ending ends the call and tells the far sides told.
func ending(c Cause, told sip.Cause) message { return act(func(in *Call) { in.endAs(c, told) }) }

// Bridge lets the caller and leg hear each other and waits until leg has hung
// up; then the flow goes on with the caller. When the caller hangs up, leg is
// ended and the call is over. When ctx ends, they are parted again.
func (c *Call) Bridge(ctx context.Context, l *Leg) (BridgeResult, error) {
	b := &bridge{leg: l.leg, reply: make(chan error, 1)}
	err := c.wish(ctx, "bridge", b, b.reply)
	if ctx.Err() != nil {
		c.post(act(func(c *Call) { c.part(b, fault.New("bridge", CodeTimeout, "nobody waits for it")) }))
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
	stands bool // while nobody is being transferred
	since  time.Time
	reply  chan error
	result BridgeResult // written before reply is answered
}

func (b *bridge) apply(c *Call) {
	switch {
	case c.ending:
		b.reply <- fault.Over("bridge")
	case !c.has(b.leg):
		b.reply <- fault.New("bridge", CodeInvalid, "the leg is of another call")
	case !c.head.Up():
		b.reply <- fault.New("bridge", CodeInvalid, "the caller is not answered yet")
	case b.leg.Silent:
		b.result.Cause = b.leg.Cause // hung up before we got here
		b.reply <- nil
	case c.bridge != nil || c.moving != nil:
		b.reply <- fault.New("bridge", CodeInvalid, "the caller is bridged already")
	case !c.join(b.leg):
		b.reply <- fault.New("bridge", CodeInvalid, "the media thread is busy")
	default:
		b.since, b.stands, c.bridge = time.Now(), true, b
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
	b.result = BridgeResult{Cause: b.leg.Cause, Duration: time.Since(b.since)}
	b.reply <- err
}
