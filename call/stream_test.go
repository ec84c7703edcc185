package call_test

import (
	"context"
	"testing"
	"time"

	"trunkline/call"
	"trunkline/call/event"
	"trunkline/dsp"
	"trunkline/media/feed"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/sip"
)

// TestStreamThatRunsDry: of sound that comes too late in the middle all is heard,
// with silence where there was none; the ledger counts the sound, not the silence.
func TestStreamThatRunsDry(t *testing.T) {
	ended := make(chan call.Input, 1)
	r := newRig(t, onAir(func(ctx context.Context, c *call.Call) error {
		f, err := c.NewFeed(8000, 1000)
		if err != nil {
			return err
		}
		if _, err := c.Play(call.Sound{What: event.PromptStarted{Text: "a stream"}, Feed: f}); err != nil {
			return err
		}
		tone := prompt.Tone(440, 1500*time.Millisecond, -10).PCM()
		if err := f.WriteAll(ctx, tone[:4000]); err != nil {
			return err
		}
		for dry, _ := f.Underruns(); dry == 0; dry, _ = f.Underruns() { // until it has all been heard
			wait(ctx, 10*time.Millisecond)
		}
		wait(ctx, 200*time.Millisecond)
		if err := f.WriteAll(ctx, tone[4000:]); err != nil {
			return err
		}
		f.End()
		ended <- <-c.Inputs()
		return nil
	}))
	l := r.caller.dial(r.addr, "100")
	l.up()
	if in := <-ended; in.Outcome != "finished" || in.Heard != 1500*time.Millisecond || in.Total != in.Heard {
		t.Errorf("it ended with %+v, want finished, 1.5 s heard", in)
	}
	if e := await[event.PromptEnded](r); e.Text != "a stream" || e.HeardMS != 1500 {
		t.Errorf("the event says %+v", e)
	}
	heard := r.sent(l)
	parts := sounding(heard)
	if len(parts) != 2 {
		t.Fatalf("%d stretches of sound, want 2", len(parts))
	}
	for i, want := range []int{4000, 8000} {
		part := heard[parts[i][0]:parts[i][1]]
		if n := len(part); n < want-40 || n > want+40 {
			t.Errorf("stretch %d has %d samples, want %d", i+1, n, want)
		}
		if dsp.Goertzel(part, 440, 8000) < dsp.Level(part)-1 {
			t.Errorf("stretch %d is not just the tone", i+1)
		}
	}
}

// TestStreamBeforeTheAnswer: it is dropped, and who writes to it is told.
func TestStreamBeforeTheAnswer(t *testing.T) {
	wrote, ended := make(chan error, 1), make(chan call.Input, 1)
	r := newRig(t, func(ctx context.Context, c *call.Call) error {
		f, err := c.NewFeed(8000, 100)
		if err != nil {
			return err
		}
		if _, err := c.Play(call.Sound{Feed: f, How: msg.Playback{Gain: -3}}); err != nil {
			return err
		}
		wrote <- f.WriteAll(ctx, make([]int16, 80000))
		ended <- <-c.Inputs()
		<-c.Done()
		return nil
	})
	l := r.caller.dial(r.addr, "100")
	if err := <-wrote; err != feed.ErrGone {
		t.Errorf("writing ended with %v", err)
	}
	if in := <-ended; in.Outcome != "dropped" {
		t.Errorf("it ended with %+v", in)
	}
	l.dialog.Hangup(sip.New(sip.Normal, ""))
	l.await(sip.Ended)
}

// wait lets time pass, unless the call is over.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
