package dsp

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// sine makes the ideal tone, for comparison with what came through a filter.
func sine(n int, freq, amplitude float64, rate int) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(math.Round(amplitude * math.Sin(2*math.Pi*freq*float64(i)/float64(rate))))
	}
	return pcm
}

// snr compares the middle of got with that of want.
func snr(got, want []int16) float64 {
	var s, n float64
	for i := len(want) / 10; i < len(want)*9/10; i++ {
		d := float64(got[i]) - float64(want[i])
		s += float64(want[i]) * float64(want[i])
		n += d * d
	}
	return 10 * math.Log10(s/max(n, 1))
}

func TestResampleKeepsSound(t *testing.T) {
	f := func(from, to int, freq float64) {
		t.Helper()
		got, err := Resample(sine(from, freq, 10000, from), from, to)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != to {
			t.Fatalf("%d → %d: one second becomes %d samples", from, to, len(got))
		}
		if r := snr(got, sine(to, freq, 10000, to)); r < 60 {
			t.Errorf("%d → %d, %v Hz: %.1f dB, want 60", from, to, freq, r)
		}
	}
	for _, from := range []int{8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 96000} {
		f(from, 8000, 300)
		f(from, 8000, 1000)
		f(from, 8000, 3300)
	}
	f(8000, 16000, 1000)
	f(8000, 16000, 3300)
	f(8000, 24000, 1000)
	f(8000, 48000, 3300)
}

// What 8 kHz cannot hold must vanish, not come back as another tone.
func TestResampleDoesNotAlias(t *testing.T) {
	for _, freq := range []float64{4100, 4600, 5000, 6500, 7900} {
		got, _ := Resample(sine(16000, freq, 20000, 16000), 16000, 8000)
		if l := Level(got[800:7200]); l > -65 {
			t.Errorf("%v Hz comes back at %.1f dBov", freq, l)
		}
	}
	got, _ := Resample(sine(8000, 1000, 20000, 8000), 8000, 16000)
	if l := Goertzel(got[1600:14400], 7000, 16000); l > -70 {
		t.Errorf("1000 Hz has an image at 7000 Hz of %.1f dBov", l)
	}
}

func TestResampleInPieces(t *testing.T) {
	src := sine(22050, 440, 10000, 22050)
	whole, _ := Resample(src, 22050, 8000)
	r, err := NewResampler(22050, 8000)
	if err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(9, 9))
	var got []int16
	for len(src) > 0 {
		n := min(rnd.IntN(500), len(src))
		dst := make([]int16, r.Bound(n))
		got = append(got, dst[:r.Process(dst, src[:n])]...)
		src = src[n:]
	}
	dst := make([]int16, r.Bound(r.Ahead()))
	got = append(got, dst[:r.Flush(dst)]...)
	if !slices.Equal(got, whole) {
		t.Errorf("%d samples in pieces, %d at once", len(got), len(whole))
	}
}

func TestResampleRefuses(t *testing.T) {
	f := func(from, to int) {
		t.Helper()
		if _, err := Resample(nil, from, to); err == nil {
			t.Errorf("%d → %d is taken", from, to)
		}
	}
	f(0, 8000)
	f(-1, 8000)
	f(8000, 0)
	f(1<<30, 8000)
	f(383987, 383981)
	if out, err := Resample(nil, 44100, 8000); err != nil || len(out) > 0 && Level(out) > Floor {
		t.Errorf("nothing becomes %v, %v", out, err)
	}
}

func TestResamplerDoesNotAllocate(t *testing.T) {
	r, _ := NewResampler(16000, 8000)
	src, dst := make([]int16, 320), make([]int16, 200)
	if n := testing.AllocsPerRun(100, func() { r.Process(dst, src) }); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}

func BenchmarkResample(b *testing.B) {
	r, _ := NewResampler(16000, 8000)
	src, dst := make([]int16, 320), make([]int16, 200)
	b.ReportAllocs()
	for b.Loop() {
		r.Process(dst, src)
	}
}
