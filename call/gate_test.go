package call_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"trunkline/call"
	"trunkline/call/event"
	"trunkline/call/limit"
	"trunkline/call/number"
	"trunkline/call/route"
	"trunkline/sip"
	"trunkline/sip/trunk"
)

// refusedCall waits for the next refusal.
func refusedCall(r *rig, rule string, status int) {
	r.t.Helper()
	if e := await[event.CallRefused](r); e.Rule != rule || e.Status != status {
		r.t.Errorf("refused by %s with %d (%s), want %s with %d", e.Rule, e.Status, e.Text, rule, status)
	}
}

// live is how many legs a trunk carries in a direction.
func live(r *rig, name string, d limit.Direction) int {
	for _, s := range r.m.Limits() {
		if s.Trunk == name && s.Direction == d {
			return s.Live
		}
	}
	return 0
}

// TestInboundLimit holds that one call too many is refused, by name, and that there is
// room again when one has ended.
func TestInboundLimit(t *testing.T) {
	r := newRig(t, tone(500), func(c *call.Config) { c.Plan.Trunks[0].Limits.Inbound.Calls = 1 })
	first := r.caller.dial(r.addr, "100")
	first.up()
	first.hears(500)
	second := r.caller.dial(r.addr, "100")
	if e := second.hungUp(); e.Cause.Status != 503 {
		t.Errorf("refused with %+v", e.Cause)
	}
	refusedCall(r, "limit_calls", 503)
	first.end()
	settle(t, "legs", func() bool { return live(r, "local", limit.Inbound) == 0 })
	third := r.caller.dial(r.addr, "100")
	third.up()
	third.end()
	await[event.CallEnded](r)
}

// hungUp waits for the end.
func (l *line) hungUp() sip.Event {
	for {
		if e := <-l.events; e.Kind == sip.Ended {
			return e
		}
	}
}

// TestFailOver holds that a call goes on to the next trunk of a group when one refuses,
// has no room or does not answer at all, and that the caller is told the last refusal.
func TestFailOver(t *testing.T) {
	r := newRig(t, nil, func(c *call.Config) {
		full := sip.Trunk{Name: "slow", Target: c.Plan.Trunks[1].Target, Limits: trunk.Limits{Outbound: trunk.Limit{PerSecond: 0.0001, Burst: 1}}}
		c.Plan.Trunks = append(c.Plan.Trunks, full)
		c.Plan.Routes.Groups = []route.Group{{Name: "g", Trunks: []route.Member{
			{Name: "slow"}, {Name: "callee", Priority: 1},
		}}}
		c.Plan.Routes.Routes = []route.Rule{{Match: route.Match{To: "10*"}, Bridge: &route.Bridge{Group: "g"}}}
	})
	caller := r.caller.dial(r.addr, "100")
	_, in := r.callee.pick()
	in.Hangup(sip.FromStatus(500, ""))
	callee, in := r.callee.pick() // by the other trunk
	callee.accept(in)
	caller.up()
	caller.hum(440)
	callee.hum(1000)
	caller.hears(1000)
	callee.hears(440)
	caller.end(callee)
	if c := r.record(); len(c.Legs) != 3 || c.Legs[1].Trunk != "slow" || c.Legs[1].Cause.SIP != 500 || c.Legs[2].Trunk != "callee" {
		t.Errorf("record %+v", c)
	}
	again := r.caller.dial(r.addr, "100")
	_, in = r.callee.pick() // slow has no room for a second one
	in.Hangup(sip.FromStatus(404, ""))
	if e := again.hungUp(); e.Cause.Status != 404 {
		t.Errorf("ended with %+v", e.Cause)
	}
	refusedCall(r, "limit_rate", 503)
	await[event.CallEnded](r)
}

// TestBusyIsFinal holds that nobody else is tried when the person called is busy, and
// that the caller hears of it.
func TestBusyIsFinal(t *testing.T) {
	r := newRig(t, nil, func(c *call.Config) {
		c.Plan.Routes.Routes = []route.Rule{{Match: route.Match{To: "10*"}, Bridge: &route.Bridge{Trunks: []string{"callee", "nobody"}}}}
	})
	caller := r.caller.dial(r.addr, "100")
	_, in := r.callee.pick()
	in.Hangup(sip.New(sip.Busy, ""))
	if e := caller.hungUp(); e.Cause.Status != 486 || e.Cause.Q850 != 17 {
		t.Errorf("ended with %+v", e.Cause)
	}
	if c := r.record(); len(c.Legs) != 2 || c.Cause.SIP != 486 || c.Cause.By != call.ByCallee {
		t.Errorf("record %+v", c)
	}
}

// TestDialingPolicy holds that what must not be dialled is refused, by name, whoever
// wishes for it, and that the caller of a route is told.
func TestDialingPolicy(t *testing.T) {
	deny := func(c *call.Config) {
		c.Plan.Dialing = number.DialingRules{Dialing: number.Dialing{Deny: []string{"10", "7"}}}
	}
	t.Run("flow", func(t *testing.T) {
		got := make(chan error, 1)
		r := newRig(t, func(ctx context.Context, c *call.Call) error {
			_, err := c.Dial(ctx, call.DialRequest{Trunk: "callee", To: "7000"})
			got <- err
			return nil
		}, deny)
		r.caller.dial(r.addr, "100").hungUp()
		var e *call.Error
		if err := <-got; !errors.As(err, &e) || e.Code != call.CodeRefused {
			t.Errorf("got %v", err)
		}
		refusedCall(r, "dialing.deny", 403)
		r.record()
	})
	t.Run("route", func(t *testing.T) {
		r := newRig(t, nil, connected, deny)
		if e := r.caller.dial(r.addr, "100").hungUp(); e.Cause.Status != 403 {
			t.Errorf("ended with %+v", e.Cause)
		}
		refusedCall(r, "dialing.deny", 403)
		r.record()
	})
	t.Run("transfer", func(t *testing.T) {
		r := newRig(t, nil, connected)
		caller, callee := pair(r, "100", 440, 1000)
		cfg := call.Config{}
		cfg.Plan = r.plan
		deny(&cfg)
		if err := r.m.Reload(cfg.Plan); err != nil {
			t.Fatal(err)
		}
		callee.refer("sip:7000@"+r.addr, nil)
		if e := callee.transferred(); e.Status != 403 {
			t.Errorf("told of %d", e.Status)
		}
		refusedCall(r, "dialing.deny", 403)
		caller.hears(1000)
		callee.hears(440)
		caller.end(callee)
		r.record()
	})
}

// TestReload holds that calls keep their trunks while the next ones go by the new
// rules, and that a plan with a mistake changes nothing.
func TestReload(t *testing.T) {
	r := newRig(t, tone(500), connected)
	caller, callee := pair(r, "100", 440, 1000)
	bad, next := r.plan, r.plan
	bad.Routes.Routes = []route.Rule{{Match: route.Match{To: "/(/"}, Flow: "f"}}
	if err := r.m.Reload(bad); err == nil {
		t.Error("a plan that cannot be was taken")
	}
	next.Trunks = slices.Clone(r.plan.Trunks[:1])
	next.Routes.Routes = []route.Rule{{Match: route.Match{To: "100"}, Flow: "f"}, {Match: route.Match{To: "101"}, Reject: "busy", Name: "closed"}}
	if err := r.m.Reload(next); err != nil {
		t.Fatal(err)
	}
	callee.reoffer("sendrecv") // of a trunk that is no more
	caller.hears(1000)
	other := r.caller.dial(r.addr, "100")
	other.up()
	other.hears(500)
	other.end()
	if e := r.caller.dial(r.addr, "101").hungUp(); e.Cause.Status != 486 {
		t.Errorf("ended with %+v", e.Cause)
	}
	refusedCall(r, "routes[1]", 486)
	if e := r.caller.dial(r.addr, "102").hungUp(); e.Cause.Status != 404 {
		t.Errorf("ended with %+v", e.Cause)
	}
	refusedCall(r, "no_route", 404)
	caller.end(callee)
	settle(t, "legs", func() bool { return live(r, "callee", limit.Outbound) == 0 })
}

// TestNumbersAreRewritten holds that numbers are E.164 inside and as each trunk wants
// them outside.
func TestNumbersAreRewritten(t *testing.T) {
	r := newRig(t, nil, func(c *call.Config) {
		c.Plan.Trunks[0].Numbers = trunk.Numbers{Region: "DE"}
		c.Plan.Trunks[1].Numbers = trunk.Numbers{Region: "DE", Called: "national", Caller: "e164", Prefix: "9"}
		c.Plan.Routes.Routes = []route.Rule{{Match: route.Match{To: "+4930*"}, Bridge: &route.Bridge{Trunk: "callee"}}}
	})
	caller := r.caller.dial(r.addr, "030123456")
	callee, in := r.callee.pick()
	if in.To.User != "9030123456" {
		t.Errorf("called %s", in.To.User)
	}
	callee.accept(in)
	caller.up()
	caller.end(callee)
	if c := r.record(); c.To != "+4930123456" {
		t.Errorf("record %+v", c)
	}
}
