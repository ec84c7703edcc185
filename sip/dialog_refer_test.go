package sip

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// referred is a call that was answered, whose trunk may transfer.
func referred(t *testing.T, id string) (e *Endpoint, p *peer, calls chan *Incoming, s *side, tag string) {
	t.Helper()
	e, p, calls, s = called(t, func(c *Config) { c.Trunks[0].Refer = "handle" })
	return e, p, calls, s, established(t, p, calls, s, id)
}

// notified answers the next NOTIFY, which says a status.
func (p *peer) notified(t *testing.T, event, state string, status int) {
	t.Helper()
	n := p.recv("NOTIFY ")
	if headerOf(n, "Event") != event || !strings.HasPrefix(headerOf(n, "Subscription-State"), state) ||
		headerOf(n, "Content-Type") != "message/sipfrag;version=2.0" || !strings.Contains(n, fmt.Sprintf("\r\nSIP/2.0 %d ", status)) {
		t.Errorf("wanted %s, %s, %d, got\n%s", event, state, status, n)
	}
	p.send(p.respond(n, 200, ""))
}

// TestTransferIsTold: in order, one at a time, and all of it before the BYE.
func TestTransferIsTold(t *testing.T) {
	e, p, _, s, tag := referred(t, "told")
	p.send(p.request("REFER", "told", tag, 2, "Refer-To: <sip:3000@elsewhere.example>", "Referred-By: <sip:boss@example.com>"))
	if ok := p.recv("SIP/2.0 202"); !strings.Contains(headerOf(ok, "Contact"), e.Addrs()[0].Addr.String()) {
		t.Errorf("accepted by\n%s", ok)
	}
	r := s.next(t, Referred).Refer
	if r.To.User != "3000" || r.By != "<sip:boss@example.com>" || r.Replaces != nil || r.Known != nil {
		t.Errorf("referred to %+v", r)
	}
	first := p.recv("NOTIFY ")
	p.send(p.request("REFER", "told", tag, 3, "Refer-To: <sip:4000@elsewhere.example>"))
	p.recv("SIP/2.0 491") // one at a time
	s.Tell(180)
	s.Tell(200)
	s.Tell(503) // after the last word
	s.Hangup(New(Normal, ""))
	s.ended(t, Normal, false)
	p.send(p.respond(first, 200, ""))
	p.notified(t, "refer", "active", 180)
	p.notified(t, "refer", "terminated", 200)
	p.send(p.respond(p.recv("BYE "), 200, ""))
	idle(t, e)
}

// TestTransferNobodyHears: a BYE does not wait for ever, and whoever does not listen is
// not told on.
func TestTransferNobodyHears(t *testing.T) {
	e, p, _, s, tag := referred(t, "deaf")
	p.send(p.request("REFER", "deaf", tag, 2, "Refer-To: <sip:3000@elsewhere.example>"))
	p.recv("SIP/2.0 202")
	s.next(t, Referred)
	s.Hangup(New(Normal, ""))
	s.ended(t, Normal, false)
	p.send(p.respond(p.past("BYE ", "NOTIFY "), 200, ""))
	idle(t, e)

	e, p, _, s, tag = referred(t, "gone")
	p.send(p.request("REFER", "gone", tag, 2, "r: <sip:3000@elsewhere.example>"))
	p.send(p.respond(p.past("NOTIFY ", "SIP/2.0 202"), 481, ""))
	s.next(t, Referred)
	s.Tell(180)
	s.Tell(200)
	p.silence(t)
	hungUp(t, e, p, s)
}

// TestSecondTransfer names its REFER (RFC 3515 §2.4.6); a silent one is not told at
// all (RFC 4488).
func TestSecondTransfer(t *testing.T) {
	e, p, _, s, tag := referred(t, "second")
	p.send(p.request("REFER", "second", tag, 2, "Refer-To: <sip:3000@elsewhere.example>"))
	p.recv("SIP/2.0 202")
	p.notified(t, "refer", "active", 100)
	s.next(t, Referred)
	s.Tell(486)
	p.notified(t, "refer", "terminated", 486)
	until(t, "the first to be over", func() bool {
		p.send(p.request("REFER", "second", tag, 3, "Refer-To: <sip:3000@elsewhere.example>"))
		return strings.HasPrefix(p.any(patience), "SIP/2.0 202")
	})
	p.notified(t, "refer;id=3", "active", 100)
	s.next(t, Referred)
	s.Tell(200)
	p.notified(t, "refer;id=3", "terminated", 200)
	until(t, "the second to be over", func() bool {
		p.send(p.request("REFER", "second", tag, 4, "Refer-To: <sip:3000@elsewhere.example>", "Refer-Sub: false", "Require: norefersub"))
		msg := p.any(patience)
		return strings.HasPrefix(msg, "SIP/2.0 200") && headerOf(msg, "Refer-Sub") == "false"
	})
	s.next(t, Referred)
	s.Tell(180)
	s.Tell(200)
	p.silence(t)
	hungUp(t, e, p, s)
}

// TestTransfersRefused: what cannot be followed, and by policy, with the rule.
func TestTransfersRefused(t *testing.T) {
	e, p, _, s, tag := referred(t, "bad")
	seq := 1
	f := func(want string, headers ...string) {
		t.Helper()
		seq++
		p.send(p.request("REFER", "bad", tag, seq, headers...))
		p.recv(want)
		s.quiet(t)
	}
	f("SIP/2.0 400")
	f("SIP/2.0 400", "Refer-To: <sip:a@b>", "Refer-To: <sip:c@d>")
	f("SIP/2.0 400", "Refer-To: <http://a.example/>")
	f("SIP/2.0 400", "Refer-To: <sip:a@b;method=BYE>")
	hungUp(t, e, p, s)

	e, p, calls, s := called(t, func(c *Config) { c.Trunks[0].Refer = "refuse" })
	tag = established(t, p, calls, s, "policy")
	p.send(p.request("REFER", "policy", tag, 2, "Refer-To: <sip:3000@elsewhere.example>"))
	if got := headerOf(p.recv("SIP/2.0 403"), "Reason"); got != `SIP;cause=403;text="refer_refused"` {
		t.Errorf("Reason %q", got)
	}
	hungUp(t, e, p, s)
}

// TestWeTransfer follows what the far side tells.
func TestWeTransfer(t *testing.T) {
	e, p, calls, s := called(t, nil)
	tag := established(t, p, calls, s, "ours")
	notify := func(seq int, event, state, body string) {
		p.send(p.request("NOTIFY", "ours", tag, seq, "Event: "+event, "Subscription-State: "+state, "Content-Type: message/sipfrag\n\n"+body))
	}
	notify(2, "refer", "active", "SIP/2.0 100 Trying")
	p.recv("SIP/2.0 481") // we have asked for nothing
	notify(3, "presence", "active", "")
	if got := headerOf(p.recv("SIP/2.0 489"), "Allow-Events"); got != "refer" {
		t.Errorf("Allow-Events %q", got)
	}
	if err := s.Refer("sip:3000@example.com\r\nEvil: x", "", nil); err == nil {
		t.Error("a line break in a Refer-To")
	}
	if err := s.Refer("sip:3000@example.com", "<sip:us@example.com>", &Replaces{CallID: "a@b", ToTag: "t", FromTag: "f"}); err != nil {
		t.Fatal(err)
	}
	refer := p.recv("REFER ")
	to, _ := url.PathUnescape(headerOf(refer, "Refer-To"))
	if to != "<sip:3000@example.com?Replaces=a@b;to-tag=t;from-tag=f>" || headerOf(refer, "Referred-By") != "<sip:us@example.com>" {
		t.Errorf("REFER is\n%s", refer)
	}
	if err := s.Refer("sip:3000@example.com", "", nil); err == nil {
		t.Error("two at once")
	}
	notify(4, "refer", "active", "SIP/2.0 100 Trying") // it may come before the answer
	p.recv("SIP/2.0 200")
	if ev := s.next(t, Transferred); ev.Status != 100 {
		t.Errorf("got %s", tell(ev))
	}
	p.send(p.respond(refer, 202, ""))
	notify(5, "refer;id=77", "active", "SIP/2.0 180 Ringing")
	p.recv("SIP/2.0 481")
	notify(6, "refer", "terminated;reason=noresource", "SIP/2.0 486 Busy Here")
	p.recv("SIP/2.0 200")
	if ev := s.next(t, Transferred); ev.Status != 486 || ev.Cause.Code != Busy {
		t.Errorf("got %s", tell(ev))
	}
	notify(7, "refer", "terminated", "SIP/2.0 200 OK")
	p.recv("SIP/2.0 481") // it is over
	if err := s.Refer("sip:3000@example.com", "", nil); err != nil {
		t.Fatal(err)
	}
	p.send(p.respond(p.recv("REFER "), 603, ""))
	if ev := s.next(t, Transferred); ev.Status != 603 || ev.Cause.Code != Rejected {
		t.Errorf("got %s", tell(ev))
	}
	hungUp(t, e, p, s)
}

// TestLateAnswerToATransfer: what is told of a transfer can be here before the answer to
// the REFER. That answer is not one to the next.
func TestLateAnswerToATransfer(t *testing.T) {
	for _, late := range []int{202, 603} {
		e, p, calls, s := called(t, nil)
		tag := established(t, p, calls, s, "late")
		seq := 1
		notify := func(event, state, body string) {
			seq++
			p.send(p.request("NOTIFY", "late", tag, seq, "Event: "+event, "Subscription-State: "+state, "Content-Type: message/sipfrag\n\n"+body))
		}
		refers := func(uri string) string {
			t.Helper()
			if err := s.Refer(uri, "", nil); err != nil {
				t.Fatal(err)
			}
			return p.recv("REFER ")
		}
		told := func(want int) {
			t.Helper()
			p.recv("SIP/2.0 200")
			if ev := s.next(t, Transferred); ev.Status != want {
				t.Errorf("told %d after a late %d: %s", want, late, tell(ev))
			}
		}
		first := refers("sip:3000@example.com")
		notify("refer", "terminated", "SIP/2.0 486 Busy Here")
		told(486)
		second := refers("sip:4000@example.com")
		p.send(p.respond(first, late, ""))
		for range 5 { // so that it is heard of by now
			notify("presence", "active", "")
			p.recv("SIP/2.0 489")
		}
		p.send(p.respond(second, 202, ""))
		number, _, _ := strings.Cut(headerOf(second, "CSeq"), " ")
		notify("refer;id="+number, "terminated", "SIP/2.0 200 OK")
		told(200)
		hungUp(t, e, p, s)
	}
}

// TestReplaces: who may take whose place (RFC 3891 §3).
func TestReplaces(t *testing.T) {
	e, p, calls, s := called(t, nil)
	tag := established(t, p, calls, s, "old")
	taken := s.Dialog
	stranger := newPeer(t, "127.0.0.9").calls(e)
	f := func(p *peer, want, replaces string) {
		t.Helper()
		p.send(p.request("INVITE", "new", "", p.n+1, "Replaces: "+replaces, sdpType+offerSDP))
		if got := p.recv("SIP/2.0 " + want); !strings.Contains(headerOf(got, "Reason"), `text="replaces"`) {
			t.Errorf("refused without rule:\n%s", got)
		}
	}
	f(p, "481", "old;to-tag="+tag+";from-tag=wrong")
	f(p, "481", "old;to-tag=wrong;from-tag=peertag")
	f(p, "481", "other;to-tag="+tag+";from-tag=peertag")
	f(p, "400", "old")
	f(p, "486", "old;to-tag="+tag+";from-tag=peertag;early-only")
	other := Trunk{Name: "other", Networks: []string{"127.0.0.9/32"}}
	if err := e.SetTrunks([]Trunk{other, {Name: "local", Networks: []string{"127.0.0.1/32"}}}); err != nil {
		t.Fatal(err)
	}
	f(stranger, "481", "old;to-tag="+tag+";from-tag=peertag") // not his
	p.send(p.request("INVITE", "new", "", 100, "Replaces: old;from-tag=peertag;to-tag="+tag, "Require: replaces", sdpType+offerSDP))
	in := <-calls
	if in.Replaces != taken {
		t.Error("it does not know whose place it takes")
	}
	taken.Hangup(New(Normal, ""))
	bye := p.past("BYE ", "SIP/2.0 100")
	f(p, "603", "old;to-tag="+tag+";from-tag=peertag")
	p.send(p.respond(bye, 200, ""))
	in.Hangup(New(Busy, ""))
	p.recv("SIP/2.0 486")
	idle(t, e)
}
