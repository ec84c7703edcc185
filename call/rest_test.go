package call_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"trunkline/call"
	"trunkline/call/event"
	"trunkline/call/negotiate"
	"trunkline/media/prompt"
	"trunkline/sip"
)

// music is what waits with, at hz.
func music(hz float64) call.Sound {
	return call.Sound{Clips: []*prompt.Clip{prompt.Tone(hz, time.Second, -10)}}
}

// lent is a flow that answers, lends its call to the test, dials the callee and
// bridges; after the bridge it plays a tone.
func lent(calls chan<- *call.Call) flow {
	f := agent(make(chan call.BridgeResult, 1))
	return func(ctx context.Context, c *call.Call) error {
		calls <- c
		return f(ctx, c)
	}
}

// accepts answers an offer that has come within the dialog, and holds that it has a
// direction.
func (l *line) accepts(direction string) {
	l.t.Helper()
	e := l.await(sip.Reoffered)
	if !strings.Contains(string(e.SDP), "a="+direction) {
		l.t.Fatalf("offered %q, want %s", e.SDP, direction)
	}
	l.local.Version++
	answer, params, err := negotiate.Answer(e.SDP, l.local)
	if err != nil {
		l.t.Fatal(err)
	}
	if err := l.dialog.AnswerReoffer(answer); err != nil {
		l.t.Fatal(err)
	}
	l.session.Start(params)
}

// later runs do and returns what it will have said.
func later(do func() error) <-chan error {
	said := make(chan error, 1)
	go func() { said <- do() }()
	return said
}

// wants holds that something came about.
func wants(t *testing.T, said <-chan error) {
	t.Helper()
	if err := <-said; err != nil {
		t.Fatal(err)
	}
}

// code is the code of an error of package call.
func code(err error) string {
	var e *call.Error
	if !errors.As(err, &e) {
		return ""
	}
	return e.Code
}

// TestHold holds that whoever is on hold hears music and nobody else, that the other
// side hears nothing, and that afterwards both are as they were.
func TestHold(t *testing.T) {
	calls := make(chan *call.Call, 1)
	r := newRig(t, lent(calls))
	caller, callee := talk(r)
	c, ctx := <-calls, t.Context()
	f := func(held, other *line, own, others float64, leg string) {
		t.Helper()
		done := later(func() error { return c.Hold(ctx, call.HoldRequest{Leg: leg, Music: music(600)}) })
		held.accepts("sendonly")
		wants(t, done)
		held.hears(600)
		other.hearsNothing()
		if err := c.Hold(ctx, call.HoldRequest{Leg: leg}); code(err) != call.CodeInvalid {
			t.Errorf("on hold twice: %v", err)
		}
		done = later(func() error { return c.Unhold(ctx, leg) })
		held.accepts("sendrecv")
		wants(t, done)
		held.hears(others)
		other.hears(own)
	}
	f(caller, callee, 440, 1000, "")
	f(callee, caller, 1000, 440, "b")
	f(caller, callee, 440, 1000, "a")
	for _, err := range []error{c.Unhold(ctx, ""), c.Unhold(ctx, "z"), c.Hold(ctx, call.HoldRequest{Leg: "z"})} {
		if code(err) != call.CodeInvalid {
			t.Errorf("no such thing to do: %v", err)
		}
	}
	caller.end(callee)
	r.record()
	if err := c.Hold(ctx, call.HoldRequest{}); code(err) != call.CodeHangup {
		t.Errorf("on hold after the end: %v", err)
	}
}

// TestHoldRefused holds that nothing changes when the far side refuses.
func TestHoldRefused(t *testing.T) {
	calls := make(chan *call.Call, 1)
	r := newRig(t, lent(calls))
	caller, callee := talk(r)
	c := <-calls
	done := later(func() error { return c.Hold(t.Context(), call.HoldRequest{Music: music(600)}) })
	caller.await(sip.Reoffered)
	if err := caller.dialog.AnswerReoffer(nil); err != nil {
		t.Fatal(err)
	}
	var e *call.Error
	if err := <-done; !errors.As(err, &e) || e.SIP != 488 || e.Verb != "hold" {
		t.Errorf("refused: %v", err)
	}
	caller.hears(1000)
	callee.hears(440)
	caller.end(callee)
	r.record()
}

// TestHoldMeetsTheirs holds that a hold of ours and an offer of theirs that cross both
// come about.
func TestHoldMeetsTheirs(t *testing.T) {
	calls := make(chan *call.Call, 1)
	r := newRig(t, lent(calls))
	caller, callee := talk(r)
	c := <-calls
	done := later(func() error { return c.Hold(t.Context(), call.HoldRequest{Music: music(600)}) })
	caller.local.Version++
	offer, err := negotiate.Offer(caller.local)
	if err != nil {
		t.Fatal(err)
	}
	_ = caller.dialog.Reoffer(offer) // unless ours was first
	caller.accepts("sendonly")
	wants(t, done)
	caller.hears(600)
	callee.hearsNothing()
	callee.end()
	caller.accepts("sendrecv")
	caller.hears(900)
	caller.end()
	r.record()
}

// TestHoldOfTheHeld holds that who holds us is not asked to listen, and that a leg both
// sides of which hold is heard only when both have let go.
func TestHoldOfTheHeld(t *testing.T) {
	calls := make(chan *call.Call, 1)
	r := newRig(t, lent(calls))
	caller, callee := talk(r)
	c, ctx := <-calls, t.Context()
	caller.agree(caller.reoffer("sendonly"))
	done := later(func() error { return c.Hold(ctx, call.HoldRequest{Music: music(600)}) })
	caller.accepts("inactive")
	wants(t, done)
	if e := caller.again(asItIs); !strings.Contains(string(e.SDP), "a=sendonly") {
		t.Errorf("resumed, and answered %q", e.SDP)
	}
	callee.hearsNothing()
	done = later(func() error { return c.Unhold(ctx, "") })
	caller.accepts("sendrecv")
	wants(t, done)
	caller.hears(1000)
	callee.hears(440)
	caller.end(callee)
	r.record()
}

// TestHoldEnds holds that a hold ends with its bridge, and the flow goes on with
// whoever was on hold; and that who is on hold may hang up.
func TestHoldEnds(t *testing.T) {
	f := func(name string, end func(c *call.Call, caller, callee *line)) {
		t.Run(name, func(t *testing.T) {
			calls := make(chan *call.Call, 1)
			r := newRig(t, lent(calls))
			caller, callee := talk(r)
			c := <-calls
			done := later(func() error { return c.Hold(t.Context(), call.HoldRequest{Music: music(600), Blank: true}) })
			caller.accepts("sendonly")
			wants(t, done)
			await[event.LegHeld](r)
			end(c, caller, callee)
			r.record()
		})
	}
	f("other side hangs up", func(c *call.Call, caller, callee *line) {
		callee.end()
		caller.accepts("sendrecv")
		caller.hears(900)
		caller.end()
	})
	f("held side hangs up", func(c *call.Call, caller, callee *line) { caller.end(callee) })
	f("held side hangs up while let go", func(c *call.Call, caller, callee *line) {
		done := later(func() error { return c.Unhold(context.Background(), "") })
		caller.await(sip.Reoffered)
		caller.end(callee)
		if err := <-done; code(err) == "" {
			caller.t.Errorf("let go while hanging up: %v", err)
		}
	})
}

// TestHoldWithoutABridge holds that a flow may let the caller wait at once, that the
// recording pauses if wished, and that a bridge ends the wait.
func TestHoldWithoutABridge(t *testing.T) {
	next := make(chan bool)
	r := newRig(t, func(ctx context.Context, c *call.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		if _, err := c.Record(ctx); err != nil {
			return err
		}
		if err := c.Hold(ctx, call.HoldRequest{Blank: true}); err != nil {
			return err
		}
		<-next
		leg, err := c.Dial(ctx, call.DialRequest{Trunk: "callee", To: "agent"})
		if err != nil {
			return err
		}
		_, err = c.Bridge(ctx, leg)
		return err
	}, func(cfg *call.Config) { cfg.Music = music(600) })
	caller := r.caller.dial(r.addr, "100")
	caller.up()
	caller.hum(440)
	await[event.RecordingPaused](r)
	caller.accepts("sendonly")
	caller.hears(600)
	next <- true
	callee, in := r.callee.pick()
	callee.accept(in)
	callee.hum(1000)
	caller.accepts("sendrecv")
	await[event.RecordingResumed](r)
	caller.hears(1000)
	callee.hears(440)
	callee.end(caller)
	if c := r.record(); c.Recording == nil || c.Recording.Paused == 0 {
		t.Errorf("record %+v", c.Recording)
	}
}
