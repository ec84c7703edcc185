package call_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"trunkline/call"
	"trunkline/dsp"
	"trunkline/media/wav"
	"trunkline/sip"
)

// agent answers, dials the callee and bridges; after the bridge it plays a tone.
func agent(results chan<- call.BridgeResult) flow {
	return func(ctx context.Context, c *call.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		if _, err := c.Record(ctx); err != nil {
			return err
		}
		leg, err := c.Dial(ctx, call.DialRequest{Trunk: "callee", To: "agent"})
		if err != nil {
			return err
		}
		b, err := c.Bridge(ctx, leg)
		if err != nil {
			return err
		}
		results <- b
		return tone(900)(ctx, c)
	}
}

// talk brings a call to where caller (440 Hz, PCMU) and callee (1000 Hz, PCMA)
// hear each other.
func talk(r *rig) (caller, callee *line) {
	r.t.Helper()
	caller = r.caller.dial(r.addr, "100")
	caller.up()
	callee, in := r.callee.pick()
	caller.hears(425) // ringback
	callee.accept(in)
	caller.hum(440)
	callee.hum(1000)
	caller.hears(1000)
	callee.hears(440)
	return caller, callee
}

func TestBridgeCalleeHangsUp(t *testing.T) {
	results := make(chan call.BridgeResult, 1)
	r := newRig(t, agent(results))
	caller, callee := talk(r)
	callee.dialog.Hangup(sip.New(sip.Normal, ""))
	if b := <-results; b.Cause.Code != "normal" || b.Cause.By != call.ByCallee {
		t.Errorf("bridge ended with %+v", b.Cause)
	}
	caller.hears(900) // the flow goes on with the caller
	caller.dialog.Hangup(sip.New(sip.Normal, ""))
	c := r.record()
	if len(c.Legs) != 2 || c.Legs[1].Cause.By != call.ByCallee || c.Legs[1].Codec != "PCMA" {
		t.Errorf("legs %+v", c.Legs)
	}
}

func TestBridgeCallerHangsUp(t *testing.T) {
	results := make(chan call.BridgeResult, 1)
	r := newRig(t, agent(results))
	caller, callee := talk(r)
	caller.dialog.Hangup(sip.New(sip.Normal, ""))
	callee.await(sip.Ended)
	c := r.record()
	select {
	case b := <-results:
		t.Errorf("the flow went on with %+v although the caller was gone", b)
	default:
	}
	if c.Cause.By != call.ByCaller {
		t.Errorf("cause %+v", c.Cause)
	}
	recorded(t, c.Recording.Path)
}

// recorded checks the channels of a bridged call's recording: the caller's tone
// on the left only, the callee's on the right only.
func recorded(t *testing.T, path string) {
	t.Helper()
	s, err := wav.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	loud := func(channel int, hz float64) int {
		n := 0
		for frame := range slices.Chunk(s.Channel(channel), 800) {
			if dsp.Goertzel(frame, hz, 8000) > -20 {
				n++
			}
		}
		return n
	}
	if s.Channels != 2 || loud(0, 440) < 2 || loud(1, 1000) < 2 || loud(0, 1000) > 0 || loud(1, 440) > 0 {
		t.Errorf("channels %d; left: 440 Hz in %d frames, 1000 Hz in %d; right: 1000 Hz in %d, 440 Hz in %d",
			s.Channels, loud(0, 440), loud(0, 1000), loud(1, 1000), loud(1, 440))
	}
}

func TestCallerHangsUpWhileCalleeRings(t *testing.T) {
	r := newRig(t, agent(nil))
	caller := r.caller.dial(r.addr, "100")
	caller.up()
	callee, _ := r.callee.pick()
	caller.dialog.Hangup(sip.New(sip.Normal, ""))
	if e := callee.await(sip.Ended); e.Cause.Code != sip.Cancelled {
		t.Errorf("callee ended with %v, want cancelled", e.Cause)
	}
	if c := r.record(); c.Cause.By != call.ByCaller || len(c.Legs) != 2 {
		t.Errorf("cdr %+v", c)
	}
}

// TestBridgeMistakes: what cannot be joined is refused at once.
func TestBridgeMistakes(t *testing.T) {
	var lent atomic.Pointer[call.Leg]
	r := newRig(t, func(ctx context.Context, c *call.Call) error {
		if foreign := lent.Load(); foreign != nil {
			err := c.Answer(ctx)
			refused(t, c, foreign) // of another call
			return err
		}
		leg, err := c.Dial(ctx, call.DialRequest{Trunk: "callee", To: "agent"})
		if err != nil {
			return err
		}
		refused(t, c, leg) // the caller would hear nothing
		lent.Store(leg)
		return tone(500)(ctx, c)
	})
	first := r.caller.dial(r.addr, "100")
	l, in := r.callee.pick()
	l.accept(in)
	first.up()
	second := r.caller.dial(r.addr, "101")
	second.up()
	second.await(sip.Ended)
	first.dialog.Hangup(sip.New(sip.Normal, ""))
	first.await(sip.Ended)
}

// refused checks that c cannot be bridged with leg.
func refused(t *testing.T, c *call.Call, leg *call.Leg) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	var e *call.Error
	if _, err := c.Bridge(ctx, leg); !errors.As(err, &e) || e.Code != call.CodeInvalid {
		t.Errorf("got %v, want %s", err, call.CodeInvalid)
	}
}

// TestKeysCrossTheBridge: what one side presses the other side gets, once, and
// the flow does not take it for an answer to its next question.
func TestKeysCrossTheBridge(t *testing.T) {
	left := make(chan int, 1)
	f := agent(make(chan call.BridgeResult, 1))
	r := newRig(t, func(ctx context.Context, c *call.Call) error {
		go func() { <-c.Done(); left <- len(c.Inputs()) }()
		return f(ctx, c)
	})
	caller, callee := talk(r)
	caller.session.SendDigits(1, "17")
	callee.presses('1')
	callee.presses('7')
	callee.session.SendDigits(1, "#")
	caller.presses('#')
	caller.dialog.Hangup(sip.New(sip.Normal, ""))
	r.record()
	if n := <-left; n != 0 {
		t.Errorf("%d inputs were left for the flow", n)
	}
}
