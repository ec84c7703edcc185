package call_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"trunkline/call"
	"trunkline/call/event"
	"trunkline/sip"
)

// TestHangupEndsVerbs: a verb that waits when the caller hangs up returns at
// once and says so, even when its context does not end with the call.
func TestHangupEndsVerbs(t *testing.T) {
	f := func(name string, verb func(context.Context, *call.Call) error, ready func(*rig)) {
		t.Run(name, func(t *testing.T) {
			got := make(chan error, 1)
			r := newRig(t, func(ctx context.Context, c *call.Call) error {
				if err := c.Answer(ctx); err != nil {
					return err
				}
				got <- verb(context.WithoutCancel(ctx), c)
				return nil
			})
			l := r.caller.dial(r.addr, "100")
			l.up()
			ready(r)
			began := time.Now()
			l.dialog.Hangup(sip.New(sip.Normal, ""))
			var e *call.Error
			if err := <-got; !errors.As(err, &e) || e.Code != call.CodeHangup {
				t.Errorf("got %v, want %s", err, call.CodeHangup)
			}
			if waited := time.Since(began); waited > 5*time.Second {
				t.Errorf("it took %v", waited)
			}
			r.record()
		})
	}
	dial := call.DialRequest{Trunk: "callee", To: "agent"}
	f("dial", func(ctx context.Context, c *call.Call) error {
		_, err := c.Dial(ctx, dial)
		return err
	}, func(r *rig) { r.callee.pick() })
	f("bridge", func(ctx context.Context, c *call.Call) error {
		leg, err := c.Dial(ctx, dial)
		if err != nil {
			return err
		}
		_, err = c.Bridge(ctx, leg)
		return err
	}, func(r *rig) {
		l, in := r.callee.pick()
		l.accept(in)
		await[event.Bridged](r)
	})
	f("dtmf", func(ctx context.Context, c *call.Call) error {
		return c.SendDigits(ctx, "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWW1")
	}, func(r *rig) { await[event.LegAnswered](r) })
}

// TestHangupWhileAwaitingACK: Answer does not outlive a caller who never sends
// the ACK that it waits for.
func TestHangupWhileAwaitingACK(t *testing.T) {
	got := make(chan error, 1)
	r := newRig(t, func(ctx context.Context, c *call.Call) error {
		got <- c.Answer(context.WithoutCancel(ctx))
		return nil
	})
	s := newScripted(t, r.addr, "alice")
	s.invite("100", nil)
	s.bye()
	var e *call.Error
	if err := <-got; !errors.As(err, &e) || e.Code != call.CodeHangup {
		t.Errorf("got %v, want %s", err, call.CodeHangup)
	}
	if c := r.record(); c.AnsweredAt != nil || c.Cause.By != call.ByCaller {
		t.Errorf("cdr %+v", c)
	}
}

// TestMediaGone: a leg whose media session has ended by itself is hung up; a
// call without sound is no call.
func TestMediaGone(t *testing.T) {
	r := newRig(t, tone(500))
	l := r.caller.dial(r.addr, "100")
	l.up()
	l.hears(500)
	if err := r.engine.Close(); err != nil {
		t.Fatal(err)
	}
	l.await(sip.Ended)
	if c := r.record(); c.Cause.Code != "failed" || c.Cause.By != call.BySystem {
		t.Errorf("cause %+v", c.Cause)
	}
}

// deaf never lets the call hear that a dialog has ended.
type deaf struct{ call.Signalling }

func (d deaf) Dial(r sip.DialRequest, sink func(sip.Event)) (*sip.Dialog, error) {
	return d.Signalling.Dial(r, func(e sip.Event) {
		if e.Kind != sip.Ended {
			sink(e)
		}
	})
}

// TestGrace: a call whose dialog or flow does not let go is buried without them,
// with a record and a whole story.
func TestGrace(t *testing.T) {
	release, over := make(chan struct{}), make(chan error, 1)
	r := newRig(t, func(_ context.Context, c *call.Call) error {
		if _, err := c.Record(context.Background()); err != nil {
			return err
		}
		<-release
		_, err := c.Dial(context.Background(), call.DialRequest{Trunk: "callee", To: "agent"})
		over <- err
		return nil
	})
	r.m.Attach(deaf{r.ep})
	id, err := r.m.Originate(call.Originate{Trunk: "callee", To: "55", Flow: "f"})
	if err != nil {
		t.Fatal(err)
	}
	l, in := r.callee.pick()
	l.accept(in)
	await[event.RecordingStarted](r)
	if err := r.m.Hangup(id, call.ByAPI); err != nil {
		t.Fatal(err)
	}
	l.await(sip.Ended)
	c := r.record()
	if c.Cause.By != call.ByAPI || c.Recording == nil || c.Legs[0].Cause.By != call.ByAPI || c.Legs[0].EndedAt.IsZero() {
		t.Errorf("cdr %+v", c)
	}
	close(release)
	var e *call.Error
	if err := <-over; !errors.As(err, &e) || e.Code != call.CodeHangup {
		t.Errorf("a verb after the end: %v", err)
	}
}
