package dsp

import (
	"math"
	"testing"
)

func near(t *testing.T, what string, got, want, within DB) {
	t.Helper()
	if d := got - want; d > within || d < -within {
		t.Errorf("%s: got %.2f dBov, want %.2f", what, got, want)
	}
}

func TestLevels(t *testing.T) {
	square := make([]int16, 800)
	for i := range square {
		square[i] = int16(math.MaxInt16 * (1 - 2*(i/10%2)))
	}
	near(t, "the loudest square wave", Level(square), 0, 0.01)
	near(t, "the loudest sine", Level(sine(8000, 400, 32767, 8000)), -3.01, 0.01)
	near(t, "silence", Level(make([]int16, 100)), Floor, 0)
	near(t, "nothing", Level(nil), Floor, 0)
	near(t, "a peak", Peak([]int16{0, 100, -16384, 3}), -6.02, 0.01)
	near(t, "the lowest sample", Peak([]int16{math.MinInt16}), 0, 0)
	near(t, "no peak", Peak(nil), Floor, 0)
	if got := RMS([]int16{3, -3, 3, -3}); got != 3 {
		t.Errorf("RMS: got %v, want 3", got)
	}
}

func TestAmplify(t *testing.T) {
	f := func(d DB, in, want int16) {
		t.Helper()
		pcm := []int16{in, -in}
		Amplify(pcm, d)
		if diff := int(pcm[0]) - int(want); diff < -1 || diff > 1 {
			t.Errorf("%d by %v dB: got %d, want %d", in, d, pcm[0], want)
		}
	}
	f(0, 1000, 1000)
	f(6.0206, 1000, 2000)
	f(-20, 1000, 100)
	f(40, 10000, math.MaxInt16)
	f(-200, 10000, 0)
	f(2000, 1, math.MaxInt16)
	pcm := []int16{math.MinInt16}
	Amplify(pcm, 20)
	if pcm[0] != math.MinInt16 {
		t.Errorf("the lowest sample wraps to %d", pcm[0])
	}
}

func TestAdd(t *testing.T) {
	dst := []int16{1, 30000, -30000, 5}
	Add(dst, []int16{2, 30000, -30000})
	if want := [4]int16{3, math.MaxInt16, math.MinInt16, 5}; [4]int16(dst) != want {
		t.Errorf("got %v, want %v", dst, want)
	}
}

func TestTones(t *testing.T) {
	f := func(freq float64, level DB) {
		t.Helper()
		pcm := make([]int16, 8000)
		tone := NewTone(freq, level, 8000)
		tone.Fill(pcm[:1234])
		tone.Fill(pcm[1234:])
		near(t, "tone", Level(pcm), level, 0.1)
		near(t, "its frequency", Goertzel(pcm, freq, 8000), level, 0.1)
		if l := Goertzel(pcm, freq+50, 8000); l > level-40 {
			t.Errorf("%v Hz is also heard at %v Hz, %.1f dBov", freq, freq+50, l)
		}
	}
	f(440, -10)
	f(1000, -3.02)
	f(3400, -30)
	f(50, -20)
}

// A tone that lasts for hours neither fades nor grows.
func TestATonePersists(t *testing.T) {
	tone, pcm := NewTone(440, -10, 8000), make([]int16, 8000)
	for range 3600 {
		tone.Fill(pcm)
	}
	near(t, "after an hour", Level(pcm), -10, 0.05)
}

func TestGoertzelTellsTonesApart(t *testing.T) {
	pcm := tones(4000, -20, 440)
	NewTone(1000, -30, 8000).Mix(pcm)
	near(t, "440 Hz", Goertzel(pcm, 440, 8000), -20, 0.2)
	near(t, "1000 Hz", Goertzel(pcm, 1000, 8000), -30, 0.2)
	if l := Goertzel(pcm, 2000, 8000); l > -60 {
		t.Errorf("2000 Hz is heard at %.1f dBov", l)
	}
	near(t, "nothing", Goertzel(nil, 440, 8000), Floor, 0)
}

func TestKeyFrequencies(t *testing.T) {
	f := func(key byte, low, high float64) {
		t.Helper()
		if l, h, ok := DTMF(key); l != low || h != high || !ok {
			t.Errorf("%c: got %v, %v, %v; want %v, %v", key, l, h, ok, low, high)
		}
	}
	f('1', 697, 1209)
	f('5', 770, 1336)
	f('0', 941, 1336)
	f('#', 941, 1477)
	f('D', 941, 1633)
	if _, _, ok := DTMF('E'); ok {
		t.Error("E is a key")
	}
}
