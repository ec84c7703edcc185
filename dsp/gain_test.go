package dsp

import (
	"math"
	"testing"
)

func TestRampReachesItsGoal(t *testing.T) {
	f := func(to DB, want int16) {
		t.Helper()
		var r Ramp
		r.To(to, 100)
		pcm := make([]int16, 300)
		for i := range pcm {
			pcm[i] = 10000
		}
		for at, size := 0, 1; at < len(pcm); at, size = at+size, size*2 {
			r.Apply(pcm[at:min(at+size, len(pcm))])
		}
		for i, x := range pcm {
			share := min(float64(i+1)/100, 1)
			if d := float64(x) - (10000 + share*(float64(want)-10000)); math.Abs(d) > 1 {
				t.Fatalf("to %.0f dB, sample %d: %d is %.1f off", to, i, x, d)
			}
		}
		if r.Moving() || r.Silent() != (want == 0) {
			t.Errorf("to %.0f dB: moving %v, silent %v", to, r.Moving(), r.Silent())
		}
	}
	f(0, 10000)
	f(-6, 5012)
	f(6, 19953)
	f(10, 31623)
	f(Floor, 0)
	f(-1000, 0)
}

func TestRampClipsAndTurnsBack(t *testing.T) {
	r := MakeRamp(40)
	pcm := []int16{10000, -10000, 1}
	r.Apply(pcm)
	if pcm[0] != 32767 || pcm[1] != -32768 || pcm[2] != 100 {
		t.Errorf("40 dB more: %v", pcm)
	}
	// Out and in again, half-way: no step is larger than the fade's.
	r = Ramp{}
	r.Out(160)
	out := make([]int16, 400)
	for i := range out {
		out[i] = 16000
	}
	r.Apply(out[:80])
	r.In(160)
	r.Apply(out[80:])
	if steepest(out) > 101 || out[399] != 16000 {
		t.Errorf("a step of %d; the end is %d", steepest(out), out[399])
	}
}

func TestTheZeroRampChangesNothing(t *testing.T) {
	var r Ramp
	pcm, want := noise(320, -3), noise(320, -3)
	r.Apply(pcm)
	for i := range pcm {
		if pcm[i] != want[i] {
			t.Fatalf("sample %d: %d; want %d", i, pcm[i], want[i])
		}
	}
}
