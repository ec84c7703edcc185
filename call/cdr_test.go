package call_test

import (
	"context"
	"testing"

	"trunkline/call"
	"trunkline/call/event"
	"trunkline/sip"
)

// TestCauseOfUnanswered: "normal" is said of answered calls only.
func TestCauseOfUnanswered(t *testing.T) {
	f := func(code, want string, status int) {
		t.Run(code, func(t *testing.T) {
			r := newRig(t, func(ctx context.Context, c *call.Call) error {
				c.Hangup(call.ByFlow, code, "")
				<-ctx.Done()
				return nil
			})
			l := r.caller.dial(r.addr, "100")
			if e := l.await(sip.Ended); e.Cause.Status != status {
				t.Errorf("the caller got %d, want %d", e.Cause.Status, status)
			}
			c := r.record()
			if c.Cause.Code != want || c.Cause.By != call.ByFlow || c.AnsweredAt != nil || c.Legs[0].Cause.Code != want {
				t.Errorf("cause %+v, of the leg %+v, want %s", c.Cause, c.Legs[0].Cause, want)
			}
		})
	}
	f("normal", "rejected", 603)
	f("busy", "busy", 486)
	f("not_found", "not_found", 404)
	f("whatever", "failed", 500)
	f("", "failed", 500)
}

// TestOriginateEndedWhileRinging: what we end before the answer is cancelled.
func TestOriginateEndedWhileRinging(t *testing.T) {
	r := newRig(t, tone(800))
	id, err := r.m.Originate(call.Originate{Trunk: "callee", To: "55", Flow: "f"})
	if err != nil {
		t.Fatal(err)
	}
	l, _ := r.callee.pick()
	await[event.LegRinging](r)
	if err := r.m.Hangup(id, call.ByAPI); err != nil {
		t.Fatal(err)
	}
	l.await(sip.Ended)
	if c := r.record(); c.Cause.Code != "cancelled" || c.Cause.By != call.ByAPI || c.Legs[0].Cause.Code != "cancelled" {
		t.Errorf("cdr %+v", c)
	}
}

// TestCancelledSecondLeg: a callee who still rang when the caller hung up was
// cancelled, not hung up on.
func TestCancelledSecondLeg(t *testing.T) {
	r := newRig(t, agent(nil))
	l := r.caller.dial(r.addr, "100")
	l.up()
	r.callee.pick()
	await[event.LegRinging](r)
	l.dialog.Hangup(sip.New(sip.Normal, ""))
	c := r.record()
	if c.Cause.Code != "normal" || c.Legs[1].Cause.Code != "cancelled" || c.Legs[1].Cause.By != call.ByCaller {
		t.Errorf("call %+v, second leg %+v", c.Cause, c.Legs[1].Cause)
	}
}

// TestManyNodes: a flow that tells more than the mailbox holds is slowed down,
// not ended, and its record stays bounded.
func TestManyNodes(t *testing.T) {
	r := newRig(t, func(ctx context.Context, c *call.Call) error {
		for range 3000 {
			c.Emit(event.NodeReached{Menu: "m", Node: "n", By: "flow"})
		}
		return c.Answer(ctx)
	}, func(cfg *call.Config) { cfg.Bus = event.NewBus(1) })
	l := r.caller.dial(r.addr, "100")
	l.up()
	l.await(sip.Ended)
	settle(t, "calls", func() bool { return r.m.Live() == 0 })
	if c := r.cdrs.list[0]; c.Cause.Code != "normal" || len(c.Nodes) == 0 || len(c.Nodes) > 1000 {
		t.Errorf("cause %+v, %d nodes", c.Cause, len(c.Nodes))
	}
}
