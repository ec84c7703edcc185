package call_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"trunkline/call"
	"trunkline/call/negotiate"
	"trunkline/media"
	"trunkline/sip"
)

// impatient gives up a leg that sends nothing for 300 ms.
func impatient(t *testing.T) func(*call.Config) {
	return func(cfg *call.Config) {
		e, err := media.New(media.Config{Shards: 1, PortMin: 26000, PortMax: 26099, Timeout: 300 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { e.Close() })
		cfg.Engine = e
	}
}

// patient answers, and ends the call itself after a second.
func patient(ctx context.Context, c *call.Call) error {
	if err := c.Answer(ctx); err != nil {
		return err
	}
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
	}
	return nil
}

// reoffer sends a re-INVITE with another direction and takes in the answer.
func (l *line) reoffer(direction string) sip.Event {
	l.t.Helper()
	l.local.Version++
	offer, err := negotiate.Offer(l.local)
	if err != nil {
		l.t.Fatal(err)
	}
	offer = []byte(strings.Replace(string(offer), "a=sendrecv", "a="+direction, 1))
	if err := l.dialog.Reoffer(offer); err != nil {
		l.t.Fatal(err)
	}
	return l.await(sip.Reanswered)
}

// TestMediaLost: a caller who sends no sound for the time-out is gone.
func TestMediaLost(t *testing.T) {
	r := newRig(t, func(ctx context.Context, c *call.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		<-ctx.Done()
		return nil
	}, impatient(t))
	l := r.caller.dial(r.addr, "100")
	l.await(sip.Answered) // and never starts to send
	l.await(sip.Ended)
	if c := r.record(); c.Cause.Code != "failed" || c.Cause.By != call.BySystem || c.Cause.Text == "" {
		t.Errorf("cause %+v", c.Cause)
	}
}

// TestMediaLostOnHold: who holds us need not send music.
func TestMediaLostOnHold(t *testing.T) {
	f := func(direction, answer string) {
		t.Run(direction, func(t *testing.T) {
			r := newRig(t, patient, impatient(t))
			l := r.caller.dial(r.addr, "100")
			l.up()
			if e := l.reoffer(direction); !strings.Contains(string(e.SDP), "a="+answer) {
				t.Errorf("answered %q, want %s", e.SDP, answer)
			}
			l.session.Close() // not a packet any more
			l.await(sip.Ended)
			if c := r.record(); c.Cause.Code != "normal" || c.Cause.By != call.ByFlow {
				t.Errorf("cause %+v", c.Cause)
			}
		})
	}
	f("sendonly", "recvonly")
	f("inactive", "inactive")
}

// TestResume: after hold the same sound flows again.
func TestResume(t *testing.T) {
	r := newRig(t, tone(500))
	l := r.caller.dial(r.addr, "100")
	l.up()
	l.hears(500)
	l.reoffer("inactive")
	e := l.reoffer("sendrecv")
	if !strings.Contains(string(e.SDP), "a=sendrecv") {
		t.Errorf("answered %q", e.SDP)
	}
	l.hears(500)
	l.dialog.Hangup(sip.New(sip.Normal, ""))
	r.record()
}

// TestReofferRefused: an offer we cannot accept leaves the call as it was, and
// does not count as a version of our description (RFC 3264 §8).
func TestReofferRefused(t *testing.T) {
	r := newRig(t, tone(500))
	l := r.caller.dial(r.addr, "100")
	l.up()
	offer, err := negotiate.Offer(l.local)
	if err != nil {
		t.Fatal(err)
	}
	strange := strings.NewReplacer("RTP/AVP", "RTP/SAVP").Replace(string(offer))
	if err := l.dialog.Reoffer([]byte(strange)); err != nil {
		t.Fatal(err)
	}
	if e := l.await(sip.Reanswered); e.Status != 488 {
		t.Errorf("answered %d, want 488", e.Status)
	}
	before, after := version(t, l.first), version(t, l.reoffer("sendrecv").SDP)
	if after != before+1 {
		t.Errorf("o= version %d, then %d; want one more", before, after)
	}
	l.hears(500)
	l.dialog.Hangup(sip.New(sip.Normal, ""))
	r.record()
}

// version returns the version of the o= line.
func version(t *testing.T, sdp []byte) uint64 {
	t.Helper()
	var user string
	var id, v uint64
	_, line, _ := strings.Cut(string(sdp), "\no=")
	if _, err := fmt.Sscan(line, &user, &id, &v); err != nil {
		t.Fatalf("%v in %s", err, sdp)
	}
	return v
}

// TestReofferWithoutOffer: a re-INVITE that asks us for an offer gets one, and
// its ACK decides where the sound goes.
func TestReofferWithoutOffer(t *testing.T) {
	r := newRig(t, tone(500))
	l, moved := r.caller.line(), r.caller.line()
	s := newScripted(t, r.addr, "alice")
	offer, err := negotiate.Offer(l.local)
	if err != nil {
		t.Fatal(err)
	}
	status, answer := s.invite("100", offer)
	params, err := negotiate.Accept(l.local, answer)
	if status != 200 || err != nil {
		t.Fatalf("%d, %v", status, err)
	}
	l.session.Start(params)
	s.ack(nil)
	l.hears(500)
	status, theirs := s.again(nil)
	ours, params, err := negotiate.Answer(theirs, moved.local)
	if status != 200 || err != nil {
		t.Fatalf("%d, %v", status, err)
	}
	moved.session.Start(params)
	s.ack(ours)
	moved.hears(500)
	s.bye()
	r.record()
}
