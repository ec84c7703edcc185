package dsp

import (
	"math"
	"math/cmplx"
)

// What makes a key, whether surely or maybe. Powers are mean squares of samples.
const (
	keyQuietest    = 8300 // the power of −45 dBm0, which each tone must have
	keyOverSecond  = 4.0  // how much stronger than the next of its group a tone must be, as power
	keyRoughPurity = 0.4  // the share of the tones in the sound, measured where they should be
	keyNeverSteady = 0.6  // of the sound is held against the tones, however steady it is
)

// keyLimits are what a key must keep within.
type keyLimits struct {
	slices int64
	purity float32 // the share of its tones in the sound, measured where they are
	low    float32 // how much stronger the low tone may be, as power: normal twist
	high   float32 // and the high one: reverse twist
	offset float64 // how far a tone may be from where it should be, relative
	apart  float64 // and how far the two offsets from one another: harmonics of a voice are
	even   float32 // what the weakest slice has of the mean power
	steady float64 // amplitude of a tone in its weaker half to that in the stronger
}

// keyMaybe is what may be a key, and keySurely what is. Q.24 wants an offset of
// 1.5 % accepted and one of 3.5 % refused; twist is up to 12 and 8 dB.
var (
	keyMaybe  = keyLimits{slices: keyHalf, purity: 0.65, low: 25, high: 12, offset: 0.03, apart: 0.05, even: 0.3, steady: 0.4}
	keySurely = keyLimits{slices: keyWindow, purity: 0.83, low: 16, high: 6.3, offset: 0.018, apart: 0.032, even: 0.55, steady: 0.5}
)

// keyPair is a key by the places of its tones in keyTones; zero is none.
type keyPair struct{ low, high int8 }

func (p keyPair) name() byte { return "123A456B789C*0#D"[p.low*4+p.high-4] }

// maybe returns the key that the latest half of a window may be.
func (d *KeyDetector) maybe() (none keyPair) {
	if d.loud < keyHalf {
		return none
	}
	s, s1, s2 := d.slice(1), d.slice(2), d.slice(3)
	var power [8]float32
	for i := range power {
		t := d.ear.bank[i].turn
		power[i] = norm(s.tones[i]+t*(s1.tones[i]+t*s2.tones[i])) / (2 * keyHalf * keyHalf)
	}
	low, lowNext := strongest(power[:4])
	high, highNext := strongest(power[4:])
	high += 4
	if power[low] < lowNext*keyOverSecond || power[high] < highNext*keyOverSecond ||
		power[low]+power[high] < keyRoughPurity*d.floor.excess((s.energy+s1.energy+s2.energy)/keyHalf) {
		return none
	}
	pair := keyPair{int8(low), int8(high)}
	if pair == d.held.pair {
		return pair
	}
	if _, ok := d.judge(pair, keyMaybe); !ok {
		return none
	}
	return pair
}

// strongest returns the index of the greatest of power, and the next greatest.
func strongest(power []float32) (best int, next float32) {
	for i := 1; i < len(power); i++ {
		if power[i] > power[best] {
			best, next = i, power[best]
		} else {
			next = max(next, power[i])
		}
	}
	return best, next
}

// surely returns the key of which the latest slice ends a window, if it is not
// down already; false when there is none.
func (d *KeyDetector) surely() (p keyPress, ok bool) {
	now, before := d.slice(1).maybe, d.slice(1+keyHalf).maybe
	if d.loud < keyWindow || now == (keyPair{}) || now != before || now == d.held.pair {
		return p, false
	}
	return d.judge(now, keySurely)
}

// judge decides whether the latest slices are a key within limits.
func (d *KeyDetector) judge(pair keyPair, l keyLimits) (p keyPress, ok bool) {
	var energy, below float32
	least := float32(math.MaxFloat32)
	for i := range l.slices {
		s := d.slice(1 + i)
		energy += s.energy / float32(l.slices)
		below += s.below / float32(l.slices)
		least = min(least, s.energy)
	}
	if least-d.floor.level < l.even*(energy-d.floor.level) {
		return p, false
	}
	low, high := d.tune(int(pair.low), l.slices), d.tune(int(pair.high), l.slices)
	against := d.floor.excess(energy) + max(0, below-2*d.hum.level)
	ok = low.within(l) && high.within(l) && math.Abs(low.offset-high.offset) <= l.apart &&
		low.power <= l.low*high.power && high.power <= l.high*low.power &&
		low.power+high.power >= l.purity*against
	if ok && l.slices == 6 {
	}
	return keyPress{pair: pair, low: low.power, high: high.power}, ok
}

// keyTone is a tone as it sounds in some slices.
type keyTone struct {
	power  float32
	offset float64 // from where it should be, relative
	steady float64 // amplitude of the weaker half to that of the stronger
}

func (t keyTone) within(l keyLimits) bool {
	return t.power >= keyQuietest && math.Abs(t.offset) <= l.offset && t.steady >= l.steady
}

// tune finds the frequency of a tone near its place in the latest n slices, and
// measures it there: first from slice to slice, which cannot mistake it by a
// turn, then from half to half, which is finer.
func (d *KeyDetector) tune(tone int, n int64) keyTone {
	var z [keyWindow]complex128 // from the latest, as they would be if the tone were in its place: equal
	back, turn := complex128(1), complex128(d.ear.bank[tone].turn)
	var drift complex128
	for i := range n {
		z[i] = complex128(d.slice(1 + i).tones[tone]) * back
		back *= turn
		if i > 0 {
			drift += z[i-1] * cmplx.Conj(z[i])
		}
	}
	step := cmplx.Phase(drift) // by slice
	at, turn := complex128(1), cmplx.Rect(1, step)
	var late, early complex128
	for i, v := range z[:n] {
		if int64(i) < n-n/2 {
			late += v * at
		} else {
			early += v * at
		}
		at *= turn
	}
	step += cmplx.Phase(late*cmplx.Conj(early)) / (float64(n) / 2)
	a, b := cmplx.Abs(late), cmplx.Abs(early)
	mean := (a + b) / float64(n)
	a, b = a/float64(n-n/2), b/float64(n/2)
	return keyTone{
		power:  float32(mean * mean / 2),
		offset: step / (2 * math.Pi) * keySlicesPerSecond / keyTones[tone],
		steady: min(a, b) / max(a, b, math.SmallestNonzeroFloat64),
	}
}

// keyFloor follows the power of what is always there, such as noise or dial
// tone.
type keyFloor struct {
	level  float32 // the mean of the last 640 ms, if they were steady, or 0
	smooth float32
	parts  [8]keyFloorPart
	known  int // parts that were filled
	n      int // slices in parts, up to all they hold and again from 0
}

// keyFloorPart is 80 ms of what a keyFloor remembers.
type keyFloorPart struct{ least, sum float32 }

const (
	keyFloorSlices = 16  // slices in a part
	keyFloorSmooth = 4   // slices over which it is smoothed
	keyFloorEnough = 3   // parts that must be known
	keyFloorSteady = 0.6 // how near the least must be to the mean for the sound to be steady
)

func (f *keyFloor) learn(power float32) {
	part, at := &f.parts[f.n/keyFloorSlices], f.n%keyFloorSlices
	settling := f.known == 0 && at < keyFloorSmooth
	if settling {
		f.smooth += (power - f.smooth) / float32(at+1)
	} else {
		f.smooth += (power - f.smooth) / keyFloorSmooth
	}
	if at == 0 || settling {
		part.least = f.smooth
	}
	if at == 0 {
		part.sum = 0
	}
	part.least = min(part.least, f.smooth)
	part.sum += power
	f.n = (f.n + 1) % (keyFloorSlices * len(f.parts))
	if f.n%keyFloorSlices == 0 {
		f.known = min(f.known+1, len(f.parts))
		f.level = f.steady()
	}
}

// steady returns the mean of the parts that are known; 0 when that means little.
func (f *keyFloor) steady() float32 {
	known := f.parts[:f.known] // the first, until all are
	least, sum := known[0].least, float32(0)
	for _, p := range known {
		least = min(least, p.least)
		sum += p.sum
	}
	mean := sum / float32(keyFloorSlices*len(known))
	if len(known) < keyFloorEnough || least < keyFloorSteady*mean {
		return 0
	}
	return mean
}

// excess returns how much of power is new.
func (f *keyFloor) excess(power float32) float32 {
	return max(power-f.level, keyNeverSteady*power)
}
