package conduct

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"trunkline/call/event"
	"trunkline/call/internal/fault"
	"trunkline/sip"
	"trunkline/store"
)

// graceTime is how long an ended call waits for the last word of its dialogs,
// its recorder and its flow before it is buried without them.
const graceTime = 10 * time.Second

// end is the one place that ends a call. Whoever comes first says why.
func (c *Call) end(cause Cause) { c.endAs(cause, fault.Signal(cause)) }

// endAs tells the far sides told.
func (c *Call) endAs(cause Cause, told sip.Cause) {
	if c.ending {
		return
	}
	c.ending = true
	c.grace = c.after(graceTime, (*Call).giveUp) // whatever else goes wrong, the call will be over
	cause = c.head.Fitting(cause)
	c.cause = cause
	c.log.Info("call ends", "cause", cause.Code, "by", cause.By, "sip", cause.SIP, "text", cause.Text)
	if c.moving != nil {
		c.moved(c.moving, 487)
	}
	c.part(c.bridge, fault.Over("bridge"))
	c.early = nil
	c.quit(c.company, fault.Over("conference"))
	for _, l := range c.legs {
		l.hangupAs(cause, told)
	}
	for _, reply := range c.sends {
		reply <- fault.Over("dtmf")
	}
	clear(c.sends)
	for _, reply := range c.answers {
		reply <- fault.Over("answer")
	}
	c.answers = nil
	c.page.Ended()
	close(c.done) // before the context ends, so that whoever it wakes sees why
	c.cancel()
}

// giveUp ends what did not end by itself.
func (c *Call) giveUp() {
	c.lost = true
	c.log.Error("call buried before everything had ended", "flow", c.flowing, "recording", c.studio.Writing())
	for _, l := range c.legs {
		if !l.Over() {
			l.GiveUp()
			c.onLegOver(l)
		}
	}
}

// onLegDown takes note that a leg's dialog has ended; its sound may not have. What
// ended it reaches the other legs as far as it concerns them.
func (c *Call) onLegDown(l *leg) {
	c.deps.Roster.Drop(l.Dialog)
	c.hushEarly(l)
	l.Tendered(fault.New("", fault.Hangup, "the leg has hung up"))
	if d := l.dial; d != nil {
		l.dial = nil
		l.hush()
		d.timer.Stop()
		c.failedOver(d, l)
	}
	if !c.outlives(l) {
		if b := c.bridge; b != nil && b.leg == l {
			c.part(b, nil)
		}
		if l == c.head {
			c.endAs(l.Cause, fault.Across(l.Cause))
		}
	}
	c.onLegOver(l)
}

// failedOver goes on to the next trunk when the one of l was the trouble, or tells
// whoever waits.
func (c *Call) failedOver(d *dialing, l *leg) {
	if c.ending {
		d.done(fault.Over("dial"))
		return
	}
	err := &Error{Verb: "dial", Cause: l.Cause}
	if l.Retry && len(d.trunks) > 0 {
		if err = c.tryNext(d); err == nil {
			return
		}
	}
	d.done(err)
}

// onLegOver reports a leg of which nothing is left.
func (c *Call) onLegOver(l *leg) {
	if !l.Over() || l.Dialog == nil {
		return
	}
	l.Hold.Release()
	c.publish(l.ID, event.LegEnded{Cause: l.Cause, Quality: l.Quality()})
}

// onAnswered takes note that sound may flow between the caller's side and us.
func (c *Call) onAnswered(at time.Time) {
	c.page.Answered(at)
	for _, reply := range c.answers {
		reply <- nil
	}
	c.answers = nil
}

// onLegUp takes note that a leg we placed was answered.
func (c *Call) onLegUp(l *leg) {
	if l == c.head {
		c.startFlow()
	}
	c.studio.Join(l.Line, l == c.head)
}

// over reports whether nothing of the call is left but its record.
func (c *Call) over() bool {
	if c.lost {
		return true
	}
	there := func(l *leg) bool { return !l.Over() }
	return c.ending && !c.flowing && !c.studio.Writing() && !slices.ContainsFunc(c.legs, there)
}

// startFlow lets the call's flow run on a goroutine of its own until it is done
// or the call has ended.
func (c *Call) startFlow() {
	ctx, cancel := context.WithCancel(context.Background())
	c.cancel = cancel
	c.flowing = true
	go func() {
		defer cancel()
		err := c.runFlow(ctx)
		c.post(act(func(c *Call) { c.onFlowDone(err) }))
	}()
}

// runFlow runs the flow; a panic in it is this call's failure and no other's.
func (c *Call) runFlow(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in flow %s: %v\n%s", c.info.Flow, p, debug.Stack())
		}
	}()
	return c.flows.Run(ctx, c)
}

func (c *Call) onFlowDone(err error) {
	c.flowing = false
	cause := Cause{Code: string(sip.Normal), By: event.ByFlow}
	switch {
	case c.ending:
		return
	case err != nil:
		c.log.Error("flow failed", "error", err)
		cause = Cause{Code: string(sip.Failed), By: event.BySystem, Text: "flow failed"}
	case !c.head.Up():
		cause = Cause{Code: string(sip.NoAnswer), By: event.ByFlow, Text: "the flow did not answer"}
	}
	c.end(cause)
}

// bury writes the record, says so, and lets the call be forgotten. The record
// is there before the event, so whoever sees call.ended can fetch it.
func (c *Call) bury() {
	c.grace.Stop()
	legs := make([]store.LegRecord, len(c.legs))
	for i, l := range c.legs {
		legs[i] = l.Record()
	}
	if err := c.page.Close(c.cause, legs); err != nil {
		c.log.Error("the call leaves no record", "error", err)
	}
	t := c.Times()
	c.publish("", event.CallEnded{Cause: c.cause, DurationMS: t.Ended.Sub(t.Started).Milliseconds()})
	for _, m := range c.mail.Close() {
		if leg, ok := m.(interface{ late(*Call) }); ok { // it belongs to nobody now
			leg.late(c)
		}
	}
	close(c.gone)
	c.deps.Roster.Forget(c.info.ID)
}
