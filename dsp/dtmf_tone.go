package dsp

import (
	"math"
	"time"
)

// KeySound is how keys sound. What is zero is as DefaultKeySound has it.
type KeySound struct {
	Low, High DB            // levels of the two tones
	On, Off   time.Duration // how long a key is down, and how long none is after it
}

// DefaultKeySound returns keys as a telephone sends them: −7 dBm0 for each
// tone, 100 ms of tones, 100 ms of silence.
func DefaultKeySound() KeySound {
	return KeySound{Low: -13, High: -13, On: 100 * time.Millisecond, Off: 100 * time.Millisecond}
}

const (
	keyEdge       = 2 * time.Millisecond // in which a tone rises and falls: no click
	keyShortPause = 500 * time.Millisecond
	keyLongPause  = time.Second
)

// Keypad makes the sound of keys being pressed (DTMF, ITU-T Q.23).
type Keypad struct {
	style KeySound
	rate  int

	digits    string // not yet begun
	low, high Tone
	down      int // samples of the key's sound, in all
	at        int // and of it so far
	quiet     int // samples of silence still to come
}

// MakeKeypad makes a keypad that sounds like style, sampled at rate Hz.
func MakeKeypad(style KeySound, rate int) Keypad {
	d := DefaultKeySound()
	if style.Low == 0 {
		style.Low = d.Low
	}
	if style.High == 0 {
		style.High = d.High
	}
	if style.On <= 0 {
		style.On = d.On
	}
	if style.Off <= 0 {
		style.Off = d.Off
	}
	return Keypad{style: style, rate: rate}
}

// Dial begins to press digits, in place of any still to be pressed; a key that
// is down stays so for its time. Lower case letters are taken too. Between keys,
// 'w' is a pause of half a second and 'W' one of a second; what is on no keypad
// is left out.
func (k *Keypad) Dial(digits string) { k.digits = digits }

// Fill overwrites pcm with the next samples of the keys, and returns how many
// there were: fewer than there is room for when the last key and the silence
// after it are over.
func (k *Keypad) Fill(pcm []int16) int {
	n := 0
	for n < len(pcm) {
		switch {
		case k.at < k.down:
			n += k.sound(pcm[n:min(len(pcm), n+k.down-k.at)])
		case k.quiet > 0:
			part := pcm[n:min(len(pcm), n+k.quiet)]
			clear(part)
			k.quiet -= len(part)
			n += len(part)
		case !k.next():
			return n
		}
	}
	return n
}

// next begins the next digit; false when there is none.
func (k *Keypad) next() bool {
	if k.digits == "" {
		return false
	}
	digit := k.digits[0]
	k.digits = k.digits[1:]
	k.down, k.at = 0, 0
	switch digit {
	case 'w':
		k.quiet = k.samples(keyShortPause)
		return true
	case 'W':
		k.quiet = k.samples(keyLongPause)
		return true
	}
	if digit >= 'a' && digit <= 'd' {
		digit -= 'a' - 'A'
	}
	low, high, ok := DTMF(digit)
	if ok {
		k.low, k.high = MakeTone(low, k.style.Low, k.rate), MakeTone(high, k.style.High, k.rate)
		k.down, k.quiet = k.samples(k.style.On), k.samples(k.style.Off)
	}
	return true
}

func (k *Keypad) samples(d time.Duration) int {
	return int(math.Round(d.Seconds() * float64(k.rate)))
}

// sound fills pcm with the key that is down.
func (k *Keypad) sound(pcm []int16) int {
	k.low.Fill(pcm)
	k.high.Mix(pcm)
	edge := min(k.samples(keyEdge), k.down/2)
	for i := range pcm {
		if from := min(k.at+i, k.down-1-k.at-i); from < edge {
			gain := (1 - math.Cos(math.Pi*(float64(from)+0.5)/float64(edge))) / 2
			pcm[i] = int16(math.Round(float64(pcm[i]) * gain))
		}
	}
	k.at += len(pcm)
	return len(pcm)
}
