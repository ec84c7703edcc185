//go:build e2e

package dtmf

import (
	"math"
	"math/rand/v2"

	"trunkline/codecs"
	"trunkline/dsp"
)

const rate = 8000

// sound is samples before they are rounded, 32768 being full scale.
type sound []float64

// amplitude returns that of a sine of so many dBm0 (G.711: the loudest sine of
// µ-law is +3.17 dBm0).
func amplitude(dBm0 float64) float64 { return 32636 * math.Pow(10, (dBm0-3.17)/20) }

func silence(ms float64) sound { return make(sound, int(math.Round(ms*rate/1000))) }

// sine adds a sine of random phase to s.
func (s sound) sine(rnd *rand.Rand, freq, dBm0 float64) {
	a, phase := amplitude(dBm0), rnd.Float64()*2*math.Pi
	for i := range s {
		s[i] += a * math.Sin(phase+2*math.Pi*freq*float64(i)/rate)
	}
}

func (s sound) add(other sound, gain float64) {
	for i := range min(len(s), len(other)) {
		s[i] += gain * other[i]
	}
}

func (s sound) rms() float64 {
	sum := 0.0
	for _, x := range s {
		sum += x * x
	}
	return math.Sqrt(sum / float64(max(len(s), 1)))
}

func (s sound) pcm() []int16 {
	pcm := make([]int16, len(s))
	for i, x := range s {
		pcm[i] = int16(math.Round(max(math.MinInt16, min(math.MaxInt16, x))))
	}
	return pcm
}

func fromPCM(pcm []int16) sound {
	s := make(sound, len(pcm))
	for i, x := range pcm {
		s[i] = float64(x)
	}
	return s
}

// dialled is how digits were pressed.
type dialled struct {
	level    float64 // dBm0 of the stronger tone
	twist    float64 // dB by which the high tone is weaker
	offLow   float64 // offset of the low frequency, relative
	offHigh  float64 // and of the high one
	on, off  float64 // ms
	lead     float64 // ms of what is on the line before
	disturbs func(rnd *rand.Rand, s sound)
	damages  func(rnd *rand.Rand, pcm []int16)
}

// dial returns the sound of digits being pressed.
func (d dialled) dial(rnd *rand.Rand, digits string) []int16 {
	low, high := d.level, d.level-d.twist
	if d.twist < 0 {
		low, high = d.level+d.twist, d.level
	}
	s := silence(d.lead + rnd.Float64()*20)
	for i := range digits {
		f, g, _ := dsp.DTMF(digits[i])
		key := silence(d.on)
		key.sine(rnd, f*(1+d.offLow), low)
		key.sine(rnd, g*(1+d.offHigh), high)
		s = append(append(s, key...), silence(d.off+rnd.Float64()*0.25)...)
	}
	s = append(s, silence(200)...)
	if d.disturbs != nil {
		d.disturbs(rnd, s)
	}
	pcm := s.pcm()
	if d.damages != nil {
		d.damages(rnd, pcm)
	}
	return pcm
}

// power returns the power of a key of d.
func (d dialled) power() float64 {
	a, b := amplitude(d.level), amplitude(d.level-math.Abs(d.twist))
	return (a*a + b*b) / 2
}

func white(rnd *rand.Rand, n int) sound {
	s := make(sound, n)
	for i := range s {
		s[i] = rnd.NormFloat64()
	}
	return s
}

// pink makes noise that falls by 3 dB per octave: white noise through one-pole
// filters an octave or two apart.
func pink(rnd *rand.Rand, n int) sound {
	s, corners := make(sound, n), [...]float64{12, 50, 200, 800, 3200}
	var y [len(corners)]float64
	for i := range s {
		x := rnd.NormFloat64()
		for j, f := range corners {
			a := 1 - math.Exp(-2*math.Pi*f/rate)
			y[j] += a * (x - y[j])
			s[i] += y[j] * math.Sqrt(corners[0]/f)
		}
	}
	return s
}

// from returns n samples of s, over and over, beginning anywhere in it.
func (s sound) from(rnd *rand.Rand, n int) sound {
	out, at := make(sound, n), rnd.IntN(len(s))
	for i := range out {
		out[i] = s[(at+i)%len(s)]
	}
	return out
}

// through sends pcm through a codec, 20 ms at a time, with fresh state.
func through(id codecs.ID) func(*rand.Rand, []int16) {
	return func(_ *rand.Rand, pcm []int16) {
		codec, ok := codecs.ByID(id)
		if !ok {
			return // not in this build: the sound stays as it is
		}
		coder, payload := codec.New(rate, codecs.Format{}), make([]byte, 1500)
		for at := 0; at+160 <= len(pcm); at += 160 {
			n := coder.Encode(payload, pcm[at:at+160])
			coder.Decode(pcm[at:at+160], payload[:n])
		}
	}
}

// losing loses packets of ms by chance: silence in their place, or the packet
// before once more.
func losing(share, ms float64, conceal bool) func(*rand.Rand, []int16) {
	return func(rnd *rand.Rand, pcm []int16) {
		n := int(ms * rate / 1000)
		for at := n; at+n <= len(pcm); at += n {
			if rnd.Float64() >= share {
				continue
			}
			if conceal {
				copy(pcm[at:at+n], pcm[at-n:at])
			} else {
				clear(pcm[at : at+n])
			}
		}
	}
}
