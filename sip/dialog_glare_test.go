package sip

import (
	"fmt"
	"strings"
	"testing"
)

// TestGlareOfOurs: 491 sends the offer again after a wait, with another CSeq; five
// times are enough. It is waited out on either side.
func TestGlareOfOurs(t *testing.T) {
	f := func(e *Endpoint, p *peer, s *side) {
		t.Helper()
		if err := s.Reoffer([]byte(offerSDP)); err != nil {
			t.Fatal(err)
		}
		first := p.recv("INVITE ")
		p.send(p.respond(first, 491, ""))
		again := p.past("INVITE ", "ACK ")
		if !strings.HasSuffix(again, offerSDP) || headerOf(again, "CSeq") == headerOf(first, "CSeq") {
			t.Errorf("sent again as\n%s", again)
		}
		s.quiet(t)
		p.send(p.respond(again, 200, "", p.contact(), sdpType+answerSDP))
		p.past("ACK ", "INVITE ")
		for ev := s.next(t, Reanswered); ev.Status != 200; {
			t.Fatalf("got %s", tell(ev))
		}
		if err := s.Reoffer([]byte(offerSDP)); err != nil {
			t.Fatal(err)
		}
		for range 6 {
			p.send(p.respond(p.past("INVITE ", "ACK "), 491, ""))
		}
		if ev := s.next(t, Reanswered); ev.Status != 491 {
			t.Errorf("got %s", tell(ev))
		}
		s.Hangup(New(Normal, ""))
		p.send(p.respond(p.past("BYE ", "ACK "), 200, ""))
		s.ended(t, Normal, false)
		idle(t, e)
	}
	e, p, s, invite := dials(t, nil)
	p.answers(t, s, invite, "x")
	f(e, p, s)
	e, p, calls, s := called(t, nil)
	established(t, p, calls, s, "glare")
	f(e, p, s)
}

// TestGlareOfTheirs: while our offer is open theirs gets 491, re-INVITE and UPDATE,
// and ours lives.
func TestGlareOfTheirs(t *testing.T) {
	e, p, calls, s := called(t, nil)
	tag := established(t, p, calls, s, "theirs")
	if err := s.Reoffer([]byte(offerSDP)); err != nil {
		t.Fatal(err)
	}
	ours := p.recv("INVITE ")
	p.send(p.request("INVITE", "theirs", tag, 2, sdpType+offerSDP))
	p.past("SIP/2.0 491", "INVITE ")
	p.send(p.request("UPDATE", "theirs", tag, 3, sdpType+offerSDP))
	p.past("SIP/2.0 491", "INVITE ")
	p.send(p.respond(ours, 200, "", p.contact(), sdpType+answerSDP))
	p.past("ACK ", "INVITE ")
	if ev := s.next(t, Reanswered); ev.Status != 200 || string(ev.SDP) != answerSDP {
		t.Errorf("got %s", tell(ev))
	}
	hungUp(t, e, p, s)
}

// TestAnswersGoBack goes back where the request came from, whatever the Via says
// (RFC 3581), with the port that it came from.
func TestAnswersGoBack(t *testing.T) {
	e, p, calls, s := called(t, nil)
	invite := p.request("INVITE", "nat", "", 1, sdpType+offerSDP)
	p.send(strings.Replace(invite, "SIP/2.0/UDP "+p.addr()+";", "SIP/2.0/UDP 192.0.2.7:9;rport;", 1))
	if err := (<-calls).Answer([]byte(answerSDP)); err != nil {
		t.Fatal(err)
	}
	ok := p.recv("SIP/2.0 200")
	via := headerOf(ok, "Via")
	_, port, _ := strings.Cut(p.addr(), ":")
	if !strings.Contains(via, "received=127.0.0.1") || !strings.Contains(via, "rport="+port) {
		t.Errorf("Via %q", via)
	}
	p.send(p.request("ACK", "nat", tagOf(headerOf(ok, "To")), 1))
	s.next(t, Confirmed)
	hungUp(t, e, p, s)
}

// TestRouteSetOfCallee holds that what we send to a caller goes by the Record-Route of
// his INVITE, in its order.
func TestRouteSetOfCallee(t *testing.T) {
	e, p, calls, s := called(t, nil)
	p.send(p.request("INVITE", "route", "", 1, "Record-Route: <sip:"+p.addr()+";lr>", "Record-Route: <sip:127.0.0.3;lr>", sdpType+offerSDP))
	if err := (<-calls).Answer([]byte(answerSDP)); err != nil {
		t.Fatal(err)
	}
	ok := p.recv("SIP/2.0 200")
	if n := strings.Count(ok, "\r\nRecord-Route: "); n != 2 {
		t.Errorf("%d Record-Routes in\n%s", n, ok)
	}
	p.send(p.request("ACK", "route", tagOf(headerOf(ok, "To")), 1))
	s.next(t, Confirmed)
	s.Hangup(New(Normal, ""))
	bye := p.recv("BYE sip:2000@" + p.addr())
	if got := headerOf(bye, "Route"); got != "<sip:"+p.addr()+";lr>" || strings.Count(bye, "\r\nRoute: ") != 2 {
		t.Errorf("BYE is\n%s", bye)
	}
	p.send(p.respond(bye, 200, ""))
	s.ended(t, Normal, false)
	idle(t, e)
}

// TestMaxForwardsGoesOn: a call that goes on from here has one hop less.
func TestMaxForwardsGoesOn(t *testing.T) {
	e, p, calls, s := called(t, nil)
	invite := p.request("INVITE", "hops", "", 1, sdpType+offerSDP)
	p.send(strings.Replace(invite, "Max-Forwards: 70", "Max-Forwards: 12", 1))
	in := <-calls
	if in.MaxForwards != 11 {
		t.Errorf("%d hops left", in.MaxForwards)
	}
	next := newPeer(t, "127.0.0.2")
	cfg := loopback(nil)
	cfg.Trunks = []Trunk{{Name: "p", Target: next.addr()}}
	o, out := open(t, cfg, nil), newSide()
	if _, err := o.Dial(DialRequest{Trunk: "p", User: "1", Offer: []byte(offerSDP), MaxForwards: in.MaxForwards}, out.sink); err != nil {
		t.Fatal(err)
	}
	sent := next.recv("INVITE ")
	if got := headerOf(sent, "Max-Forwards"); got != "11" {
		t.Errorf("Max-Forwards %s", got)
	}
	next.send(next.respond(sent, 486, "x"))
	out.ended(t, Busy, true)
	in.Hangup(New(Busy, ""))
	p.recv("SIP/2.0 486")
	s.ended(t, Busy, false)
	idle(t, e)
}

// TestCallsAreSmall holds that an established call keeps little of the messages that
// made it, in either direction.
func TestCallsAreSmall(t *testing.T) {
	const calls, most = 100, 6 << 10
	filler := "X-Filler: " + strings.Repeat("y", 7000)
	talking := make(chan bool, 1)
	sink := func(ev Event) {
		if ev.Kind == Confirmed || ev.Kind == Answered {
			talking <- true
		}
	}
	t.Run("in", func(t *testing.T) {
		e := open(t, loopback(nil), func(in *Incoming) { in.Handle(sink); _ = in.Answer([]byte(answerSDP)) })
		p := newPeer(t, "127.0.0.1").calls(e)
		weigh(t, calls, most, func(id string) {
			p.send(p.request("INVITE", id, "", 1, filler, sdpType+offerSDP))
			ok := p.recv("SIP/2.0 200")
			p.send(p.request("ACK", id, tagOf(headerOf(ok, "To")), 1))
			<-talking
		})
		if n := e.Usage().Dialogs; n != calls+1 {
			t.Errorf("%d dialogs", n)
		}
	})
	t.Run("out", func(t *testing.T) {
		p := newPeer(t, "127.0.0.2")
		cfg := loopback(nil)
		cfg.Trunks = []Trunk{{Name: "p", Target: p.addr()}}
		e := open(t, cfg, nil)
		weigh(t, calls, most, func(string) {
			if _, err := e.Dial(DialRequest{Trunk: "p", User: "1", Offer: []byte(offerSDP)}, sink); err != nil {
				t.Fatal(err)
			}
			p.send(p.respond(p.recv("INVITE "), 200, "x", p.contact(), filler, sdpType+answerSDP))
			p.recv("ACK ")
			<-talking
		})
		if n := e.Usage().Dialogs; n != calls+1 {
			t.Errorf("%d dialogs", n)
		}
	})
}

// weigh wants n calls to take no more than most bytes each.
func weigh(t *testing.T, n, most int, call func(id string)) {
	t.Helper()
	call("warm")
	before := heap()
	for i := range n {
		call(fmt.Sprint("weigh", i))
	}
	var each int64
	defer func() { t.Logf("%d bytes per call, at most", each) }()
	until(t, "the calls to be small", func() bool {
		each = (int64(heap()) - int64(before)) / int64(n)
		return each < int64(most)
	})
}
