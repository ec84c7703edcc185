package dsp

import (
	"slices"
	"testing"
	"time"
)

func TestKeypad(t *testing.T) {
	f := func(digits string, wantSamples int, wantKeys string) {
		t.Helper()
		k := MakeKeypad(KeySound{On: 50 * time.Millisecond, Off: 50 * time.Millisecond}, 8000)
		k.Dial(digits)
		pcm := make([]int16, 20*8000)
		n := k.Fill(pcm)
		keys, _ := keysHeard(pcm, 8000, 160)
		if n != wantSamples || keys != wantKeys {
			t.Errorf("%q: got %d samples with %q; want %d with %q", digits, n, keys, wantSamples, wantKeys)
		}
	}
	f("", 0, "")
	f("?!", 0, "")
	f("7", 800, "7")
	f("1-800", 3200, "1800")
	f("5w5", 5600, "55")
	f("aD", 1600, "AD")
	f("W#", 8800, "#")
	f(everyKey, 16*800, everyKey)
}

// TestKeypadInPieces: the sound does not depend on the frames it is asked for.
func TestKeypadInPieces(t *testing.T) {
	whole, pieces := MakeKeypad(KeySound{}, 16000), MakeKeypad(KeySound{}, 16000)
	whole.Dial("90w1")
	pieces.Dial("90w1")
	want := make([]int16, 40000)
	want = want[:whole.Fill(want)]
	var got []int16
	for size := 1; ; size = size%700 + 13 {
		frame := make([]int16, size)
		n := pieces.Fill(frame)
		got = append(got, frame[:n]...)
		if n < size {
			break
		}
	}
	if len(got) != len(want) {
		t.Fatalf("got %d samples, want %d", len(got), len(want))
	}
	for i := range got {
		if d := int(got[i]) - int(want[i]); d < -1 || d > 1 {
			t.Fatalf("sample %d: got %d, want %d", i, got[i], want[i])
		}
	}
}

func TestKeypadLevels(t *testing.T) {
	k := MakeKeypad(KeySound{Low: -20, High: -17, On: time.Second}, 48000)
	k.Dial("6")
	pcm := make([]int16, 48000)
	k.Fill(pcm)
	near(t, "low", Goertzel(pcm, 770, 48000), -20, 0.1)
	near(t, "high", Goertzel(pcm, 1477, 48000), -17, 0.1)

	d := MakeKeypad(KeySound{}, 8000)
	d.Dial("6")
	pcm = make([]int16, 1600)
	if n := d.Fill(pcm); n != 1600 {
		t.Errorf("a key and its silence are %d samples, want 1600", n)
	}
	near(t, "low, by default", Goertzel(pcm[80:720], 770, 8000), -13, 0.2)
	near(t, "silence", Level(pcm[800:]), Floor, 0)
}

// TestKeypadDoesNotClick: no sample is far from the one before, and next to
// nothing is heard away from the tones.
func TestKeypadDoesNotClick(t *testing.T) {
	k := MakeKeypad(KeySound{}, 8000)
	k.Dial("1")
	pcm := make([]int16, 1600)
	k.Fill(pcm)
	peak := int(slices.Max(pcm))
	for i, x := range pcm[1:] {
		if d := int(x) - int(pcm[i]); i < 8 && (d > peak/3 || d < -peak/3) {
			t.Errorf("sample %d jumps by %d", i+1, d)
		}
	}
	if l := Goertzel(pcm, 3000, 8000); l > -70 {
		t.Errorf("3000 Hz is heard at %.1f dBov", l)
	}
}

// TestKeypadChangesItsMind: a new wish takes the place of the old, and the key
// that is down ends properly.
func TestKeypadChangesItsMind(t *testing.T) {
	k := MakeKeypad(KeySound{}, 8000)
	k.Dial("12345")
	pcm := make([]int16, 8000)
	n := k.Fill(pcm[:400])
	k.Dial("9")
	n += k.Fill(pcm[n:])
	if keys, _ := keysHeard(pcm, 8000, 160); keys != "19" || n != 3200 {
		t.Errorf("got %q in %d samples, want 19 in 3200", keys, n)
	}
}

func BenchmarkKeypad(b *testing.B) {
	k, frame := MakeKeypad(KeySound{}, 8000), make([]int16, 160)
	for b.Loop() {
		if k.Fill(frame) < len(frame) {
			k.Dial(everyKey)
		}
	}
}
