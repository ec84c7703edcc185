package call_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"trunkline/call"
	"trunkline/call/event"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/sip"
)

// tone answers and plays hz until the caller is gone.
func tone(hz float64) flow {
	return func(ctx context.Context, c *call.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		if _, err := c.Play(call.Sound{How: msg.Playback{Loop: -1}, Clips: []*prompt.Clip{prompt.Tone(hz, time.Second, -10)}}); err != nil {
			return err
		}
		<-ctx.Done()
		return nil
	}
}

func TestCallerHearsFlowAndHangsUp(t *testing.T) {
	r := newRig(t, tone(500))
	l := r.caller.dial(r.addr, "100")
	l.up()
	l.hears(500)
	l.dialog.Hangup(sip.New(sip.Normal, ""))
	l.await(sip.Ended)
	c := r.record()
	if c.Cause.Code != "normal" || c.Cause.By != call.ByCaller || c.AnsweredAt == nil || c.Flow != "f" || c.From != "alice" {
		t.Errorf("cdr %+v", c)
	}
	if len(c.Legs) != 1 || c.Legs[0].PacketsOut == 0 || c.Legs[0].Codec != "PCMU" {
		t.Errorf("legs %+v", c.Legs)
	}
}

func TestFlowHangsUp(t *testing.T) {
	r := newRig(t, func(ctx context.Context, c *call.Call) error { return c.Answer(ctx) })
	l := r.caller.dial(r.addr, "100")
	l.up()
	if e := l.await(sip.Ended); !e.Cause.Remote {
		t.Errorf("ended with %+v, want by the far side", e.Cause)
	}
	if c := r.record(); c.Cause.By != call.ByFlow {
		t.Errorf("cause %+v", c.Cause)
	}
}

// TestRefusals: a call that is refused tells the caller the fitting status.
func TestRefusals(t *testing.T) {
	f := func(number string, run flow, status int) {
		t.Run(number, func(t *testing.T) {
			r := newRig(t, run)
			l := r.caller.dial(r.addr, number)
			if e := l.await(sip.Ended); e.Cause.Status != status {
				t.Errorf("status %d, want %d (%v)", e.Cause.Status, status, e.Cause)
			}
		})
	}
	idle := flow(func(context.Context, *call.Call) error { return nil })
	f("999", idle, 404)
	f("lost", idle, 404)
	f("101", idle, 480)
	f("102", func(ctx context.Context, c *call.Call) error { return c.Reject(ctx, "busy") }, 486)
	f("103", func(ctx context.Context, c *call.Call) error { return c.Reject(ctx, "rejected") }, 603)
	f("104", func(context.Context, *call.Call) error { return errors.New("broken") }, 500)
	f("105", func(context.Context, *call.Call) error { panic("broken") }, 500)
	f("106", func(ctx context.Context, c *call.Call) error {
		if err := c.Reject(ctx, "normal"); err == nil {
			t.Error("rejected with a cause that is no refusal")
		}
		return c.Reject(ctx, "not_found")
	}, 404)
}

// TestNoPortsLeft: a call that cannot have media is refused as overload.
func TestNoPortsLeft(t *testing.T) {
	r := newRig(t, tone(500), func(c *call.Config) { c.Engine = exhausted(t) })
	if e := r.caller.dial(r.addr, "100").await(sip.Ended); e.Cause.Status != 503 {
		t.Errorf("ended with %v, want 503", e.Cause)
	}
}

// TestDialFailures: what the second leg says comes back to the flow as an error
// it can act on, and the caller is still there.
func TestDialFailures(t *testing.T) {
	f := func(name string, answer func(*line, *sip.Incoming), req call.DialRequest, code string, status int) {
		t.Run(name, func(t *testing.T) {
			got := make(chan error, 1)
			r := newRig(t, func(ctx context.Context, c *call.Call) error {
				if err := c.Answer(ctx); err != nil {
					return err
				}
				_, err := c.Dial(ctx, req)
				got <- err
				return tone(700)(ctx, c)
			})
			l := r.caller.dial(r.addr, "100")
			l.up()
			if answer != nil {
				answer(r.callee.pick())
			}
			var e *call.Error
			if err := <-got; !errors.As(err, &e) || e.Code != code || e.SIP != status {
				t.Errorf("got %v, want %s with SIP %d", err, code, status)
			}
			l.hears(700) // the flow went on
			l.dialog.Hangup(sip.New(sip.Normal, ""))
			if c := r.record(); c.Cause.By != call.ByCaller {
				t.Errorf("cause %+v", c.Cause)
			}
		})
	}
	reject := func(code sip.Code) func(*line, *sip.Incoming) {
		return func(l *line, _ *sip.Incoming) { l.dialog.Hangup(sip.New(code, "")) }
	}
	to := call.DialRequest{Trunk: "callee", To: "agent"}
	f("busy", reject(sip.Busy), to, "busy", 486)
	f("rejected", reject(sip.Rejected), to, "rejected", 603)
	f("ring time-out", func(l *line, _ *sip.Incoming) { l.await(sip.Ended) },
		call.DialRequest{Trunk: "callee", To: "agent", Timeout: 300 * time.Millisecond}, "no_answer", 0)
	f("no such trunk", nil, call.DialRequest{Trunk: "x", To: "agent"}, call.CodeInvalid, 0)
	f("trunk without target", nil, call.DialRequest{Trunk: "local", To: "agent"}, call.CodeRefused, 0)
	f("no number", nil, call.DialRequest{Trunk: "callee"}, call.CodeInvalid, 0)
	f("line break", nil, call.DialRequest{Trunk: "callee", To: "a\r\nX: y"}, call.CodeInvalid, 0)
	f("bent URI", nil, call.DialRequest{Trunk: "callee", To: "a@evil.example"}, call.CodeInvalid, 0)
	f("long", nil, call.DialRequest{Trunk: "callee", To: strings.Repeat("1", 65)}, call.CodeInvalid, 0)
}

func TestCallerCancelsBeforeAnswer(t *testing.T) {
	r := newRig(t, func(ctx context.Context, c *call.Call) error {
		if err := c.Ring(ctx); err != nil {
			return err
		}
		<-ctx.Done()
		return nil
	})
	l := r.caller.dial(r.addr, "100")
	l.await(sip.Ringing)
	l.dialog.Hangup(sip.New(sip.Cancelled, ""))
	c := r.record()
	if c.Cause.Code != "cancelled" || c.Cause.By != call.ByCaller || c.AnsweredAt != nil {
		t.Errorf("cdr %+v", c)
	}
}

func TestDigitsReachTheFlow(t *testing.T) {
	got := make(chan byte, 4)
	r := newRig(t, func(ctx context.Context, c *call.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		for in := range c.Inputs() {
			if in.Kind == call.KeyPressed {
				if got <- in.Digit; in.Digit == '#' {
					return nil
				}
			}
		}
		return nil
	})
	l := r.caller.dial(r.addr, "100")
	l.up()
	l.session.SendDigits(1, "2*#")
	for _, want := range []byte("2*#") {
		select {
		case d := <-got:
			if d != want {
				t.Errorf("got %c, want %c", d, want)
			}
		case <-time.After(patience):
			t.Fatalf("%c never came", want)
		}
	}
	l.await(sip.Ended)
	r.record()
}

func TestPlaybackEndsAsInput(t *testing.T) {
	ends := make(chan call.Input, 2)
	r := newRig(t, func(ctx context.Context, c *call.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		for _, stop := range []bool{false, true} {
			p, err := c.Play(call.Sound{What: event.PromptStarted{Text: "beep"}, Clips: []*prompt.Clip{prompt.Tone(600, 400*time.Millisecond, -10)}})
			if err != nil {
				return err
			}
			if stop {
				p.Stop()
			}
			in := <-c.Inputs()
			if in.Playback != p {
				t.Errorf("an input of another playback: %+v", in)
			}
			ends <- in
		}
		return nil
	})
	l := r.caller.dial(r.addr, "100")
	l.up()
	l.hears(600)
	if in := <-ends; in.Outcome != "finished" || in.Heard != 400*time.Millisecond || in.Total != in.Heard {
		t.Errorf("played to the end: %+v", in)
	}
	if in := <-ends; in.Outcome != "stopped" || in.Heard >= in.Total {
		t.Errorf("stopped: %+v", in)
	}
	l.await(sip.Ended)
	if p := await[event.PromptEnded](r); p.Text != "beep" || p.HeardMS != 400 {
		t.Errorf("event %+v", p)
	}
	r.record()
}

func TestOriginate(t *testing.T) {
	f := func(name string, answer func(*rig, *line, *sip.Incoming), code, by string) {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, tone(800))
			id, err := r.m.Originate(call.Originate{Trunk: "callee", To: "55", From: "77", Flow: "f"})
			if err != nil {
				t.Fatal(err)
			}
			l, in := r.callee.pick()
			if in.From.User != "77" || in.To.User != "55" {
				t.Errorf("from %s to %s", in.From.User, in.To.User)
			}
			answer(r, l, in)
			c := r.record()
			if c.ID != id || c.Direction != call.Outbound || c.Cause.Code != code || c.Cause.By != by {
				t.Errorf("cdr %+v", c)
			}
		})
	}
	f("answered", func(_ *rig, l *line, in *sip.Incoming) {
		l.accept(in)
		l.hears(800)
		l.dialog.Hangup(sip.New(sip.Normal, ""))
	}, "normal", call.ByCallee)
	f("busy", func(_ *rig, l *line, _ *sip.Incoming) { l.dialog.Hangup(sip.New(sip.Busy, "")) }, "busy", call.ByCallee)
	f("ended by api", func(r *rig, l *line, in *sip.Incoming) {
		l.accept(in)
		l.hears(800)
		live, _ := r.bus.View().Live()
		for _, c := range live {
			if err := r.m.Hangup(c.ID, call.ByAPI); err != nil {
				t.Error(err)
			}
		}
		l.await(sip.Ended)
	}, "normal", call.ByAPI)
}

func TestOriginateRefused(t *testing.T) {
	r := newRig(t, tone(800))
	if _, err := r.m.Originate(call.Originate{Trunk: "callee", To: "a b", Flow: "f"}); err == nil {
		t.Error("a number with a blank was dialled")
	}
	if err := r.m.Hangup("nobody", call.ByAPI); !errors.Is(err, call.ErrNoCall) {
		t.Errorf("hang up nobody: %v", err)
	}
}

// TestDrain: new calls of every kind are refused, and those that live are ended
// with a BYE when their time is over.
func TestDrain(t *testing.T) {
	r := newRig(t, tone(500))
	l := r.caller.dial(r.addr, "100")
	l.up()
	l.hears(500)
	ctx, cancel := context.WithCancel(context.Background())
	drained := make(chan struct{})
	go func() { defer close(drained); r.m.Drain(ctx) }()
	settle(t, "welcome", func() bool { return r.m.Welcome() != nil })
	late := r.caller.dial(r.addr, "100")
	if e := late.await(sip.Ended); e.Cause.Status != 503 {
		t.Errorf("a new call while draining: %v, want 503", e.Cause)
	}
	if _, err := r.m.Originate(call.Originate{Trunk: "callee", To: "55", Flow: "f"}); err == nil {
		t.Error("a call was placed while draining")
	}
	cancel()
	l.await(sip.Ended)
	<-drained
	if c := r.record(); c.Cause.By != call.BySystem {
		t.Errorf("cause %+v", c.Cause)
	}
}

// TestFull: one call too many is refused, the others do not notice, and when one
// has ended there is room again.
func TestFull(t *testing.T) {
	r := newRig(t, tone(500), func(c *call.Config) { c.MaxCalls = 1 })
	l := r.caller.dial(r.addr, "100")
	l.up()
	if e := r.caller.dial(r.addr, "100").await(sip.Ended); e.Cause.Status != 503 {
		t.Errorf("one too many ended with %v, want 503", e.Cause)
	}
	var e *call.Error
	if _, err := r.m.Originate(call.Originate{Trunk: "callee", To: "55", Flow: "f"}); !errors.As(err, &e) || e.Code != "overload" {
		t.Errorf("originate one too many: %v", err)
	}
	l.hears(500)
	l.dialog.Hangup(sip.New(sip.Normal, ""))
	r.record()
	settle(t, "calls", func() bool { return r.m.Live() == 0 })
	l = r.caller.dial(r.addr, "100")
	l.up()
	l.dialog.Hangup(sip.New(sip.Normal, ""))
	l.await(sip.Ended)
}
