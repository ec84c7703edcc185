package call

import (
	"context"
	"path/filepath"
	"slices"
	"time"

	"trunkline/call/event"
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

// recording is a leg's sound file, while and after it is written.
type recording struct {
	leg    string           // as it is called in the call that records
	path   string           // "" when the leg is not recorded
	active *record.Recorder // while it is being written
	tap    *tap.Tap
	result *store.Recording // of the record: the path until it is complete
}

// recordMillis is how far the disk may fall behind before sound is lost.
const recordMillis = 4000

// Record begins to record the caller's leg in stereo (left: the caller, right:
// what the caller hears), under a file name of our own choosing, until the end
// of the call, and if so configured every other leg that is or will be up. It does not wait for the disk: when the file cannot be made,
// recording.ended says why. Recording twice is harmless and returns the same path.
func (c *Call) Record(ctx context.Context) (path string, err error) {
	m := startRecording{reply: make(chan error, 1), path: new(string)}
	if err := c.wish(ctx, "record", m, m.reply); err != nil {
		return "", err
	}
	return *m.path, nil
}

type startRecording struct {
	reply chan error
	path  *string // written before reply is answered
}

func (m startRecording) apply(c *Call) {
	err := c.startRecording()
	*m.path = c.head.rec.path
	m.reply <- err
}

func (c *Call) startRecording() error {
	if c.head.rec.path != "" {
		return nil
	}
	if c.ending {
		return over("record")
	}
	if err := c.head.tape(); err != nil {
		return err
	}
	c.taped = true
	for _, l := range c.legs {
		if !l.answered.IsZero() && !l.silent {
			c.recordToo(l)
		}
	}
	return nil
}

// recordToo records a leg that has come to a call that is recorded, if each leg is
// to be or it has taken the place of the one that was.
func (c *Call) recordToo(l *leg) {
	if !c.taped || l.rec.path != "" || l != c.head && !c.deps.recordings.EachLeg {
		return
	}
	if err := l.tape(); err != nil {
		c.log.Error("leg is not recorded", "leg", l.id, "error", err)
	}
}

// writing reports whether a sound file is not complete yet.
func (c *Call) writing() bool {
	return slices.ContainsFunc(c.legs, func(l *leg) bool { return l.rec.active != nil })
}

// tape begins to record the leg into a file of its own.
func (l *leg) tape() error {
	c, began, rec, name := l.call, time.Now(), l.rec, l.call.info.ID
	if l != c.legs[0] {
		name += "-" + l.id
	}
	how := c.deps.recordings
	o := record.Options{
		Format: how.Format, Key: how.Key, Split: how.Split,
		Ended: func(info record.Info, err error) { c.post(recorded{rec, info, err}) },
	}
	if how.Done != nil {
		o.Complete = func(p record.Part) { how.Done(name, p, began) }
	}
	o.Path = filepath.Join(how.Dir, began.UTC().Format("2006-01-02"), name+o.Ext())
	t := tap.New(tap.Stereo, l.tapRate(), recordMillis)
	if how.MaskKeys {
		l.session.MaskKeys(true)
	}
	if !l.session.Tap(t) {
		return failed("record", CodeInvalid, "the leg cannot be tapped now")
	}
	r, err := c.deps.desk.Start(o, t)
	if err != nil {
		l.session.Untap(t)
		return failed("record", CodeInvalid, err.Error())
	}
	*rec = recording{leg: l.id, path: o.Path, active: r, tap: t, result: &store.Recording{Path: o.Path}}
	c.publish(l.id, event.RecordingStarted{Path: o.Path})
	return nil
}

// tapRate is the rate to copy a leg's sound at: its own, as far as that helps.
func (l *leg) tapRate() int { return min(max(l.params.Rate, tap.Rate), 16000) }

// PauseRecording leaves what is said from now on out of the recording: it is
// silence there. Doing so twice, or without a recording, is harmless.
func (c *Call) PauseRecording(ctx context.Context) error {
	return c.steerRecording(ctx, "record_pause", (*record.Recorder).Pause, event.RecordingPaused{})
}

// ResumeRecording ends a pause.
func (c *Call) ResumeRecording(ctx context.Context) error {
	return c.steerRecording(ctx, "record_resume", (*record.Recorder).Resume, event.RecordingResumed{})
}

func (c *Call) steerRecording(ctx context.Context, verb string, do func(*record.Recorder), told event.Data) error {
	reply := make(chan error, 1)
	return c.wish(ctx, verb, steerRecording{do, told, reply}, reply)
}

// steerRecording does something to the recordings there are, and tells.
type steerRecording struct {
	do    func(*record.Recorder)
	told  event.Data
	reply chan<- error
}

func (m steerRecording) apply(c *Call) {
	for _, l := range c.legs {
		if l.rec.active != nil {
			m.do(l.rec.active)
			c.publish(l.id, m.told)
		}
	}
	m.reply <- nil
}

// recorded arrives when all of the sound is on the disk, as the tap has ended, or
// the disk has refused it.
type recorded struct {
	rec  *recording
	info record.Info
	err  error
}

func (m recorded) apply(c *Call) {
	rec, i := m.rec, m.info
	rec.active = nil
	if m.err != nil {
		c.log.Error("recording ended early", "path", rec.path, "error", m.err)
	}
	var parts []string
	if len(i.Parts) > 1 {
		for _, p := range i.Parts {
			parts = append(parts, p.Path)
		}
	}
	rec.result = &store.Recording{
		Path: rec.path, Parts: parts, Seconds: i.Duration().Seconds(), Lost: i.Lost, Gaps: i.Gaps,
		Paused: i.PausedFor().Seconds(), Key: i.KeyID, Error: i.Error,
	}
	c.publish(rec.leg, event.RecordingEnded(*rec.result))
}
