package sip

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"trunkline/sip/internal/dialog"
)

// TestInviteOnTheWire reads the INVITE that we send as the far side would.
func TestInviteOnTheWire(t *testing.T) {
	e, p, s, invite := dials(t, nil)
	for name, want := range map[string]string{
		"CSeq": "1 INVITE", "Max-Forwards": "70", "Content-Type": "application/sdp", "X-Tenant": "blue",
		"Content-Length": fmt.Sprint(len(offerSDP)), "User-Agent": "Trunkline test", "Allow": dialog.Allow,
		"Contact": "<sip:" + e.Addrs()[0].Addr.String() + ">",
	} {
		if got := headerOf(invite, name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if via := headerOf(invite, "Via"); !strings.Contains(via, ";rport") || len(branchIn(invite)) < 24 {
		t.Errorf("Via: %q", via)
	}
	if tag := tagOf(headerOf(invite, "From")); len(tag) < 16 || len(s.CallID()) < 16 {
		t.Errorf("tag %q, call id %q: too easy to guess", tag, s.CallID())
	}
	p.send(p.respond(invite, 486, "x", `Reason: Q.850;cause=34`))
	ack := p.recv("ACK sip:1000@")
	if branchIn(ack) != branchIn(invite) || tagOf(headerOf(ack, "To")) != "x" {
		t.Errorf("ACK to a refusal:\n%s", ack)
	}
	if c := s.ended(t, Busy, true); c.Status != 486 || c.Q850 != 34 {
		t.Errorf("ended by %+v", c)
	}
	idle(t, e)
}

func TestRefusalsOfTheFarSide(t *testing.T) {
	f := func(status int, want Code, text string, headers ...string) {
		t.Helper()
		e, p, s, invite := dials(t, nil)
		p.send(p.respond(invite, status, "x", headers...))
		if c := s.ended(t, want, true); c.Status != status || !strings.Contains(c.Text, text) {
			t.Errorf("%d: %+v", status, c)
		}
		p.recv("ACK ")
		idle(t, e)
	}
	f(302, Failed, "redirected to sip:elsewhere@example.com", "Contact: <sip:elsewhere@example.com>")
	f(300, Failed, "redirected")
	f(401, Rejected, "wants a password", `WWW-Authenticate: Digest realm="x", nonce="y"`)
	f(407, Rejected, "wants a password")
	f(480, NoAnswer, "Whatever")
	f(488, Media, "Whatever")
	f(503, Unreachable, "Whatever", "Retry-After: 3")
	f(699, Rejected, "Whatever")
}

// TestSecondAnswer repeats a 200, and sends one of another branch of a fork.
func TestSecondAnswer(t *testing.T) {
	e, p, s, invite := dials(t, nil)
	contact := "Contact: <sip:1000@" + p.addr() + ">"
	ok := p.respond(invite, 200, "first", contact, sdpType+answerSDP)
	p.send(ok)
	ack := p.recv("ACK ")
	s.next(t, Answered)
	p.send(ok)
	if again := p.recv("ACK "); again != ack {
		t.Errorf("acknowledged by\n%s\nthen by\n%s", ack, again)
	}
	other := p.respond(invite, 200, "second", contact, sdpType+answerSDP)
	p.send(other)
	if got := tagOf(headerOf(p.recv("ACK "), "To")); got != "second" {
		t.Errorf("ACK for %q", got)
	}
	bye := p.recv("BYE ")
	if got := tagOf(headerOf(bye, "To")); got != "second" {
		t.Errorf("BYE for %q", got)
	}
	p.send(p.respond(bye, 200, ""))
	p.send(other)
	p.recv("ACK ") // and no second BYE
	s.quiet(t)
	hungUp(t, e, p, s)
}

// TestEarlyForks reports the ringing of every branch.
func TestEarlyForks(t *testing.T) {
	e, p, s, invite := dials(t, nil)
	p.send(p.respond(invite, 100, ""))
	p.send(p.respond(invite, 180, "one"))
	p.send(p.respond(invite, 183, "two", sdpType+answerSDP))
	if ev := s.next(t, Ringing); ev.Status != 180 {
		t.Errorf("got %s", tell(ev))
	}
	if ev := s.next(t, Ringing); ev.Status != 183 || string(ev.SDP) != answerSDP {
		t.Errorf("got %s", tell(ev))
	}
	p.send(p.respond(invite, 200, "two", sdpType+answerSDP)) // without Contact: the Request-URI will do
	p.recv("ACK sip:1000@" + p.addr())
	s.next(t, Answered)
	hungUp(t, e, p, s)
}

// TestRouteSet holds that ACK and BYE go to the first proxy of the Record-Route,
// for the Contact of the far side.
func TestRouteSet(t *testing.T) {
	proxy := newPeer(t, "127.0.0.2")
	e, p, s, invite := dials(t, nil)
	routes := "Record-Route: <sip:127.0.0.3;lr>\nRecord-Route: <sip:" + proxy.addr() + ";lr>"
	p.send(p.respond(invite, 200, "x", routes, "Contact: <sip:deep@192.0.2.9:5099>", sdpType+answerSDP))
	ack := proxy.recv("ACK sip:deep@192.0.2.9:5099 ")
	if got := headerOf(ack, "Route"); got != "<sip:"+proxy.addr()+";lr>" {
		t.Errorf("first Route %q", got)
	}
	if n := strings.Count(ack, "\r\nRoute: "); n != 2 {
		t.Errorf("%d Routes", n)
	}
	s.next(t, Answered)
	s.Hangup(New(Normal, ""))
	proxy.send(proxy.respond(proxy.recv("BYE sip:deep@192.0.2.9:5099 "), 200, ""))
	s.ended(t, Normal, false)
	idle(t, e)
}

// TestStrictRouter holds the form that a router without lr wants (RFC 3261
// §12.2.1.1).
func TestStrictRouter(t *testing.T) {
	e, p, s, invite := dials(t, nil)
	p.send(p.respond(invite, 200, "x", "Record-Route: <sip:"+p.addr()+">", "Contact: <sip:deep@192.0.2.9>", sdpType+answerSDP))
	ack := p.recv("ACK sip:" + p.addr() + " ")
	if got := headerOf(ack, "Route"); got != "<sip:deep@192.0.2.9>" {
		t.Errorf("Route %q", got)
	}
	s.next(t, Answered)
	hungUp(t, e, p, s)
}

// TestForeignContact holds that a Contact does not send us to a host that is no
// part of the trunk.
func TestForeignContact(t *testing.T) {
	victim := newPeer(t, "127.0.0.9")
	e, p, s, invite := dials(t, nil)
	p.send(p.respond(invite, 200, "x", "Contact: <sip:a@"+victim.addr()+">", sdpType+answerSDP))
	p.recv("ACK sip:a@" + victim.addr() + " ")
	s.next(t, Answered)
	hungUp(t, e, p, s)
	if msg := victim.any(20 * time.Millisecond); msg != "" {
		t.Errorf("the victim got\n%s", msg)
	}
}

// TestCancelWaits holds that there is no CANCEL before the far side has said
// anything (RFC 3261 §9.1).
func TestCancelWaits(t *testing.T) {
	e, p, s, invite := dials(t, nil)
	s.Hangup(New(Cancelled, ""))
	s.ended(t, Cancelled, false)
	if msg := p.any(50 * time.Millisecond); msg != "" {
		t.Fatalf("too early:\n%s", msg)
	}
	p.send(p.respond(invite, 180, "x"))
	cancel := p.recv("CANCEL sip:1000@")
	if branchIn(cancel) != branchIn(invite) || headerOf(cancel, "CSeq") != "1 CANCEL" || tagOf(headerOf(cancel, "To")) != "" {
		t.Errorf("CANCEL is\n%s", cancel)
	}
	p.send(p.respond(cancel, 200, "x"))
	p.send(p.respond(invite, 487, "x"))
	p.recv("ACK ")
	s.quiet(t)
	idle(t, e)
}

// TestAnswerCrossesCancel holds that an answer which comes nevertheless is
// acknowledged and hung up.
func TestAnswerCrossesCancel(t *testing.T) {
	e, p, s, invite := dials(t, nil)
	p.send(p.respond(invite, 180, "x"))
	s.next(t, Ringing)
	s.Hangup(New(Cancelled, ""))
	s.ended(t, Cancelled, false)
	cancel := p.recv("CANCEL ")
	p.send(p.respond(invite, 200, "x", "Contact: <sip:1000@"+p.addr()+">", sdpType+answerSDP))
	p.send(p.respond(cancel, 481, "x"))
	p.recv("ACK ")
	p.send(p.respond(p.recv("BYE "), 200, ""))
	s.quiet(t)
	idle(t, e)
}

// TestNoAnswerToCancel and to BYE: nobody waits for ever.
func TestNoAnswerToCancel(t *testing.T) {
	e, p, s, invite := dials(t, nil)
	p.send(p.respond(invite, 180, "x"))
	s.next(t, Ringing)
	s.Hangup(New(NoAnswer, ""))
	s.ended(t, NoAnswer, false)
	p.recv("CANCEL ")
	idle(t, e)
}

// TestPeerIsNoTrunk holds that whom we called may speak in that call and nowhere
// else, and is a stranger after it.
func TestPeerIsNoTrunk(t *testing.T) {
	e, p, s, invite := dials(t, func(c *Config, p *peer) { c.Unknown = Forbid })
	p.calls(e)
	p.send(p.respond(invite, 200, "x", "Contact: <sip:1000@"+p.addr()+">", sdpType+answerSDP))
	p.recv("ACK ")
	s.next(t, Answered)
	p.send(p.request("INVITE", "mine", "", 1, sdpType+offerSDP))
	p.recv("SIP/2.0 403")
	p.send(p.request("OPTIONS", "mine", "", 1))
	p.recv("SIP/2.0 403")
	bye := strings.NewReplacer("peertag", "x").Replace(p.request("BYE", s.CallID(), tagOf(headerOf(invite, "From")), 1))
	p.send(bye)
	p.recv("SIP/2.0 200")
	s.ended(t, Normal, true)
	idle(t, e)
}

// TestReinviteLost ends a call whose far side knows it no more.
func TestReinviteLost(t *testing.T) {
	e, p, s, invite := dials(t, nil)
	p.send(p.respond(invite, 200, "x", "Contact: <sip:1000@"+p.addr()+">", sdpType+answerSDP))
	p.recv("ACK ")
	s.next(t, Answered)
	if err := s.Reoffer([]byte(offerSDP)); err != nil {
		t.Fatal(err)
	}
	p.send(p.respond(p.recv("INVITE "), 481, ""))
	s.ended(t, Failed, true)
	for {
		msg := p.any(patience)
		if strings.HasPrefix(msg, "BYE ") {
			p.send(p.respond(msg, 481, ""))
			break
		}
		if !strings.HasPrefix(msg, "ACK ") {
			t.Fatalf("got\n%s", msg)
		}
	}
	idle(t, e)
}

// TestDirectURI dials without a trunk, as the phone does.
func TestDirectURI(t *testing.T) {
	p := newPeer(t, "127.0.0.2")
	e := open(t, loopback(nil), nil)
	s := newSide()
	d, err := e.Dial(DialRequest{URI: "sip:some%20one@" + p.addr() + ";x=y?Subject=no", From: Party{User: "me", Host: "phone.example"}, Offer: []byte(offerSDP)}, s.sink)
	if err != nil {
		t.Fatal(err)
	}
	s.Dialog = d
	invite := p.recv("INVITE sip:some%20one@" + p.addr() + ";x=y SIP/2.0")
	if got := headerOf(invite, "From"); !strings.HasPrefix(got, "<sip:me@phone.example>;tag=") {
		t.Errorf("From: %s", got)
	}
	p.send(p.respond(invite, 200, "x", "Contact: <sip:1000@"+p.addr()+">", sdpType+answerSDP))
	p.recv("ACK ")
	s.next(t, Answered)
	hungUp(t, e, p, s)
}
