package sip

import (
	"strings"
	"testing"
	"time"
)

// within writes a request of a peer that was called, in the dialog that its tag made.
func (p *peer) within(method string, s *side, invite, tag string, seq int, more ...string) string {
	text := p.request(method, s.CallID(), tagOf(headerOf(invite, "From")), seq, more...)
	return strings.Replace(text, "tag=peertag", "tag="+tag, 1)
}

// contact is where the peer wants requests of a dialog.
func (p *peer) contact() string { return "Contact: <sip:1000@" + p.addr() + ">" }

// answers answers an INVITE by 200 and takes the ACK.
func (p *peer) answers(t *testing.T, s *side, invite, tag string, more ...string) (ack string) {
	t.Helper()
	p.send(p.respond(invite, 200, tag, append([]string{p.contact()}, append(more, sdpType+answerSDP)...)...))
	ack = p.recv("ACK ")
	s.next(t, Answered)
	return ack
}

func reliably(rseq string) []string { return []string{"Require: 100rel", "RSeq: " + rseq} }

// silence wants nothing to come.
func (p *peer) silence(t *testing.T) {
	t.Helper()
	if msg := p.any(40 * time.Millisecond); msg != "" {
		t.Errorf("unwanted\n%s", msg)
	}
}

// TestPrackOfEachBranch lets two branches of a fork ring reliably: each gets its own
// PRACK, in its own numbering, and a repetition gets none.
func TestPrackOfEachBranch(t *testing.T) {
	e, p, s, invite := dials(t, nil)
	ring := func(tag, rseq string, more ...string) string {
		return p.respond(invite, 183, tag, append(append(reliably(rseq), p.contact()), more...)...)
	}
	p.send(ring("one", "100"))
	one := p.recv("PRACK sip:1000@" + p.addr())
	if headerOf(one, "RAck") != "100 1 INVITE" || tagOf(headerOf(one, "To")) != "one" || headerOf(one, "CSeq") != "2 PRACK" {
		t.Errorf("PRACK is\n%s", one)
	}
	p.send(p.respond(one, 200, ""))
	s.next(t, Ringing)
	p.send(ring("two", "9", sdpType+answerSDP))
	two := p.recv("PRACK ")
	if headerOf(two, "RAck") != "9 1 INVITE" || tagOf(headerOf(two, "To")) != "two" || headerOf(two, "CSeq") != "2 PRACK" {
		t.Errorf("PRACK is\n%s", two)
	}
	if ev := s.next(t, Ringing); string(ev.SDP) != answerSDP {
		t.Errorf("got %s", tell(ev))
	}
	p.send(p.respond(two, 200, ""))
	p.send(ring("one", "100")) // repeated
	p.send(ring("one", "102")) // 101 was lost
	p.silence(t)
	s.quiet(t)
	p.send(ring("one", "101"))
	p.send(p.respond(p.recv("PRACK "), 200, ""))
	s.next(t, Ringing)
	p.send(p.respond(invite, 200, "two", p.contact(), "Content-Length: 0"))
	if ack := p.recv("ACK "); headerOf(ack, "CSeq") != "1 ACK" {
		t.Errorf("ACK is\n%s", ack)
	}
	if ev := s.next(t, Answered); string(ev.SDP) != answerSDP { // of the ringing: the 200 has none
		t.Errorf("got %s", tell(ev))
	}
	p.send(p.respond(invite, 200, "one", p.contact(), sdpType+answerSDP)) // the other branch answers, too
	if got := tagOf(headerOf(p.recv("ACK "), "To")); got != "one" {
		t.Errorf("ACK for %q", got)
	}
	bye := p.recv("BYE ")
	if tagOf(headerOf(bye, "To")) != "one" || headerOf(bye, "CSeq") != "4 BYE" { // two PRACKs before it
		t.Errorf("BYE is\n%s", bye)
	}
	p.send(p.respond(bye, 200, ""))
	hungUp(t, e, p, s)
}

// TestUpdateOfEarlyDialog lets the one who was called change the session before he
// answers (RFC 3311): not before our offer is answered for good.
func TestUpdateOfEarlyDialog(t *testing.T) {
	e, p, s, invite := dials(t, nil)
	p.send(p.respond(invite, 180, "x", p.contact()))
	s.next(t, Ringing)
	p.send(p.within("UPDATE", s, invite, "x", 1, sdpType+offerSDP))
	p.recv("SIP/2.0 491")
	p.send(p.respond(invite, 183, "x", append(reliably("1"), p.contact(), sdpType+answerSDP)...))
	p.send(p.respond(p.recv("PRACK "), 200, ""))
	s.next(t, Ringing)
	p.send(p.within("UPDATE", s, invite, "x", 2, sdpType+offerSDP))
	if ev := s.next(t, Reoffered); string(ev.SDP) != offerSDP {
		t.Errorf("got %s", tell(ev))
	}
	if err := s.AnswerReoffer([]byte(answerSDP)); err != nil {
		t.Fatal(err)
	}
	if ok := p.recv("SIP/2.0 200"); !strings.HasSuffix(ok, answerSDP) {
		t.Errorf("UPDATE answered by\n%s", ok)
	}
	p.send(p.within("UPDATE", s, invite, "x", 1, sdpType+offerSDP)) // too old
	p.recv("SIP/2.0 500")
	p.send(p.within("BYE", s, invite, "x", 3)) // not for him to say
	p.recv("SIP/2.0 481")
	p.send(p.respond(invite, 200, "x", p.contact(), sdpType+answerSDP))
	p.recv("ACK ")
	if ev := s.next(t, Answered); string(ev.SDP) != offerSDP { // what he said last
		t.Errorf("got %s", tell(ev))
	}
	hungUp(t, e, p, s)
}

// TestRingsReliably: one response at a time, repeated until its PRACK; the answer
// waits for that; and the caller may change the session then.
func TestRingsReliably(t *testing.T) {
	e, p, calls, s := called(t, nil)
	p.send(p.request("INVITE", "rel", "", 1, "Supported: 100rel", sdpType+offerSDP))
	in := <-calls
	if err := in.Ring(); err != nil {
		t.Fatal(err)
	}
	if got := headerOf(p.recv("SIP/2.0 180"), "RSeq"); got != "" {
		t.Errorf("a ringing without media is acknowledged: %s", got)
	}
	for _, step := range []error{in.Progress([]byte(answerSDP)), in.Answer([]byte(answerSDP))} {
		if step != nil {
			t.Fatal(step)
		}
	}
	early := p.recv("SIP/2.0 183")
	rseq, tag := headerOf(early, "RSeq"), tagOf(headerOf(early, "To"))
	if headerOf(early, "Require") != "100rel" || rseq == "" {
		t.Errorf("183 is\n%s", early)
	}
	if again := p.recv("SIP/2.0 "); again != early { // and not the 200
		t.Errorf("got\n%s", again)
	}
	p.send(p.request("UPDATE", "rel", tag, 2, sdpType+offerSDP))
	later(t, p, "SIP/2.0 500", early)
	p.send(p.request("PRACK", "rel", tag, 3, "RAck: 5 1 INVITE"))
	later(t, p, "SIP/2.0 481", early)
	p.send(p.request("PRACK", "rel", tag, 4, "RAck: "+rseq+" 1 INVITE"))
	if got := headerOf(later(t, p, "SIP/2.0 200", early), "CSeq"); got != "4 PRACK" {
		t.Errorf("200 for %q", got)
	}
	if ok := p.recv("SIP/2.0 200"); headerOf(ok, "CSeq") != "1 INVITE" || !strings.HasSuffix(ok, answerSDP) {
		t.Errorf("answered by\n%s", ok)
	}
	p.send(p.request("ACK", "rel", tag, 1))
	s.next(t, Confirmed)
	hungUp(t, e, p, s)
}

// later skips repetitions of a message.
func later(t *testing.T, p *peer, start, repeated string) string {
	t.Helper()
	for {
		msg := p.any(patience)
		if msg != repeated {
			if !strings.HasPrefix(msg, start) {
				t.Fatalf("wanted %q, got\n%s", start, msg)
			}
			return msg
		}
	}
}

// TestUpdateBeforeWeAnswer lets the caller change the session while it rings.
func TestUpdateBeforeWeAnswer(t *testing.T) {
	e, p, calls, s := called(t, nil)
	p.send(p.request("INVITE", "upd", "", 1, "Require: 100rel", sdpType+offerSDP))
	in := <-calls
	if err := in.Progress([]byte(answerSDP)); err != nil {
		t.Fatal(err)
	}
	early := p.recv("SIP/2.0 183")
	tag := tagOf(headerOf(early, "To"))
	p.send(p.request("PRACK", "upd", tag, 2, "RAck: "+headerOf(early, "RSeq")+" 1 INVITE"))
	later(t, p, "SIP/2.0 200", early)
	p.send(p.request("UPDATE", "upd", tag, 3, sdpType+offerSDP))
	s.next(t, Reoffered)
	p.send(p.request("UPDATE", "upd", tag, 4, sdpType+offerSDP))
	p.recv("SIP/2.0 500") // one is open
	if err := s.AnswerReoffer([]byte(answerSDP)); err != nil {
		t.Fatal(err)
	}
	if ok := p.recv("SIP/2.0 200"); headerOf(ok, "CSeq") != "3 UPDATE" || !strings.HasSuffix(ok, answerSDP) {
		t.Errorf("UPDATE answered by\n%s", ok)
	}
	if err := in.Ring(); err != nil { // every one is acknowledged, as the caller requires
		t.Fatal(err)
	}
	ring := p.recv("SIP/2.0 180")
	p.send(p.request("PRACK", "upd", tag, 5, "RAck: "+headerOf(ring, "RSeq")+" 1 INVITE"))
	later(t, p, "SIP/2.0 200", ring)
	if err := in.Answer([]byte(answerSDP)); err != nil {
		t.Fatal(err)
	}
	if ok := p.recv("SIP/2.0 200"); strings.Contains(ok, "v=0") { // it would be the old one
		t.Errorf("answered by\n%s", ok)
	}
	p.send(p.request("ACK", "upd", tag, 1))
	s.next(t, Confirmed)
	hungUp(t, e, p, s)
}

// TestAnswerInPrack: the offer is ours when the INVITE had none, and what PRACK
// carries is the answer.
func TestAnswerInPrack(t *testing.T) {
	e, p, calls, s := called(t, nil)
	p.send(p.request("INVITE", "late", "", 1, "Supported: 100rel"))
	in := <-calls
	if err := in.Progress([]byte(offerSDP)); err != nil {
		t.Fatal(err)
	}
	early := p.recv("SIP/2.0 183")
	tag := tagOf(headerOf(early, "To"))
	p.send(p.request("PRACK", "late", tag, 2, "RAck: "+headerOf(early, "RSeq")+" 1 INVITE", sdpType+answerSDP))
	later(t, p, "SIP/2.0 200", early)
	if err := in.Answer([]byte(offerSDP)); err != nil {
		t.Fatal(err)
	}
	if ok := p.recv("SIP/2.0 200"); strings.Contains(ok, "v=0") {
		t.Errorf("offered again in\n%s", ok)
	}
	p.send(p.request("ACK", "late", tag, 1))
	if ev := s.next(t, Confirmed); string(ev.SDP) != answerSDP {
		t.Errorf("got %s", tell(ev))
	}
	hungUp(t, e, p, s)
}

// TestCancelWhilePrackIsOpen: the refusal does not wait.
func TestCancelWhilePrackIsOpen(t *testing.T) {
	e, p, calls, s := called(t, nil)
	p.send(p.request("INVITE", "open", "", 1, "Require: 100rel", sdpType+offerSDP))
	if err := (<-calls).Ring(); err != nil {
		t.Fatal(err)
	}
	ring := p.recv("SIP/2.0 180")
	p.send(p.request("CANCEL", "open", "", 1))
	later(t, p, "SIP/2.0 200", ring)
	later(t, p, "SIP/2.0 487", ring)
	s.ended(t, Cancelled, true)
	idle(t, e)
}

// TestHangupWhileOurPrackIsOpen: nobody waits for the answer to it.
func TestHangupWhileOurPrackIsOpen(t *testing.T) {
	e, p, s, invite := dials(t, nil)
	p.send(p.respond(invite, 183, "x", append(reliably("1"), p.contact())...))
	p.recv("PRACK ")
	s.next(t, Ringing)
	s.Hangup(New(Cancelled, ""))
	s.ended(t, Cancelled, false)
	msg := p.any(patience)
	for strings.HasPrefix(msg, "PRACK ") {
		msg = p.any(patience)
	}
	if !strings.HasPrefix(msg, "CANCEL ") {
		t.Fatalf("got\n%s", msg)
	}
	p.send(p.respond(msg, 200, "x"))
	p.send(p.respond(invite, 487, "x"))
	idle(t, e)
}

// TestNeverAcknowledgedRinging gives the call up (RFC 3262 §3).
func TestNeverAcknowledgedRinging(t *testing.T) {
	e, p, calls, s := called(t, nil)
	p.send(p.request("INVITE", "never", "", 1, "Require: 100rel", sdpType+offerSDP))
	if err := (<-calls).Ring(); err != nil {
		t.Fatal(err)
	}
	ring := p.recv("SIP/2.0 180")
	later(t, p, "SIP/2.0 504", ring)
	s.ended(t, Unreachable, false)
	idle(t, e)
}

// TestReliablePolicies: who wants opposite things does not meet, and is told the rule.
func TestReliablePolicies(t *testing.T) {
	f := func(policy, want, header string, headers ...string) {
		t.Helper()
		_, p, _, _ := called(t, func(c *Config) { c.Trunks[0].Reliable = policy })
		p.send(p.request("INVITE", "policy", "", 1, append(headers, sdpType+offerSDP)...))
		got := p.recv(want)
		name, value, _ := strings.Cut(header, ": ")
		if headerOf(got, name) != value || !strings.Contains(headerOf(got, "Reason"), `text="reliable_policy"`) {
			t.Errorf("%s: got\n%s", policy, got)
		}
	}
	f("off", "SIP/2.0 420", "Unsupported: 100rel", "Require: 100rel")
	f("required", "SIP/2.0 421", "Require: 100rel", "Supported: timer")
	e, p, s, invite := dials(t, func(c *Config, _ *peer) { c.Trunks[0].Reliable = "required" })
	if got := headerOf(invite, "Require"); got != "100rel" {
		t.Errorf("required %q", got)
	}
	p.send(p.respond(invite, 486, "x"))
	p.recv("ACK ")
	s.ended(t, Busy, true)
	idle(t, e)
}
