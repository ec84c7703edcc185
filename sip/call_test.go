package sip

import (
	"errors"
	"strings"
	"testing"
	"time"
	"trunkline/sip/internal/dialog"
)

// both runs a test over UDP and over TCP.
func both(t *testing.T, f func(t *testing.T, p *pair)) {
	for _, tr := range []Transport{UDP, TCP} {
		t.Run(string(tr), func(t *testing.T) { f(t, newPair(t, tr)) })
	}
}

func TestCallHungUpByCaller(t *testing.T) {
	both(t, func(t *testing.T, p *pair) {
		caller, callee := p.talk()
		caller.Hangup(New(Normal, ""))
		caller.ended(t, Normal, false)
		if c := callee.ended(t, Normal, true); c.Q850 != 16 {
			t.Errorf("Q.850 %d did not travel", c.Q850)
		}
		caller.Hangup(New(Normal, "")) // harmless
		caller.quiet(t)
		p.done()
	})
}

func TestCallHungUpByCallee(t *testing.T) {
	both(t, func(t *testing.T, p *pair) {
		caller, callee := p.talk()
		callee.Hangup(Cause{Code: Failed, Q850: 27, Text: `said "no"`})
		callee.ended(t, Failed, false)
		if c := caller.ended(t, Normal, true); c.Q850 != 27 {
			t.Errorf("Q.850 %d did not travel", c.Q850)
		}
		p.done()
	})
}

func TestIncomingTellsTheCall(t *testing.T) {
	both(t, func(t *testing.T, p *pair) {
		caller, callee, in := p.dial()
		if in.From.User != "2000" || in.From.Display != `An "odd" name` || in.From.Host != "127.0.0.1" {
			t.Errorf("from %+v", in.From)
		}
		if in.To.User != "1000" || in.Trunk.Name != "local" || string(in.Offer) != offerSDP {
			t.Errorf("to %+v, trunk %q, offer %q", in.To, in.Trunk.Name, in.Offer)
		}
		if in.CallID() != caller.CallID() || in.CallID() == "" || !in.Source.IsValid() {
			t.Errorf("call id %q and %q, source %v", in.CallID(), caller.CallID(), in.Source)
		}
		callee.Hangup(New(Busy, ""))
		caller.ended(t, Busy, true)
		callee.ended(t, Busy, false)
		p.done()
	})
}

func TestRingProgressAnswer(t *testing.T) {
	both(t, func(t *testing.T, p *pair) {
		caller, callee, in := p.dial()
		for _, step := range []error{in.Ring(), in.Progress([]byte(answerSDP)), in.Answer([]byte(answerSDP))} {
			if step != nil {
				t.Fatal(step)
			}
		}
		if ev := caller.next(t, Ringing); ev.Status != 180 || len(ev.SDP) != 0 {
			t.Errorf("first %s", tell(ev))
		}
		if ev := caller.next(t, Ringing); ev.Status != 183 || string(ev.SDP) != answerSDP {
			t.Errorf("second %s", tell(ev))
		}
		caller.next(t, Answered)
		callee.next(t, Confirmed)
		for _, late := range []error{in.Ring(), in.Progress(nil), in.Answer(nil)} {
			if !errors.Is(late, dialog.ErrPast) {
				t.Errorf("late wish: %v", late)
			}
		}
		callee.Hangup(New(Normal, ""))
		caller.ended(t, Normal, true)
		p.done()
	})
}

func TestRejected(t *testing.T) {
	f := func(c Cause, status int, want Code) {
		t.Helper()
		p := newPair(t, UDP)
		caller, callee, in := p.dial()
		in.Hangup(c)
		got := caller.ended(t, want, true)
		if got.Status != status {
			t.Errorf("%+v: status %d, want %d", c, got.Status, status)
		}
		callee.ended(t, c.Code, false)
		p.done()
	}
	f(New(Busy, ""), 486, Busy)
	f(New(NoAnswer, ""), 480, NoAnswer)
	f(New(Rejected, "not today"), 603, Rejected)
	f(New(NotFound, ""), 404, NotFound)
	f(New(Media, ""), 488, Media)
	f(New(Failed, ""), 500, Unreachable) // Q.850 41 says that another trunk may do better
	f(New(Overload, ""), 503, Unreachable)
	f(New(Normal, ""), 603, Rejected)
	f(Cause{Code: Rejected, Status: 403}, 403, Rejected)
	f(Cause{Code: Busy, Status: 600}, 600, Busy)
}

func TestCancelWhileRinging(t *testing.T) {
	both(t, func(t *testing.T, p *pair) {
		caller, callee, in := p.dial()
		if err := in.Ring(); err != nil {
			t.Fatal(err)
		}
		caller.next(t, Ringing)
		caller.Hangup(New(Cancelled, "changed my mind"))
		caller.ended(t, Cancelled, false)
		callee.ended(t, Cancelled, true)
		if err := in.Answer([]byte(answerSDP)); !errors.Is(err, dialog.ErrPast) {
			t.Errorf("answer after the cancel: %v", err)
		}
		p.done()
	})
}

// TestCancelAtOnce hangs up before anything can have come back.
func TestCancelAtOnce(t *testing.T) {
	both(t, func(t *testing.T, p *pair) {
		caller := newSide()
		d, err := p.a.Dial(DialRequest{Trunk: "b", User: "1", Offer: []byte(offerSDP)}, caller.sink)
		if err != nil {
			t.Fatal(err)
		}
		d.Hangup(New(Cancelled, ""))
		caller.ended(t, Cancelled, false)
		p.done() // whether the INVITE left or not
	})
}

// TestCancelAgainstAnswer lets the CANCEL and the 200 cross, many times and in
// every order: each side ends exactly once and nothing is left.
func TestCancelAgainstAnswer(t *testing.T) {
	both(t, func(t *testing.T, p *pair) {
		for range 25 {
			caller, callee, in := p.dial()
			if err := in.Ring(); err != nil {
				t.Fatal(err)
			}
			caller.next(t, Ringing)
			go caller.Hangup(New(Cancelled, ""))
			_ = in.Answer([]byte(answerSDP)) // may be too late
			last := func(s *side) Cause {
				for {
					select {
					case ev := <-s.events:
						if ev.Kind == Ended {
							s.quiet(t)
							return ev.Cause
						}
					case <-time.After(patience):
						t.Fatal("never ended")
					}
				}
			}
			if c := last(caller); c.Code != Cancelled || c.Remote {
				t.Fatalf("caller ended by %+v", c)
			}
			if c := last(callee); !c.Remote || c.Code != Cancelled && c.Code != Normal {
				t.Fatalf("callee ended by %+v", c)
			}
			p.done()
		}
	})
}

func TestByesCross(t *testing.T) {
	both(t, func(t *testing.T, p *pair) {
		for range 10 {
			caller, callee := p.talk()
			go caller.Hangup(New(Normal, ""))
			callee.Hangup(New(Normal, ""))
			caller.next(t, Ended)
			callee.next(t, Ended)
			p.done()
		}
	})
}

func TestUnreachable(t *testing.T) {
	cfg := loopback(nil)
	cfg.Trunks = append(cfg.Trunks,
		Trunk{Name: "udp", Target: "127.0.0.1:9"},
		Trunk{Name: "tcp", Target: "127.0.0.1:9", Transport: TCP},
		Trunk{Name: "name", Target: "no-such-host.invalid"},
	)
	e := open(t, cfg, nil)
	f := func(trunk, text string) {
		t.Helper()
		s := newSide()
		if _, err := e.Dial(DialRequest{Trunk: trunk, User: "1", Offer: []byte(offerSDP)}, s.sink); err != nil {
			t.Fatal(err)
		}
		if c := s.ended(t, Unreachable, true); !strings.Contains(c.Text, text) || !c.Retry() {
			t.Errorf("%s: ended by %+v", trunk, c)
		}
		idle(t, e)
	}
	f("udp", "no response")
	f("tcp", "connection refused")
	f("name", "no-such-host.invalid")
}

// TestNobodyTakesTheCall holds that a handler which does nothing, or panics,
// costs its own call and no other.
func TestNobodyTakesTheCall(t *testing.T) {
	log := &logged{}
	cfg := loopback(log)
	b := open(t, cfg, func(in *Incoming) {
		switch in.To.User {
		case "panic":
			panic("on purpose")
		case "sink":
			in.Handle(func(Event) { panic("on purpose, in the sink") })
			_ = in.Answer([]byte(answerSDP))
		}
	})
	a := open(t, withTarget(loopback(nil), b, UDP), nil)
	f := func(user string, answered bool, want Code) {
		t.Helper()
		s := newSide()
		if _, err := a.Dial(DialRequest{Trunk: "b", User: user, Offer: []byte(offerSDP)}, s.sink); err != nil {
			t.Fatal(err)
		}
		if answered {
			s.next(t, Answered)
		}
		s.ended(t, want, true)
		idle(t, a)
		idle(t, b)
	}
	f("nothing", false, Unreachable)
	f("panic", false, Unreachable)
	f("sink", true, Normal)
	f("nothing", false, Unreachable)
	if !strings.Contains(log.String(), "on purpose") || !strings.Contains(log.String(), "goroutine ") {
		t.Error("the panic and its stack were not logged")
	}
}

// TestTrace holds that both sides see the same messages, in ladder order.
func TestTrace(t *testing.T) {
	both(t, func(t *testing.T, p *pair) {}) // endpoints without Trace work too
	for _, tr := range []Transport{UDP, TCP} {
		lines := make(chan string, 64)
		b := open(t, loopback(nil), func(in *Incoming) {
			in.Handle(func(Event) {})
			_ = in.Answer([]byte(answerSDP))
		})
		cfg := withTarget(loopback(nil), b, tr)
		cfg.Trace = func(ev TraceEvent) {
			line, _, _ := strings.Cut(string(ev.Message), "\r\n")
			mark := "<- "
			if ev.Sent {
				mark = "-> "
			}
			if ev.Transport != tr || !ev.Remote.IsValid() || !ev.Local.IsValid() {
				t.Errorf("traced %+v", ev)
			}
			lines <- mark + line
		}
		a := open(t, cfg, nil)
		s := newSide()
		d, err := a.Dial(DialRequest{Trunk: "b", User: "1", Offer: []byte(offerSDP)}, s.sink)
		if err != nil {
			t.Fatal(err)
		}
		s.next(t, Answered)
		d.Hangup(New(Normal, ""))
		idle(t, a)
		for _, want := range []string{"-> INVITE sip:1@", "<- SIP/2.0 100 Trying", "<- SIP/2.0 200 OK", "-> ACK sip:", "-> BYE sip:", "<- SIP/2.0 200 OK"} {
			select {
			case got := <-lines:
				if !strings.HasPrefix(got, want) {
					t.Errorf("%s: traced %q, want %q", tr, got, want)
				}
			case <-time.After(patience):
				t.Fatalf("%s: never traced %q", tr, want)
			}
		}
	}
}
