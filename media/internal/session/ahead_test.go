package session

import (
	"math"
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/internal/clock"
	"trunkline/media/msg"
	"trunkline/media/prompt"
)

// voice is 16 kHz sound as vowels are: harmonics of a pitch that glides, in
// syllables of 200 ms.
func voice(d time.Duration) []int16 {
	pcm := make([]int16, int(d*prompt.WideRate/time.Second))
	phase := 0.0
	for i := range pcm {
		at := float64(i) / prompt.WideRate
		phase += 2 * math.Pi * (120 + 20*math.Sin(2*math.Pi*at)) / prompt.WideRate
		v := 0.0
		for h, a := range []float64{1, 0.8, 0.9, 0.5, 0.3, 0.3, 0.2, 0.15, 0.1, 0.05} {
			v += a * math.Sin(float64(h+1)*phase)
		}
		pcm[i] = int16(2500 * v * (0.55 - 0.45*math.Cos(2*math.Pi*5*at)))
	}
	return pcm
}

// likeness is how far what differs lies below the sound, dB, for the best of the
// delays a codec may have.
func likeness(heard, original []int16) float64 {
	best := math.Inf(-1)
	for delay := range 480 {
		if delay+len(original) > len(heard) {
			break
		}
		var dot, e, o float64
		for i, v := range original {
			h := float64(heard[delay+i])
			dot, e, o = dot+h*float64(v), e+h*h, o+float64(v)*float64(v)
		}
		if e == 0 || dot <= 0 {
			continue
		}
		r := dot * dot / (e * o) // of what is heard, this part is the original
		best = max(best, -10*math.Log10(1-min(r, 1-1e-9)))
	}
	return best
}

// listener16 is a phone that says nothing and hears at 16 kHz.
func listener16(t testing.TB, id codecs.ID) *phone {
	p := newPhone(t, farA, id, frame20, 440)
	params := p.params()
	params.Rate = p.rate
	p.s.Start(0, params)
	return p
}

// ahead returns a copy of a clip that has frames of a codec.
func ahead(t testing.TB, c *prompt.Clip, id codecs.ID) *prompt.Clip {
	t.Helper()
	c = prompt.NewWide(c.PCMAt(prompt.WideRate))
	if err := c.Prepare(id); err != nil {
		t.Fatal(err)
	}
	return c
}

// heardOf plays clips to a phone after some silence and returns what it hears.
func heardOf(t testing.TB, id codecs.ID, how msg.Playback, clips ...*prompt.Clip) []int16 {
	p, now := listener16(t, id), clock.Time(0)
	run(&now, 200*time.Millisecond, nil, p.s)
	from := len(p.heard)
	p.s.Play(how, clips)
	run(&now, 5*time.Second, nil, p.s)
	if done := p.only(msg.PlayDone); len(done) != 1 || done[0].Outcome != msg.Finished {
		t.Fatalf("%v: it ended with %+v", id, done)
	}
	p.sequences()
	return p.heard[from:]
}

// Frames that were made ahead sound as those that are made as it plays: after
// silence, where one clip follows the other, and from the middle on.
func TestAheadSoundsTheSame(t *testing.T) {
	for _, id := range []codecs.ID{codecs.Opus} {
		live := prompt.NewWide(voice(1500 * time.Millisecond))
		made := ahead(t, live, id)
		f := func(name string, how msg.Playback, skip, times int) {
			t.Helper()
			all := live.PCMAt(prompt.WideRate)
			a := heardOf(t, id, how, sequenceOf(live, times)...)
			b := heardOf(t, id, how, sequenceOf(made, times)...)
			for round := range times { // each by itself: codecs may shift time between them
				want, at := all, round*len(all)
				if round == 0 {
					want = all[skip*16:]
				} else {
					at -= skip * 16
				}
				x, y := likeness(a[at:], want), likeness(b[at:], want)
				t.Logf("%v %s, clip %d: encoded as it plays %.1f dB, ahead %.1f dB", id, name, round+1, x, y)
				if y < x-1.5 {
					t.Errorf("%v %s, clip %d: %.1f dB, but %.1f dB when encoded as it plays", id, name, round+1, y, x)
				}
			}
		}
		f("after silence", msg.Playback{}, 0, 1)
		f("one after the other", msg.Playback{}, 0, 2)
		f("from the middle", msg.Playback{From: 500 * time.Millisecond}, 500, 1)
	}
}

func sequenceOf(c *prompt.Clip, times int) (all []*prompt.Clip) {
	for range times {
		all = append(all, c)
	}
	return all
}

// Where frames follow each other or the silence before them, and where they do
// not, nothing is heard but the tone: what was made ahead never leans on a frame
// that the far side did not get.
func TestAheadFollowsOnlyItself(t *testing.T) {
	for _, id := range []codecs.ID{codecs.Opus} {
		p := listener16(t, id)
		now := clock.Time(0)
		tone := ahead(t, prompt.Tone(500, 4*time.Second, -12), id)
		play := func(d time.Duration) []int16 {
			from := len(p.heard)
			run(&now, d, nil, p.s)
			return p.heard[from:]
		}
		f := func(name string, heard []int16, count int) {
			t.Helper()
			clean(t, heard[p.rate/10:], p.rate, 500, -12, fidelity(id))
			if got := made(p, tone, id, len(heard)*50/p.rate); got != count {
				t.Errorf("%v %s: %d frames that were made ahead, want %d", id, name, got, count)
			}
		}
		play(100 * time.Millisecond)
		p.s.Play(msg.Playback{Ref: 1}, []*prompt.Clip{tone})
		f("from the beginning", play(time.Second), 50)
		p.s.Pause(1)
		play(200 * time.Millisecond)
		p.s.Resume(1)
		f("after a pause", play(time.Second), 0)
		p.s.Play(msg.Playback{Ref: 2, From: time.Second}, []*prompt.Clip{tone})
		f("from a place", play(time.Second), 0)
		p.s.Stop(2)
		play(time.Second)
		p.s.Play(msg.Playback{Ref: 3, Gain: -0.001}, []*prompt.Clip{tone})
		f("changed", play(time.Second), 0)
		p.s.Stop(3)
		play(time.Second)
		params := p.params()
		params.Rate, params.Send.Format.Bitrate = p.rate, 12000
		p.s.Start(now, params)
		p.s.Play(msg.Playback{Ref: 4}, []*prompt.Clip{tone})
		f("to who bears less", play(time.Second), 0)
	}
}

// made counts those of the last n payloads that a clip has ready.
func made(p *phone, c *prompt.Clip, id codecs.ID, n int) (count int) {
	known := map[string]bool{}
	for i := range c.Frames(id).Len() {
		known[string(c.Frames(id).Frame(i))] = true
	}
	for _, s := range p.sent[len(p.sent)-n:] {
		if known[string(s.payload)] {
			count++
		}
	}
	return count
}

// newPlaying is a session that plays a clip for ever to nobody in particular.
func newPlaying(t testing.TB, id codecs.ID, c *prompt.Clip) *Session {
	p := listener16(t, id)
	p.s.wire, p.s.out = &deaf{}, &deaf{}
	p.s.Play(msg.Playback{Loop: -1}, []*prompt.Clip{c})
	return p.s
}

func TestPlayingAheadAllocatesNothing(t *testing.T) {
	for _, id := range []codecs.ID{codecs.Opus} {
		live := prompt.NewWide(voice(time.Second))
		for _, c := range []*prompt.Clip{live, ahead(t, live, id)} {
			s := newPlaying(t, id, c)
			for range 100 {
				s.Tick(s.due)
			}
			if n := testing.AllocsPerRun(200, func() { s.Tick(s.due) }); n != 0 {
				t.Errorf("%v: %v allocations per frame", id, n)
			}
		}
	}
}

// What a frame of a prompt costs.
func BenchmarkPlay(b *testing.B) {
	live := prompt.NewWide(voice(time.Second))
	for _, id := range []codecs.ID{codecs.PCMU, codecs.Opus} {
		row, _ := codecs.ByID(id)
		for name, c := range map[string]*prompt.Clip{"live": live, "ahead": ahead(b, live, id)} {
			b.Run(row.Name+"-"+name, func(b *testing.B) {
				s := newPlaying(b, id, c)
				for range 100 {
					s.Tick(s.due)
				}
				b.ReportAllocs()
				for b.Loop() {
					s.Tick(s.due)
				}
			})
		}
	}
}

// A tone that is repeated goes on evenly: frames made ahead fade in each time.
func TestAheadIsNotRepeated(t *testing.T) {
	p, now := listener16(t, codecs.Opus), clock.Time(0)
	tone := ahead(t, prompt.Tone(500, time.Second, -12), codecs.Opus)
	p.s.Play(msg.Playback{Loop: -1}, []*prompt.Clip{tone})
	run(&now, 1300*time.Millisecond, nil, p.s)
	from := len(p.heard)
	run(&now, 3*time.Second, nil, p.s)
	heard, n := p.heard[from:], p.rate/50
	for at := 0; at+n <= len(heard); at += n {
		if level := dsp.Goertzel(heard[at:at+n], 500, p.rate); level < -13.5 {
			t.Fatalf("%.1f dBov %d ms later, want -12", level, at*1000/p.rate)
		}
	}
}
