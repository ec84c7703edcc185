package call_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"trunkline/call"
	"trunkline/call/event"
)

// lots is a flow that parks whoever calls 100 and tells how that ended, and lets whoever
// calls 101 pick that one up; after that it plays a tone.
func lots(timeout time.Duration, parked chan<- call.Parked, got chan<- error) flow {
	return func(ctx context.Context, c *call.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		if c.Info().To == "100" {
			var told string
			p, err := c.Park(ctx, call.ParkRequest{Timeout: timeout, Music: music(600), Told: func(slot string) { told = slot }})
			if told != "701" {
				p.Slot = "told " + told
			}
			parked <- p
			if err != nil || p.Code == "picked_up" {
				return err
			}
			return tone(900)(ctx, c)
		}
		_, err := c.Pickup(ctx, "701")
		got <- err
		return tone(900)(ctx, c)
	}
}

// TestPickup holds that who is parked hears music until another picks it up, that both
// then hear each other, that either end ends as in a bridge, and what the records say.
func TestPickup(t *testing.T) {
	f := func(name string, end func(waiting, comes *line, got <-chan error)) {
		t.Run(name, func(t *testing.T) {
			parked, got := make(chan call.Parked, 1), make(chan error, 1)
			r := newRig(t, lots(0, parked, got))
			waiting := r.caller.dial(r.addr, "100")
			waiting.up()
			waiting.hum(440)
			if e := await[event.Parked](r); e.Slot != "701" {
				t.Errorf("parked in %q", e.Slot)
			}
			waiting.hears(600)
			if list := r.m.Parked(); len(list) != 1 || list[0].Slot != "701" || list[0].From != "alice" {
				t.Errorf("parked are %+v", list)
			}
			comes := r.callee.dial(r.addr, "101")
			comes.up()
			comes.hum(1000)
			waiting.hears(1000)
			comes.hears(440)
			if p := <-parked; p.Slot != "701" || p.Code != "picked_up" || p.By == "" {
				t.Errorf("parked %+v", p)
			}
			end(waiting, comes, got)
			cdrs := bothRecords(r)
			from, to := cdrs["100"], cdrs["101"]
			if len(from.Legs) != 1 || from.Cause.Code != "normal" || !strings.HasSuffix(from.Cause.Text, to.ID) {
				t.Errorf("record of the parked call %+v", from)
			}
			if len(to.Legs) != 2 || to.Legs[1].Direction != call.Inbound || to.Cause.By != call.ByCaller {
				t.Errorf("record of the other %+v", to)
			}
			if len(r.m.Parked()) != 0 {
				t.Errorf("still parked: %+v", r.m.Parked())
			}
		})
	}
	f("parked hangs up", func(waiting, comes *line, got <-chan error) {
		waiting.end()
		if err := <-got; err != nil {
			waiting.t.Error(err)
		}
		comes.hears(900)
		comes.end()
	})
	f("other hangs up", func(waiting, comes *line, _ <-chan error) { comes.end(waiting) })
}

// TestParkEnds holds that a parked caller whose time is over is the flow's again, and
// that one may hang up.
func TestParkEnds(t *testing.T) {
	parked := make(chan call.Parked, 1)
	r := newRig(t, lots(time.Second, parked, nil))
	l := r.caller.dial(r.addr, "100")
	l.up()
	l.hears(600)
	l.hears(900)
	if p := <-parked; p.Code != "timeout" {
		t.Errorf("parked %+v", p)
	}
	l.end()
	r.record()
}

// TestParkedHangsUp holds that the slot is free again.
func TestParkedHangsUp(t *testing.T) {
	parked := make(chan call.Parked, 1)
	r := newRig(t, lots(0, parked, nil))
	l := r.caller.dial(r.addr, "100")
	l.up()
	l.hears(600)
	l.end()
	if p := <-parked; p.Code != "" {
		t.Errorf("parked %+v", p)
	}
	if e := await[event.Unparked](r); e.Outcome != "hangup" {
		t.Errorf("told %+v", e)
	}
	r.record()
}

// TestPickupOfNobody holds what is not there to be picked up.
func TestPickupOfNobody(t *testing.T) {
	parked, got := make(chan call.Parked, 1), make(chan error, 1)
	r := newRig(t, lots(0, parked, got))
	l := r.caller.dial(r.addr, "101")
	l.up()
	if err := <-got; code(err) != "not_found" {
		t.Errorf("picked up: %v", err)
	}
	l.end()
	r.record()
}

// TestParkFromOutside holds that a caller who talks is parked by the API in a call of its
// own, and picked up by it.
func TestParkFromOutside(t *testing.T) {
	calls := make(chan *call.Call, 1)
	r := newRig(t, lent(calls), func(c *call.Config) { c.Music = music(600) })
	caller, callee := talk(r)
	c := <-calls
	entry, err := r.m.Park(t.Context(), c.Info().ID, "fish", time.Minute)
	if err != nil || entry.Slot != "fish" || entry.Call == c.Info().ID {
		t.Fatalf("parked %+v, %v", entry, err)
	}
	callee.hungUp()
	caller.hears(600)
	second := r.callee.dial(r.addr, "101")
	second.up()
	other := <-calls
	second.hum(1700)
	agent, _ := r.callee.pick() // the flow of the second call dials: its caller is free until that answers
	if err := r.m.Pickup(t.Context(), other.Info().ID, "fish"); err != nil {
		t.Fatal(err)
	}
	caller.hears(1700)
	second.hears(440)
	second.end(caller, agent)
	for range 3 {
		await[event.CallEnded](r)
	}
	r.cdrs.mu.Lock()
	defer r.cdrs.mu.Unlock()
	flows := map[string]int{}
	for _, c := range r.cdrs.list {
		flows[c.Flow]++
	}
	if flows["f"] != 2 || flows[call.ParkFlow] != 1 {
		t.Errorf("records %+v", r.cdrs.list)
	}
}
