package player

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/media/feed"
	"trunkline/media/msg"
	"trunkline/media/prompt"
)

// leg is a player and what it has sent.
type leg struct {
	Player
	t      testing.TB
	events []msg.Event
	sent   []int16
}

func newLeg(t testing.TB, rate int) *leg {
	x := &leg{t: t}
	x.Player = Make(func(e msg.Event) { x.events = append(x.events, e) })
	x.Use(make([]int16, 3*48*60))
	x.SetRate(rate)
	return x
}

// run sends what plays for d, in frames of 20 ms, over silence.
func (x *leg) run(d time.Duration) {
	for ; d > 0; d -= prompt.FrameTime {
		said := make([]int16, x.rate/50)
		if n, encoded := x.Fill(said, codecs.PCMU); encoded != nil && (n != len(said) || len(encoded) != 160) {
			x.t.Fatalf("%d bytes stand for %d of %d samples", len(encoded), n, len(said))
		}
		x.Fade(said)
		x.sent = append(x.sent, said...)
		x.Finish()
	}
}

func (x *leg) ended(t *testing.T, want msg.Event) {
	t.Helper()
	want.Kind = msg.PlayDone
	if len(x.events) == 0 || x.events[len(x.events)-1] != want {
		t.Errorf("got %+v, want %+v at the end", x.events, want)
	}
}

// ramp is n samples of which each can be told from its neighbours.
func ramp(n, from int) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16((i*37 + from) % 30000)
	}
	return pcm
}

func clips(sounds ...[]int16) (cs []*prompt.Clip) {
	for _, pcm := range sounds {
		cs = append(cs, prompt.New(pcm))
	}
	return cs
}

// The sound is that of the clips, back to back, and the ledger says so; it is
// done with the last sample.
func TestPlayIsExact(t *testing.T) {
	f := func(loop int, sounds ...[]int16) {
		t.Helper()
		x := newLeg(t, prompt.Rate)
		x.Play(msg.Playback{Ref: 9, Loop: loop}, clips(sounds...))
		want := slices.Repeat(slices.Concat(sounds...), max(loop, 1))
		d := length(int64(len(want)))
		x.run(d)
		if !slices.Equal(x.sent[:len(want)], want) || slices.Max(append(x.sent[len(want):], 0)) != 0 {
			t.Error("what was sent is not what was to be played")
		}
		x.ended(t, msg.Event{Ref: 9, Heard: d, Total: d})
		if len(x.events) != 1 || x.Busy() {
			t.Errorf("busy %v after %+v", x.Busy(), x.events)
		}
	}
	f(1, ramp(1600, 0))
	f(0, ramp(1600, 0))
	f(1, ramp(1601, 0), ramp(1, 500), ramp(333, 7))
	f(1, nil, ramp(0, 0), ramp(1601, 0), nil)
	f(3, ramp(1000, 0), nil, ramp(77, 3))
	f(40, ramp(1, 5))
}

// A frame that is a clip's own comes with the clip's own bytes, and no other does.
func TestReadyPayloads(t *testing.T) {
	f := func(what string, how msg.Playback, want bool) {
		t.Helper()
		x, c := newLeg(t, prompt.Rate), prompt.New(ramp(800, 0))
		x.Play(how, []*prompt.Clip{c})
		said := make([]int16, 160)
		_, got := x.Fill(said, codecs.PCMA)
		if (got != nil) != want || want && !bytes.Equal(got, c.Encoded(codecs.PCMA)[:160]) {
			t.Errorf("%s: got %d bytes, want any: %v", what, len(got), want)
		}
	}
	f("plain", msg.Playback{}, true)
	f("louder", msg.Playback{Gain: 3}, false)
	f("rising", msg.Playback{FadeIn: time.Second}, false)
	f("over other sound", msg.Playback{Over: true}, false)

	wide := newLeg(t, prompt.WideRate)
	c := prompt.NewWide(ramp(3200, 0))
	if err := c.Prepare(codecs.G722); err != nil {
		t.Fatal(err)
	}
	wide.Play(msg.Playback{}, []*prompt.Clip{c})
	for n, said := 0, make([]int16, 320); n < 10; n++ {
		if _, got := wide.Fill(said, codecs.G722); !bytes.Equal(got, c.Frames(codecs.G722).Frame(n)) {
			t.Errorf("frame %d is not the clip's", n)
		}
	}
}

func TestNothingToPlayIsDoneAtOnce(t *testing.T) {
	x := newLeg(t, prompt.Rate)
	for ref, cs := range [][]*prompt.Clip{nil, {nil}, clips(nil)} {
		x.Play(msg.Playback{Ref: msg.Ref(ref), Loop: -1}, cs)
		x.ended(t, msg.Event{Ref: msg.Ref(ref)})
	}
	x.Play(msg.Playback{Ref: 9, From: time.Second}, clips(ramp(8000, 0)))
	x.ended(t, msg.Event{Ref: 9})
}

// What is skipped counts neither as heard nor as there.
func TestSeek(t *testing.T) {
	f := func(from time.Duration, loop, at int, total time.Duration) {
		t.Helper()
		x, sound := newLeg(t, prompt.Rate), ramp(1600, 0)
		x.Play(msg.Playback{Ref: 1, Loop: loop, From: from}, clips(sound[:900], nil, sound[900:]))
		x.run(100 * time.Millisecond)
		if !slices.Equal(x.sent, slices.Repeat(sound, 2)[at:at+800]) {
			t.Errorf("from %v, loop %d: does not begin at sample %d", from, loop, at)
		}
		x.Progress(1)
		want := msg.Event{Kind: msg.Playing, Ref: 1, Heard: 100 * time.Millisecond, Total: total}
		if got := x.events[len(x.events)-1]; got != want {
			t.Errorf("from %v, loop %d: %+v, want %+v", from, loop, got, want)
		}
	}
	f(0, 2, 0, 400*time.Millisecond)
	f(-time.Second, 2, 0, 400*time.Millisecond)
	f(10*time.Millisecond, 2, 80, 390*time.Millisecond)
	f(112500*time.Microsecond, 2, 900, 287500*time.Microsecond)
	f(250*time.Millisecond, 3, 400, 350*time.Millisecond)
	f(450*time.Millisecond, -1, 400, 200*time.Millisecond)
}

func TestGainAndFades(t *testing.T) {
	tone := make([]int16, 8000)
	dsp.NewTone(1000, -20, prompt.Rate).Fill(tone)
	f := func(how msg.Playback, begin, middle, end dsp.DB) {
		t.Helper()
		x := newLeg(t, prompt.Rate)
		x.Play(how, clips(tone))
		x.run(time.Second)
		for at, want := range map[int]dsp.DB{0: begin, 4000: middle, 7840: end} {
			if got := dsp.Level(x.sent[at : at+160]); got < want-0.7 || got > want+0.7 {
				t.Errorf("%+v: %.1f dBov after %d samples, want %.1f", how, got, at, want)
			}
		}
	}
	f(msg.Playback{Gain: -6}, -26, -26, -26)
	f(msg.Playback{Gain: 6}, -14, -14, -14)
	f(msg.Playback{FadeIn: 200 * time.Millisecond}, -44.8, -20, -20) // 0 to 1/10
	f(msg.Playback{FadeOut: 200 * time.Millisecond}, -20, -20, -44.8)
	f(msg.Playback{FadeOut: 200 * time.Millisecond, Loop: -1}, -20, -20, -20)
}

// Clips come in the best form there is, at any rate.
func TestRates(t *testing.T) {
	tone := make([]int16, 32000)
	dsp.NewTone(440, -12, prompt.WideRate).Fill(tone)
	wide := prompt.NewWide(tone)
	for _, c := range []*prompt.Clip{wide, prompt.New(wide.PCM())} {
		for _, rate := range []int{8000, 16000, 24000, 48000} {
			x := newLeg(t, rate)
			x.Play(msg.Playback{}, []*prompt.Clip{c})
			x.run(2 * time.Second)
			x.ended(t, msg.Event{Heard: 2 * time.Second, Total: 2 * time.Second})
			if got := dsp.Goertzel(x.sent[rate/2:rate], 440, rate); got < -12.3 || got > -11.7 {
				t.Errorf("at %d Hz the tone is at %.1f dBov, want -12", rate, got)
			}
			if rate == prompt.WideRate && c == wide && !slices.Equal(x.sent, tone) {
				t.Error("the wide form is not what is heard")
			}
		}
	}
}

// What is added to other sound leaves that as it is.
func TestOver(t *testing.T) {
	x := newLeg(t, prompt.Rate)
	x.Play(msg.Playback{Over: true}, clips(ramp(240, 0)))
	for i, want := range []int16{0, 160 * 37, 0} {
		said := slices.Repeat([]int16{100}, 160)
		n, encoded := x.Fill(said, codecs.PCMU)
		heard := said[0] == 100+want
		if last := said[159] == 100; n != 0 || encoded != nil || !heard || last != (i > 0) {
			t.Errorf("frame %d: %d samples overwritten, from %d to %d", i, n, said[0], said[159])
		}
		x.Finish()
	}
	x.ended(t, msg.Event{Heard: 30 * time.Millisecond, Total: 30 * time.Millisecond})
}

// Pausing and stopping fades out, and neither counts what fades.
func TestPauseAndStop(t *testing.T) {
	tone := make([]int16, 8000)
	dsp.NewTone(300, -12, prompt.Rate).Fill(tone)
	x := newLeg(t, prompt.Rate)
	x.Play(msg.Playback{Ref: 1}, clips(tone))
	x.run(100 * time.Millisecond)
	x.Pause(2) // another's
	x.run(100 * time.Millisecond)
	x.Pause(1)
	paused := len(x.sent)
	x.run(100 * time.Millisecond)
	if quiet := x.sent[paused+prompt.Rate/200:]; dsp.Level(quiet) != dsp.Floor || x.Fading() || !x.Busy() {
		t.Errorf("paused, it sends %.1f dBov; fading %v, busy %v", dsp.Level(quiet), x.Fading(), x.Busy())
	}
	x.Resume(1)
	resumed := len(x.sent)
	x.run(200 * time.Millisecond)
	if !slices.Equal(slices.Concat(x.sent[:paused], x.sent[resumed:]), tone[:3200]) {
		t.Error("it did not go on at the very sample")
	}
	x.Stop(2)
	x.Stop(0)
	x.ended(t, msg.Event{Ref: 1, Outcome: msg.Stopped, Heard: 400 * time.Millisecond, Total: time.Second})
	if !x.Fading() || !x.Busy() {
		t.Error("nothing fades out")
	}
	x.run(100 * time.Millisecond)
	for i := 1; i < len(x.sent); i++ {
		d := int(x.sent[i]) - int(x.sent[i-1])
		if most := 3200; i != resumed && (d > most || d < -most) { // 300 Hz at −12 dBov move by 2740
			t.Errorf("a jump by %d at sample %d", d, i)
		}
	}
	if x.Busy() || x.sent[len(x.sent)-1] != 0 {
		t.Error("it still plays")
	}
}

// A stream at a rate that no telephone knows is refused.
func TestStreamsOfOddRates(t *testing.T) {
	for _, from := range []int{4000, 11025, 44100, 96000} {
		x, f := newLeg(t, prompt.Rate), feed.New(from, 100)
		x.Stream(msg.Playback{Ref: 7}, f)
		x.ended(t, msg.Event{Ref: 7, Outcome: msg.Dropped})
		if f.Write(make([]int16, 10)) != 0 {
			t.Errorf("%d Hz is still taken", from)
		}
	}
}

// A stream is what was written, its marks are told when they are reached, and a
// new playback drops what is left.
func TestStream(t *testing.T) {
	x, f := newLeg(t, prompt.Rate), feed.New(prompt.Rate, 500)
	x.Stream(msg.Playback{Ref: 7}, f)
	x.run(100 * time.Millisecond)
	sound := ramp(1600, 0)
	f.Write(sound[:800])
	f.Mark(1)
	f.Write(sound[800:])
	f.Mark(2)
	x.run(140 * time.Millisecond)
	if !slices.Equal(x.sent[800:], sound[:1120]) {
		t.Error("what was sent is not what was written")
	}
	x.Play(msg.Playback{Ref: 8}, clips(sound))
	want := []msg.Event{
		{Kind: msg.Marked, Ref: 1}, {Kind: msg.Marked, Ref: 2, Outcome: msg.Dropped},
		{Kind: msg.PlayDone, Ref: 7, Outcome: msg.Replaced, Heard: 140 * time.Millisecond, Total: 140 * time.Millisecond},
	}
	if !slices.Equal(x.events, want) {
		t.Errorf("got %+v, want %+v", x.events, want)
	}
	x.Drop()
	x.ended(t, msg.Event{Ref: 8, Outcome: msg.Dropped, Total: 200 * time.Millisecond})
}

func TestFramesDoNotAllocate(t *testing.T) {
	tone := make([]int16, 80000)
	dsp.NewTone(440, -12, prompt.Rate).Fill(tone)
	f := func(what string, rate int, begin func(x *leg)) {
		t.Helper()
		x, said := newLeg(t, rate), make([]int16, rate/50)
		begin(x)
		if n := testing.AllocsPerRun(200, func() {
			x.Fill(said, codecs.PCMU)
			x.Fade(said)
			x.Finish()
		}); n != 0 {
			t.Errorf("%s: a frame allocates %v times, want 0", what, n)
		}
	}
	f("clips", 8000, func(x *leg) { x.Play(msg.Playback{Loop: -1}, clips(tone, ramp(333, 0))) })
	f("faded clips at another rate", 48000, func(x *leg) {
		x.Play(msg.Playback{Loop: -1, Over: true, Gain: -3, FadeIn: time.Second}, clips(tone))
	})
	f("a stream", 8000, func(x *leg) {
		fd := feed.New(24000, 2000)
		fd.Write(make([]int16, 20000))
		x.Stream(msg.Playback{}, fd)
	})
}

// FuzzPlayer: whatever is wished for, each playback ends once, its ledger adds
// up, and what it sends stays within the frame.
func FuzzPlayer(f *testing.F) {
	f.Add([]byte{0, 9, 3, 1, 3, 40, 4, 0, 3, 1, 5, 0, 3, 9, 6, 0, 1, 3, 2, 200, 3, 9, 7, 4, 3, 3})
	f.Add([]byte("play and stop, pause and resume, at any rate, for ever"))
	sounds := append(clips(ramp(100, 0), ramp(3000, 1), nil), nil, prompt.NewWide(ramp(2001, 3)))
	f.Fuzz(func(t *testing.T, ops []byte) {
		x, begun := newLeg(t, prompt.Rate), 0
		var fd *feed.Feed
		for ; len(ops) >= 2; ops = ops[2:] {
			arg := ops[1]
			how := msg.Playback{
				Ref: msg.Ref(arg % 4), Loop: int(int8(arg)) / 32, Over: arg&1 > 0, Gain: float32(int8(arg)) / 8,
				FadeIn: time.Duration(arg%5) * 30 * time.Millisecond, FadeOut: time.Duration(arg%7) * 30 * time.Millisecond,
				From: time.Duration(int8(arg)) * 3 * time.Millisecond,
			}
			switch ops[0] % 8 {
			case 0:
				x.Play(how, sounds[:arg%6])
				begun++
			case 1:
				fd = feed.New([]int{8000, 16000, 24000, 48000, 11025}[arg%5], 40+int(arg))
				x.Stream(how, fd)
				begun++
			case 2:
				if fd != nil {
					fd.Write(make([]int16, int(arg)*37))
					fd.Mark(uint64(arg))
				}
			case 3:
				x.run(time.Duration(arg) * time.Millisecond)
			case 4:
				x.Pause(how.Ref)
			case 5:
				x.Resume(how.Ref)
			case 6:
				x.Stop(how.Ref)
			case 7:
				x.SetRate([]int{8000, 16000, 24000, 48000}[arg%4])
			}
			if x.heard < 0 || x.feed == nil && x.rounds >= 0 && x.heard > x.total {
				t.Fatalf("heard %d of %d samples", x.heard, x.total)
			}
		}
		x.Drop()
		for _, e := range x.events {
			if e.Kind == msg.PlayDone {
				begun--
			}
		}
		if begun != 0 || x.active {
			t.Errorf("%d playbacks have not ended", begun)
		}
	})
}
