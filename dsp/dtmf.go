package dsp

import "math"

// KeyChange is what happened to a key of a telephone.
type KeyChange uint8

// What can happen to a key.
const (
	KeyNone KeyChange = iota
	KeyDown
	KeyUp
)

// KeyEvent is one thing that a KeyDetector heard. The zero value is nothing.
type KeyEvent struct {
	Change KeyChange
	Key    byte  // one of 0–9, *, #, A–D
	At     int64 // when it happened, in samples since the detector was made, to about 3 ms
}

// KeyDetector finds the keys of a telephone in its sound (DTMF: ITU-T Q.23,
// Q.24). A key is down when both its tones, and hardly anything else that was
// not there before, have sounded for some 30 ms; it is up after 30 ms without
// them, so that neither a lost packet nor its concealment makes one key two.
//
// It hears every 5 ms of sound as one slice: how strong each of the eight tones
// is, and how much sound there is in all (dtmf_slice.go). Six slices make a
// judgement (dtmf_judge.go).
type KeyDetector struct {
	ear    keyEar
	ring   [keyRing]keySlice // the latest slices: number n is at n % keyRing
	slices int64             // how many there were
	loud   int               // how many of the latest were loud enough for a key, in a row

	floor keyFloor // of the band of the tones
	hum   keyFloor // of what is below it: dial tone

	calm    int // slices without suspicion
	held    keyPress
	pending KeyEvent
	upAt    int64 // when a key went up last
	suspect keySuspect
}

// keyPress is the key that is down, if any.
type keyPress struct {
	pair      keyPair
	low, high float32 // powers of its tones, of late
	absent    int     // slices since it was heard last
	faded     float64 // how much of it was heard in the first of them
}

// keySuspect is a stretch of sound that may be a key's.
type keySuspect struct {
	from, to int64 // samples
	left     int   // slices for which it goes on; 0: it has ended
}

const (
	keyRing    = 8 // slices kept: those of a judgement, and one before to see where the key began
	keyWindow  = 6 // slices in a judgement
	keyHalf    = keyWindow / 2
	keyRelease = 6 // slices without a key before it is up: a lost packet of 20 ms may touch five
	keyTail    = 2 // slices after a key's last that may have the rest of it

	keyStillThere = 0.2 // of a tone's power of late: it has not ended
	keyFollow     = 8   // slices in which its power is followed: an AGC may fade a long one
)

// MakeKeyDetector makes a detector for sound sampled at rate Hz, 8000 to 48000.
func MakeKeyDetector(rate int) KeyDetector {
	return KeyDetector{ear: makeKeyEar(rate)}
}

// Feed listens to the next samples until something happens, and returns that
// with the samples it has not heard yet. When nothing more happens, the event
// is zero and no samples are left:
//
//	for e, rest := d.Feed(frame); e.Change != KeyNone; e, rest = d.Feed(rest) {
//
// What it finds does not depend on how the sound is cut into frames.
func (d *KeyDetector) Feed(pcm []int16) (KeyEvent, []int16) {
	if e := d.pending; e.Change != KeyNone {
		d.pending = KeyEvent{}
		return e, pcm
	}
	for len(pcm) > 0 {
		n := d.ear.take(pcm)
		pcm = pcm[n:]
		if !d.ear.full() {
			break
		}
		d.ear.hear(d.slice(0))
		d.slices++
		if e := d.attend(); e.Change != KeyNone {
			return e, pcm
		}
	}
	return KeyEvent{}, pcm
}

// Suspect returns the latest stretch of sound that may be a key's, in samples
// counted as in KeyEvent; zeros when there was none yet. It is quicker and less
// sure than a KeyEvent: of every key it tells after at most 20 ms, and of the
// end after 15 ms. So who asks every 20 ms or sooner, and keeps sound back for
// 20 ms, can silence all of a key: see Hush.
func (d *KeyDetector) Suspect() (from, to int64) {
	if d.suspect.left > 0 {
		return d.suspect.from, d.slices*int64(d.ear.size) + int64(d.ear.have)
	}
	return d.suspect.from, d.suspect.to
}

// Hush silences what of pcm may be a key's. pcm is sound that was fed, and
// first the number of its first sample.
func (d *KeyDetector) Hush(pcm []int16, first int64) {
	from, to := d.Suspect()
	end := first + int64(len(pcm))
	if from, to = max(from, first), min(to, end); from < to {
		clear(pcm[from-first : to-first])
	}
}

// slice returns the slice that came back slices before the latest; while one is
// being heard, 0 is its place.
func (d *KeyDetector) slice(back int64) *keySlice {
	return &d.ring[(d.slices-back)&(keyRing-1)]
}

// attend decides what the latest slice means.
func (d *KeyDetector) attend() KeyEvent {
	s := d.slice(1)
	d.loud++
	if s.energy < keyQuietest {
		d.loud = 0
	}
	s.maybe = d.maybe()
	heard := d.hearHeld(s)
	d.suspects(heard || s.maybe != keyPair{})
	d.learn()
	if p, ok := d.surely(); ok {
		return d.press(p)
	}
	if d.held.absent == keyRelease {
		return d.release()
	}
	return KeyEvent{}
}

// learn takes what was before any suspicion for what is always on the line.
func (d *KeyDetector) learn() {
	if d.suspect.left > 0 {
		d.calm = 0
		return
	}
	if d.calm++; d.calm > keyHalf+1 {
		s := d.slice(keyHalf + 2)
		d.floor.learn(s.energy)
		d.hum.learn(s.below)
	}
}

// press notes that a key went down, and that the one before it is up by then.
func (d *KeyDetector) press(p keyPress) KeyEvent {
	down := KeyEvent{KeyDown, p.pair.name(), max(d.upAt, d.sample(d.began()))}
	if d.held.pair == (keyPair{}) {
		d.held = p
		return down
	}
	up := d.release()
	up.At = min(up.At, down.At)
	d.held, d.pending, d.upAt = p, down, up.At
	return up
}

func (d *KeyDetector) release() KeyEvent {
	up := KeyEvent{KeyUp, d.held.pair.name(), d.sample(float64(d.held.absent) - d.held.faded)}
	d.held, d.upAt = keyPress{}, up.At
	return up
}

// began returns how many slices ago the key that fills the window began: the
// slice before may have some of it.
func (d *KeyDetector) began() float64 {
	before, within := d.slice(keyWindow+1).energy-d.floor.level, d.slice(keyWindow-1).energy-d.floor.level
	return keyWindow + float64(max(0, min(1, before/within)))
}

// sample returns where in the stream the sound of so many slices ago was.
func (d *KeyDetector) sample(back float64) int64 {
	at := (float64(d.slices)-back)*float64(d.ear.size) - d.ear.delay
	return max(0, int64(math.Round(at)))
}

// hearHeld reports whether the key that is down still sounds.
func (d *KeyDetector) hearHeld(s *keySlice) bool {
	h := &d.held
	if h.pair == (keyPair{}) {
		return false
	}
	low, high := s.power(h.pair.low), s.power(h.pair.high)
	if low >= keyStillThere*h.low && high >= keyStillThere*h.high {
		h.low += (low - h.low) / keyFollow
		h.high += (high - h.high) / keyFollow
		h.absent = 0
		return true
	}
	if h.absent++; h.absent == 1 {
		h.faded = float64(min(1, (low+high)/(h.low+h.high)))
	}
	return false
}

// suspects notes whether the latest slice may have a key in it.
func (d *KeyDetector) suspects(yes bool) {
	p := &d.suspect
	if yes {
		if p.left == 0 {
			p.from = d.sample(keyHalf + 1)
		}
		p.left = keyTail + 1
		return
	}
	if p.left > 0 {
		p.left--
		p.to = d.slices * int64(d.ear.size)
	}
}
