package gate

import (
	"errors"
	"strings"
	"testing"

	"trunkline/call/number"
	"trunkline/call/route"
	"trunkline/sip"
	"trunkline/sip/trunk"
)

func plan() Plan {
	return Plan{
		Trunks: []trunk.Trunk{
			{Name: "in", Networks: []string{"192.0.2.0/24"}, Limits: trunk.Limits{Inbound: trunk.Limit{Calls: 1}}},
			{Name: "out", Target: "192.0.2.7:5060", Numbers: trunk.Numbers{Region: "DE", Called: "national"}},
		},
		Routes:  route.Plan{Routes: []route.Rule{{Match: route.Match{To: "1"}, Flow: "f"}, {Match: route.Match{To: "2"}, Reject: "busy"}}},
		Dialing: number.DialingRules{Dialing: number.Dialing{Deny: []string{"+4930666"}}},
	}
}

// ruleOf is the rule that an error names.
func ruleOf(err error) string {
	var c sip.Cause
	if errors.As(err, &c) {
		return c.Rule
	}
	return ""
}

func TestGo(t *testing.T) {
	g, err := New(plan(), nil)
	if err != nil {
		t.Fatal(err)
	}
	f := func(through, from, to, rule string) {
		t.Helper()
		p, err := g.Go(through, from, to)
		if ruleOf(err) != rule || (err == nil) != (rule == "") {
			t.Errorf("%s to %q: %v, want %q", through, to, err, rule)
		}
		p.Hold.Release()
	}
	f("none", "", "1", "no_such_trunk")
	f("in", "", "1", "no_target")
	f("out", "", "", "no_number")
	f("out", "", "a b", "number")
	f("out", "a\r\nX: y", "1001", "number")
	f("out", "", strings.Repeat("1", 65), "number")
	f("out", "", "+4930666123", "dialing.deny")
	f("out", "", "030666123", "dialing.deny")
	f("out", "+4930111", "+4930123456", "")
	p, err := g.Go("out", "", "+4930123456")
	if err != nil || p.To != "030123456" || p.Trunk.Host() != "192.0.2.7:5060" {
		t.Errorf("%+v, %v", p, err)
	}
	if !g.MayRedirect(p.Trunk, "030123456") || g.MayRedirect(p.Trunk, "030666123") {
		t.Error("a redirection is held against other numbers")
	}
	if g.TrunkAt("192.0.2.7") != p.Trunk || g.TrunkAt("192.0.2.8") != nil {
		t.Error("a host has another's trunk")
	}
}

func TestCome(t *testing.T) {
	g, err := New(plan(), nil)
	if err != nil {
		t.Fatal(err)
	}
	h, err := g.Come(g.Trunk("in"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Come(g.Trunk("in")); ruleOf(err) != "limit_calls" {
		t.Errorf("one too many: %v", err)
	}
	if err := g.Reload(plan()); err != nil || g.Limits()[0].Live != 1 {
		t.Errorf("after a reload %+v live, %v", g.Limits(), err)
	}
	h.Release()
	if h, err = g.Come(g.Trunk("in")); err != nil {
		t.Error(err)
	}
	h.Release()
}

func TestDecide(t *testing.T) {
	g, err := New(plan(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if d, err := g.Decide(route.Query{To: "1"}); err != nil || d.Flow != "f" {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := g.Decide(route.Query{To: "2"}); ruleOf(err) != "routes[1]" {
		t.Errorf("a rule that rejects: %v", err)
	}
	if _, err := g.Decide(route.Query{}); ruleOf(err) != "no_route" || !strings.Contains(err.Error(), "routes[0]") {
		t.Errorf("nothing called: %v", err)
	}
}

// TestReloadChangesNothing holds that a plan with a mistake anywhere is not taken.
func TestReloadChangesNothing(t *testing.T) {
	g, err := New(plan(), nil)
	if err != nil {
		t.Fatal(err)
	}
	f := func(change func(*Plan)) {
		t.Helper()
		bad := plan()
		bad.Trunks = append(bad.Trunks, trunk.Trunk{Name: "new"})
		change(&bad)
		if err := g.Reload(bad); err == nil || g.Trunk("new") != nil {
			t.Errorf("taken: %v", err)
		}
	}
	f(func(p *Plan) { p.Trunks[0].Codecs = []string{"morse"} })
	f(func(p *Plan) { p.Trunks[0].SRTP = "maybe" })
	f(func(p *Plan) { p.Trunks[0].DTMF = "shout" })
	f(func(p *Plan) { p.Routes.Routes[0].To = "/(/" })
	f(func(p *Plan) { p.Dialing.Deny = []string{""} })
}
