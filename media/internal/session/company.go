package session

import (
	"trunkline/dsp"
	"trunkline/internal/clock"
	"trunkline/media/mix"
	"trunkline/media/msg"
)

// seat is a session's place in a room, and what brings sound there and back.
type seat struct {
	*mix.Seat
	in, out converter
}

// Join lets s and other hear each other, parting both from whom they heard
// before. A session cannot be joined with itself or a closed one.
func (s *Session) Join(now clock.Time, other *Session) {
	if s == other || s.closed || other.closed || s.peer == other {
		return
	}
	s.Leave(now)
	other.Leave(now)
	s.peer, other.peer = other, s
}

// Leave parts s from its peer or its room, if any. What was said and not yet
// sent fades out.
func (s *Session) Leave(now clock.Time) {
	s.member, s.volume = msg.Member{}, dsp.Ramp{}
	if s.seat != nil {
		s.seat.Leave()
		s.seat = nil
	}
	p := s.peer
	if p == nil {
		return
	}
	s.settle(now)
	p.settle(now)
	p.peer, p.ear.shut = nil, p.ear.buf != nil
	s.peer, s.ear.shut = nil, s.ear.buf != nil
}

// Enter makes s a member of r, parting it from whom it heard before; in the
// room already, it changes how s takes part.
func (s *Session) Enter(now clock.Time, r *mix.Room, m msg.Member) {
	if s.closed {
		return
	}
	if s.seat == nil || s.seat.Room() != r {
		s.Leave(now)
		s.seat = &seat{Seat: r.Enter(uint64(s.id))}
		s.volume = dsp.MakeRamp(dsp.Floor)
	}
	s.Adjust(now, m)
}

// Adjust changes how s takes part in its room, or with its peer.
func (s *Session) Adjust(now clock.Time, m msg.Member) {
	s.settle(now)
	if s.peer != nil {
		s.peer.settle(now)
	}
	s.member = m
	goal := dsp.DB(m.Gain)
	if m.Mute {
		goal = dsp.Floor
	}
	s.volume.To(goal, s.rate/fading)
}

// speak brings what the far side said into the room.
func (s *Session) speak(pcm []int16) {
	t := s.seat
	t.in.set(s.rate, t.Room().Rate())
	pcm = t.in.convert(s.decoded[:], pcm)
	if s.member.Coach != 0 {
		t.Whisper(s.due, pcm, uint64(s.member.Coach))
		clear(pcm)
	}
	t.Speak(s.due, pcm)
}

// attend fills said with what the room says.
func (s *Session) attend(said []int16) {
	t := s.seat
	mixed := s.mixed[:len(said)*t.Room().Rate()/s.rate]
	t.Attend(s.due, mixed)
	t.out.set(t.Room().Rate(), s.rate)
	clear(said[copy(said, t.out.convert(s.decoded[:], mixed)):])
}
