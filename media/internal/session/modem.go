package session

import (
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/media/internal/session/ear"
	"trunkline/media/jitter"
)

// A modem, of which a fax machine is one, wants each sample, once, in its turn. What
// voices never notice (sound made shorter, a frame of silence more, keys cut out)
// costs it a page.

const (
	steadyDelay = 100 * time.Millisecond // at least: what is known of the network may be little
	answering   = 2100.0                 // Hz: the tone of what answers (CED, ANS, ANSam: ITU-T T.30, V.25, V.8)
	heedEach    = 4                      // frames, of which one is looked at
	heedEnough  = 10                     // of which so many had the tone; of its 2.6 s there are 30
)

// modem is what a leg knows of a modem on its far side.
type modem struct {
	wished bool  // by Fix
	heard  bool  // by its answering tone, until the legs part
	turn   uint8 // frames to the next that is looked at
	tone   int8  // those that had the tone, less twice those that had not
	silent int   // samples since it said something
}

func (m *modem) on() bool { return m.wished || m.heard }

// modulated reports whether a modem can be heard through a codec.
func modulated(id codecs.ID) bool { return id == codecs.PCMU || id == codecs.PCMA }

// Fix treats what comes from the far side as a modem's sound, or no longer.
func (s *Session) Fix(on bool) {
	if !s.closed && on != s.modem.wished {
		s.treat(modem{wished: on})
	}
}

// treat goes on with another idea of the far side.
func (s *Session) treat(m modem) {
	was := s.modem.on()
	s.modem = m
	if m.on() == was {
		return
	}
	s.fasten()
	s.listener.noise, s.listener.quiet = nil, false
	s.consider()
}

// fasten fixes the delay of the jitter buffer where it should be now, if it is to
// be fixed.
func (s *Session) fasten() {
	if !s.modem.on() {
		s.jitter.Fixed(0)
		return
	}
	_, target := s.jitter.Delay()
	s.jitter.Fixed(max(target, steadyDelay))
}

// heed listens for the answering tone in pcm, for a peer that is told nothing: both
// legs are a modem's then, until they part.
func (s *Session) heed(pcm []int16) {
	m := &s.modem
	if m.turn++; m.turn < heedEach {
		return
	}
	m.turn = 0
	if s.peer == nil || m.heard || !modulated(s.listener.codec) {
		return
	}
	pcm = pcm[:min(len(pcm), s.rate/50)] // more is too sharp for a tone that is 15 Hz off
	const faint, nearly = -45, 2         // dBov, dB
	if level := dsp.Level(pcm); level < faint || dsp.Goertzel(pcm, answering, s.rate) < level-nearly {
		m.tone = max(m.tone-2, 0) // ANSam turns its phase every 450 ms
		return
	}
	if m.tone++; m.tone < heedEnough {
		return
	}
	for _, leg := range [...]*Session{s, s.peer} {
		leg.treat(modem{wished: leg.modem.wished, heard: true})
	}
}

// intact returns a copy of the samples that a modem wants as they are, even after a
// loss. It is valid until the frame is heard.
func (s *Session) intact(pcm []int16) []int16 {
	if !s.modem.on() {
		return nil
	}
	return s.mixed[:copy(s.mixed[:], pcm)]
}

// steady returns how much of pcm, the sound of f, is played: all, but when the far
// clock has run away by a packet, and it has been silent for so long that nobody
// listens.
func (s *Session) steady(pcm []int16, f jitter.Frame) int {
	m, l := &s.modem, &s.listener
	if m.silent += len(pcm); !ear.Quiet(pcm) {
		m.silent = 0
	}
	l.quiet = m.silent >= s.rate/4
	if l.quiet && s.jitter.Astray() >= int32(f.Samples) {
		s.jitter.Shed(f.Samples)
		m.silent = 0
		return 0
	}
	return len(pcm)
}

// behind returns how much, in timestamp units, is to be played in silence since a
// modem's clock has fallen behind ours: a frame once it is half of that.
func (s *Session) behind() uint32 {
	frame := s.inbound.toUnits(s.samples)
	if -s.jitter.Astray() < int32(frame/2) {
		return 0
	}
	return frame
}
