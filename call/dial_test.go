package call_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"trunkline/call"
	"trunkline/call/event"
	"trunkline/call/negotiate"
	"trunkline/media/prompt"
	"trunkline/sip"
)

// TestDialGivenUp: the end of Dial's context cancels the leg, and what is played
// next is played to its end although ringback was playing before.
func TestDialGivenUp(t *testing.T) {
	giveUp, ends := make(chan struct{}), make(chan call.Input, 1)
	r := newRig(t, func(ctx context.Context, c *call.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		short, cancel := context.WithCancel(ctx)
		defer cancel()
		go func() { <-giveUp; cancel() }()
		_, err := c.Dial(short, call.DialRequest{Trunk: "callee", To: "agent"})
		var e *call.Error
		if !errors.As(err, &e) || e.Code != call.CodeTimeout {
			t.Errorf("got %v, want %s", err, call.CodeTimeout)
		}
		if _, err := c.Play(call.Sound{What: event.PromptStarted{}, Clips: []*prompt.Clip{prompt.Tone(600, 300*time.Millisecond, -10)}}); err != nil {
			return err
		}
		ends <- <-c.Inputs()
		return nil
	})
	l := r.caller.dial(r.addr, "100")
	l.up()
	callee, _ := r.callee.pick()
	l.hears(425)
	close(giveUp)
	if e := callee.await(sip.Ended); e.Cause.Code != sip.Cancelled {
		t.Errorf("callee ended with %v", e.Cause)
	}
	if in := <-ends; in.Outcome != "finished" {
		t.Errorf("the prompt after it: %+v", in)
	}
	l.await(sip.Ended)
	if c := r.record(); len(c.Legs) != 2 || c.Legs[1].Cause.Code != "cancelled" || c.Legs[1].Cause.By != call.ByFlow {
		t.Errorf("legs %+v", c.Legs)
	}
}

// TestDialAnsweredAndGivenUp: whoever comes first, a leg that nobody owns is
// hung up while the call goes on.
func TestDialAnsweredAndGivenUp(t *testing.T) {
	const rounds = 30
	giveUp, given := make(chan struct{}), make(chan struct{})
	r := newRig(t, func(ctx context.Context, c *call.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		for range rounds {
			short, cancel := context.WithCancel(ctx)
			go func() { <-giveUp; cancel() }()
			leg, err := c.Dial(short, call.DialRequest{Trunk: "callee", To: "agent"})
			if err == nil {
				leg.Hangup()
			}
			<-short.Done()
			given <- struct{}{}
		}
		return nil
	})
	l := r.caller.dial(r.addr, "100")
	l.up()
	for range rounds {
		callee, in := r.callee.pick()
		answer, _, err := negotiate.Answer(in.Offer, callee.local)
		if err != nil {
			t.Fatal(err)
		}
		go func() { giveUp <- struct{}{} }()
		_ = in.Answer(answer) // which may be too late
		callee.await(sip.Ended)
		callee.session.Close()
		<-given
	}
	l.await(sip.Ended)
	if c := r.record(); len(c.Legs) != 1+rounds {
		t.Errorf("%d legs", len(c.Legs))
	}
}

// TestDialForOddCaller: a caller whose own number cannot be shown can be
// connected all the same.
func TestDialForOddCaller(t *testing.T) {
	r := newRig(t, agent(nil))
	s := newScripted(t, r.addr, "7;phone-context=x")
	l := r.caller.line()
	offer, err := negotiate.Offer(l.local)
	if err != nil {
		t.Fatal(err)
	}
	s.invite("100", offer)
	s.ack(nil)
	_, in := r.callee.pick()
	if in.From.User != "" {
		t.Errorf("shown as %q", in.From.User)
	}
	s.bye()
	r.record()
}

// faulty refuses to place a call but for the first, and reports its end
// nevertheless, as an endpoint does that is being closed.
type faulty struct {
	call.Signalling
	calls int
}

func (f *faulty) Dial(r sip.DialRequest, sink func(sip.Event)) (*sip.Dialog, error) {
	if f.calls++; f.calls == 1 {
		return f.Signalling.Dial(r, sink)
	}
	sink(sip.Event{Kind: sip.Ended, Cause: sip.New(sip.Failed, "closed")})
	return nil, errors.New("the endpoint is closing")
}

// TestDialRefusedByEndpoint: an INVITE that cannot even be sent is an error of
// Dial, leaves no leg and harms nothing else.
func TestDialRefusedByEndpoint(t *testing.T) {
	r := newRig(t, func(ctx context.Context, c *call.Call) error {
		_, err := c.Dial(ctx, call.DialRequest{Trunk: "callee", To: "agent"})
		var e *call.Error
		if !errors.As(err, &e) || e.Code != "unreachable" {
			t.Errorf("got %v", err)
		}
		return tone(700)(ctx, c)
	})
	r.m.Attach(&faulty{Signalling: r.ep})
	if _, err := r.m.Originate(call.Originate{Trunk: "callee", To: "55", Flow: "f"}); err != nil {
		t.Fatal(err)
	}
	l, in := r.callee.pick()
	l.accept(in)
	l.hears(700)
	l.dialog.Hangup(sip.New(sip.Normal, ""))
	if c := r.record(); len(c.Legs) != 1 || c.Cause.By != call.ByCallee {
		t.Errorf("cdr %+v", c)
	}
}

// TestDialWithoutEnd: a flow that dials for ever runs into a limit, and until
// then every leg has a name of its own.
func TestDialWithoutEnd(t *testing.T) {
	refused := make(chan error, 1)
	r := newRig(t, func(ctx context.Context, c *call.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		for {
			_, err := c.Dial(ctx, call.DialRequest{Trunk: "callee", To: "agent"})
			var e *call.Error
			if errors.As(err, &e) && e.Code != "busy" && e.Code != "overload" {
				refused <- err
				return nil
			}
		}
	}, func(cfg *call.Config) { cfg.Bus = event.NewBus(1) })
	l := r.caller.dial(r.addr, "100")
	l.up()
	var err error
	for err == nil {
		select {
		case p := <-r.callee.incoming:
			p.in.Hangup(sip.New(sip.Busy, ""))
		case err = <-refused:
		case <-time.After(patience):
			t.Fatal("no more calls, and no end")
		}
	}
	var e *call.Error
	if !errors.As(err, &e) || e.Code != call.CodeRefused {
		t.Errorf("got %v, want %s", err, call.CodeRefused)
	}
	l.await(sip.Ended)
	settle(t, "calls", func() bool { return r.m.Live() == 0 })
	names := map[string]bool{}
	legs := r.cdrs.list[0].Legs
	for _, l := range legs {
		names[l.ID] = true
		if len(l.ID) == 0 || len(l.ID) > 2 || l.ID < "a" || l.ID > "zz" {
			t.Errorf("a leg is named %q", l.ID)
		}
	}
	if len(names) != len(legs) || len(legs) < 27 {
		t.Errorf("%d legs with %d names", len(legs), len(names))
	}
}
