package dsp

import (
	"fmt"
	"math"
	"testing"
)

// convert feeds pcm in frames of odd sizes and returns what comes out.
func convert(t *testing.T, pcm []int16, from, to int) []int16 {
	t.Helper()
	c, err := MakeConverter(from, to)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]int16, 0, c.Bound(len(pcm)))
	for size := 1; len(pcm) > 0; size = size*3%397 + 1 {
		src := pcm[:min(size, len(pcm))]
		dst := make([]int16, c.Bound(len(src)))
		out = append(out, dst[:c.Process(dst, src)]...)
		pcm = pcm[len(src):]
	}
	return out
}

// What is in the telephone band arrives as loud as it was, and nothing else arrives.
func TestConverterKeepsTheBandClean(t *testing.T) {
	f := func(from, to int) {
		low := min(from, to)
		for _, share := range []float64{0.04, 0.125, 0.25, 0.375, 0.42} {
			freq := share * float64(low)
			pcm := make([]int16, from)
			tone := MakeTone(freq, -10, from)
			tone.Fill(pcm)
			out := convert(t, pcm, from, to)
			if d := len(out) - to; d < -1 || d > 1 {
				t.Errorf("%d to %d: %d samples of a second", from, to, len(out))
			}
			out = out[to/10 : to/10+to/2]
			wanted := Goertzel(out, freq, to)
			if d := math.Abs(float64(wanted + 10)); d > 0.3 {
				t.Errorf("%d to %d: %.0f Hz changes by %.2f dB", from, to, freq, d)
			}
			rest := math.Sqrt(max(math.Pow(RMS(out), 2)-goertzelPower(out, freq, to), 1e-9)) / overload
			if image := decibels(rest) - wanted; image > -50 {
				t.Errorf("%d to %d: what is not %.0f Hz is at %.1f dB", from, to, freq, image)
			}
		}
	}
	for _, from := range []int{8000, 16000, 24000, 48000} {
		for _, to := range []int{8000, 16000, 24000, 48000} {
			f(from, to)
		}
	}
}

// What the lower rate cannot carry does not come back as something else.
func TestConverterLeavesNoAlias(t *testing.T) {
	f := func(from, to int) {
		for _, share := range []float64{0.58, 0.7, 0.9, 1.1} {
			freq := share * float64(to)
			if freq > 0.48*float64(from) {
				continue
			}
			pcm := make([]int16, from)
			tone := MakeTone(freq, -10, from)
			tone.Fill(pcm)
			out := convert(t, pcm, from, to)
			if alias := Level(out[to/10:to/10+to/2]) + 10; alias > -50 {
				t.Errorf("%d to %d: %.0f Hz comes back at %.1f dB", from, to, freq, alias)
			}
		}
	}
	f(16000, 8000)
	f(24000, 8000)
	f(48000, 8000)
	f(24000, 16000)
	f(48000, 16000)
	f(48000, 24000)
}

// Whatever the frames, each output is the sum that the theory asks for.
func TestConverterAgainstTheFormula(t *testing.T) {
	f := func(up, down int) {
		pcm := noise(1000, -12)
		got := convert(t, pcm, down*8000, up*8000)
		taps, _ := convertRows(up, down)
		k := make([]float32, taps*down)
		if least := len(pcm) / down * up; len(got) != least {
			t.Errorf("%d to %d: %d samples, want %d", down, up, len(got), least)
		}
		for m, y := range got {
			convertKernel(k, up, down, m%up)
			want := 0.0
			for j, x := range k {
				if at := m*down/up + 1 + j - len(k); at >= 0 {
					want += float64(x) * float64(pcm[at])
				}
			}
			if math.Abs(float64(y)-want) > 0.6 {
				t.Fatalf("%d to %d: sample %d is %d, want %.2f", down, up, m, y, want)
			}
		}
	}
	for up := 1; up <= convertMost; up++ {
		for down := 1; down <= convertMost; down++ {
			if gcd(up, down) == 1 && up != down {
				f(up, down)
			}
		}
	}
}

// Frames of 20 ms give frames of 20 ms, from the first on.
func TestConverterKeepsFrames(t *testing.T) {
	f := func(from, to int) {
		c, err := MakeConverter(from, to)
		if err != nil {
			t.Fatal(err)
		}
		src, dst := make([]int16, from/50), make([]int16, to/50)
		for range 10 {
			if n := c.Process(dst, src); n != len(dst) {
				t.Errorf("%d to %d: a frame of %d", from, to, n)
			}
		}
	}
	f(8000, 16000)
	f(16000, 8000)
	f(8000, 48000)
	f(48000, 8000)
	f(16000, 24000)
	f(24000, 16000)
	f(48000, 48000)
}

func TestConverterRefuses(t *testing.T) {
	f := func(from, to int) {
		if _, err := MakeConverter(from, to); err == nil {
			t.Errorf("%d to %d: no error", from, to)
		}
	}
	f(0, 8000)
	f(8000, -1)
	f(8000, 96000)
	f(44100, 48000)
}

func BenchmarkConverter(b *testing.B) {
	f := func(from, to int) {
		b.Run(fmt.Sprintf("%d-%d", from, to), func(b *testing.B) {
			c, err := MakeConverter(from, to)
			if err != nil {
				b.Fatal(err)
			}
			src, dst := noise(from/50, -20), make([]int16, to/50)
			b.ReportAllocs()
			for b.Loop() {
				c.Process(dst, src)
			}
		})
	}
	f(8000, 16000)
	f(16000, 8000)
	f(8000, 48000)
	f(48000, 8000)
	f(16000, 48000)
	f(48000, 16000)
	f(16000, 24000)
	f(24000, 8000)
}

func BenchmarkResampler(b *testing.B) {
	r, err := NewResampler(8000, 16000)
	if err != nil {
		b.Fatal(err)
	}
	src, dst := make([]int16, 160), make([]int16, r.Bound(160))
	b.ReportAllocs()
	for b.Loop() {
		r.Process(dst, src)
	}
}
