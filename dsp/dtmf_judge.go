package dsp

import (
	"math"
	"math/cmplx"
)

// What makes a key. Powers are mean squares of samples.
const (
	keyQuietest    = 8300   // the power of −45 dBm0, which each tone must have
	keyFilterGain  = 0.4519 // what makes the filter pass the tones as they are
	keyStillThere  = 0.2    // of a tone's power, that it has not ended
	keyHalfPurity  = 0.5    // the share of its two tones in 15 ms of a key, before fine tuning
	keyPurity      = 0.75   // and in 30 ms, after it
	keyLeastExcess = 0.4    // of all sound, however steady, is held against the tones
	keyOffset      = 0.024  // how far a tone may be from its frequency
	keySteadySlice = 0.55   // of the mean power, in each slice
	keySteadyHalf  = 0.5    // amplitude of a tone in one half to that in the other
	keyNormalTwist = 16.0   // how much stronger the low tone may be, as power
	keyReverse     = 8.0    // and the high one
	keyOverSecond  = 4.0    // how much stronger than the next of its group a tone must be, as power
	keyBelow       = 1.0    // of the tones' power may be below them, beyond steady hum
)

// hasHalf reports whether the latest half of a window may be a key's, and
// writes to s which.
func (d *KeyDetector) hasHalf(s *keySlice) bool {
	var power [8]float32
	s1, s2 := d.slice(2), d.slice(3)
	for i := range power {
		t := d.ear.bank[i].turn
		power[i] = norm(s.tones[i]+t*(s1.tones[i]+t*s2.tones[i])) / (2 * keyHalf * keyHalf)
	}
	low, over := strongest(power[:4])
	if power[low] < over*keyOverSecond {
		return false
	}
	high, over := strongest(power[4:])
	high += 4
	if power[high] < over*keyOverSecond {
		return false
	}
	energy := (s.energy + s1.energy + s2.energy) / keyHalf
	s.low, s.high = int8(low), int8(high)
	s.half = power[low]+power[high] >= keyHalfPurity*d.excess(energy)
	return s.half
}

// strongest returns the index of the greatest of power, and the next greatest.
func strongest(power []float32) (best int, second float32) {
	for i := 1; i < len(power); i++ {
		switch {
		case power[i] > power[best]:
			best, second = i, power[best]
		default:
			second = max(second, power[i])
		}
	}
	return best, second
}

// excess returns how much of energy is held against the tones: what was there
// before them is not.
func (d *KeyDetector) excess(energy float32) float32 {
	return max(energy-d.floor.level, keyLeastExcess*energy)
}

// judge decides whether the window that the latest slice ends is a key.
func (d *KeyDetector) judge() (p keyPress, ok bool) {
	now, before := d.slice(1), d.slice(1+keyHalf)
	if !before.half || now.low != before.low || now.high != before.high {
		return p, false
	}
	var energy, below float32
	least := float32(math.MaxFloat32)
	for i := range int64(keyWindow) {
		s := d.slice(1 + i)
		energy += s.energy / keyWindow
		below += s.below / keyWindow
		least = min(least, s.energy)
	}
	low, high := d.tune(int(now.low)), d.tune(int(now.high))
	tones := low.power + high.power
	ok = least-d.floor.level >= keySteadySlice*(energy-d.floor.level) &&
		low.isOf(int(now.low)) && high.isOf(int(now.high)) &&
		low.power <= keyNormalTwist*high.power && high.power <= keyReverse*low.power &&
		tones >= keyPurity*d.excess(energy) &&
		below-2*d.hum.level <= keyBelow*tones
	p = keyPress{
		key: "123A456B789C*0#D"[now.low*4+now.high-4],
		low: int(now.low), high: int(now.high), power: [2]float32{low.power, high.power},
	}
	return p, ok
}

// keyTone is a tone as it sounds in a window.
type keyTone struct {
	power  float32
	offset float64 // Hz from where it should be
	steady float64 // amplitude of the weaker half to that of the stronger
}

// isOf reports whether t is loud, steady and near enough to be the tone i.
func (t keyTone) isOf(i int) bool {
	return t.power >= keyQuietest && math.Abs(t.offset) <= keyOffset*keyTones[i] && t.steady >= keySteadyHalf
}

// tune finds the frequency of a tone near its place, and measures it there:
// first from slice to slice, which cannot mistake it by a turn, then from half
// to half, which is finer.
func (d *KeyDetector) tune(tone int) keyTone {
	var z [keyWindow]complex128
	back := complex128(1)
	for i := range z { // from the latest
		z[i] = complex128(d.slice(int64(1 + i)).tones[tone]) * back
		back *= complex128(d.ear.bank[tone].turn)
	}
	var drift complex128
	for i := 1; i < keyWindow; i++ {
		drift += z[i-1] * cmplx.Conj(z[i])
	}
	turn := cmplx.Phase(drift)
	step := cmplx.Rect(1, turn)
	var half [2]complex128
	at := complex128(1)
	for i := range z {
		half[i/keyHalf] += z[i] * at
		at *= step
	}
	turn += cmplx.Phase(half[0]*cmplx.Conj(half[1])) / keyHalf
	a, b := cmplx.Abs(half[0]), cmplx.Abs(half[1])
	sum := (a + b) / keyWindow
	return keyTone{
		power:  float32(sum * sum / 2),
		offset: turn / (2 * math.Pi) * keySlicesPerSecond,
		steady: min(a, b) / max(a, b, math.SmallestNonzeroFloat64),
	}
}

// keyFloor follows the power that is always there: the least of the last 640 ms.
type keyFloor struct {
	level  float32
	smooth float32
	least  [8]float32
	n      int
}

const keyFloorPart = 16 // slices in each part of what it remembers

func (f *keyFloor) learn(power float32) {
	f.smooth += (power - f.smooth) / 4
	part := &f.least[f.n/keyFloorPart]
	if f.n%keyFloorPart == 0 {
		*part = f.smooth
	}
	*part = min(*part, f.smooth)
	f.n = (f.n + 1) % (keyFloorPart * len(f.least))
	f.level = f.least[0]
	for _, l := range f.least {
		f.level = min(f.level, l)
	}
}
