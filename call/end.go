package call

import (
	"context"
	"math"
	"time"

	"trunkline/call/event"
	"trunkline/sip"
	"trunkline/store"
)

// graceTime is how long an ended call waits for the last word of its dialogs,
// its recorder and its flow before it is buried without them.
const graceTime = 10 * time.Second

// end is the one place that ends a call. Whoever comes first says why.
func (c *Call) end(cause Cause) { c.endAs(cause, signal(cause)) }

// endAs tells the far sides told.
func (c *Call) endAs(cause Cause, told sip.Cause) {
	if c.ending {
		return
	}
	c.ending = true
	c.grace = c.after(graceTime, graceOver{}) // whatever else goes wrong, the call will be over
	cause = c.head.fitting(cause)
	c.cause = cause
	c.log.Info("call ends", "cause", cause.Code, "by", cause.By, "sip", cause.SIP, "text", cause.Text)
	if c.moving != nil {
		c.moved(c.moving, 487)
	}
	c.part(c.bridge, over("bridge"))
	c.early = nil
	c.quit(c.company, over("conference"))
	for _, l := range c.legs {
		l.hangupAs(cause, told)
	}
	for _, reply := range c.sends {
		reply <- over("dtmf")
	}
	clear(c.sends)
	for _, reply := range c.answers {
		reply <- over("answer")
	}
	c.answers = nil
	c.setTimes(func(t *Times) { t.Ended = time.Now() })
	close(c.done) // before the context ends, so that whoever it wakes sees why
	c.cancel()
}

type graceOver struct{}

func (graceOver) apply(c *Call) {
	c.lost = true
	c.log.Error("call buried before everything had ended", "flow", c.flowing, "recording", c.writing())
	for _, l := range c.legs {
		if l.over() {
			continue
		}
		if !l.silent {
			l.ended, l.cause = time.Now(), l.wanted
		}
		l.silent, l.closed = true, true
		c.onLegOver(l)
	}
}

// onLegDown takes note that a leg's dialog has ended; its sound may not have. What
// ended it reaches the other legs as far as it concerns them.
func (c *Call) onLegDown(l *leg) {
	c.deps.roster.Drop(l.dialog)
	c.hushEarly(l)
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
			c.endAs(l.cause, across(l.cause))
		}
	}
	c.onLegOver(l)
}

// failedOver goes on to the next trunk when the one of l was the trouble, or tells
// whoever waits.
func (c *Call) failedOver(d *dialing, l *leg) {
	if c.ending {
		d.done(over("dial"))
		return
	}
	err := &Error{Verb: "dial", Cause: l.cause}
	if l.retry && len(d.trunks) > 0 {
		if err = c.tryNext(d); err == nil {
			return
		}
	}
	d.done(err)
}

// onLegOver reports a leg of which nothing is left.
func (c *Call) onLegOver(l *leg) {
	if !l.over() || l.dialog == nil {
		return
	}
	l.hold.Release()
	c.publish(l.id, event.LegEnded{
		Cause: l.cause, Quality: l.quality(),
	})
}

// onAnswered takes note that sound may flow between the caller's side and us.
func (c *Call) onAnswered(at time.Time) {
	c.setTimes(func(t *Times) { t.Answered = at })
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
	c.recordToo(l)
}

// over reports whether nothing of the call is left but its record.
func (c *Call) over() bool {
	if c.lost {
		return true
	}
	if !c.ending || c.flowing || c.writing() {
		return false
	}
	for _, l := range c.legs {
		if !l.over() {
			return false
		}
	}
	return true
}

// startFlow lets the call's flow run on a goroutine of its own until it is done
// or the call has ended.
func (c *Call) startFlow() {
	ctx, cancel := context.WithCancel(context.Background())
	c.cancel = cancel
	c.flowing = true
	go func() {
		defer cancel()
		c.post(flowDone{c.runFlow(ctx)})
	}()
}

type flowDone struct{ err error }

func (m flowDone) apply(c *Call) {
	c.flowing = false
	cause := Cause{Code: string(sip.Normal), By: ByFlow}
	switch {
	case c.ending:
		return
	case m.err != nil:
		c.log.Error("flow failed", "error", m.err)
		cause = Cause{Code: string(sip.Failed), By: BySystem, Text: "flow failed"}
	case c.head.answered.IsZero():
		cause = Cause{Code: string(sip.NoAnswer), By: ByFlow, Text: "the flow did not answer"}
	}
	c.end(cause)
}

// bury writes the record, says so, and lets the call be forgotten. The record
// is there before the event, so whoever sees call.ended can fetch it.
func (c *Call) bury() {
	c.grace.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	if err := c.deps.cdrs.AddCDR(ctx, c.record()); err != nil {
		c.log.Error("write cdr", "error", err)
	}
	t := c.Times()
	c.publish("", event.CallEnded{Cause: c.cause, DurationMS: t.Ended.Sub(t.Started).Milliseconds()})
	for _, m := range c.mail.close() {
		if a, ok := m.(adopt); ok { // a leg that came too late
			a.leg.bury(c.cause)
		}
	}
	close(c.gone)
	c.deps.roster.Forget(c.info.ID)
}

// storeTime bounds how long a slow database may hold up the end of a call.
const storeTime = 5 * time.Second

// record is the call's CDR.
func (c *Call) record() store.CDR {
	t := c.Times()
	r := store.CDR{
		ID: c.info.ID, Direction: c.info.Direction, Trunk: c.info.Trunk, From: c.info.From, To: c.info.To,
		Flow: c.info.Flow, StartedAt: t.Started, AnsweredAt: optional(t.Answered), EndedAt: t.Ended,
		Cause: store.Cause(c.cause), Legs: []store.LegRecord{}, Nodes: []store.NodeVisit{},
	}
	for i, l := range c.legs {
		r.Legs = append(r.Legs, l.record())
		if i == 0 {
			r.Recording = l.rec.result
		} else {
			r.Legs[i].Recording = l.rec.result
		}
	}
	for i, n := range c.nodes {
		r.Nodes = append(r.Nodes, store.NodeVisit{
			Menu: n.Menu, Node: n.Node, By: n.By, Heard: n.Heard, Score: n.Score, At: c.nodesAt[i],
		})
	}
	return r
}

func (l *leg) record() store.LegRecord {
	return store.LegRecord{
		ID: l.id, Trunk: l.trunk.Data.Name, Direction: l.direction, Address: l.address, SIPCallID: l.callID(),
		Codec: codecName(l.params), StartedAt: l.started, AnsweredAt: optional(l.answered), EndedAt: l.ended,
		Cause: store.Cause(l.cause), Quality: store.Quality(l.quality()),
	}
}

// quality says how the leg's sound travelled.
func (l *leg) quality() event.Quality {
	s := &l.stats
	return event.Quality{
		PacketsIn: s.PacketsIn, PacketsOut: s.PacketsOut, Relayed: s.Relayed, Lost: s.Lost, Late: s.Late,
		Refused: s.Foreign + s.Malformed + s.Forged + s.Capped, JitterMS: milliseconds(s.Jitter), MOS: hundredths(s.MOS),
		RoundTripMS: milliseconds(s.RoundTrip), RemoteLost: s.RemoteLost, RemoteMOS: hundredths(s.RemoteMOS),
	}
}

func hundredths(x float32) float64 { return math.Round(float64(x)*100) / 100 }

func (l *leg) callID() string {
	if l.dialog == nil {
		return ""
	}
	return l.dialog.CallID()
}

func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
