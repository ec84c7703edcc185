// Package quality estimates how a call sounds, from what its packets went
// through: the E-model of ITU-T G.107 with the simplifications usual for IP
// telephony. Nothing is measured on the sound itself.
//
// A rating R of 93.2 is a perfect telephone call, below 70 many users complain,
// below 50 nearly all do. What we can know is subtracted: the codec and lost
// packets (Ie,eff), and delay (Id). Loudness, noise and echo are taken as
// G.107's defaults, echo as cancelled.
//
// Pure functions and one accumulator that its leg owns; nothing here blocks,
// fails or allocates.
package quality

import (
	"math"
	"time"

	"trunkline/codecs"
)

// Input is what one direction of a call went through.
type Input struct {
	Codec codecs.ID
	// Loss is the share of packets that could not be played, 0 to 1: lost, and
	// come too late or too early.
	Loss float64
	// Burst is the burst ratio of G.107 §7.5: 1 or less when losses are
	// independent of one another, more when they cluster.
	Burst float64
	// Delay is from mouth to ear, one way. See Path.
	Delay time.Duration
}

// Score is an estimate. R is on the scale of telephony, 0 to 100; wider bands
// are brought to it. MOS runs from 1 (bad) to 4.5, which no user on average
// exceeds.
type Score struct {
	R     float64 // of the conversation
	MOSCQ float64 // of the conversation: delay counts
	MOSLQ float64 // of listening alone
}

// Estimate rates one direction of a call.
func Estimate(in Input) Score {
	g := gradeOf(in.Codec)
	heard := (g.scale.perfect - g.impairment(in.Loss, in.Burst)) / g.scale.span
	r := min(max(heard-delayImpairment(in.Delay), 0), 100)
	return Score{R: r, MOSCQ: MOS(r), MOSLQ: MOS(heard)}
}

// MOS turns a rating into a mean opinion score (G.107 annex B).
func MOS(r float64) float64 {
	switch {
	case !(r > 0): // NaN, too
		return 1
	case r >= 100:
		return 4.5
	}
	return max(1, 1+0.035*r+r*(r-60)*(100-r)*7e-6) // the curve dips below 1 for R under 6.5
}

// impairment is Ie,eff: what the codec and lost packets take away (G.107 §7.5).
func (g grade) impairment(loss, burst float64) float64 {
	percent := 100 * min(max(loss, 0), 1)
	if percent == 0 || math.IsNaN(percent) {
		return g.ie
	}
	return g.ie + (g.scale.worst-g.ie)*percent/(percent/max(burst, 1)+g.bpl)
}

// delayImpairment is Idd: what too long a delay takes away when there is no echo
// (G.107 §7.4). Up to 100 ms nobody notices.
func delayImpairment(d time.Duration) float64 {
	ms := float64(d) / float64(time.Millisecond)
	if ms <= 100 {
		return 0
	}
	x := math.Log2(ms / 100)
	root := func(x float64) float64 { return math.Pow(1+math.Pow(x, 6), 1.0/6) }
	return 25 * (root(x) - 3*root(x/3) + 2)
}

// Path is what sound passes from mouth to ear.
type Path struct {
	RoundTrip time.Duration // as RTCP measures it; half of it is one way
	Buffer    time.Duration // how long the jitter buffer holds packets
	Ptime     time.Duration // the sound in a packet
	Codec     codecs.ID     // for its look-ahead
}

// Delay is the time the path takes, as far as we can know it.
func (p Path) Delay() time.Duration {
	return p.RoundTrip/2 + p.Buffer + p.Ptime + gradeOf(p.Codec).ahead
}

// Summary keeps the mean and the worst of one leg's scores, each taken over an
// equal time. The zero Summary is empty.
type Summary struct {
	scores uint64
	sum    Score
	worst  Score
}

// Add takes in one score.
func (s *Summary) Add(x Score) {
	if s.scores == 0 {
		s.worst = x
	}
	s.scores++
	s.sum = s.sum.with(x, func(a, b float64) float64 { return a + b })
	s.worst = s.worst.with(x, func(a, b float64) float64 { return min(a, b) })
}

// Mean returns the mean of the scores; false when there was none.
func (s *Summary) Mean() (Score, bool) {
	if s.scores == 0 {
		return Score{}, false
	}
	n := float64(s.scores)
	return Score{R: s.sum.R / n, MOSCQ: s.sum.MOSCQ / n, MOSLQ: s.sum.MOSLQ / n}, true
}

// Worst returns the lowest of each figure; false when there was no score.
func (s *Summary) Worst() (Score, bool) { return s.worst, s.scores > 0 }

func (s Score) with(x Score, f func(a, b float64) float64) Score {
	return Score{R: f(s.R, x.R), MOSCQ: f(s.MOSCQ, x.MOSCQ), MOSLQ: f(s.MOSLQ, x.MOSLQ)}
}
