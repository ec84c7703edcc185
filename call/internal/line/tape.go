package line

import (
	"errors"
	"path/filepath"
	"time"

	"trunkline/media/record"
	"trunkline/media/record/seal"
	"trunkline/media/tap"
	"trunkline/store"
)

// Recordings says how calls are recorded.
type Recordings struct {
	Dir      string // for sound files, one directory below for each day
	Format   record.Format
	Key      seal.Key // encrypts them; the zero Key: not encrypted
	MaskKeys bool     // keys pressed in the sound are silent in the file

	EachLeg bool // every leg has a file, not the caller's alone

	Split time.Duration // how much sound a file has before another goes on; 0: all it can hold

	// Done is told of every file that is complete, by a goroutine of the desk's. The
	// recording's name is unique: the call's id, and of other legs than the caller's
	// a hyphen and the leg's. May be nil.
	Done func(name string, file record.Part, began time.Time)
}

// Tape is a line's sound file, while and after it is written.
type Tape struct {
	Line   string           // as it was called in the call that recorded
	Path   string           // "" when nothing is recorded
	Result *store.Recording // for the CDR: the path until it is complete

	active *record.Recorder
	paused bool
	tap    *tap.Tap
}

// recordMillis is how far the disk may fall behind before sound is lost.
const recordMillis = 4000

// Roll begins to record the line in stereo (left: what the far side says, right:
// what it hears) into a file of that name. It does not wait for the disk. The desk
// tells ended when all of the sound is in the file, which is when the line's is over,
// or the disk has refused it; ended is called by a goroutine of the desk's.
func (l *Line) Roll(desk *record.Desk, how Recordings, name string, ended func(*Tape, record.Info, error)) error {
	began, tape := time.Now(), l.Tape
	o := record.Options{
		Format: how.Format, Key: how.Key, Split: how.Split,
		Ended: func(info record.Info, err error) { ended(tape, info, err) },
	}
	if how.Done != nil {
		o.Complete = func(p record.Part) { how.Done(name, p, began) }
	}
	o.Path = filepath.Join(how.Dir, began.UTC().Format("2006-01-02"), name+o.Ext())
	t := tap.New(tap.Stereo, min(max(l.Params.Rate, tap.Rate), 16000), recordMillis) // its own rate, as far as that helps
	if how.MaskKeys {
		l.Session.MaskKeys(true)
	}
	if !l.Session.Tap(t) {
		return errors.New("the leg cannot be tapped now")
	}
	r, err := desk.Start(o, t)
	if err != nil {
		l.Session.Untap(t)
		return err
	}
	*tape = Tape{Line: l.ID, Path: o.Path, active: r, tap: t, Result: &store.Recording{Path: o.Path}}
	return nil
}

// Cut ends the recording, of which its call keeps what there is: the line goes on
// without one.
func (l *Line) Cut() {
	if l.Tape.tap != nil {
		l.Session.Untap(l.Tape.tap)
	}
	l.Tape = &Tape{}
}

// Active is what writes the file; nil when nothing is written, or all is.
func (t *Tape) Active() *record.Recorder { return t.active }

// Pause leaves out what is said from now on, or no longer. It reports whether that is a
// change.
func (t *Tape) Pause(on bool) bool {
	if t.active == nil || t.paused == on {
		return false
	}
	if t.paused = on; on {
		t.active.Pause()
	} else {
		t.active.Resume()
	}
	return true
}

// Complete takes note of how the recording has ended.
func (t *Tape) Complete(i record.Info) {
	t.active = nil
	var parts []string
	if len(i.Parts) > 1 {
		for _, p := range i.Parts {
			parts = append(parts, p.Path)
		}
	}
	t.Result = &store.Recording{
		Path: t.Path, Parts: parts, Seconds: i.Duration().Seconds(), Lost: i.Lost, Gaps: i.Gaps,
		Paused: i.PausedFor().Seconds(), Key: i.KeyID, Error: i.Error,
	}
}
