package codecs

import (
	"math"
	"math/rand/v2"
)

// tone is a sine at −10 dBov.
func tone(rate, hz int, length float64) []int16 {
	pcm := make([]int16, int(length*float64(rate)))
	for i := range pcm {
		pcm[i] = int16(10362 * math.Sin(2*math.Pi*float64(hz*i)/float64(rate)))
	}
	return pcm
}

// speech is what a codec for speech takes for speech: a buzz of gliding pitch
// and a little breath through three formants that move from vowel to vowel, four
// syllables a second, each with a noisy beginning and a pause behind. It peaks
// near −6 dBov and is the same every time.
func speech(rate int, length float64) []int16 {
	vowels := [][3]float64{{730, 1090, 2440}, {270, 2290, 3010}, {570, 840, 2410}, {300, 870, 2240}, {530, 1840, 2480}}
	noise := rand.New(rand.NewPCG(7, 11))
	var formants [3]resonator
	sound := make([]float64, int(length*float64(rate)))
	phase, peak := 0.0, 0.0
	for i := range sound {
		at := float64(i) / float64(rate) * 4 // in syllables
		within := at - math.Floor(at)
		phase += (130 + 25*math.Sin(2*math.Pi*at/7) - 20*within) / float64(rate)
		buzz := 0.02 * noise.NormFloat64()
		if phase >= 1 {
			phase, buzz = phase-1, 1
		}
		if within < 0.12 {
			buzz = 0.12 * noise.NormFloat64()
		}
		from, to := vowels[int(at)%5], vowels[(int(at)+1)%5]
		x := buzz * math.Pow(math.Sin(math.Pi*min(within/0.85, 1)), 2)
		y := 0.0
		for k := range formants {
			hz := min(from[k]+(to[k]-from[k])*within, 0.45*float64(rate))
			y += formants[k].pass(x, hz/float64(rate), (80+40*float64(k))/float64(rate)) / float64(1+k)
		}
		sound[i], peak = y, max(peak, math.Abs(y))
	}
	pcm := make([]int16, len(sound))
	for i, y := range sound {
		pcm[i] = int16(16000 * y / peak)
	}
	return pcm
}

// resonator is a filter with one peak.
type resonator struct{ y1, y2 float64 }

func (r *resonator) pass(x, hz, width float64) float64 {
	radius := math.Exp(-math.Pi * width)
	y := (1-radius)*x + 2*radius*math.Cos(2*math.Pi*hz)*r.y1 - radius*radius*r.y2
	r.y1, r.y2 = y, r.y1
	return y
}

// overload is speech four times as loud as there is room for, cut off at full
// scale.
func overload(rate int, length float64) []int16 {
	pcm := speech(rate, length)
	for i, x := range pcm {
		pcm[i] = int16(min(max(int(x)*8, math.MinInt16), math.MaxInt16))
	}
	return pcm
}

// quality is the segmental signal to noise ratio in dB of got against want: the
// mean over all stretches of 20 ms that are not silent, each taken as −10 to
// 45 dB. The delay of the codec, up to 40 ms, is found and taken out first.
func quality(want, got []int16, rate int) float64 {
	delay := lag(want, got, rate/25)
	segment, sum, count := rate/50, 0.0, 0
	for at := rate / 5; at+segment+delay <= len(got); at += segment { // let it settle first
		var signal, noise float64
		for i := at; i < at+segment; i++ {
			x, y := float64(want[i]), float64(got[i+delay])
			signal += x * x
			noise += (x - y) * (x - y)
		}
		if signal < 200*200*float64(segment) {
			continue
		}
		sum += min(max(10*math.Log10(signal/max(noise, 1)), -10), 45)
		count++
	}
	return sum / float64(count)
}

// lag is by how many samples got follows want: where the two agree best over a
// quarter of a second.
func lag(want, got []int16, most int) int {
	best, at := math.Inf(-1), 0
	from := most * 5
	for d := range most {
		sum := 0.0
		for i, x := range want[from : from+most*6] {
			sum += float64(x) * float64(got[from+i+d])
		}
		if sum > best {
			best, at = sum, d
		}
	}
	return at
}
