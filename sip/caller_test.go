package sip

import (
	"strings"
	"testing"

	"trunkline/sip/trunk"
)

// TestWhoCalls holds that a trunk's policy decides which header names the caller,
// and that a header nobody has let in is not seen.
func TestWhoCalls(t *testing.T) {
	_, p, calls, s := called(t, func(c *Config) {
		c.Trunks[0].Identity.Accept = "pai"
		c.Trunks[0].Headers.Accept = []string{"X-Tenant"}
	})
	p.send(p.request("INVITE", "who", "", 1, "P-Asserted-Identity: \"Ann\" <sip:+4930123@example.com>", "Privacy: id",
		"X-Tenant: blue", "X-Secret: no", "Diversion: <sip:+4930999@example.com>;reason=no-answer", sdpType+offerSDP))
	in := <-calls
	if c := in.Caller; c.User != "+4930123" || !c.Asserted || !c.Anonymous || len(c.Redirections) != 1 || in.From.User != "2000" {
		t.Errorf("%+v", c)
	}
	if len(in.Taken) != 1 || in.Taken[0] != [2]string{"X-Tenant", "blue"} {
		t.Errorf("took %v", in.Taken)
	}
	in.Hangup(New(Busy, ""))
	p.recv("SIP/2.0 486")
	s.ended(t, Busy, false)
}

// TestCallerIsShown holds that a caller who asked for privacy is hidden from From
// and named where the trunk is trusted, and that only what its list names is passed.
func TestCallerIsShown(t *testing.T) {
	p := newPeer(t, "127.0.0.2")
	cfg := loopback(nil)
	cfg.Trunks = []Trunk{{
		Name: "p", Target: p.addr(), Identity: trunk.Identity{Send: "pai"},
		Headers: trunk.Headers{Pass: []string{"X-Tenant", "User-to-User"}, Add: map[string]string{"X-Node": "one"}},
	}}
	e := open(t, cfg, nil)
	s := newSide()
	caller := &Caller{Anonymous: true}
	caller.User, caller.Display = "+4930123", "Ann"
	d, err := e.Dial(DialRequest{
		Trunk: "p", User: "1000", Offer: []byte(offerSDP), Caller: caller, Taken: [][2]string{{"X-Tenant", "blue"}, {"X-Secret", "no"}},
	}, s.sink)
	if err != nil {
		t.Fatal(err)
	}
	s.Dialog = d
	invite := p.recv("INVITE sip:1000@")
	if from := headerOf(invite, "From"); !strings.HasPrefix(from, `"Anonymous" <sip:anonymous@anonymous.invalid>`) {
		t.Errorf("From: %s", from)
	}
	for name, want := range map[string]string{"Privacy": "id", "X-Tenant": "blue", "X-Node": "one", "X-Secret": ""} {
		if got := headerOf(invite, name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if pai := headerOf(invite, "P-Asserted-Identity"); !strings.Contains(pai, "<sip:+4930123@127.0.0.1>") {
		t.Errorf("P-Asserted-Identity: %s", pai)
	}
	p.send(p.respond(invite, 486, "x"))
	s.ended(t, Busy, true)
	p.recv("ACK ")
	idle(t, e)
}
