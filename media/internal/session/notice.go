package session

import (
	"slices"
	"time"

	"trunkline/dsp"
	"trunkline/internal/clock"
	"trunkline/media/internal/session/ear"
	"trunkline/media/msg"
	"trunkline/media/tap"
)

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
	if s.tones != nil && !s.modem.on() {
		s.tones.hear(pcm, s.pressed)
	}
}

// hush silences what may be a key in pcm, the frame that was just heard, for
// those who get keys another way.
func (s *Session) hush(pcm []int16) {
	if s.tones != nil && s.peer != nil && !s.tonesCross() && !s.modem.on() {
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
	s.consider()
}

// output is a tap and what brings the session's sound to its rate.
type output struct {
	tap         *tap.Tap
	left, right ear.Converter
}

// copy hands the frame to the taps.
func (s *Session) copy() {
	heard, said := s.heard[:s.samples], s.said[:s.samples]
	if s.mask != nil {
		s.mask.pass(heard, said)
	}
	for i := range s.taps {
		o := &s.taps[i]
		o.left.Set(s.rate, o.tap.Rate())
		switch o.tap.Mode() {
		case tap.Inbound:
			o.tap.Write(o.left.Convert(s.mixed[:], heard))
		case tap.Outbound:
			o.tap.Write(o.left.Convert(s.mixed[:], said))
		case tap.Stereo:
			o.right.Set(s.rate, o.tap.Rate())
			o.tap.WritePair(o.left.Convert(s.mixed[:], heard), o.right.Convert(s.decoded[:], said))
		}
	}
}

// Tap copies the session's sound into t; false when four taps are there
// already or the session is closed. What it was sent, on the right of a stereo
// tap, is what was really sent: silence under telephone-events and while nothing is sent.
func (s *Session) Tap(t *tap.Tap) bool {
	if t != nil && s.tapped(t) >= 0 {
		return true
	}
	if t == nil || len(s.taps) == maxTaps || s.closed {
		return false
	}
	s.taps = append(s.taps, output{tap: t})
	s.consider()
	return true
}

// Untap stops copying into t and ends it; false when t is not tapped here.
func (s *Session) Untap(t *tap.Tap) bool {
	i := s.tapped(t)
	if i < 0 {
		return false
	}
	s.taps = slices.Delete(s.taps, i, i+1)
	t.End()
	return true
}

// tapped returns which of taps t is; -1 when it is none.
func (s *Session) tapped(t *tap.Tap) int {
	return slices.IndexFunc(s.taps, func(o output) bool { return o.tap == t })
}

// mask keeps sound back from the taps for long enough to know that it is no key.
type mask struct {
	rate        int
	heard, said delayed
}

// delayed is one side's sound.
type delayed struct {
	keys spotter
	back []int16 // what is kept back, with room for a frame more
}

// kept is how long sound is kept back: what KeyDetector.Suspect asks for.
const kept = 20 * time.Millisecond

// MaskKeys silences keys in the sound, of either side, for all taps, or no longer.
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
	side := func() delayed {
		return delayed{
			keys: spotter{KeyDetector: dsp.MakeKeyDetector(rate)},
			back: make([]int16, n, n+rate/1000*int(maxPtime/time.Millisecond)),
		}
	}
	return &mask{rate: rate, heard: side(), said: side()}
}

// pass takes a frame in and puts one of before in its place.
func (m *mask) pass(heard, said []int16) {
	m.heard.pass(heard)
	m.said.pass(said)
}

func (h *delayed) pass(pcm []int16) {
	step := cap(h.back) / (1 + int(maxPtime/kept)) // what is kept back
	for rest := pcm; len(rest) > 0; {
		n := min(step, len(rest))
		h.keys.hear(rest[:n], func(byte) {})
		h.back = append(h.back, rest[:n]...)
		h.keys.Hush(h.back, h.keys.fed-int64(len(h.back)))
		rest = rest[n:]
	}
	n := copy(pcm, h.back)
	h.back = h.back[:copy(h.back, h.back[n:])]
}
