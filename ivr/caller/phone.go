package caller

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"trunkline/call"
	"trunkline/call/event"
	"trunkline/ivr/line"
)

var _ line.Phone = (*Caller)(nil)

// over is the error of what comes after the end.
func over(verb string) error {
	return &call.Error{Verb: verb, Cause: call.Cause{Code: call.CodeHangup, Text: "the call is over"}}
}

// Info is the script's.
func (c *Caller) Info() call.Info { return c.script.Info }

// Done is closed when the call is over.
func (c *Caller) Done() <-chan struct{} { return c.done }

// Cause says why it is over.
func (c *Caller) Cause() call.Cause {
	cause, _ := c.Ended()
	return cause
}

// Times are the call's.
func (c *Caller) Times() call.Times {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.times
}

// Inputs is what came from the caller.
func (c *Caller) Inputs() <-chan call.Input { return c.inputs }

// Ring lets the caller hear ringing.
func (c *Caller) Ring(context.Context) error {
	c.notef(Does, "rings")
	return nil
}

// Answer answers, once.
func (c *Caller) Answer(context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.times.Answered.IsZero() && c.times.Ended.IsZero() {
		c.times.Answered = time.Now()
		c.note(Event{Kind: Does, Text: "answers"})
	}
	return nil
}

// Reject ends the call before it is answered.
func (c *Caller) Reject(_ context.Context, code string) error {
	if !c.Times().Answered.IsZero() {
		return &call.Error{Verb: "reject", Cause: call.Cause{Code: call.CodeInvalid, Text: "the call is answered"}}
	}
	c.Hangup(call.ByFlow, code, "")
	return nil
}

// Hangup ends the call, once.
func (c *Caller) Hangup(by, code, text string) {
	c.end(call.Cause{Code: code, By: by, Text: text})
}

func (c *Caller) end(cause call.Cause) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.times.Ended.IsZero() {
		return
	}
	for _, p := range c.plays {
		p.finish("dropped")
	}
	c.times.Ended = time.Now()
	c.cause = cause
	c.note(Event{Kind: Ends, Text: fmt.Sprintf("%s, by %s", cause.Code, cause.By)})
	c.cancel()
	close(c.done)
}

// SendDigits sends digits to the caller's side.
func (c *Caller) SendDigits(_ context.Context, digits string) error {
	c.notef(Does, "sends the digits %s", digits)
	return nil
}

// Record begins to record, once.
func (c *Caller) Record(context.Context) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.recorded {
		c.recorded = true
		c.note(Event{Kind: Does, Text: "records"})
	}
	return "/recordings/" + c.script.Info.ID + ".wav", nil
}

// PauseRecording pauses it.
func (c *Caller) PauseRecording(context.Context) error {
	c.notef(Does, "pauses the recording")
	return nil
}

// ResumeRecording resumes it.
func (c *Caller) ResumeRecording(context.Context) error {
	c.notef(Does, "resumes the recording")
	return nil
}

// Conceal hides the keys that are pressed until show is called.
func (c *Caller) Conceal(context.Context) (show func(), err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.blind++
	return c.open(&c.blind), nil
}

// Hold lets the caller wait.
func (c *Caller) Hold(context.Context, call.HoldRequest) error {
	c.notef(Does, "lets the caller wait")
	return nil
}

// Unhold ends the wait.
func (c *Caller) Unhold(context.Context, string) error {
	c.notef(Does, "takes the caller back")
	return nil
}

// Park lets the caller wait for somebody who never comes.
func (c *Caller) Park(ctx context.Context, r call.ParkRequest) (call.Parked, error) {
	slot := cmp.Or(r.Slot, "701")
	c.notef(Does, "parks the caller in slot %s", slot)
	if r.Told != nil {
		r.Told(slot)
	}
	from := time.Now()
	c.Wait(ctx, cmp.Or(r.Timeout, endless))
	if c.ctx.Err() != nil || ctx.Err() != nil {
		return call.Parked{}, over("park")
	}
	return call.Parked{Slot: slot, Code: "timeout", Waited: time.Since(from)}, nil
}

// Pickup finds nobody.
func (c *Caller) Pickup(_ context.Context, slot string) (call.BridgeResult, error) {
	c.notef(Does, "finds nobody in slot %s", slot)
	return call.BridgeResult{}, &call.Error{Verb: "pickup", Cause: call.Cause{Code: "not_found", Text: "nobody is parked there"}}
}

// leg is one that was answered.
type leg struct {
	Leg
	c    *Caller
	name string
	gone func() bool // true the first time
}

// ID names it.
func (l *leg) ID() string { return l.name }

// Hangup ends it.
func (l *leg) Hangup() {
	if l.gone() {
		l.c.notef(Does, "hangs up on %s", l.name)
	}
}

// Dial places a leg that does what the script says.
func (c *Caller) Dial(ctx context.Context, r call.DialRequest) (line.Leg, error) {
	c.notef(Does, "dials %s through %s", r.To, r.Trunk)
	l := Leg{Outcome: "no_answer", After: endless}
	if c.script.Dial != nil {
		l = c.script.Dial(r)
	}
	rings := cmp.Or(r.Timeout, call.DefaultRing)
	outcome := l.Outcome
	if l.After >= rings && outcome != "" {
		outcome, l.After = "no_answer", rings
	}
	c.Wait(ctx, l.After)
	switch {
	case c.ctx.Err() != nil || ctx.Err() != nil:
		return nil, over("dial")
	case outcome != Answers:
		c.notef(Does, "is not connected: %s", outcome)
		return nil, &call.Error{Verb: "dial", Cause: call.Cause{Code: outcome}}
	}
	c.notef(Does, "is connected to %s", r.To)
	var once sync.Once
	return &leg{l, c, r.To, func() (first bool) {
		once.Do(func() { first = true })
		return first
	}}, nil
}

// Bridge lets both talk for as long as the script says.
func (c *Caller) Bridge(ctx context.Context, other line.Leg) (call.BridgeResult, error) {
	l, from := other.(*leg), time.Now()
	c.notef(Does, "lets the caller talk to %s", l.name)
	defer c.talk()()
	c.Wait(ctx, cmp.Or(l.Talks, endless))
	if c.ctx.Err() != nil || ctx.Err() != nil {
		return call.BridgeResult{}, over("bridge")
	}
	if l.By == call.ByCaller {
		c.HangUp()
		return call.BridgeResult{}, over("bridge")
	}
	l.gone()
	cause := call.Cause{Code: cmp.Or(l.Ends, "normal"), By: call.ByCallee}
	c.notef(Does, "sees %s hang up: %s", l.name, cause.Code)
	return call.BridgeResult{Cause: cause, Duration: time.Since(from)}, nil
}

// talk counts a conversation of the caller with somebody else than the flow.
func (c *Caller) talk() (over func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.talks++
	return c.open(&c.talks)
}

// Transfer sends the caller elsewhere, or to somebody who is connected.
func (c *Caller) Transfer(_ context.Context, to string, other line.Leg) error {
	l, connected := other.(*leg)
	if connected {
		c.notef(Does, "transfers the caller to %s, who is %s", to, l.name)
	} else {
		c.notef(Does, "transfers the caller to %s", to)
	}
	if c.script.Transfer != nil {
		if code := c.script.Transfer(to); code != "" {
			return &call.Error{Verb: "transfer", Cause: call.Cause{Code: code}}
		}
	}
	if connected {
		l.gone()
	}
	c.Hangup(call.ByFlow, "normal", "")
	return nil
}

// Confer keeps the caller in a conference to the end.
func (c *Caller) Confer(ctx context.Context, r call.Conference) error {
	c.notef(Does, "lets the caller into the conference %s", r.Room)
	defer c.talk()()
	<-ctx.Done()
	return over("conference")
}

// Echo returns the caller's voice.
func (c *Caller) Echo(ctx context.Context) error {
	c.notef(Does, "returns what the caller says")
	defer c.talk()()
	<-ctx.Done()
	return &call.Error{Verb: "echo", Cause: call.Cause{Code: call.CodeTimeout}}
}

// Emit takes what the flow tells of itself.
func (c *Caller) Emit(d event.Data) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch d := d.(type) {
	case event.NodeReached:
		c.note(Event{Kind: Node, Text: d.Node, Menu: d.Menu, By: d.By, Score: d.Score})
	case event.NoMatch:
		why := "understands nothing: " + d.Heard
		if d.Reason == "silence" {
			why = "hears nothing"
		}
		c.note(Event{Kind: Missed, Text: why})
	case event.SpeechRecognized:
		c.note(Event{Kind: Understood, Text: d.Text, Score: d.Confidence})
	case event.FlowFailed:
		c.note(Event{Kind: Fails, Text: d.Error})
	}
}
