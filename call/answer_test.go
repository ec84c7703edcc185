package call_test

import (
	"context"
	"testing"

	"trunkline/call"
	"trunkline/call/negotiate"
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
