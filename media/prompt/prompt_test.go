package prompt

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
)

func TestClipsAreEncodedOnce(t *testing.T) {
	pcm := []int16{0, 1000, -1000, 32767, -32768, 5}
	clip := New(pcm)
	for _, id := range []codecs.ID{codecs.PCMU, codecs.PCMA} {
		c, _ := codecs.ByID(id)
		want := make([]byte, len(pcm))
		c.New(8000, codecs.Format{}).Encode(want, pcm)
		if got := clip.Encoded(id); !bytes.Equal(got, want) {
			t.Errorf("%s: got %x, want %x", id, got, want)
		}
	}
	if clip.Encoded(codecs.None) != nil || clip.Encoded(200) != nil || clip.Frames(200) != nil || clip.Frames(codecs.None) != nil {
		t.Error("there are bytes for codecs that do not exist")
	}
}

func TestAClipIsItsOwn(t *testing.T) {
	pcm := []int16{1, 2, 3}
	clip := New(pcm)
	pcm[0] = 99
	if got := clip.PCM(); !slices.Equal(got, []int16{1, 2, 3}) {
		t.Errorf("the clip changed with the slice it was made of: %v", got)
	}
}

func TestLengths(t *testing.T) {
	f := func(c *Clip, samples int, d time.Duration) {
		t.Helper()
		if c.Samples() != samples || c.Duration() != d || len(c.PCM()) != samples || len(c.Encoded(codecs.PCMU)) != samples {
			t.Errorf("got %d samples, %v, %d bytes; want %d, %v", c.Samples(), c.Duration(), len(c.Encoded(codecs.PCMU)), samples, d)
		}
	}
	f(nil, 0, 0)
	f(New(nil), 0, 0)
	f(Silence(0), 0, 0)
	f(Silence(-time.Second), 0, 0)
	f(Silence(time.Hour), 3600*Rate, time.Hour)
	f(Tone(440, 20*time.Millisecond, -10), 160, 20*time.Millisecond)
	f(Tone(440, 125*time.Microsecond, -10), 1, 125*time.Microsecond)
	f(Join(), 0, 0)
	f(Join(Silence(time.Second), nil, New(make([]int16, 8))), 8008, time.Second+time.Millisecond)
}

func TestJoinKeepsOrderAndRates(t *testing.T) {
	got := Join(New([]int16{1, 2}), New([]int16{3}), nil, New([]int16{4})).PCM()
	if !slices.Equal(got, []int16{1, 2, 3, 4}) {
		t.Errorf("got %v", got)
	}
	wide := NewWide([]int16{10, 20, 30, 40})
	f := func(want []int16, clips ...*Clip) {
		t.Helper()
		if got := Join(clips...).PCMAt(WideRate); !slices.Equal(got, want) {
			t.Errorf("got %v at %d Hz, want %v", got, WideRate, want)
		}
	}
	f([]int16{10, 20, 30, 40}, wide)
	f([]int16{10, 20, 30, 40, 0, 0}, wide, nil, New(nil), Silence(125*time.Microsecond))
	f(nil, wide, New([]int16{1}))
	f(nil)
}

// Both rates hold the same sound, one in exactly twice the samples.
func TestWide(t *testing.T) {
	pcm := make([]int16, 16001) // odd
	dsp.NewTone(1000, -10, WideRate).Fill(pcm)
	c := NewWide(pcm)
	if c.Samples() != 8001 || len(c.PCMAt(WideRate)) != 16002 || !slices.Equal(c.PCMAt(WideRate)[:16001], pcm) {
		t.Fatalf("%d and %d samples", c.Samples(), len(c.PCMAt(WideRate)))
	}
	for _, rate := range []int{Rate, WideRate} {
		if l := dsp.Goertzel(c.PCMAt(rate), 1000, rate); l < -10.2 || l > -9.8 {
			t.Errorf("1000 Hz at %.2f dBov at %d Hz, want -10", l, rate)
		}
	}
	if c.PCMAt(48000) != nil || New(pcm).PCMAt(WideRate) != nil || (*Clip)(nil).PCMAt(Rate) != nil {
		t.Error("there is sound at rates that were not kept")
	}
	c = Tone(3000, time.Second, -10)
	if l := dsp.Goertzel(c.PCMAt(WideRate), 3000, WideRate); l < -10.3 || l > -9.7 || len(c.PCMAt(WideRate)) != 2*c.Samples() {
		t.Errorf("a tone at %d Hz: %.2f dBov, %d samples", WideRate, l, len(c.PCMAt(WideRate)))
	}
}

func TestTone(t *testing.T) {
	pcm := Tone(440, time.Second, -10).PCM()
	if l := dsp.Goertzel(pcm, 440, Rate); l < -10.3 || l > -9.7 {
		t.Errorf("440 Hz at %.2f dBov, want -10", l)
	}
	if dsp.Peak(pcm[:2]) > -45 || dsp.Peak(pcm[len(pcm)-2:]) > -45 {
		t.Error("the ends click")
	}
	if l := dsp.Level(Silence(time.Second).PCM()); l != dsp.Floor {
		t.Errorf("silence of %.1f dBov", l)
	}
}
