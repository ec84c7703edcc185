package dsp

import (
	"bytes"
	"math"
	"testing"
)

func TestNoisePayload(t *testing.T) {
	f := func(payload []byte, level DB, order int, first float64) {
		t.Helper()
		n, err := ParseNoise(payload)
		if err != nil || n.Level != level || n.Order != order || math.Abs(n.Reflection[0]-first) > 1e-9 {
			t.Errorf("% x: %+v, %v", payload, n, err)
		}
		if again := n.Append(nil); order == len(payload)-1 && !bytes.Equal(again, payload) {
			t.Errorf("% x is written as % x", payload, again)
		}
	}
	f([]byte{0}, 0, 0, 0)
	f([]byte{78}, -78, 0, 0)
	f([]byte{127, 127}, -127, 1, 0)
	f([]byte{40, 0, 254, 127}, -40, 3, -127.0*258/32768)
	f([]byte{40, 254}, -40, 1, 127.0*258/32768)
	f(append([]byte{0x80 | 40, 200}, make([]byte, 40)...), -40, noiseOrder, 73.0*258/32768) // the reserved bit, and too many
	if _, err := ParseNoise(nil); err == nil {
		t.Error("an empty payload is taken")
	}
	if got := (Noise{Level: 5, Order: 99, Reflection: [noiseOrder]float64{2, -2}}).Append(nil); got[0] != 0 || got[1] != 254 || got[2] != 0 || len(got) != 1+noiseOrder {
		t.Errorf("what is out of range is written as % x", got)
	}
	if got := (Noise{Level: -500}).Append(nil); got[0] != 127 {
		t.Errorf("very quiet is written as % x", got)
	}
}

// What the meter hears, the source makes, over the payload in between: level and
// spectrum agree.
func TestNoiseIsReproduced(t *testing.T) {
	f := func(name string, level DB, filter func([]int16)) {
		t.Helper()
		pcm := noise(40000, -20)
		filter(pcm)
		Amplify(pcm, level-Level(pcm))
		var m NoiseMeter
		for at, size := 0, 1; at < len(pcm); at, size = at+size, size%333+80 {
			m.Hear(pcm[at:min(at+size, len(pcm))])
		}
		n, err := ParseNoise(m.Noise().Append(nil))
		if err != nil {
			t.Fatal(err)
		}
		s, got := MakeNoiseSource(7), make([]int16, 40000)
		s.Set(n)
		s.Fill(got[:4000])
		s.Fill(got)
		if d := Level(got) - level; math.Abs(float64(d)) > 1 {
			t.Errorf("%s at %.0f dBov: the level is off by %.1f dB", name, level, d)
		}
		for _, freq := range []float64{300, 700, 1200, 1800, 2500, 3200} {
			if d := band(got, freq) - band(pcm, freq); math.Abs(d) > 3 {
				t.Errorf("%s at %.0f dBov: %.0f Hz is off by %.1f dB", name, level, freq, d)
			}
		}
	}
	white := func([]int16) {}
	low := func(pcm []int16) { // one pole
		var y float64
		for i, x := range pcm {
			y = 0.8*y + 0.2*float64(x)
			pcm[i] = int16(y)
		}
	}
	hum := func(pcm []int16) { // a resonance at 1 kHz
		var y, z float64
		for i, x := range pcm {
			y, z = 0.2*float64(x)+1.27*y-0.81*z, y
			pcm[i] = int16(y)
		}
	}
	f("white", -40, white)
	f("white", -55, white)
	f("low", -45, low)
	f("humming", -35, hum)
}

// band returns the mean level around freq.
func band(pcm []int16, freq float64) float64 {
	var power float64
	for at := 0; at+400 <= len(pcm); at += 400 {
		power += goertzelPower(pcm[at:at+400], freq, 8000)
	}
	return 10 * math.Log10(power)
}

func TestNoiseBeginsAndEnds(t *testing.T) {
	s, pcm := MakeNoiseSource(0), make([]int16, 1600)
	s.Fill(pcm)
	if Energy(pcm) != 0 {
		t.Error("it begins with noise")
	}
	s.Set(Noise{Level: -30})
	s.Fill(pcm)
	if level := Level(pcm[:8]); level > -45 {
		t.Errorf("it is not faded in: %.0f dBov at once", level)
	}
	again, same := MakeNoiseSource(0), make([]int16, 1600)
	again.Fill(same)
	again.Set(Noise{Level: -30})
	again.Fill(same[:700])
	again.Fill(same[700:])
	for i := range pcm {
		if pcm[i] != same[i] {
			t.Fatalf("sample %d differs from the same seed", i)
		}
	}
	s.Set(Noise{Level: Floor})
	s.Fill(pcm)
	s.Fill(pcm)
	if Energy(pcm) != 0 {
		t.Error("it does not end")
	}
	if n := (&NoiseMeter{}).Noise(); n.Level != Floor {
		t.Errorf("a meter that heard nothing says %+v", n)
	}
}

// FuzzNoise: whatever a payload says, the noise is as loud as it says, or
// clipped, and does not grow.
func FuzzNoise(f *testing.F) {
	f.Add([]byte{40, 127, 0, 254})
	f.Add([]byte{20, 255, 255, 255, 255, 255, 0, 0, 0})
	f.Fuzz(func(t *testing.T, payload []byte) {
		n, err := ParseNoise(payload)
		if err != nil {
			return
		}
		again, err := ParseNoise(n.Append(nil))
		if err != nil || again != n {
			t.Fatalf("%+v is read back as %+v, %v", n, again, err)
		}
		s, pcm := MakeNoiseSource(1), make([]int16, 2000)
		s.Set(n)
		s.Fill(pcm)
		s.Fill(pcm)
		if level := Level(pcm); level > max(n.Level, Floor)+10 {
			t.Fatalf("%+v sounds at %.1f dBov", n, level)
		}
	})
}

func BenchmarkNoise(b *testing.B) {
	pcm := noise(160, -40)
	var m NoiseMeter
	s := MakeNoiseSource(1)
	b.Run("hear", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m.Hear(pcm)
		}
	})
	b.Run("learn", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.Set(m.Noise())
		}
	})
	b.Run("fill", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.Fill(pcm)
		}
	})
}
