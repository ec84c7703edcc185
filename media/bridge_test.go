package media

import (
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"trunkline/dsp"
	"trunkline/internal/simnet"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/record"
	"trunkline/media/tap"
	"trunkline/media/wav"
)

// TestABridgedCallIsHeardAndRecorded: caller and callee are sessions of an
// engine of their own; ours joins the two legs and records the caller's.
func TestABridgedCallIsHeardAndRecorded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "call.wav")
	synctest.Test(t, func(t *testing.T) {
		e, err := NewOn(Config{Shards: 1}, simnet.NewLive(1, simnet.Link{Delay: 10 * time.Millisecond}))
		if err != nil {
			t.Fatal(err)
		}
		caller, atCaller, _ := call(t, e, Session{})
		callee, atCallee, _ := call(t, e, Session{})
		a, atA, earA := call(t, e, Session{})
		b, atB, earB := call(t, e, a)
		caller.Start(pcmu(atA))
		callee.Start(pcmu(atB))
		a.Start(pcmu(atCaller))
		b.Start(pcmu(atCallee))
		a.Join(b)
		caller.Play(1, -1, prompt.Tone(440, 10*time.Second, -10))
		callee.Play(1, -1, prompt.Tone(1000, 10*time.Second, -10))
		earA.until(msg.FirstPacket)
		earB.until(msg.FirstPacket)

		tp := tap.New(tap.Stereo, 8000, 1000)
		rec, err := record.Start(path, tp)
		if err != nil {
			t.Fatal(err)
		}
		a.Tap(tp)
		f := func(who string, s Session, want, other float64) {
			t.Helper()
			tone(t, who, listen(t, s, tap.Inbound, time.Second), want, other)
		}
		f("the caller", caller, 1000, 440)
		f("the callee", callee, 440, 1000)

		a.Close() // ends the tap, which ends the recording
		info, err := rec.Wait()
		if err != nil || info.Lost != 0 || info.Duration() < 1900*time.Millisecond {
			t.Errorf("recorded %+v, %v", info, err)
		}
		earA.until(msg.Closed)
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	got, err := wav.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tone(t, "left", got.Channel(0), 440, 1000)
	tone(t, "right", got.Channel(1), 1000, 440)
}

// tone wants pcm to be the one tone and not the other. Its first 300 ms are let
// off: jitter buffers fill.
func tone(t *testing.T, who string, pcm []int16, want, other float64) {
	t.Helper()
	if len(pcm) < 6400 {
		t.Errorf("%s has only %d samples", who, len(pcm))
		return
	}
	pcm = pcm[2400:]
	got, not := dsp.Goertzel(pcm, want, 8000), dsp.Goertzel(pcm, other, 8000)
	if got < -12 || got > -8 || not > -40 {
		t.Errorf("%s: %v Hz at %.1f dB and %v Hz at %.1f dB; want the first at -10 alone", who, want, got, other, not)
	}
}
