package session

import (
	"trunkline/dsp"
	"trunkline/internal/clock"
	"trunkline/media/msg"
	"trunkline/media/tap"
)

// quietest is the energy per sample of −50 dBov: what can be left out unnoticed.
const quietest = 104 * 104

func quiet(pcm []int16) bool { return dsp.Energy(pcm) < quietest*int64(len(pcm)) }

// notice reports speech, and silence on the wire.
func (s *Session) notice(now clock.Time, n int) {
	if s.detect {
		switch s.vad.Feed(s.heard[:n]) {
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

// DetectSpeech turns SpeechStarted and SpeechEnded on or off. Turning it off
// amid speech reports no end.
func (s *Session) DetectSpeech(on bool) {
	if s.detect != on {
		s.vad.Reset()
	}
	s.detect = on
}

// copy hands the frame to the taps.
func (s *Session) copy(n int) {
	for _, t := range s.taps {
		if t == nil {
			continue
		}
		if t.Mode() == tap.Stereo {
			t.WritePair(s.heard[:n], s.said[:n])
		} else {
			t.Write(s.heard[:n])
		}
	}
}

// Tap copies the session's sound into t; false when four taps are there
// already or the session is closed. The right channel of a stereo tap is what
// was really sent: silence under telephone-events and while nothing is sent.
func (s *Session) Tap(t *tap.Tap) bool {
	free := -1
	for i, has := range s.taps {
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
	s.taps[free] = t
	return true
}

// Untap stops copying into t and ends it; false when t is not tapped here.
func (s *Session) Untap(t *tap.Tap) bool {
	for i, has := range s.taps {
		if has == t && t != nil {
			s.taps[i] = nil
			t.End()
			return true
		}
	}
	return false
}
