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

// answered is a flow that answers, checks that the call knows it, and plays 500 Hz.
func answered(t *testing.T) flow {
	return func(ctx context.Context, c *call.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		if c.Times().Answered.IsZero() {
			t.Error("answered, but not according to its times")
		}
		return tone(500)(ctx, c)
	}
}

// TestDelayedOffer: an INVITE without an offer is answered with ours; the call
// is answered when the ACK has brought the far side's answer, and not before.
func TestDelayedOffer(t *testing.T) {
	r := newRig(t, answered(t))
	l := r.caller.line()
	s := newScripted(t, r.addr, "alice")
	status, offer := s.invite("100", nil)
	answer, params, err := negotiate.Answer(offer, l.local)
	if status != 200 || err != nil {
		t.Fatalf("%d, %v", status, err)
	}
	l.session.Start(params)
	s.ack(answer)
	l.hears(500)
	s.bye()
	if c := r.record(); c.AnsweredAt == nil || c.Legs[0].AnsweredAt == nil || c.Cause.By != call.ByCaller {
		t.Errorf("cdr %+v", c)
	}
}

// TestDelayedOfferUnanswered: an ACK without the answer ends the call.
func TestDelayedOfferUnanswered(t *testing.T) {
	r := newRig(t, answered(t))
	s := newScripted(t, r.addr, "alice")
	s.invite("100", nil)
	s.ack(nil)
	if c := r.record(); c.AnsweredAt != nil || c.Cause.Code != "media" || c.Cause.By != call.BySystem {
		t.Errorf("cdr %+v", c)
	}
}

// TestPlayBeforeAnswer: nobody hears what is played before the answer, so the
// flow is told at once instead of being left to wait.
func TestPlayBeforeAnswer(t *testing.T) {
	got := make(chan call.Input, 1)
	r := newRig(t, func(ctx context.Context, c *call.Call) error {
		if _, err := c.Play(call.Sound{What: event.PromptStarted{Text: "hello"}, Clips: []*prompt.Clip{prompt.Tone(600, time.Second, -10)}}); err != nil {
			return err
		}
		select {
		case in := <-c.Inputs():
			got <- in
		case <-ctx.Done():
			t.Error("the flow waited until the caller was gone")
			close(got)
		}
		return c.Reject(ctx, "busy")
	})
	l := r.caller.dial(r.addr, "100")
	select {
	case in := <-got:
		if in.Kind != call.PlaybackEnded || in.Outcome != "dropped" || in.Heard != 0 {
			t.Errorf("got %+v", in)
		}
	case <-time.After(5 * time.Second):
		l.dialog.Hangup(sip.New(sip.Cancelled, ""))
	}
	r.record()
}

// TestEndOfPlaybackIsNotLost: however much lies unread, the flow hears of the
// end of its latest prompt, for which it may be waiting.
func TestEndOfPlaybackIsNotLost(t *testing.T) {
	r := newRig(t, func(ctx context.Context, c *call.Call) error {
		var last call.Playback
		for range 300 { // more than is kept
			var err error
			if last, err = c.Play(call.Sound{}); err != nil {
				return err
			}
		}
		for {
			select {
			case in := <-c.Inputs():
				if in.Playback == last {
					return c.Reject(ctx, "busy")
				}
			case <-time.After(5 * time.Second):
				return errors.New("the end of the playback was lost")
			}
		}
	})
	if e := r.caller.dial(r.addr, "100").await(sip.Ended); e.Cause.Status != 486 {
		t.Errorf("ended with %v, want 486", e.Cause)
	}
	r.record()
}
