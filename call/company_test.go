package call_test

import (
	"context"
	"testing"

	"trunkline/call"
	"trunkline/call/event"
	"trunkline/dsp"
	"trunkline/sip"
)

// TestEcho: what the caller says comes back.
func TestEcho(t *testing.T) {
	r := newRig(t, func(ctx context.Context, c *call.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		return c.Echo(ctx)
	})
	l := r.caller.dial(r.addr, "100")
	l.up()
	l.hum(700)
	l.hears(700)
	l.dialog.Hangup(sip.New(sip.Normal, ""))
	if c := r.record(); c.Cause.By != call.ByCaller {
		t.Errorf("cause %+v", c.Cause)
	}
}

// TestConference: two callers of two calls hear each other, and one who leaves
// is gone.
func TestConference(t *testing.T) {
	r := newRig(t, func(ctx context.Context, c *call.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		return c.Confer(ctx, call.Conference{Room: "4711"})
	})
	one, two := r.caller.dial(r.addr, "100"), r.callee.dial(r.addr, "101")
	one.up()
	two.up()
	one.hum(440)
	two.hum(1000)
	one.hears(1000)
	two.hears(440)
	one.dialog.Hangup(sip.New(sip.Normal, ""))
	one.await(sip.Ended)
	two.hearsNothing()
	two.dialog.Hangup(sip.New(sip.Normal, ""))
	two.await(sip.Ended)
	left := 0
	for left < 2 {
		e, err := r.events.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if d, ok := e.Data.(event.ConferenceLeft); ok && d.Room == "4711" {
			left++
		}
	}
}

// TestConferenceMistakes: a room has a name, and a caller is in one place.
func TestConferenceMistakes(t *testing.T) {
	refused := make(chan error, 2)
	r := newRig(t, func(ctx context.Context, c *call.Call) error {
		refused <- c.Confer(ctx, call.Conference{Room: "early"})
		if err := c.Answer(ctx); err != nil {
			return err
		}
		refused <- c.Confer(ctx, call.Conference{})
		return tone(500)(ctx, c)
	})
	l := r.caller.dial(r.addr, "100")
	l.up()
	l.hears(500)
	for range 2 {
		if err := <-refused; err == nil {
			t.Error("an impossible conference began")
		}
	}
	l.dialog.Hangup(sip.New(sip.Normal, ""))
	l.await(sip.Ended)
}

// hearsNothing waits until 200 ms in a row are silent.
func (l *line) hearsNothing() {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	frame := make([]int16, 1600)
	for {
		for n := 0; n < len(frame); {
			k, err := l.ear.Read(ctx, frame[n:])
			if err != nil {
				l.t.Fatalf("listening for silence: %v", err)
			}
			n += k
		}
		if dsp.Level(frame) < -60 {
			return
		}
	}
}
