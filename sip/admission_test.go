package sip

import (
	"fmt"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"trunkline/sip/internal/guard"
	"trunkline/sip/trunk"
)

// TestTrunksChangeUnderCalls holds that a call goes on when its trunk is removed,
// and that new ones of that trunk are not taken.
func TestTrunksChangeUnderCalls(t *testing.T) {
	e, p, calls, s := called(t, func(c *Config) { c.Unknown = Forbid })
	tag := established(t, p, calls, s, "stays")
	if err := e.SetTrunks([]Trunk{{Name: "other", Networks: []string{"192.0.2.0/24"}}}); err != nil {
		t.Fatal(err)
	}
	p.send(p.request("INVITE", "new", "", 1, sdpType+offerSDP))
	p.recv("SIP/2.0 403")
	p.send(p.request("OPTIONS", "stays", tag, 2))
	p.recv("SIP/2.0 200")
	if err := s.Reoffer([]byte(offerSDP)); err != nil {
		t.Fatal(err)
	}
	again := p.recv("INVITE ")
	p.send(p.respond(again, 200, "peertag", "Contact: <sip:2000@"+p.addr()+">", sdpType+answerSDP))
	p.recv("ACK ")
	s.next(t, Reanswered)
	p.send(p.request("BYE", "stays", tag, 3))
	p.recv("SIP/2.0 200")
	s.ended(t, Normal, true)
	idle(t, e)
}

// TestTrunksAreTakenWholeOrNot holds that one wrong trunk keeps all as they are.
func TestTrunksAreTakenWholeOrNot(t *testing.T) {
	e := open(t, loopback(nil), nil)
	account := []trunk.Account{{User: "anna", PasswordFile: secret(t, "tree")}}
	for what, list := range map[string][]Trunk{
		"is taken":    {{Name: "a"}, {Name: "a"}},
		"is missing":  {{Name: "a"}, {}},
		"network":     {{Name: "a", Networks: []string{"x"}}},
		"password":    {{Name: "a", Accounts: []trunk.Account{{User: "anna", PasswordFile: "none"}}}},
		"trunk \"a\"": {{Name: "a", Accounts: account}, {Name: "b", Accounts: account}},
		"no key":      {{Name: "a", Stir: "sign"}},
	} {
		if err := e.SetTrunks(list); err == nil || !strings.Contains(err.Error(), strings.Split(what, " ")[0]) {
			t.Errorf("%s: %v", what, err)
		}
	}
	alive(t, e)
}

// TestDraining holds that new calls and OPTIONS hear 503 with the time and the rule,
// while calls that live go on.
func TestDraining(t *testing.T) {
	e, p, calls, s := called(t, nil)
	tag := established(t, p, calls, s, "lives")
	e.SetWelcome(false)
	p.send(p.request("INVITE", "late", "", 1, sdpType+offerSDP))
	no := p.recv("SIP/2.0 503")
	if headerOf(no, "Retry-After") == "" || headerOf(no, "Reason") != `SIP;cause=503;text="draining"` {
		t.Errorf("refused by\n%s", no)
	}
	p.send(p.request("OPTIONS", "ping", "", 1))
	if no := p.recv("SIP/2.0 503"); headerOf(no, "Retry-After") == "" {
		t.Errorf("refused by\n%s", no)
	}
	p.send(p.request("OPTIONS", "lives", tag, 2))
	p.recv("SIP/2.0 200")
	p.send(p.request("INVITE", "lives", tag, 3, sdpType+offerSDP))
	s.next(t, Reoffered)
	if err := s.AnswerReoffer([]byte(answerSDP)); err != nil {
		t.Fatal(err)
	}
	p.recv("SIP/2.0 200")
	p.send(p.request("ACK", "lives", tag, 3))
	p.send(p.request("BYE", "lives", tag, 4))
	for msg := p.recv("SIP/2.0 200"); headerOf(msg, "CSeq") != "4 BYE"; {
		msg = p.recv("SIP/2.0 200")
	}
	s.ended(t, Normal, true)
	e.SetWelcome(true)
	p.send(p.request("OPTIONS", "pong", "", 1))
	p.recv("SIP/2.0 200")
	idle(t, e)
}

// TestOverload holds that calls beyond what can be set up are refused at once, that
// those which live notice nothing, and that it is over when it is over.
func TestOverload(t *testing.T) {
	e, p, calls, s := called(t, nil)
	tag := established(t, p, calls, s, "lives")
	now := time.Now()
	var held []guard.Admission
	for {
		a, ok := e.load.Begin(now, now)
		if !ok {
			break
		}
		held = append(held, a)
	}
	for n := range 20 {
		p.send(p.request("INVITE", fmt.Sprint("over", n), "", 1, sdpType+offerSDP))
		no := p.recv("SIP/2.0 503")
		if headerOf(no, "Retry-After") == "" || headerOf(no, "Reason") != `SIP;cause=503;text="overload"` {
			t.Fatalf("refused by\n%s", no)
		}
	}
	p.send(p.request("BYE", "lives", tag, 2))
	p.recv("SIP/2.0 200")
	s.ended(t, Normal, true)
	if n := metric(e, "sip_refused_total overload"); n != 20 {
		t.Errorf("%v refusals", n)
	}
	for _, a := range held {
		e.load.End(now, a)
	}
	p.send(p.request("INVITE", "after", "", 1, sdpType+offerSDP))
	await(t, calls).Hangup(New(Busy, ""))
	p.recv("SIP/2.0 486")
	idle(t, e)
	until(t, "nothing to be set up", func() bool { return metric(e, "sip_calls_making ") == 0 })
}

// TestRefusedCallsLeaveNoLoad holds that every way an INVITE can end gives its place
// back.
func TestRefusedCallsLeaveNoLoad(t *testing.T) {
	e, p, calls, s := called(t, nil)
	p.send(p.request("INVITE", "r1", "", 1, "Content-Type: text/plain\n\nhello"))
	p.recv("SIP/2.0 415")
	p.send(p.request("INVITE", "r2", "", 1, "Require: foo"))
	p.recv("SIP/2.0 420")
	p.send(p.request("INVITE", "r3", "", 1, sdpType+offerSDP))
	await(t, calls)
	p.send(p.request("CANCEL", "r3", "", 1))
	p.recv("SIP/2.0 200")
	p.recv("SIP/2.0 487")
	s.ended(t, Cancelled, true)
	until(t, "nothing to be set up", func() bool { return metric(e, "sip_calls_making ") == 0 })
	idle(t, e)
}

// TestGuardOnTheWire holds what a trunk hears that calls too often, and that scanners
// hear nothing.
func TestGuardOnTheWire(t *testing.T) {
	slow := guard.Rates{{PerSecond: -1}, {PerSecond: 0.001, Burst: 1}}
	e, p, calls, s := called(t, func(c *Config) {
		c.Guard.Trunk, c.Unknown = slow, Forbid
		c.Trunks[0].Networks = []string{"127.0.0.1/32"}
		c.Guard.Bans.Sentences[guard.Scan] = guard.Sentence{After: 1, For: time.Hour}
	})
	p.send(p.request("INVITE", "one", "", 1, sdpType+offerSDP))
	await(t, calls).Hangup(New(Busy, ""))
	p.recv("SIP/2.0 486")
	s.ended(t, Busy, false)
	p.send(p.request("INVITE", "two", "", 1, sdpType+offerSDP))
	no := p.recv(fmt.Sprintf("SIP/2.0 %d", guard.TrunkInvites.Status()))
	if !strings.Contains(headerOf(no, "Reason"), guard.TrunkInvites.String()) || headerOf(no, "Retry-After") == "" {
		t.Errorf("refused by\n%s", no)
	}
	other := newPeer(t, "127.0.0.2").calls(e)
	other.send(other.request("OPTIONS", "polite", "", 1))
	other.recv("SIP/2.0 403")
	other.send(other.request("OPTIONS", "scan", "", 1, "User-Agent: friendly-scanner"))
	other.send(other.request("OPTIONS", "later", "", 1)) // from a source that is banned now
	until(t, "two silences", func() bool {
		return metric(e, "sip_refused_total "+guard.Scanner.String()) == 1 && metric(e, "sip_refused_total "+guard.Banned.String()) == 1
	})
	if msg := other.any(10 * time.Millisecond); msg != "" {
		t.Errorf("the scanner heard\n%s", msg)
	}
	e.Unban(e.Bans()[0].Prefix)
	if err := e.Ban(netip.MustParsePrefix("127.0.0.1/32"), 0, "by hand"); err != nil {
		t.Fatal(err)
	}
	p.send(p.request("OPTIONS", "banned", "", 1))
	until(t, "silence", func() bool { return e.Bans()[0].Hits == 1 })
	if msg := p.any(10 * time.Millisecond); msg != "" {
		t.Errorf("answered\n%s", msg)
	}
	idle(t, e)
}

// TestHealth holds that a target which stops answering OPTIONS goes down after as
// many as its trunk says, that calls then go elsewhere, and that it comes back.
func TestHealth(t *testing.T) {
	ill, well := newPeer(t, "127.0.0.2"), newPeer(t, "127.0.0.3")
	heard := &changes{}
	cfg := loopback(nil)
	cfg.Changed = heard.note
	cfg.Trunks = []Trunk{{
		Name: "p", Targets: []trunk.Target{{Host: ill.addr(), Priority: 1}, {Host: well.addr(), Priority: 2}},
		Health:   trunk.Health{Interval: trunk.Duration(20 * time.Millisecond), Timeout: trunk.Duration(20 * time.Millisecond), Down: 2, Up: 2},
		Failover: trunk.Failover{Timeout: trunk.Duration(200 * time.Millisecond)},
	}}
	e := open(t, cfg, nil)
	var deaf atomic.Bool
	invites := make(chan string, 8)
	for _, p := range []*peer{ill, well} {
		done := make(chan struct{})
		go func() { // ends when the peer's socket closes
			defer close(done)
			buf := make([]byte, 65536)
			for {
				n, from, err := p.conn.ReadFromUDPAddrPort(buf)
				if err != nil {
					return
				}
				req := string(buf[:n])
				answer := 200
				switch {
				case strings.HasPrefix(req, "ACK "), p == ill && deaf.Load():
					continue
				case strings.HasPrefix(req, "INVITE "):
					invites <- p.addr()
					answer = 486
				}
				text := strings.ReplaceAll(p.respond(req, answer, "x"), "\n", "\r\n") + "\r\nContent-Length: 0\r\n\r\n"
				_, _ = p.conn.WriteToUDPAddrPort([]byte(text), from)
			}
		}()
		t.Cleanup(func() { p.conn.Close(); <-done })
	}
	state := func() string { return e.Trunks()[0].State }
	call := func(want *peer) {
		t.Helper()
		dialled(t, e, "p").ended(t, Busy, true)
		if got := <-invites; got != want.addr() {
			t.Errorf("called %s, want %s", got, want.addr())
		}
	}
	until(t, "health", func() bool { return state() == "up" })
	call(ill)
	deaf.Store(true)
	until(t, "illness", func() bool { return state() == "degraded" })
	call(well)
	down := e.Trunks()[0].Targets
	if len(down) != 2 || down[0].State != "down" || down[0].Failures < 2 || down[0].Cause == "" || down[1].State != "up" || down[1].RoundTripMS == 0 {
		t.Errorf("%+v", down)
	}
	if !e.Up("p") || !e.Up("nobody watches this") {
		t.Error("a trunk with one target that lives is not worth a call")
	}
	deaf.Store(false)
	until(t, "health again", func() bool { return state() == "up" })
	call(ill)
	for _, text := range []string{"p target to up", "p target to down", "p trunk to degraded", "p trunk to up"} {
		if !heard.has(text) {
			t.Errorf("nobody was told of %s: %v", text, heard.list)
		}
	}
	idle(t, e)
}

// TestConnectionRefusedGoesOn holds that a target which takes no connection gives
// way to the next one, and that its trouble is known from then on.
func TestConnectionRefusedGoesOn(t *testing.T) {
	b, calls, sides := hears(t, loopback(nil))
	closed := newRelay(t, "127.0.0.1:1")
	closed.Close()
	cfg := loopback(nil)
	cfg.Trunks = []Trunk{{Name: "b", Targets: []trunk.Target{
		{Host: closed.Addr().String(), Transport: TCP, Priority: 1}, {Host: addrOf(t, b, TCP), Transport: TCP, Priority: 2},
	}}}
	e := open(t, cfg, nil)
	caller := dialled(t, e, "b")
	talked(t, caller, <-sides, await(t, calls), false)
	if hop := e.Trunks()[0].Targets[0]; hop.Failures != 1 || hop.Cause == "" {
		t.Errorf("%+v", hop)
	}
	idle(t, e)
	idle(t, b)
}
