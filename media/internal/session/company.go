package session

import (
	"trunkline/dsp"
	"trunkline/internal/clock"
	"trunkline/media/internal/session/ear"
	"trunkline/media/mix"
	"trunkline/media/msg"
)

// seat is a session's place in a room, and what brings sound there and back.
type seat struct {
	*mix.Seat
	in, out ear.Converter
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

// Echo lets the far side hear itself, parting the session from whom it heard
// before, or no longer.
func (s *Session) Echo(now clock.Time, on bool) {
	if s.closed || s.echo == on {
		return
	}
	s.Leave(now)
	s.echo = on
}

// Leave parts s from its peer or its room, if any. What was said and not yet
// sent fades out.
func (s *Session) Leave(now clock.Time) {
	if s.seat != nil {
		s.seat.Leave(now)
		s.seat, s.seam.apart = nil, true
		s.ear.Break()
	}
	p := s.peer
	if p != nil {
		s.settle(now)
		p.settle(now)
		p.part()
	}
	if p != nil || s.echo {
		s.part()
	}
	s.member, s.volume, s.hearing = msg.Member{}, dsp.Ramp{}, dsp.Ramp{}
}

// part ends what comes from the peer, or back from ourselves.
func (s *Session) part() {
	s.peer, s.echo, s.seam.apart = nil, false, true
	s.treat(modem{wished: s.modem.wished})
	s.ear.Shut()
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
		s.volume, s.hearing = dsp.MakeRamp(dsp.Floor), dsp.MakeRamp(dsp.Floor)
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
	s.volume.To(goal, s.rate/ear.Edges)
	goal = 0
	if m.Deaf {
		goal = dsp.Floor
	}
	s.hearing.To(goal, s.rate/ear.Edges)
}

// speak brings what the far side said into the room.
func (s *Session) speak(pcm []int16) {
	t := s.seat
	t.in.Set(s.rate, t.Room().Rate())
	pcm = t.in.Convert(s.decoded[:], pcm)
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
	t.out.Set(t.Room().Rate(), s.rate)
	clear(said[copy(said, t.out.Convert(s.decoded[:], mixed)):])
}
