package dsp

import (
	"errors"
	"math"
)

// noiseOrder is how many reflection coefficients we use of a Noise: enough for
// the shape of telephone background. RFC 3389 §3 lets a receiver ignore more.
const noiseOrder = 10

// errNoise says that a payload of comfort noise has not even a level.
var errNoise = errors.New("parse comfort noise: empty payload")

// Noise describes background noise as RFC 3389 does: how loud it is, and the
// shape of its spectrum as an all-pole filter 1/A(z) in the form of reflection
// coefficients (k₁ = −r₁/r₀), each below 1 in size. All zero is white. The shape is
// relative to the sample rate it was learned at.
type Noise struct {
	Level      DB // 0 to −127 dBov
	Order      int
	Reflection [noiseOrder]float64
}

// ParseNoise reads a comfort noise payload. What it lacks is white.
func ParseNoise(payload []byte) (Noise, error) {
	if len(payload) == 0 {
		return Noise{}, errNoise
	}
	n := Noise{Level: -DB(payload[0] & 0x7f), Order: min(len(payload)-1, noiseOrder)}
	for i := range n.Order {
		// 255 is reserved and stands for what is next to it: 1 would be an oscillator.
		n.Reflection[i] = float64(int(min(payload[1+i], 254))-127) * 258 / 32768
	}
	return n, nil
}

// Append appends the payload of n to dst.
func (n Noise) Append(dst []byte) []byte {
	dst = append(dst, byte(math.Round(-float64(max(min(n.Level, 0), -127)))))
	for _, k := range n.Reflection[:min(max(n.Order, 0), noiseOrder)] {
		dst = append(dst, byte(127+math.Round(max(-127, min(127, k*32768/258)))))
	}
	return dst
}

// NoiseSource generates comfort noise, for ever the same from the same seed. It
// begins silent; a change of the noise is faded in.
type NoiseSource struct {
	state  uint64
	k      [noiseOrder]float32
	memory [noiseOrder + 1]float32 // of the lattice
	gain   float32
	goal   float32
}

// noiseFade is how fast a new level is reached: to 1/e in 16 ms at 8 kHz.
const noiseFade = 1.0 / 128

// MakeNoiseSource makes a NoiseSource.
func MakeNoiseSource(seed uint64) NoiseSource { return NoiseSource{state: seed | 1} }

// Set changes what Fill generates.
func (s *NoiseSource) Set(n Noise) {
	power := 1.0 // of the filter's input, when that of its output is 1
	s.k = [noiseOrder]float32{}
	for i, k := range n.Reflection[:min(max(n.Order, 0), noiseOrder)] {
		k = max(-0.99, min(0.99, k))
		s.k[i] = float32(k)
		power *= 1 - k*k
	}
	s.goal = float32(min(n.Level, 0).Gain() * overload * math.Sqrt(power))
	if n.Level <= Floor {
		s.goal = 0
	}
}

// Fill overwrites pcm with the next samples of noise.
func (s *NoiseSource) Fill(pcm []int16) {
	if s.goal == 0 && s.gain < 0.01 { // the rest is not worth the arithmetic of tiny numbers
		s.gain, s.memory = 0, [noiseOrder + 1]float32{}
		clear(pcm)
		return
	}
	for i := range pcm {
		s.gain += (s.goal - s.gain) * noiseFade
		pcm[i] = rounded(s.lattice(s.white() * s.gain))
	}
}

// white returns a number with mean 0 and variance 1: the sum of two even ones.
func (s *NoiseSource) white() float32 {
	s.state ^= s.state << 13 // Marsaglia's xorshift
	s.state ^= s.state >> 7
	s.state ^= s.state << 17
	a, b := int32(s.state), int32(s.state>>32)
	return (float32(a) + float32(b)) * (1.2247449 / (1 << 31)) // √(3/2)
}

// lattice filters one sample by 1/A(z).
func (s *NoiseSource) lattice(x float32) float32 {
	g := &s.memory
	for i := noiseOrder - 1; i >= 0; i-- {
		x -= s.k[i] * g[i]
		g[i+1] = s.k[i]*x + g[i]
	}
	g[0] = x
	return x
}

// NoiseMeter learns what background noise is like from sound without speech.
// The zero NoiseMeter has heard nothing.
type NoiseMeter struct {
	r    [noiseOrder + 1]float64 // autocorrelation per sample, smoothed
	tail [noiseOrder]int16       // the last samples heard
	n    int                     // samples heard, until the average is settled
}

// noiseSettle is how many samples the average goes back: half a second at 8 kHz.
const noiseSettle = 4000

// Hear learns from the next background samples. Whoever calls it decides what is
// background, as by a VAD.
func (m *NoiseMeter) Hear(pcm []int16) {
	if len(pcm) == 0 {
		return
	}
	var r [noiseOrder + 1]float64
	for lag := range r {
		r[lag] = m.correlate(pcm, lag) / float64(len(pcm))
	}
	m.n = min(m.n+len(pcm), noiseSettle)
	weight := min(float64(len(pcm))/float64(m.n), 1)
	for lag := range r {
		m.r[lag] += weight * (r[lag] - m.r[lag])
	}
	if len(pcm) >= noiseOrder {
		copy(m.tail[:], pcm[len(pcm)-noiseOrder:])
		return
	}
	copy(m.tail[:], m.tail[len(pcm):])
	copy(m.tail[noiseOrder-len(pcm):], pcm)
}

// correlate returns the sum of products of pcm with itself lag samples ago.
func (m *NoiseMeter) correlate(pcm []int16, lag int) float64 {
	var sum int64
	for i := range min(lag, len(pcm)) {
		sum += int64(pcm[i]) * int64(m.tail[noiseOrder-lag+i])
	}
	if lag < len(pcm) {
		late := pcm[:len(pcm)-lag]
		for i, x := range pcm[lag:] {
			sum += int64(x) * int64(late[i])
		}
	}
	return float64(sum)
}

// Noise returns what was learned; silence at first. It solves for the filter by
// Levinson's recursion.
func (m *NoiseMeter) Noise() Noise {
	n := Noise{Level: decibels(math.Sqrt(m.r[0]) / overload)}
	if m.r[0] < 1 {
		return n
	}
	n.Order = noiseOrder
	rest := m.r[0] * 1.0001 // a white floor 40 dB down: no pole near the circle
	var a, b [noiseOrder + 1]float64
	a[0] = 1
	for i := 1; i <= noiseOrder; i++ {
		sum := m.r[i]
		for j := 1; j < i; j++ {
			sum += a[j] * m.r[i-j]
		}
		k := max(-0.98, min(0.98, -sum/rest))
		b = a
		for j := 1; j < i; j++ {
			a[j] = b[j] + k*b[i-j]
		}
		a[i] = k
		rest *= 1 - k*k
		n.Reflection[i-1] = k
	}
	return n
}
