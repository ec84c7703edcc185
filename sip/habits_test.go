package sip

import (
	"net"
	"strings"
	"testing"

	"trunkline/sip/trunk"
)

// TestCompactSupported holds that what a caller supports counts in the short form of
// the header as well (RFC 3261 §20.37).
func TestCompactSupported(t *testing.T) {
	e, p, calls, s := called(t, nil)
	p.send(p.request("INVITE", "compact", "", 1, "k: timer, 100rel", "x: 1800;refresher=uas", sdpType+offerSDP))
	in := <-calls
	if err := in.Progress([]byte(answerSDP)); err != nil {
		t.Fatal(err)
	}
	ringing := p.recv("SIP/2.0 183")
	if got := headerOf(ringing, "Require"); got != "100rel" {
		t.Errorf("Require: %q in\n%s", got, ringing)
	}
	in.Hangup(New(Busy, ""))
	for !strings.HasPrefix(p.recv("SIP/2.0 "), "SIP/2.0 486") {
	}
	s.ended(t, Busy, false)
	idle(t, e)
}

// TestCallsOfOurOwnSayWho holds that a trunk which wants to hear the caller in a header
// of its own hears him in calls that begin here, too.
func TestCallsOfOurOwnSayWho(t *testing.T) {
	p := newPeer(t, "127.0.0.2")
	cfg := loopback(nil)
	cfg.Trunks = []Trunk{{Name: "p", Target: p.addr(), Identity: trunk.Identity{Send: "pai"}, Headers: trunk.Headers{Add: map[string]string{"X-Site": "north"}}}}
	e := open(t, cfg, nil)
	s := newSide()
	d, err := e.Dial(DialRequest{Trunk: "p", User: "1000", From: Party{User: "+4930123", Display: "Us"}, Offer: []byte(offerSDP)}, s.sink)
	if err != nil {
		t.Fatal(err)
	}
	s.Dialog = d
	invite := p.recv("INVITE sip:1000@")
	if got := headerOf(invite, "P-Asserted-Identity"); !strings.HasPrefix(got, `"Us" <sip:+4930123@127.0.0.`) {
		t.Errorf("P-Asserted-Identity: %q", got)
	}
	if got := headerOf(invite, "From"); !strings.HasPrefix(got, `"Us" <sip:+4930123@127.0.0.`) {
		t.Errorf("From: %q", got)
	}
	if got := headerOf(invite, "X-Site"); got != "north" {
		t.Errorf("X-Site: %q", got)
	}
	p.send(p.respond(invite, 486, "x"))
	p.recv("ACK ")
	s.ended(t, Busy, true)
	idle(t, e)
}

// TestHealthHearsOfSuccess holds that a target whose calls fail now and then, with
// others that succeed in between, stays in use.
func TestHealthHearsOfSuccess(t *testing.T) {
	p := newPeer(t, "127.0.0.2")
	cfg := loopback(nil)
	cfg.Trunks = []Trunk{{Name: "p", Target: p.addr()}}
	e := open(t, cfg, nil)
	call := func(status int) {
		t.Helper()
		s := newSide()
		d, err := e.Dial(DialRequest{Trunk: "p", User: "1000", Offer: []byte(offerSDP)}, s.sink)
		if err != nil {
			t.Fatal(err)
		}
		s.Dialog = d
		invite := p.recv("INVITE ")
		if status != 200 {
			p.send(p.respond(invite, status, "x"))
			p.recv("ACK ")
			s.ended(t, Unreachable, true)
			return
		}
		p.send(p.respond(invite, 200, "x", "Contact: <sip:1000@"+p.addr()+">", sdpType+answerSDP))
		p.recv("ACK ")
		s.next(t, Answered)
		s.Hangup(New(Normal, ""))
		p.send(p.respond(p.recv("BYE "), 200, ""))
		s.ended(t, Normal, false)
	}
	for range 3 {
		call(503)
		call(503)
		call(200)
	}
	if got := e.Trunks()[0].Targets[0]; got.State == "down" || got.Failures != 0 {
		t.Errorf("%+v", got)
	}
	call(503)
	call(503)
	call(503)
	if got := e.Trunks()[0].Targets[0]; got.State != "down" {
		t.Errorf("after three in a row: %+v", got)
	}
	idle(t, e)
}

// TestCancelHasTheTag holds that the 200 to a CANCEL has the To tag of the responses
// to its INVITE (RFC 3261 §9.2).
func TestCancelHasTheTag(t *testing.T) {
	e, p, calls, s := called(t, nil)
	p.send(p.request("INVITE", "tagged", "", 1, sdpType+offerSDP))
	if err := (<-calls).Ring(); err != nil {
		t.Fatal(err)
	}
	tag := tagOf(headerOf(p.recv("SIP/2.0 180"), "To"))
	p.send(p.request("CANCEL", "tagged", "", 1))
	if got := tagOf(headerOf(p.recv("SIP/2.0 200"), "To")); got != tag {
		t.Errorf("200 with tag %q, 180 with %q", got, tag)
	}
	if got := tagOf(headerOf(p.recv("SIP/2.0 487"), "To")); got != tag {
		t.Errorf("487 with tag %q, 180 with %q", got, tag)
	}
	s.ended(t, Cancelled, true)
	idle(t, e)
}

// TestRefusalsNameTheirRule reads the Reason of every refusal, and the log.
func TestRefusalsNameTheirRule(t *testing.T) {
	log := &logged{}
	cfg := loopback(log)
	cfg.Trunks[0].Reliable = "off"
	s := newSide()
	calls := make(chan *Incoming, 1)
	e := open(t, cfg, func(in *Incoming) { s.Dialog = in.Dialog; in.Handle(s.sink); calls <- in })
	p := newPeer(t, "127.0.0.1").calls(e)
	f := func(request string, status, rule string) {
		t.Helper()
		p.send(request)
		got := p.recv("SIP/2.0 " + status)
		if reason, want := headerOf(got, "Reason"), "SIP;cause="+status+`;text="`+rule+`"`; reason != want {
			t.Errorf("Reason %q, want %q", reason, want)
		}
		if !strings.Contains(log.String(), "rule="+rule+" ") {
			t.Errorf("the log does not name %s", rule)
		}
	}
	f(p.request("OPTIONS", "r1", "", 1, "X: a\x00b"), "400", "bad_message")
	f(p.request("INVITE", "r2", "", 1, "Require: foo"), "420", "extension")
	f(p.request("INVITE", "r3", "", 1, "Require: 100rel"), "420", "reliable_policy")
	f(strings.Replace(p.request("INVITE", "r4", "", 1), "Max-Forwards: 70", "Max-Forwards: 0", 1), "483", "max_forwards")
	f(strings.Replace(p.request("INVITE", "r5", "", 1), " sip:1000", " fax:1000", 1), "416", "uri_scheme")
	f(p.request("INVITE", "r6", "", 1, "Session-Expires: 30", "Supported: timer"), "422", "session_interval")
	f(p.request("INVITE", "r7", "", 1, "Replaces: a;to-tag=b;from-tag=c"), "481", "replaces")
	f(p.request("MESSAGE", "r8", "", 1), "405", "method")
	f(p.request("BYE", "r9", "", 1), "481", "no_dialog")
	f(p.request("BYE", "r9", "nobody", 1), "481", "no_dialog")
	f(p.request("CANCEL", "r10", "", 1), "481", "no_dialog")
	f(p.request("INVITE", "r11", "", 1, "Content-Type: text/plain\n\nhello"), "415", "bad_message")

	again := p.request("INVITE", "r12", "", 1, sdpType+offerSDP)
	p.send(again)
	<-calls
	f(strings.Replace(again, "branch=", "branch=z9hG4bKother", 1), "482", "loop")
	e.SetWelcome(false)
	f(p.request("INVITE", "r13", "", 1), "503", "draining")
	f(p.request("OPTIONS", "r14", "", 1), "503", "draining")
	s.Hangup(New(Busy, ""))
	p.recv("SIP/2.0 486")
	idle(t, e)
}

// TestBrokenStreamsLearnTheRule: of a message that cannot be told from the next.
func TestBrokenStreamsLearnTheRule(t *testing.T) {
	e := open(t, loopback(nil), nil)
	p := newPeer(t, "127.0.0.1").calls(e)
	conn, err := net.Dial("tcp", e.Addrs()[1].Addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	mustWrite(t, conn, overTCP(p.request("OPTIONS", "two", "", 1, "Content-Length: 7")))
	if got := headerOf(reads(t, conn, "SIP/2.0 400"), "Reason"); got != `SIP;cause=400;text="bad_stream"` {
		t.Errorf("Reason %q", got)
	}
}

// TestStrangersLearnTheRule: the same one for whatever they ask.
func TestStrangersLearnTheRule(t *testing.T) {
	cfg := loopback(nil)
	cfg.Trunks, cfg.Unknown = nil, Forbid
	e := open(t, cfg, nil)
	p := newPeer(t, "127.0.0.1").calls(e)
	for _, method := range []string{"INVITE", "OPTIONS", "REGISTER", "BYE"} {
		p.send(p.request(method, "s"+method, "", 1))
		if got := headerOf(p.recv("SIP/2.0 403"), "Reason"); got != `SIP;cause=403;text="unknown_source"` {
			t.Errorf("%s: Reason %q", method, got)
		}
	}
}

// TestPhoneReconnects holds that a call goes on by the connection which the far side
// has made anew.
func TestPhoneReconnects(t *testing.T) {
	s := newSide()
	calls := make(chan *Incoming, 1)
	e := open(t, loopback(nil), func(in *Incoming) { s.Dialog = in.Dialog; in.Handle(s.sink); calls <- in })
	p := newPeer(t, "127.0.0.1").calls(e)
	dial := func() net.Conn {
		conn, err := net.Dial("tcp", e.Addrs()[1].Addr.String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	far := func(text string) []byte { // with a Contact that nobody can connect to
		return overTCP(strings.Replace(text, "Contact: <sip:2000@127.0.0.1", "Contact: <sip:2000@phone.invalid", 1))
	}
	one := dial()
	mustWrite(t, one, far(p.request("INVITE", "moves", "", 1, sdpType+offerSDP)))
	if err := (<-calls).Answer([]byte(answerSDP)); err != nil {
		t.Fatal(err)
	}
	tag := tagOf(headerOf(reads(t, one, "SIP/2.0 200"), "To"))
	mustWrite(t, one, far(p.request("ACK", "moves", tag, 1)))
	s.next(t, Confirmed)
	gone := addrPortOf(one.LocalAddr())
	one.Close()
	until(t, "the connection to be forgotten", func() bool { return !e.sockets.Connected(gone) })
	two := dial()
	mustWrite(t, two, far(p.request("OPTIONS", "moves", tag, 2)))
	reads(t, two, "SIP/2.0 200")
	s.Hangup(New(Normal, ""))
	mustWrite(t, two, far(p.respond(reads(t, two, "BYE "), 200, "")))
	s.ended(t, Normal, false)
	idle(t, e)
}

// TestPhonesAreWhoTheyProve holds that a phone calls in its own name, whatever it
// writes into From.
func TestPhonesAreWhoTheyProve(t *testing.T) {
	s := newSide()
	calls := make(chan *Incoming, 1)
	cfg := loopback(nil)
	cfg.Trunks = nil
	e := open(t, withPhones(t, cfg), func(in *Incoming) { s.Dialog = in.Dialog; in.Handle(s.sink); calls <- in })
	p := newPeer(t, "127.0.0.2").calls(e)
	p.send(p.request("INVITE", "spoof", "", 1, sdpType+offerSDP)) // From: 2000
	challenge := p.recv("SIP/2.0 401")
	p.send(p.request("INVITE", "spoof", "", 2, p.proof(challenge, "INVITE", "1000", "tree"), sdpType+offerSDP))
	in := <-calls
	if in.User != "1000" || in.Caller.User != "1000" || !in.Caller.Asserted || in.From.User != "2000" {
		t.Errorf("user %q, caller %+v, from %+v", in.User, in.Caller, in.From)
	}
	in.Hangup(New(Busy, ""))
	p.recv("SIP/2.0 486")
	s.ended(t, Busy, false)
	idle(t, e)
}
