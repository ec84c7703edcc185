package call_test

import (
	"context"
	"math"
	"testing"
	"time"

	"trunkline/call"
	"trunkline/call/event"
	"trunkline/dsp"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/wav"
	"trunkline/sip"
)

// sent is what the caller was sent from the first sound on, once the call is
// over: by its recording, which no network comes between.
func (r *rig) sent(l *line) []int16 {
	r.t.Helper()
	l.dialog.Hangup(sip.New(sip.Normal, ""))
	l.await(sip.Ended)
	c := r.record()
	if c.Recording == nil || c.Recording.Gaps > 0 {
		r.t.Fatalf("recording %+v", c.Recording)
	}
	sound, err := wav.ReadFile(c.Recording.Path)
	if err != nil {
		r.t.Fatal(err)
	}
	pcm := sound.Channel(1)
	for len(pcm) >= 8 && dsp.Level(pcm[:8]) < -60 {
		pcm = pcm[8:]
	}
	return pcm
}

// onAir is a flow that answers, records, and then does f.
func onAir(f flow) flow {
	return func(ctx context.Context, c *call.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		if _, err := c.Record(ctx); err != nil {
			return err
		}
		if err := f(ctx, c); err != nil {
			return err
		}
		<-c.Done()
		return nil
	}
}

// once plays one sound and waits for its end, which it returns.
func once(ctx context.Context, c *call.Call, s call.Sound) (call.Input, error) {
	p, err := c.Play(s)
	if err != nil {
		return call.Input{}, err
	}
	for {
		select {
		case in := <-c.Inputs():
			if in.Kind == call.PlaybackEnded && in.Playback == p {
				return in, nil
			}
		case <-ctx.Done():
			return call.Input{}, context.Cause(ctx)
		}
	}
}

// TestPlayHow: a sequence from a place in it, quieter, faded at both ends, is
// heard that way, and the ledger tells how much of it.
func TestPlayHow(t *testing.T) {
	ended := make(chan call.Input, 1)
	r := newRig(t, onAir(func(ctx context.Context, c *call.Call) error {
		in, err := once(ctx, c, call.Sound{
			What:  event.PromptStarted{File: "low high"},
			Clips: []*prompt.Clip{prompt.Tone(440, time.Second, -10), prompt.Tone(1000, time.Second, -10)},
			How: msg.Playback{
				From: 600 * time.Millisecond, Gain: -6, FadeIn: 200 * time.Millisecond, FadeOut: 400 * time.Millisecond,
			},
		})
		ended <- in
		return err
	}))
	l := r.caller.dial(r.addr, "100")
	l.up()
	in := <-ended
	if in.Outcome != "finished" || in.Heard != 1400*time.Millisecond || in.Total != in.Heard {
		t.Errorf("it ended with %+v, want finished, all of 1.4 s heard", in)
	}
	if e := await[event.PromptEnded](r); e.File != "low high" || e.HeardMS != 1400 || e.TotalMS != 1400 {
		t.Errorf("the event says %+v", e)
	}
	heard := r.sent(l)
	if n := sounding(heard); len(n) != 1 || n[0][1] < 10900 || n[0][1] > 11200 {
		t.Fatalf("sound at %v, want 1.4 s", n)
	}
	at := func(ms int) []int16 { return heard[ms*8 : ms*8+400] }
	f := func(ms int, hz float64, want, off dsp.DB) {
		t.Helper()
		if got := dsp.Goertzel(at(ms), hz, 8000); math.Abs(float64(got-want)) > float64(off) {
			t.Errorf("%d ms in: %v Hz at %.1f dB, want %.1f", ms, hz, got, want)
		}
	}
	f(50, 440, -16-8.5, 1) // 3/8 of the way in
	f(250, 440, -16, 1)
	f(500, 1000, -16, 1) // the second clip follows after 400 ms
	f(900, 1000, -16, 1)
	f(1175, 1000, -16-6, 1) // half of the way out
}

// sounding returns where stretches of sound begin and end, 50 ms of silence apart.
func sounding(pcm []int16) (parts [][2]int) {
	const step = 8
	for i := 0; i+step <= len(pcm); i += step {
		if dsp.Level(pcm[i:i+step]) < -40 {
			continue
		}
		if n := len(parts); n > 0 && i-parts[n-1][1] < 400 {
			parts[n-1][1] = i + step
		} else {
			parts = append(parts, [2]int{i, i + step})
		}
	}
	return parts
}

// place returns how far ahead in the original is what is heard at a sample.
func place(original, heard []int16, at int) int {
	best, found := 0.0, 0
	for i := 0; i+400 <= len(original); i++ {
		var sum float64
		for k, v := range heard[at : at+400] {
			sum += float64(v) * float64(original[i+k])
		}
		if sum > best {
			best, found = sum, i
		}
	}
	return found - at
}

// TestPauseAtTheSample: what is held goes on where it was: nothing of a sweep is
// missing or heard twice.
func TestPauseAtTheSample(t *testing.T) {
	ended := make(chan call.Input, 1)
	sweep := make([]int16, 16000) // 300 to 2300 Hz: each moment has its own pitch
	for i, phase := 0, 0.0; i < len(sweep); i++ {
		phase += 2 * math.Pi * (300 + float64(i)/8) / 8000
		sweep[i] = int16(10000 * math.Sin(phase))
	}
	r := newRig(t, onAir(func(ctx context.Context, c *call.Call) error {
		p, err := c.Play(call.Sound{Clips: []*prompt.Clip{prompt.New(sweep)}})
		if err != nil {
			return err
		}
		for _, in := range []time.Duration{700 * time.Millisecond, 500 * time.Millisecond} {
			wait(ctx, in)
			p.Pause()
			wait(ctx, 300*time.Millisecond)
			p.Resume()
		}
		ended <- <-c.Inputs()
		return nil
	}))
	l := r.caller.dial(r.addr, "100")
	l.up()
	if in := <-ended; in.Outcome != "finished" || in.Heard != 2*time.Second {
		t.Errorf("it ended with %+v, want 2 s heard", in)
	}
	heard := r.sent(l)
	parts := sounding(heard)
	if len(parts) != 3 {
		t.Fatalf("%d stretches of sound, want 3: two pauses", len(parts))
	}
	for i := 1; i < 3; i++ {
		before, after := parts[i-1], parts[i]
		from := before[1] + place(sweep, heard, before[1]-800)
		to := after[0] + place(sweep, heard, after[0]+400)
		// What was stopped fades out for 5 ms, which come again.
		if off := to - from; off < -80 || off > 16 {
			t.Errorf("pause %d: it went on %d samples from where it stopped", i, off)
		}
	}
}
