package conduct

import (
	"context"
	"time"

	"trunkline/call/event"
	"trunkline/call/internal/fault"
	"trunkline/media/msg"
	"trunkline/sip"
)

// HoldRequest is who shall wait, and how.
type HoldRequest struct {
	Leg   string // its name; "": whoever has the caller's place
	Music Sound  // what it hears, for ever; the zero Sound: what is configured
	Blank bool   // recordings pause meanwhile
}

// Hold lets a leg wait (RFC 3264 §8.4): it hears music and is not heard; the other side
// of a bridge hears nothing. It lasts until Unhold, the end of the bridge, or the
// beginning of one. When the far side refuses, everything is as it was before, and the
// error's Code says why.
func (c *Call) Hold(ctx context.Context, r HoldRequest) error {
	reply := make(chan error, 1)
	return c.wish(ctx, "hold", act(func(c *Call) { c.hold(r, reply) }), reply)
}

// Unhold ends the wait of a leg, which is named as in a HoldRequest. When the far side
// refuses, it goes on.
func (c *Call) Unhold(ctx context.Context, leg string) error {
	reply := make(chan error, 1)
	return c.wish(ctx, "unhold", act(func(c *Call) { c.unhold(leg, reply) }), reply)
}

// rest is what there is while a leg waits.
type rest struct {
	music msg.Ref
	blank bool // it keeps recordings paused
	held  bool // the far side has agreed
	over  bool // it ends as soon as the far side has
}

func (c *Call) hold(r HoldRequest, reply chan<- error) {
	l, err := c.resting("hold", r.Leg, false)
	if err != nil {
		reply <- err
		return
	}
	l.rest = &rest{music: c.player.Name(), blank: r.Blank}
	c.meet() // not once the far side agrees: who holds means it now
	c.blank()
	if !r.Music.Sounds() {
		r.Music = c.deps.Music
	}
	r.Music.How.Ref, r.Music.How.Loop = l.rest.music, -1
	r.Music.Start(l.Session)
	l.tender("hold", msg.SendOnly, func(err error) {
		if err != nil {
			l.wake()
		} else {
			l.rest.held = true
			l.call.publish(l.ID, event.LegHeld{})
		}
		reply <- err
		if h := l.rest; h != nil && h.over {
			h.over = false
			l.call.release(l)
		}
	})
}

func (c *Call) unhold(name string, reply chan<- error) {
	l, err := c.resting("unhold", name, true)
	if err != nil {
		reply <- err
		return
	}
	l.tender("unhold", msg.SendRecv, func(err error) {
		if err == nil || l.rest.over {
			l.wake()
		}
		reply <- err
	})
}

// resting finds a leg that is on hold, or one that can be.
func (c *Call) resting(verb, name string, rests bool) (*leg, error) {
	l := c.head
	for _, other := range c.legs {
		if name == other.ID {
			l = other
		}
	}
	switch {
	case c.ending:
		return nil, fault.Over(verb)
	case name != "" && l.ID != name || l.Silent || !l.Up():
		return nil, fault.New(verb, fault.Invalid, "there is no such leg, or it is not up")
	case (l.rest != nil) != rests:
		return nil, fault.New(verb, fault.Invalid, map[bool]string{false: "it is on hold already", true: "it is not on hold"}[rests])
	case l.Tendering():
		return nil, fault.New(verb, fault.Invalid, "another change is under way")
	case c.moving != nil || l == c.head && c.company != nil:
		return nil, fault.New(verb, fault.Invalid, "it is being transferred, or in a conference")
	}
	return l, nil
}

// release ends the wait of a leg, if it waits, for what makes no sense with one.
func (c *Call) release(l *leg) {
	h := l.rest
	if h == nil || h.over || l.Silent {
		return
	}
	h.over = true
	if l.Tendering() {
		return // what is under way sees to it
	}
	l.tender("unhold", msg.SendRecv, func(err error) {
		if err != nil {
			l.call.log.Warn("the far side stays on hold", "leg", l.ID, "error", err)
		}
		l.wake()
	})
}

// wake lets a leg take part again.
func (l *leg) wake() {
	l.Session.Stop(l.rest.music)
	if l.rest.held {
		l.call.publish(l.ID, event.LegResumed{})
	}
	l.rest = nil
	l.call.blank()
	l.call.meet()
}

// tender lets sound flow as d says at most, if the far side agrees; done is told once.
func (l *leg) tender(verb string, d msg.Direction, done func(error)) {
	l.Tender(verb, d, done)
	l.settle()
}

// settle sends an offer of ours that is not sent yet.
func (l *leg) settle() {
	if l.Settle() {
		time.AfterFunc(offerAgain, func() { l.post(act(func(*Call) { l.settle() })) })
	}
}

// offerAgain is how long an offer waits while theirs is dealt with.
const offerAgain = 100 * time.Millisecond

// onReanswered takes the answer to an offer of ours within the dialog. A refusal
// leaves everything as it was; an answer that cannot be used ends the leg rather
// than let it fall back to something less (SRTP that is required).
func (l *leg) onReanswered(e sip.Event) {
	switch p, up, err := l.Reanswered(e); {
	case err != nil:
		l.fail(sip.Media, err.Error())
	case up:
		l.up(p)
		l.Tendered(nil)
	default:
		l.Tendered(&Error{Cause: fault.Of(e.Cause, l.by())})
	}
}
