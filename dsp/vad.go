package dsp

import (
	"math"
	"time"
)

// Change is what a VAD noticed in a frame.
type Change uint8

// The changes a VAD reports.
const (
	Same    Change = iota
	Started        // speech has begun
	Ended          // speech has ended, a hangover ago
)

// The VAD's judgement of one moment. Levels are dBov.
const (
	vadFloorMin  = -71.0                  // less is no line at all: silence made by a machine
	vadFloorMax  = -38.0                  // nor is speech ever taken for a noise floor
	vadAbove     = 9.0                    // speech is this far above the floor
	vadQuietest  = -46.0                  // and at least this loud
	vadOnset     = 60 * time.Millisecond  // of it, nearly in a row
	vadLeak      = 0.5                    // what a quiet moment takes off the onset, relative to its length
	vadSlice     = 10 * time.Millisecond  // how long a moment is
	vadRise      = 3.0                    // dB per second the floor follows a louder line
	vadTonality  = 0.985                  // how predictable a moment may be before it is no voice
	vadSettle    = 100 * time.Millisecond // of sound, before the floor is known at all
	vadMaxToneAt = 1150.0                 // Hz: a pure low tone may be a voice, a high one is a machine
)

// VAD is a voice activity detector for telephone sound: it says when speech-like
// sound begins and ends. It compares the level with a noise floor that it
// learns, and takes neither clicks nor machine tones (DTMF, dial tone) for a
// voice. It is quick rather than sure: let words confirm what it hears.
type VAD struct {
	rate  int
	slice int // samples
	hang  time.Duration

	floor    float64 // dBov
	settled  time.Duration
	onset    time.Duration // speech heard towards a start
	silence  time.Duration // since the last speech
	speaking bool

	acc  [480]int16 // a moment in the making: 10 ms at up to 48 kHz
	have int
}

// NewVAD makes a detector for sound sampled at rate Hz, up to 48000. hang is
// how long it must be quiet before speech has Ended; 500–700 ms bridges the
// pauses between words.
func NewVAD(rate int, hang time.Duration) *VAD {
	v := &VAD{rate: rate, hang: hang, slice: min(int(vadSlice*time.Duration(rate)/time.Second), 480)}
	v.Reset()
	return v
}

// Reset forgets that somebody speaks, but not how loud the line is.
func (v *VAD) Reset() {
	if v.settled < vadSettle {
		v.floor, v.settled = vadFloorMax, 0
	}
	v.onset, v.silence, v.speaking, v.have = 0, 0, false, 0
}

// Speaking reports whether speech has begun and not ended.
func (v *VAD) Speaking() bool { return v.speaking }

// Feed listens to the next samples, any number, and reports the last change in
// them.
func (v *VAD) Feed(pcm []int16) Change {
	change := Same
	for len(pcm) > 0 {
		n := copy(v.acc[v.have:v.slice], pcm)
		v.have, pcm = v.have+n, pcm[n:]
		if v.have < v.slice {
			break
		}
		v.have = 0
		if c := v.moment(v.acc[:v.slice]); c != Same {
			change = c
		}
	}
	return change
}

// moment judges one slice.
func (v *VAD) moment(pcm []int16) Change {
	level := float64(lively(pcm))
	voiced := level > vadQuietest && level > v.floor+vadAbove && !v.machine(pcm)
	if level > vadFloorMin {
		voiced = voiced && v.settled >= vadSettle
		v.learn(level)
	}
	if !v.speaking {
		return v.await(voiced)
	}
	if voiced {
		v.silence = 0
		return Same
	}
	if v.silence += vadSlice; v.silence < v.hang {
		return Same
	}
	v.speaking, v.onset = false, 0
	return Ended
}

// lively returns the level of what moves in pcm: an offset of the line is no sound.
func lively(pcm []int16) DB {
	var sum int64
	for _, x := range pcm {
		sum += int64(x)
	}
	n := int64(len(pcm))
	return decibels(math.Sqrt(float64(max(Energy(pcm)*n-sum*sum, 0))) / float64(n) / overload)
}

func (v *VAD) await(voiced bool) Change {
	if !voiced {
		v.onset = max(0, v.onset-time.Duration(vadLeak*float64(vadSlice)))
		return Same
	}
	if v.onset += vadSlice; v.onset < vadOnset {
		return Same
	}
	v.speaking, v.silence = true, 0
	return Started
}

// learn lets the floor fall at once to what is quieter, and rise slowly with
// what is louder, so that a sentence hardly moves it and a fan does.
func (v *VAD) learn(level float64) {
	v.settled = min(v.settled+vadSlice, vadSettle)
	switch {
	case v.settled < vadSettle:
		v.floor = min(v.floor, level)
	case level < v.floor:
		v.floor += (level - v.floor) * 0.25
	default:
		v.floor += min(level-v.floor, vadRise*vadSlice.Seconds())
	}
	v.floor = min(v.floor, vadFloorMax)
}

// machine reports whether pcm is a tone too high for a voice, or a key.
func (v *VAD) machine(pcm []int16) bool {
	return v.pure(pcm) || v.dtmfLike(pcm)
}

// pure finds one tone: x[n] ≈ k·x[n−1] − x[n−2].
func (v *VAD) pure(pcm []int16) bool {
	var num, den, err, sum float64
	for i := 2; i < len(pcm); i++ {
		a, b, c := float64(pcm[i]), float64(pcm[i-1]), float64(pcm[i-2])
		num += (a + c) * b
		den += b * b
		sum += a * a
	}
	if den == 0 {
		return false
	}
	k := num / den
	for i := 2; i < len(pcm); i++ {
		d := float64(pcm[i]) - k*float64(pcm[i-1]) + float64(pcm[i-2])
		err += d * d
	}
	if err > (1-vadTonality)*sum {
		return false
	}
	freq := math.Acos(max(-1, min(1, k/2))) * float64(v.rate) / (2 * math.Pi)
	return freq > vadMaxToneAt
}

// dtmfLike finds a key's two tones: most of the energy is in one frequency of
// each group of Q.23.
func (v *VAD) dtmfLike(pcm []int16) bool {
	var low, high float64
	for _, f := range [...]float64{697, 770, 852, 941} {
		low = max(low, goertzelPower(pcm, f, v.rate))
	}
	for _, f := range [...]float64{1209, 1336, 1477, 1633} {
		high = max(high, goertzelPower(pcm, f, v.rate))
	}
	total := float64(Energy(pcm)) / float64(len(pcm))
	return low+high > 0.8*total && low > 0.12*total && high > 0.12*total
}
