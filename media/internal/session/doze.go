package session

import (
	"trunkline/codecs"
	"trunkline/internal/clock"
)

// Waker is a Wire that can call Tick before the time it returned.
type Waker interface {
	Wake()
}

// A session whose packets, both ways, only pass by has nothing to do in its
// frames: it dozes through them until something may happen, or somebody rouses it.

// doze returns when the first frame is due, the one at s.due or a later one, in
// which there is something to do.
func (s *Session) doze() clock.Time {
	p := s.peer
	if p == nil || s.passing == codecs.None || p.passing == codecs.None || s.waker == nil {
		return s.due
	}
	until := min(s.relay.last, p.relay.last).Add(linger)
	if s.timeout > 0 {
		until = min(until, s.alive.Add(s.timeout))
	}
	until = min(until, s.control.next)
	return s.frameAt(until)
}

// frameAt returns when the first frame is due that is not before t.
func (s *Session) frameAt(t clock.Time) clock.Time {
	frames := (t.Sub(s.due) + s.ptime - 1) / s.ptime
	return s.due.Add(max(frames, 0) * s.ptime)
}

// rouse ends the doze, if there is one, with the next frame.
func (s *Session) rouse() {
	if s.until != 0 {
		s.waker.Wake()
	}
}

// rise goes on with the frames: with that which ends the doze, or when it was
// roused before, with the next.
func (s *Session) rise(now clock.Time) {
	s.due, s.until = s.frameAt(min(now, s.until)), 0
}
