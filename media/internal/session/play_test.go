package session

import (
	"bytes"
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/internal/clock"
	"trunkline/media/msg"
	"trunkline/media/prompt"
)

const frame20 = 20 * time.Millisecond

// ramp is a clip in which every sample can be told from its neighbours.
func ramp(samples, from int) *prompt.Clip {
	pcm := make([]int16, samples)
	for i := range pcm {
		pcm[i] = int16((i*37 + from) % 30000)
	}
	return prompt.New(pcm)
}

func bytesSent(f *far, from int) (b []byte) {
	for _, p := range f.sent[from:] {
		b = append(b, p.payload...)
	}
	return b
}

func playDone(t *testing.T, f *far, want msg.Event) {
	t.Helper()
	got := f.only(msg.PlayDone)
	want.Kind, want.Session = msg.PlayDone, 1
	if len(got) == 0 || got[len(got)-1] != want {
		t.Errorf("playback ended as %+v, want %+v", got, want)
	}
}

// What goes out is the clips' own bytes, back to back, and the ledger says so.
func TestPlayIsExact(t *testing.T) {
	f := func(name string, id codecs.ID, loop int, clips ...*prompt.Clip) {
		t.Run(name, func(t *testing.T) {
			f := newFar(t, farA)
			now := clock.Time(0)
			f.s.Start(now, f.params(id, frame20))
			f.s.Play(msg.Playback{Ref: 9, Loop: loop}, clips)
			run(&now, 3*time.Second, nil, f.s)
			var want []byte
			for range max(loop, 1) {
				for _, c := range clips {
					want = append(want, c.Encoded(id)...)
				}
			}
			got := bytesSent(f, 0)
			if !bytes.Equal(got[:len(want)], want) {
				t.Fatal("what was sent is not what was to be played")
			}
			if rest := f.listen(0)[len(want):]; dsp.Level(rest) > -70 {
				t.Errorf("after the end there is sound of %.1f dBov", dsp.Level(rest))
			}
			d := time.Duration(len(want)) * time.Second / rate
			playDone(t, f, msg.Event{Ref: 9, Outcome: msg.Finished, Heard: d, Total: d})
		})
	}
	f("one", codecs.PCMU, 1, ramp(1600, 0))
	f("alaw", codecs.PCMA, 0, ramp(1600, 0))
	f("odd lengths", codecs.PCMU, 1, ramp(1601, 0), ramp(1, 500), ramp(333, 7))
	f("empty ones", codecs.PCMU, 1, nil, ramp(0, 0), ramp(1601, 0), nil)
	f("three times", codecs.PCMA, 3, ramp(1000, 0), nil, ramp(77, 3))
}

func TestPlayDoneComesWithTheLastSample(t *testing.T) {
	f := newFar(t, farA)
	f.s.Start(0, f.params(codecs.PCMU, frame20))
	f.s.Play(msg.Playback{Ref: 1, Loop: 1}, []*prompt.Clip{ramp(320, 0)})
	f.s.Tick(0)
	if len(f.events) != 0 {
		t.Fatalf("half way: %+v", f.events)
	}
	f.s.Tick(clock.Time(frame20))
	playDone(t, f, msg.Event{Ref: 1, Heard: 40 * time.Millisecond, Total: 40 * time.Millisecond})
}

func TestStopReplaceAndEndless(t *testing.T) {
	f := newFar(t, farA)
	now := clock.Time(0)
	f.s.Start(now, f.params(codecs.PCMU, frame20))
	f.s.Play(msg.Playback{Ref: 1, Loop: -1}, []*prompt.Clip{ramp(1001, 0)})
	run(&now, time.Second, nil, f.s)
	f.s.Play(msg.Playback{Ref: 2, Loop: 1}, []*prompt.Clip{ramp(80000, 0)})
	playDone(t, f, msg.Event{Ref: 1, Outcome: msg.Replaced, Heard: time.Second, Total: 1001 * time.Second / rate})
	run(&now, 333*time.Millisecond, nil, f.s)
	f.s.Stop(1) // gone: nothing happens
	f.s.Stop(2)
	sent := len(f.sent) - 50
	playDone(t, f, msg.Event{Ref: 2, Outcome: msg.Stopped, Heard: time.Duration(sent) * frame20, Total: 10 * time.Second})
	f.s.Stop(0)
	f.s.Play(msg.Playback{Ref: 3, Loop: 1}, []*prompt.Clip{ramp(80000, 0)})
	f.s.Stop(0)
	playDone(t, f, msg.Event{Ref: 3, Outcome: msg.Stopped, Total: 10 * time.Second})
	if n := len(f.only(msg.PlayDone)); n != 3 {
		t.Errorf("%d playbacks ended, want 3", n)
	}
}

func TestPauseHoldsTheSample(t *testing.T) {
	f := newFar(t, farA)
	now := clock.Time(0)
	f.s.Start(now, f.params(codecs.PCMU, frame20))
	clip := ramp(16000, 0)
	f.s.Play(msg.Playback{Ref: 1, Loop: 1}, []*prompt.Clip{clip})
	run(&now, 500*time.Millisecond, nil, f.s)
	f.s.Pause(2) // another's
	run(&now, 100*time.Millisecond, nil, f.s)
	f.s.Pause(1)
	at := len(f.sent)
	run(&now, 400*time.Millisecond, nil, f.s)
	if l := dsp.Level(f.listen(at + 1)); l > -70 {
		t.Errorf("paused, %.1f dBov are sent", l)
	}
	resumed := len(f.sent)
	f.s.Resume(1)
	run(&now, 2*time.Second, nil, f.s)
	got := append(bytesSent(f, 0)[:at*160], bytesSent(f, resumed)...)
	if want := clip.Encoded(codecs.PCMU); !bytes.Equal(got[:len(want)], want) {
		t.Error("it did not go on where it stopped")
	}
	playDone(t, f, msg.Event{Ref: 1, Heard: 2 * time.Second, Total: 2 * time.Second})
	f.continuous()
}

// On hold nobody hears a prompt, so it waits.
func TestHoldStopsTheLedger(t *testing.T) {
	f := newFar(t, farA)
	now := clock.Time(0)
	f.s.Play(msg.Playback{Ref: 1, Loop: 1}, []*prompt.Clip{ramp(8000, 0)})
	run(&now, time.Second, nil, f.s) // not started
	p := f.params(codecs.PCMU, frame20)
	f.s.Start(now, p)
	run(&now, 500*time.Millisecond, nil, f.s)
	p.Direction = msg.RecvOnly
	f.s.Start(now, p)
	run(&now, 5*time.Second, nil, f.s)
	f.s.Stop(1)
	playDone(t, f, msg.Event{Ref: 1, Outcome: msg.Stopped, Heard: time.Duration(len(f.sent)) * frame20, Total: time.Second})
}

// A prompt on a joined leg stands in for the peer, and only on that leg; when
// it ends the peer is there at once, without a backlog.
func TestAPromptReplacesThePeer(t *testing.T) {
	a, b := newFar(t, farA), newFar(t, farB)
	a.tone, b.tone = dsp.NewTone(440, -10, rate), dsp.NewTone(1000, -10, rate)
	a.s.Start(0, a.params(codecs.PCMU, frame20))
	b.s.Start(0, b.params(codecs.PCMU, frame20))
	a.s.Join(0, b.s)
	now := clock.Time(0)
	talk := every(frame20, func(now clock.Time) { a.talk(now, codecs.PCMU, 160); b.talk(now, codecs.PCMU, 160) })
	run(&now, time.Second, talk, a.s, b.s)
	na, nb := len(a.sent), len(b.sent)
	a.s.Play(msg.Playback{Ref: 1, Loop: 1}, []*prompt.Clip{prompt.Tone(1700, 2*time.Second, -10)})
	run(&now, 2*time.Second, talk, a.s, b.s)
	hears(t, a.listen(na)[:rate], 1700, 1000)
	hears(t, b.listen(nb), 440, 1700)
	na = len(a.sent) + 2
	run(&now, 2*time.Second, talk, a.s, b.s)
	hears(t, a.listen(na), 1000, 1700)
	if a.s.ear.Held() > 2*160 {
		t.Errorf("the peer is %d samples behind", a.s.ear.Held())
	}
}
