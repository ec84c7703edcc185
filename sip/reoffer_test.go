package sip

import (
	"testing"
	"time"
)

func TestReofferFromEachSide(t *testing.T) {
	both(t, func(t *testing.T, p *pair) {
		caller, callee := p.talk()
		f := func(from, to *side, answer string) {
			t.Helper()
			if err := from.Reoffer([]byte(offerSDP)); err != nil {
				t.Fatal(err)
			}
			if ev := to.next(t, Reoffered); string(ev.SDP) != offerSDP {
				t.Errorf("reoffered %s", tell(ev))
			}
			var sdp []byte
			if answer != "" {
				sdp = []byte(answer)
			}
			if err := to.AnswerReoffer(sdp); err != nil {
				t.Fatal(err)
			}
			ev := from.next(t, Reanswered)
			if string(ev.SDP) != answer || (answer == "") != (ev.Cause.Code == Media) {
				t.Errorf("reanswered %s", tell(ev))
			}
			if err := to.AnswerReoffer(sdp); err == nil {
				t.Error("answered twice")
			}
		}
		f(caller, callee, answerSDP)
		f(callee, caller, answerSDP)
		f(caller, callee, "") // refused: the session stays
		f(callee, caller, "")
		f(caller, callee, answerSDP)
		caller.Hangup(New(Normal, ""))
		callee.ended(t, Normal, true)
		caller.ended(t, Normal, false)
		p.done()
	})
}

// TestReofferNobodyAnswers holds that a forgotten offer is refused by itself.
func TestReofferNobodyAnswers(t *testing.T) {
	p := newPair(t, UDP)
	caller, callee := p.talk()
	if err := caller.Reoffer([]byte(offerSDP)); err != nil {
		t.Fatal(err)
	}
	if err := caller.Reoffer([]byte(offerSDP)); err == nil {
		t.Error("two offers at once")
	}
	callee.next(t, Reoffered)
	if ev := caller.next(t, Reanswered); ev.Status != 488 {
		t.Errorf("got %s", tell(ev))
	}
	caller.Hangup(New(Normal, ""))
	callee.ended(t, Normal, true)
	p.done()
}

// TestGlare lets both sides offer at once: each offer is answered or gets 491,
// none hangs, and the call lives.
func TestGlare(t *testing.T) {
	p := newPair(t, UDP)
	for range 10 {
		caller, callee := p.talk()
		waiting := 0
		for _, s := range []*side{caller, callee} {
			if err := s.Reoffer([]byte(offerSDP)); err == nil {
				waiting++ // else the other side's has come already
			}
		}
		if waiting == 0 {
			t.Fatal("nobody may offer")
		}
		on := func(s *side, ev Event) {
			switch {
			case ev.Kind == Reoffered:
				_ = s.AnswerReoffer([]byte(answerSDP))
			case ev.Kind == Reanswered && (ev.Status == 200 || ev.Status == 491):
				waiting--
			default:
				t.Fatalf("got %s", tell(ev))
			}
		}
		for waiting > 0 {
			select {
			case ev := <-caller.events:
				on(caller, ev)
			case ev := <-callee.events:
				on(callee, ev)
			case <-time.After(patience):
				t.Fatal("an offer hangs")
			}
		}
		caller.Hangup(New(Normal, ""))
		p.done()
	}
}

func TestHangupWhileReoffered(t *testing.T) {
	both(t, func(t *testing.T, p *pair) {
		caller, callee := p.talk()
		if err := caller.Reoffer([]byte(offerSDP)); err != nil {
			t.Fatal(err)
		}
		callee.next(t, Reoffered)
		callee.Hangup(New(Normal, ""))
		callee.ended(t, Normal, false)
		for ev := range caller.events {
			if ev.Kind == Ended {
				break
			}
		}
		p.done()
	})
}
