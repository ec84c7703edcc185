package session

import (
	"trunkline/internal/clock"
	"trunkline/media/feed"
	"trunkline/media/internal/session/dial"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/rtp"
)

// Play plays clips one after the other, replacing what played before, as
// player.Player does.
//
// What plays moves on only when it is really sent: while the direction, a
// missing address or digits forbid it, it waits.
func (s *Session) Play(how msg.Playback, clips []*prompt.Clip) {
	if !s.closed {
		s.player.Play(how, clips)
		s.consider()
	}
}

// Stream plays what is written to f until its end, as Play does.
func (s *Session) Stream(how msg.Playback, f *feed.Feed) {
	if s.closed {
		f.Leave()
		return
	}
	s.player.Stream(how, f)
	s.consider()
}

// Pause holds the playback ref at its sample, sending silence; ref 0 means
// whatever plays.
func (s *Session) Pause(ref msg.Ref) { s.player.Pause(ref) }

// Resume goes on from the very sample.
func (s *Session) Resume(ref msg.Ref) { s.player.Resume(ref) }

// Stop ends the playback ref; ref 0 ends whatever plays.
func (s *Session) Stop(ref msg.Ref) { s.player.Stop(ref) }

// Progress reports how much of the playback ref was sent so far; ref 0 means
// whatever plays. Nothing comes when it does not play.
func (s *Session) Progress(ref msg.Ref) { s.player.Progress(ref) }

// SendDigits queues digits for sending, as dial.Sender does; DigitsSent follows.
func (s *Session) SendDigits(ref msg.Ref, digits string) {
	if !s.closed {
		s.dial.Send(ref, digits)
		s.consider()
	}
}

// dialled sends this frame's part of a digit; false when there is none left
// and the frame is free for other sound.
func (s *Session) dialled(now clock.Time, said []int16) bool {
	part, e := s.dial.Next(said, s.seam.last, s.header.Timestamp)
	switch part {
	case dial.Event:
		h := s.header
		h.Type, h.Timestamp, h.Marker = s.params.SendEvents, e.Stamp, e.First
		s.header.Marker = false
		s.transmit(now, h, rtp.PutEvent(s.packet[rtp.HeaderSize:], e.Event))
	case dial.Sound:
		s.saySound(now, said)
	case dial.None:
	}
	return part != dial.None
}
