package sip

import (
	"strings"
	"testing"
)

// timed is a call that we placed with a session timer, answered with these headers.
func timed(t *testing.T, answer ...string) (*Endpoint, *peer, *side, string) {
	t.Helper()
	e, p, s, invite := dials(t, func(c *Config, _ *peer) { c.Trunks[0].Timer.Policy, c.Trunks[0].Timer.Expires = "request", 90e9 })
	if got := headerOf(invite, "Session-Expires"); got != "90" {
		t.Errorf("asked for %q", got)
	}
	p.answers(t, s, invite, "x", answer...)
	return e, p, s, invite
}

// TestRefreshByUpdate: the refresher goes on as what it is, and for as long as the far
// side answers.
func TestRefreshByUpdate(t *testing.T) {
	e, p, s, _ := timed(t, "Session-Expires: 90;refresher=uac", "Allow: UPDATE, INVITE")
	for range 3 {
		update := p.recv("UPDATE ")
		if got := headerOf(update, "Session-Expires"); got != "90;refresher=uac" || headerOf(update, "Min-SE") != "90" {
			t.Errorf("refreshed by %q in\n%s", got, update)
		}
		p.send(p.respond(update, 200, "", p.contact(), "Session-Expires: 90;refresher=uac"))
	}
	s.quiet(t)
	hungUpTimed(t, e, p, s)
}

// hungUpTimed is hungUp among refreshes.
func hungUpTimed(t *testing.T, e *Endpoint, p *peer, s *side) {
	t.Helper()
	s.Hangup(New(Normal, ""))
	for {
		msg := p.any(patience)
		if msg == "" {
			t.Fatal("no BYE")
		}
		if strings.HasPrefix(msg, "BYE ") {
			p.send(p.respond(msg, 200, ""))
			break
		}
	}
	s.ended(t, Normal, false)
	idle(t, e)
}

// TestRefreshByInvite is for whoever takes no UPDATE: the offer that stands, once more.
func TestRefreshByInvite(t *testing.T) {
	e, p, s, _ := timed(t, "Session-Expires: 90;refresher=uac", "Allow: INVITE")
	for range 2 {
		again := p.recv("INVITE ")
		if !strings.HasSuffix(again, offerSDP) || headerOf(again, "Session-Expires") != "90;refresher=uac" {
			t.Errorf("refreshed by\n%s", again)
		}
		p.send(p.respond(again, 200, "", p.contact(), "Session-Expires: 90;refresher=uac", sdpType+answerSDP))
		p.recv("ACK ")
	}
	s.quiet(t) // it is nobody's business
	hungUpTimed(t, e, p, s)
}

// TestRefreshRefused: 405 and 501 mean the other way; what is refused otherwise is
// tried again; 481, 408 and silence end the call.
func TestRefreshRefused(t *testing.T) {
	for _, status := range []int{405, 501} {
		e, p, s, _ := timed(t, "Session-Expires: 90;refresher=uac", "Allow: UPDATE")
		p.send(p.respond(p.recv("UPDATE "), status, ""))
		again := p.recv("INVITE ")
		p.send(p.respond(again, 200, "", p.contact(), "Session-Expires: 90;refresher=uac", sdpType+answerSDP))
		p.recv("ACK ")
		hungUpTimed(t, e, p, s)
	}
	for _, status := range []int{488, 491, 503} {
		e, p, s, _ := timed(t, "Session-Expires: 90;refresher=uac", "Allow: UPDATE")
		p.send(p.respond(p.recv("UPDATE "), status, ""))
		p.send(p.respond(p.recv("UPDATE "), 200, "", p.contact(), "Session-Expires: 90;refresher=uac"))
		s.quiet(t)
		hungUpTimed(t, e, p, s)
	}
	for _, status := range []int{408, 481} {
		e, p, s, _ := timed(t, "Session-Expires: 90;refresher=uac", "Allow: UPDATE")
		p.send(p.respond(p.recv("UPDATE "), status, ""))
		p.send(p.respond(p.recv("BYE "), 481, ""))
		s.ended(t, Unreachable, false)
		idle(t, e)
	}
}

// TestRefreshTooShort asks again for what a 422 says, and keeps to it.
func TestRefreshTooShort(t *testing.T) {
	e, p, s, _ := timed(t, "Session-Expires: 90;refresher=uac", "Allow: UPDATE")
	p.send(p.respond(p.recv("UPDATE "), 422, "", "Min-SE: 120"))
	update := p.recv("UPDATE ")
	if headerOf(update, "Session-Expires") != "120;refresher=uac" || headerOf(update, "Min-SE") != "120" {
		t.Errorf("refreshed by\n%s", update)
	}
	p.send(p.respond(update, 200, "", p.contact(), "Session-Expires: 120;refresher=uac"))
	hungUpTimed(t, e, p, s)
}

// TestSessionRunsOut ends a call whose refresher is gone, on either side, and tells
// the cause.
func TestSessionRunsOut(t *testing.T) {
	f := func(refresher string, again bool) {
		t.Helper()
		e, p, s, _ := timed(t, "Session-Expires: 90;refresher="+refresher, "Allow: UPDATE")
		msg := p.any(patience)
		for strings.HasPrefix(msg, "UPDATE ") && again {
			p.send(p.respond(msg, 503, ""))
			msg = p.any(patience)
		}
		if !strings.HasPrefix(msg, "BYE ") || !strings.Contains(headerOf(msg, "Reason"), "Q.850;cause=102") {
			t.Fatalf("%s: got\n%s", refresher, msg)
		}
		p.send(p.respond(msg, 200, ""))
		s.ended(t, Unreachable, false)
		idle(t, e)
	}
	f("uas", false)
	f("uac", true)
}

// TestTheirRefresh keeps a call alive that the caller refreshes, by UPDATE and by
// re-INVITE, and the caller stays the refresher.
func TestTheirRefresh(t *testing.T) {
	e, p, calls, s := called(t, nil)
	p.send(p.request("INVITE", "theirs", "", 1, "Supported: timer", "Session-Expires: 90;refresher=uac", "Min-SE: 90", sdpType+offerSDP))
	if err := (<-calls).Answer([]byte(answerSDP)); err != nil {
		t.Fatal(err)
	}
	ok := p.recv("SIP/2.0 200")
	if headerOf(ok, "Session-Expires") != "90;refresher=uac" || headerOf(ok, "Require") != "timer" {
		t.Errorf("agreed in\n%s", ok)
	}
	tag := tagOf(headerOf(ok, "To"))
	p.send(p.request("ACK", "theirs", tag, 1))
	s.next(t, Confirmed)
	p.send(p.request("UPDATE", "theirs", tag, 2, "Supported: timer", "Session-Expires: 90"))
	if ok := p.recv("SIP/2.0 200"); headerOf(ok, "Session-Expires") != "90;refresher=uac" {
		t.Errorf("refreshed by\n%s", ok)
	}
	p.send(p.request("INVITE", "theirs", tag, 3, "Supported: timer", "Session-Expires: 120;refresher=uac", sdpType+offerSDP))
	s.next(t, Reoffered)
	if err := s.AnswerReoffer([]byte(answerSDP)); err != nil {
		t.Fatal(err)
	}
	if ok := p.recv("SIP/2.0 200"); headerOf(ok, "Session-Expires") != "120;refresher=uac" {
		t.Errorf("refreshed by\n%s", ok)
	}
	p.send(p.request("ACK", "theirs", tag, 3))
	p.send(p.request("UPDATE", "theirs", tag, 4, "Supported: timer", "Session-Expires: 30"))
	short := p.recv("SIP/2.0 422")
	if headerOf(short, "Min-SE") != "90" || !strings.Contains(headerOf(short, "Reason"), "session_interval") {
		t.Errorf("refused by\n%s", short)
	}
	bye := p.recv("BYE ") // and then they say nothing more
	p.send(p.respond(bye, 200, ""))
	s.ended(t, Unreachable, false)
	idle(t, e)
}

// TestTimersOfInvites: what is asked, granted and refused when a call begins.
func TestTimersOfInvites(t *testing.T) {
	f := func(policy, want string, headers ...string) {
		t.Helper()
		e, p, calls, s := called(t, func(c *Config) { c.Trunks[0].Timer.Policy = policy })
		p.send(p.request("INVITE", "ask", "", 1, append(headers, sdpType+offerSDP)...))
		if strings.HasPrefix(want, "4") {
			p.recv("SIP/2.0 " + want)
			return
		}
		if err := (<-calls).Answer([]byte(answerSDP)); err != nil {
			t.Fatal(err)
		}
		ok := p.recv("SIP/2.0 200")
		if got := headerOf(ok, "Session-Expires"); got != want {
			t.Errorf("%s: %q, want %q", policy, got, want)
		}
		p.send(p.request("ACK", "ask", tagOf(headerOf(ok, "To")), 1))
		s.next(t, Confirmed)
		hungUp(t, e, p, s)
	}
	f("accept", "")
	f("accept", "1800;refresher=uac", "Supported: timer", "Session-Expires: 7200")
	f("accept", "3600;refresher=uas", "Session-Expires: 7200;refresher=uac", "Min-SE: 3600") // a proxy wrote it
	f("accept", "422", "Supported: timer", "Session-Expires: 60")
	f("accept", "", "Session-Expires: 60") // nobody could be told
	f("request", "1800;refresher=uas", "Supported: timer")
	f("request", "1800;refresher=uas")
	f("off", "", "Supported: timer", "Session-Expires: 1800")
	f("off", "420", "Require: timer", "Session-Expires: 1800")
}

// past returns the next message that begins with start, past those that begin with
// other: they come in any order.
func (p *peer) past(start, other string) string {
	p.t.Helper()
	msg := p.any(patience)
	for strings.HasPrefix(msg, other) {
		msg = p.any(patience)
	}
	if !strings.HasPrefix(msg, start) {
		p.t.Fatalf("wanted %q, got\n%s", start, msg)
	}
	return msg
}

// TestTooShortForThem sends the INVITE again, twice when a proxy wants more still.
func TestTooShortForThem(t *testing.T) {
	e, p, s, invite := dials(t, func(c *Config, _ *peer) { c.Trunks[0].Timer.Policy, c.Trunks[0].Timer.Expires = "request", 90e9 })
	for _, least := range []string{"120", "180"} {
		p.send(p.respond(invite, 422, "x", "Min-SE: "+least))
		invite = p.past("INVITE ", "ACK ")
		if headerOf(invite, "Session-Expires") != least || headerOf(invite, "Min-SE") != least {
			t.Errorf("asked again by\n%s", invite)
		}
	}
	p.send(p.respond(invite, 422, "x", "Min-SE: 180")) // it has what it wants
	s.ended(t, Failed, true)
	idle(t, e)
}
