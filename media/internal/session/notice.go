package session

import (
	"time"

	"trunkline/dsp"
	"trunkline/internal/clock"
	"trunkline/media/msg"
	"trunkline/media/tap"
)

// quietest is the energy per sample of −50 dBov: what can be left out unnoticed.
const quietest = 104 * 104

func quiet(pcm []int16) bool { return dsp.Energy(pcm) < quietest*int64(len(pcm)) }

// notice reports speech, and silence on the wire.
func (s *Session) notice(now clock.Time) {
	if s.detect {
		switch s.vad.Feed(s.heard[:s.samples]) {
		case dsp.Started:
			s.report(msg.Event{Kind: msg.SpeechStarted})
		case dsp.Ended:
			s.report(msg.Event{Kind: msg.SpeechEnded})
		case dsp.Same:
		}
	}
	if !s.started || s.params.Direction != msg.SendRecv {
		s.alive = now
		return
	}
	if s.timeout > 0 && !s.lost && now.Sub(s.alive) >= s.timeout {
		s.lost = true
		s.report(msg.Event{Kind: msg.MediaLost})
	}
}

// spotter finds keys in the sound. It counts what it heard.
type spotter struct {
	dsp.KeyDetector
	fed int64
}

// hear feeds pcm and calls found for each key that begins.
func (k *spotter) hear(pcm []int16, found func(key byte)) {
	k.fed += int64(len(pcm))
	for e, rest := k.Feed(pcm); e.Change != dsp.KeyNone; e, rest = k.Feed(rest) {
		if e.Change == dsp.KeyDown {
			found(e.Key)
		}
	}
}

// spot reports keys that are pressed in the sound.
func (s *Session) spot(pcm []int16) {
	if s.tones != nil {
		s.tones.hear(pcm, s.pressed)
	}
}

// hush silences what may be a key in pcm, the frame that was just heard, for
// those who get keys another way.
func (s *Session) hush(pcm []int16) {
	if s.tones != nil && s.peer != nil && !s.tonesCross() {
		s.tones.Hush(pcm, s.tones.fed-int64(len(pcm)))
	}
}

// DetectSpeech turns SpeechStarted and SpeechEnded on or off. Turning it off
// amid speech reports no end.
func (s *Session) DetectSpeech(on bool) {
	switch {
	case on && s.vad == nil:
		s.vad = dsp.NewVAD(s.rate, hangover)
	case on && !s.detect:
		s.vad.Reset()
	}
	s.detect = on
}

// output is a tap and what brings the session's sound to its rate.
type output struct {
	tap         *tap.Tap
	left, right converter
}

// copy hands the frame to the taps.
func (s *Session) copy() {
	heard, said := s.heard[:s.samples], s.said[:s.samples]
	if s.mask != nil {
		heard, said = s.mask.pass(heard, said)
	}
	for i := range s.taps {
		o := &s.taps[i]
		if o.tap == nil {
			continue
		}
		o.left.set(s.rate, o.tap.Rate())
		switch o.tap.Mode() {
		case tap.Inbound:
			o.tap.Write(o.left.convert(s.mixed[:], heard))
		case tap.Outbound:
			o.tap.Write(o.left.convert(s.mixed[:], said))
		case tap.Stereo:
			o.right.set(s.rate, o.tap.Rate())
			o.tap.WritePair(o.left.convert(s.mixed[:], heard), o.right.convert(s.decoded[:], said))
		}
	}
}

// Tap copies the session's sound into t; false when four taps are there
// already or the session is closed. What it was sent, on the right of a stereo
// tap, is what was really sent: silence under telephone-events and while nothing is sent.
func (s *Session) Tap(t *tap.Tap) bool {
	free := -1
	for i := range s.taps {
		has := s.taps[i].tap
		if has == t && t != nil {
			return true
		}
		if has == nil {
			free = i
		}
	}
	if t == nil || free < 0 || s.closed {
		return false
	}
	s.taps[free] = output{tap: t}
	return true
}

// Untap stops copying into t and ends it; false when t is not tapped here.
func (s *Session) Untap(t *tap.Tap) bool {
	for i := range s.taps {
		if t != nil && s.taps[i].tap == t {
			s.taps[i] = output{}
			t.End()
			return true
		}
	}
	return false
}

// mask keeps sound back from the taps for long enough to know that it is no key.
type mask struct {
	rate        int
	keys        spotter
	heard, said []int16 // kept back, with room for a frame more
}

// kept is how long sound is kept back: what KeyDetector.Suspect asks for.
const kept = 20 * time.Millisecond

// MaskKeys silences keys in the far side's sound for all taps, or no longer.
func (s *Session) MaskKeys(on bool) {
	switch {
	case !on:
		s.mask = nil
	case s.mask == nil:
		s.mask = newMask(s.rate)
	}
}

func newMask(rate int) *mask {
	n := int(kept * time.Duration(rate) / time.Second)
	room := n + rate/1000*int(maxPtime/time.Millisecond)
	return &mask{
		rate: rate, keys: spotter{KeyDetector: dsp.MakeKeyDetector(rate)}, heard: make([]int16, n, room), said: make([]int16, n, room),
	}
}

// pass takes a frame in and gives out one of before.
func (m *mask) pass(heard, said []int16) (h, d []int16) {
	back := int(kept * time.Duration(m.rate) / time.Second)
	m.said = append(m.said, said...)
	for rest := heard; len(rest) > 0; {
		n := min(back, len(rest))
		m.keys.hear(rest[:n], func(byte) {})
		m.heard = append(m.heard, rest[:n]...)
		m.keys.Hush(m.heard, m.keys.fed-int64(len(m.heard)))
		rest = rest[n:]
	}
	n := copy(heard, m.heard[:len(m.heard)-back])
	copy(said, m.said[:n])
	m.heard = m.heard[:copy(m.heard, m.heard[n:])]
	m.said = m.said[:copy(m.said, m.said[n:])]
	return heard[:n], said[:n]
}
