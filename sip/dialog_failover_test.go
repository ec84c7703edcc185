package sip

import (
	"strings"
	"testing"
	"time"

	"trunkline/sip/trunk"
)

// twoHops is an endpoint that has dialled a trunk of two targets, and the INVITE to
// the first.
func twoHops(t *testing.T) (e *Endpoint, first, second *peer, s *side, invite string) {
	t.Helper()
	first, second = newPeer(t, "127.0.0.2"), newPeer(t, "127.0.0.3")
	cfg := loopback(nil)
	cfg.Trunks = []Trunk{{
		Name: "p", Targets: []trunk.Target{{Host: first.addr(), Priority: 1}, {Host: second.addr(), Priority: 2}},
		Failover: trunk.Failover{Timeout: trunk.Duration(100 * time.Millisecond)},
	}}
	e, s = open(t, cfg, nil), newSide()
	d, err := e.Dial(DialRequest{Trunk: "p", User: "1000", Offer: []byte(offerSDP)}, s.sink)
	if err != nil {
		t.Fatal(err)
	}
	s.Dialog = d
	return e, first, second, s, first.recv("INVITE sip:1000@" + first.addr())
}

// TestNextHopAfterRefusal: 503 sends the call on, with another CSeq and branch, to the
// other Request-URI; what the second says counts.
func TestNextHopAfterRefusal(t *testing.T) {
	e, first, second, s, invite := twoHops(t)
	first.send(first.respond(invite, 503, "a", "Retry-After: 5"))
	first.recv("ACK ")
	again := second.recv("INVITE sip:1000@" + second.addr())
	if headerOf(again, "CSeq") != "2 INVITE" || branchIn(again) == branchIn(invite) || tagOf(headerOf(again, "To")) != "" {
		t.Errorf("sent on as\n%s", again)
	}
	second.send(second.respond(again, 486, "b"))
	second.recv("ACK ")
	if c := s.ended(t, Busy, true); c.Status != 486 {
		t.Errorf("ended by %+v", c)
	}
	idle(t, e)
}

// TestBusyIsFinal is not worth another hop.
func TestBusyIsFinal(t *testing.T) {
	e, first, second, s, invite := twoHops(t)
	first.send(first.respond(invite, 486, "a"))
	first.recv("ACK ")
	s.ended(t, Busy, true)
	idle(t, e)
	second.silence(t)
}

// deserted lets the first hop be silent for too long.
func deserted(t *testing.T) (e *Endpoint, first, second *peer, s *side, invite, again string) {
	t.Helper()
	e, first, second, s, invite = twoHops(t)
	return e, first, second, s, invite, second.recv("INVITE ")
}

// skip returns the next message that is no repetition of an INVITE.
func (p *peer) skip(start string) string { return p.past(start, "INVITE ") }

// TestLateAnswerOfDesertedHop is acknowledged and hung up, there and not elsewhere,
// whether the other hop rings or has answered.
func TestLateAnswerOfDesertedHop(t *testing.T) {
	for _, early := range []bool{true, false} {
		e, first, second, s, invite, again := deserted(t)
		if !early {
			second.answers(t, s, again, "b")
		}
		late := first.respond(invite, 200, "a", first.contact(), sdpType+answerSDP)
		first.send(late)
		ack := first.skip("ACK sip:1000@" + first.addr())
		if headerOf(ack, "CSeq") != "1 ACK" || tagOf(headerOf(ack, "To")) != "a" {
			t.Errorf("ACK is\n%s", ack)
		}
		bye := first.recv("BYE sip:1000@" + first.addr())
		if tagOf(headerOf(bye, "To")) != "a" {
			t.Errorf("BYE is\n%s", bye)
		}
		first.send(first.respond(bye, 200, ""))
		first.send(late)
		first.recv("ACK ")
		if early {
			s.quiet(t)
			second.answers(t, s, again, "b")
		}
		hungUp(t, e, second, s)
	}
}

// TestLateRingingOfDesertedHop is cancelled, and its refusal acknowledged.
func TestLateRingingOfDesertedHop(t *testing.T) {
	e, first, second, s, invite, again := deserted(t)
	second.answers(t, s, again, "b")
	first.send(first.respond(invite, 180, "a"))
	cancel := first.skip("CANCEL sip:1000@" + first.addr())
	if branchIn(cancel) != branchIn(invite) || headerOf(cancel, "CSeq") != "1 CANCEL" {
		t.Errorf("CANCEL is\n%s", cancel)
	}
	first.send(first.respond(cancel, 200, "a"))
	first.send(first.respond(invite, 487, "a"))
	ack := first.recv("ACK ")
	if branchIn(ack) != branchIn(invite) || headerOf(ack, "CSeq") != "1 ACK" || tagOf(headerOf(ack, "To")) != "a" {
		t.Errorf("ACK is\n%s", ack)
	}
	s.quiet(t)
	hungUp(t, e, second, s)
}

// TestCancelDuringFailover: hanging up between two hops is the end, and with the
// second the CANCEL goes there alone.
func TestCancelDuringFailover(t *testing.T) {
	e, first, second, s, _, again := deserted(t)
	s.Hangup(New(Cancelled, ""))
	s.ended(t, Cancelled, false)
	second.send(second.respond(again, 180, "b"))
	cancel := second.skip("CANCEL ")
	if branchIn(cancel) != branchIn(again) || headerOf(cancel, "CSeq") != "2 CANCEL" {
		t.Errorf("CANCEL is\n%s", cancel)
	}
	second.send(second.respond(cancel, 200, "b"))
	second.send(second.respond(again, 487, "b"))
	idle(t, e)
	for msg := first.any(20 * time.Millisecond); msg != ""; msg = first.any(20 * time.Millisecond) {
		if !strings.HasPrefix(msg, "INVITE ") {
			t.Errorf("the first got\n%s", msg)
		}
	}
}

// TestAllHopsSilent ends with the last of them.
func TestAllHopsSilent(t *testing.T) {
	e, _, _, s, _, _ := deserted(t)
	s.ended(t, Unreachable, true)
	idle(t, e)
}

// TestRedirects go to another number of the same trunk, if whoever placed the call
// agrees; the most wanted comes first, and hosts do not count.
func TestRedirects(t *testing.T) {
	p := newPeer(t, "127.0.0.2")
	cfg := loopback(nil)
	cfg.Trunks = []Trunk{{Name: "p", Target: p.addr(), Redirect: "follow"}}
	e, s := open(t, cfg, nil), newSide()
	var asked []string
	d, err := e.Dial(DialRequest{Trunk: "p", User: "1", Offer: []byte(offerSDP), Redirected: func(user string) bool {
		asked = append(asked, user)
		return user != "0900"
	}}, s.sink)
	if err != nil {
		t.Fatal(err)
	}
	s.Dialog = d
	invite := p.recv("INVITE sip:1@")
	p.send(p.respond(invite, 302, "x", "Contact: <sip:2@evil.example>;q=0.5", "Contact: <sip:0900@evil.example>;q=0.9"))
	invite = p.past("INVITE sip:2@"+p.addr(), "ACK ")
	for n := range 5 { // and round and round
		p.send(p.respond(invite, 302, "x", "Contact: <sip:2@evil.example>"))
		if n < 4 {
			invite = p.past("INVITE sip:2@"+p.addr(), "ACK ")
		}
	}
	s.ended(t, Failed, true)
	if strings.Join(asked, " ") != "0900 2 2 2 2 2" {
		t.Errorf("asked for %v", asked)
	}
	idle(t, e)
}
