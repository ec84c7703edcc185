package line

import (
	"log/slog"
	"slices"

	"trunkline/call/event"
	"trunkline/call/internal/fault"
	"trunkline/media/record"
)

// Studio is the recordings of a call. It belongs to the call's goroutine.
type Studio struct {
	Desk *record.Desk
	How  Recordings
	Call string // its id
	Tell func(leg string, d event.Data)
	Post func(do func()) // lets something run on the call's goroutine
	Log  *slog.Logger

	tapes        []*Tape
	on           bool // the call is recorded
	muted, blank bool // but not what is said now: see Mute and Blank
}

// Begin records the caller's line from now on, and others as Join does. Doing so twice is
// harmless.
func (s *Studio) Begin(caller *Line, others []*Line) error {
	if caller.Tape.Path != "" {
		return nil
	}
	if err := s.roll(caller); err != nil {
		return err
	}
	s.on = true
	for _, l := range others {
		if l.Up() && !l.Silent {
			s.Join(l, l == caller)
		}
	}
	return nil
}

// Join records a line that has come to a call that is recorded, if each line is to be or
// it has the caller's place.
func (s *Studio) Join(l *Line, caller bool) {
	if !s.on || l.Tape.Path != "" || !caller && !s.How.EachLeg {
		return
	}
	if err := s.roll(l); err != nil {
		s.Log.Error("leg is not recorded", "leg", l.ID, "error", err)
	}
}

// roll begins to record a line into a file of its own.
func (s *Studio) roll(l *Line) error {
	name := s.Call
	if l.ID != Name(0) {
		name += "-" + l.ID
	}
	ended := func(t *Tape, i record.Info, err error) { s.Post(func() { s.ended(t, i, err) }) }
	if err := l.Roll(s.Desk, s.How, name, ended); err != nil {
		return fault.New("record", fault.Invalid, err.Error())
	}
	s.tapes = append(s.tapes, l.Tape)
	s.Tell(l.ID, event.RecordingStarted{Path: l.Tape.Path})
	s.steer()
	return nil
}

// Mute leaves what is said out of the recordings, if there are any, until it is taken
// back.
func (s *Studio) Mute(on bool) {
	s.muted = on && s.on
	s.steer()
}

// Blank does so for another reason; either suffices.
func (s *Studio) Blank(on bool) {
	s.blank = on
	s.steer()
}

func (s *Studio) steer() {
	for _, t := range s.tapes {
		switch pause := s.muted || s.blank; {
		case !t.Pause(pause):
		case pause:
			s.Tell(t.Line, event.RecordingPaused{})
		default:
			s.Tell(t.Line, event.RecordingResumed{})
		}
	}
}

// Writing reports whether a sound file is not complete yet.
func (s *Studio) Writing() bool {
	return slices.ContainsFunc(s.tapes, func(t *Tape) bool { return t.Active() != nil })
}

// ended takes note that all of the sound is on the disk, as the tap has ended, or the
// disk has refused it.
func (s *Studio) ended(t *Tape, i record.Info, err error) {
	if err != nil {
		s.Log.Error("recording ended early", "path", t.Path, "error", err)
	}
	t.Complete(i)
	s.Tell(t.Line, event.RecordingEnded(*t.Result))
}
