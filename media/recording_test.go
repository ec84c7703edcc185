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

// TestARecordingGoesOnThroughEverything that happens to a leg: from before it is
// answered over a prompt, a bridge, hold and a transfer to a leg of another media
// thread. A second of the call is a second of the file, and the caller, who hums
// all the time, is not missing for a moment.
func TestARecordingGoesOnThroughEverything(t *testing.T) {
	path := filepath.Join(t.TempDir(), "call.wav")
	var began, ended time.Time
	marks := map[string]time.Duration{}
	synctest.Test(t, func(t *testing.T) {
		e, err := NewOn(Config{Shards: 2}, simnet.NewLive(1, simnet.Link{Delay: 5 * time.Millisecond}))
		if err != nil {
			t.Fatal(err)
		}
		desk := record.NewDesk(record.Config{Workers: 1})
		defer desk.Close()
		leg := func(near Session, hz float64) (ours Session, start func(msg.Direction)) {
			far, atFar, _ := call(t, e, near)
			ours, atOurs, _ := call(t, e, near)
			far.Start(pcmu(atOurs))
			far.Play(1, -1, prompt.Tone(hz, 10*time.Second, -10))
			return ours, func(d msg.Direction) {
				p := pcmu(atFar)
				p.Direction = d
				ours.Start(p)
			}
		}
		a, answer := leg(Session{}, 440)
		b, answerB := leg(a, 1000)
		c, answerC := leg(Session{}, 1700)
		answerB(msg.SendRecv)
		answerC(msg.SendRecv)
		tp := tap.New(tap.Stereo, 8000, 2000)
		if !a.Tap(tp) {
			t.Fatal("the tap was not taken")
		}
		r, err := desk.Start(record.Options{Path: path}, tp)
		if err != nil {
			t.Fatal(err)
		}
		began = time.Now()
		next := func(what string, d time.Duration) {
			marks[what] = time.Since(began)
			time.Sleep(d)
		}
		next("before the answer", 600*time.Millisecond)
		answer(msg.SendRecv)
		next("answered", 600*time.Millisecond)
		a.Play(1, 1, prompt.Tone(620, 600*time.Millisecond, -10))
		next("prompt", 600*time.Millisecond)
		a.Join(b)
		next("bridge", 600*time.Millisecond)
		answer(msg.RecvOnly) // the caller holds us, and goes on humming
		next("hold", 600*time.Millisecond)
		answer(msg.SendRecv)
		next("back", 600*time.Millisecond)
		a.Leave()
		a.Join(c) // on another thread: one of them moves
		next("transfer", 600*time.Millisecond)
		a.Close()
		ended = time.Now()
		info, err := r.Wait()
		if err != nil || info.Lost != 0 || info.Gaps != 0 {
			t.Errorf("recorded %+v, %v", info, err)
		}
		if off := info.Duration() - ended.Sub(began); off < -40*time.Millisecond || off > 40*time.Millisecond {
			t.Errorf("%v were recorded as %v", ended.Sub(began), info.Duration())
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	got, err := wav.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const window = 50 * 8 // 50 ms
	f := func(what string, channel int, hz float64) {
		t.Helper()
		from := int((marks[what] + 200*time.Millisecond).Milliseconds()) * 8
		for at := from; at < from+6*window; at += window {
			pcm := got.Channel(channel)[at : at+window]
			for _, other := range []float64{440, 620, 1000, 1700} {
				if loud := dsp.Goertzel(pcm, other, 8000) > -13; loud != (other == hz) {
					t.Errorf("%s, channel %d: %v Hz at %v is loud: %v", what, channel, other, time.Duration(at)*time.Second/8000, loud)
				}
			}
		}
	}
	f("before the answer", 0, 0)
	f("before the answer", 1, 0)
	f("answered", 1, 0)
	f("prompt", 1, 620)
	f("bridge", 1, 1000)
	f("hold", 1, 0)
	f("back", 1, 1000)
	f("transfer", 1, 1700)
	for _, what := range []string{"answered", "prompt", "bridge", "hold", "back", "transfer"} {
		f(what, 0, 440)
	}
	// Between the first and the last of it, the hum is in every window.
	for at := int((marks["answered"] + 200*time.Millisecond).Milliseconds()) * 8; at+window <= len(got.Channel(0)); at += window {
		if level := dsp.Goertzel(got.Channel(0)[at:at+window], 440, 8000); level < -13 {
			t.Errorf("the caller is missing at %v: %.1f dB", time.Duration(at)*time.Second/8000, level)
		}
	}
}
