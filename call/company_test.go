package call_test

import (
	"context"
	"strings"
	"testing"

	"trunkline/call"
	"trunkline/call/event"
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

// TestCoach: one member hears the coach, the other never does; neither before
// the one who is coached has come nor after it has left does anybody.
func TestCoach(t *testing.T) {
	r := newRig(t, func(ctx context.Context, c *call.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		how := call.Conference{Room: "sales"}
		switch c.Info().To {
		case "101":
			how.As = "agent"
		case "102":
			how.Coach = "agent"
		}
		return c.Confer(ctx, how)
	})
	join := func(number string, hz float64) *line {
		l := r.caller.dial(r.addr, number)
		l.up()
		l.hum(hz)
		return l
	}
	caller := join("100", 440)
	coach := join("102", 1700)
	coach.hears(440) // the coach is in the room
	caller.hearsNothing()
	agent := join("101", 1000)
	caller.hears(1000)
	agent.hearsBoth(440, 1700)
	caller.hears(1000) // and nothing else
	agent.dialog.Hangup(sip.New(sip.Normal, ""))
	agent.await(sip.Ended)
	caller.hearsNothing()
	for _, l := range []*line{caller, coach} {
		l.dialog.Hangup(sip.New(sip.Normal, ""))
		l.await(sip.Ended)
	}
}

// TestConferenceMistakes: a room has a name, and a caller is in one place.
func TestConferenceMistakes(t *testing.T) {
	refused := make(chan error, 3)
	r := newRig(t, func(ctx context.Context, c *call.Call) error {
		refused <- c.Confer(ctx, call.Conference{Room: "early"})
		if err := c.Answer(ctx); err != nil {
			return err
		}
		refused <- c.Confer(ctx, call.Conference{})
		refused <- c.Confer(ctx, call.Conference{Room: "x", Coach: strings.Repeat("x", 65)})
		return tone(500)(ctx, c)
	})
	l := r.caller.dial(r.addr, "100")
	l.up()
	l.hears(500)
	for range 3 {
		if err := <-refused; err == nil {
			t.Error("an impossible conference began")
		}
	}
	l.dialog.Hangup(sip.New(sip.Normal, ""))
	l.await(sip.Ended)
}
