package prompt

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
)

// prepared returns a clip with frames of every codec there is.
func prepared(t *testing.T, c *Clip) *Clip {
	t.Helper()
	for _, codec := range codecs.All() {
		if err := c.Prepare(codec.ID); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// Whatever codec plays the frames gives back the sound.
func TestFramesAreTheSound(t *testing.T) {
	for _, codec := range codecs.All() {
		for _, clip := range []*Clip{Tone(1000, 1010*time.Millisecond, -10), New(Tone(1000, 1010*time.Millisecond, -10).PCM())} {
			if clip.Frames(codec.ID) != nil {
				t.Fatalf("%s: frames that nobody asked for", codec.Name)
			}
			f := prepared(t, clip).Frames(codec.ID)
			if f.Len() != 51 {
				t.Fatalf("%s: %d frames of 20 ms for 1.01 s", codec.Name, f.Len())
			}
			rate := codec.Rates[0]
			decoder, frame := codec.New(rate, codecs.Format{}), make([]int16, rate/50)
			var pcm []int16
			for i := range f.Len() {
				pcm = append(pcm, frame[:decoder.Decode(frame, f.Frame(i))]...)
			}
			if len(pcm) != 51*rate/50 {
				t.Errorf("%s: %d samples at %d Hz", codec.Name, len(pcm), rate)
			}
			if l := dsp.Goertzel(pcm[rate/10:rate*9/10], 1000, rate); l < -11 || l > -9 {
				t.Errorf("%s: 1000 Hz at %.2f dBov, want -10", codec.Name, l)
			}
		}
	}
}

func TestPrepare(t *testing.T) {
	clip := Tone(440, time.Second, -10)
	var done sync.WaitGroup
	var frames [8]*Frames
	for i := range frames {
		done.Go(func() {
			if err := clip.Prepare(codecs.PCMA); err != nil {
				t.Error(err)
			}
			frames[i] = clip.Frames(codecs.PCMA)
		})
	}
	done.Wait()
	for _, f := range frames {
		if f == nil || f != frames[0] {
			t.Fatal("the sound was encoded more than once, or not at all")
		}
	}
	if err := clip.Prepare(codecs.None); err == nil || !strings.Contains(err.Error(), "not built in") {
		t.Errorf("prepare for no codec: %v", err)
	}
	if err := (*Clip)(nil).Prepare(codecs.PCMA); err != nil {
		t.Error(err)
	}
	if f := prepared(t, New(nil)).Frames(codecs.PCMA); f.Len() != 0 {
		t.Errorf("%d frames of nothing", f.Len())
	}
}

// copied is what another memory holds of a clip.
func copied(c *Clip) (forms []Form) {
	for f := range c.Forms() {
		forms = append(forms, Form{f.Codec, f.Rate, slices.Clone(f.PCM), slices.Clone(f.Bytes), slices.Clone(f.Ends)})
	}
	return forms
}

func TestFormsCarryAClip(t *testing.T) {
	f := func(c *Clip) {
		t.Helper()
		got, err := Over(copied(c)...)
		if err != nil {
			t.Fatal(err)
		}
		if got.Duration() != c.Duration() || got.Bytes() != c.Bytes() ||
			!slices.Equal(got.PCM(), c.PCM()) || !slices.Equal(got.PCMAt(WideRate), c.PCMAt(WideRate)) {
			t.Error("the copy sounds different")
		}
		for id := range codecs.End {
			a, b := c.Frames(id), got.Frames(id)
			if !bytes.Equal(got.Encoded(id), c.Encoded(id)) || (a == nil) != (b == nil) {
				t.Errorf("%s: differs", id)
			}
			for i := 0; a != nil && i < a.Len(); i++ {
				if !bytes.Equal(a.Frame(i), b.Frame(i)) {
					t.Errorf("%s: frame %d differs", id, i)
				}
			}
		}
	}
	f(prepared(t, Tone(440, 333*time.Millisecond, -10)))
	f(New([]int16{1, 2, 3}))
	f(New([]int16{}))
}

func TestOverRefusesContradictions(t *testing.T) {
	sound := Form{Rate: Rate, PCM: make([]int16, 200)}
	f := func(want string, forms ...Form) {
		t.Helper()
		if _, err := Over(forms...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	f("first form")
	f("first form", Form{Rate: WideRate, PCM: make([]int16, 400)}, sound)
	f("no such codec", sound, Form{Codec: codecs.End, Bytes: make([]byte, 200)})
	f("no such rate", sound, Form{Rate: 48000, PCM: make([]int16, 1200)})
	f("length", sound, Form{Rate: WideRate, PCM: make([]int16, 399)})
	f("length", sound, Form{Codec: codecs.PCMU, Bytes: make([]byte, 201)})
	f("length", sound, Form{Codec: codecs.Opus, Bytes: make([]byte, 9), Ends: []uint32{9}})
	f("length", sound, Form{Codec: codecs.Opus, Bytes: make([]byte, 9), Ends: []uint32{9, 8}})
	f("length", sound, Form{Codec: codecs.Opus, Bytes: make([]byte, 9), Ends: []uint32{5, 10}})
	f("length", sound, Form{Codec: codecs.Opus, Bytes: make([]byte, 9), Ends: []uint32{5, 8}})
}

// Media threads may read a clip as often as they like.
func TestReadingAllocatesNothing(t *testing.T) {
	clip := prepared(t, Tone(440, time.Second, -10))
	n := 0
	if allocs := testing.AllocsPerRun(100, func() {
		frames := clip.Frames(codecs.PCMU)
		n += len(frames.Frame(7)) + len(clip.PCMAt(WideRate)) + len(clip.PCM()) + len(clip.Encoded(codecs.PCMA)) + clip.Samples()
	}); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
	if n == 0 {
		t.Error("nothing was read")
	}
}
