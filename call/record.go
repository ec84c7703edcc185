package call

import (
	"context"
	"path/filepath"
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

	Split time.Duration // how much sound a file has before another goes on; 0: all it can hold

	// Done is told of every file that is complete, by a goroutine of the desk's. May
	// be nil.
	Done func(call string, file record.Part, began time.Time)
}

// recording is the call's sound file, while and after it is written.
type recording struct {
	path   string           // "" when the call is not recorded
	active *record.Recorder // while it is being written
	result *store.Recording // of the record: the path until it is complete
}

// recordMillis is how far the disk may fall behind before sound is lost.
const recordMillis = 4000

// Record begins to record the caller's leg in stereo (left: the caller, right:
// what the caller hears), under a file name of our own choosing, until the end
// of the call. It does not wait for the disk: when the file cannot be made,
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
	*m.path = c.rec.path
	m.reply <- err
}

func (c *Call) startRecording() error {
	if c.rec.path != "" {
		return nil
	}
	if c.ending {
		return over("record")
	}
	how, id, began := c.deps.recordings, c.info.ID, time.Now()
	o := record.Options{
		Format: how.Format, Key: how.Key, Split: how.Split,
		Ended: func(info record.Info, err error) { c.post(recorded{info, err}) },
	}
	if how.Done != nil {
		o.Complete = func(p record.Part) { how.Done(id, p, began) }
	}
	o.Path = filepath.Join(how.Dir, began.UTC().Format("2006-01-02"), id+o.Ext())
	l := c.legs[0]
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
	c.rec = recording{path: o.Path, active: r, result: &store.Recording{Path: o.Path}}
	c.publish("a", event.RecordingStarted{Path: o.Path})
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

// steerRecording does something to the recording, if there is one, and tells.
type steerRecording struct {
	do    func(*record.Recorder)
	told  event.Data
	reply chan<- error
}

func (m steerRecording) apply(c *Call) {
	if c.rec.active != nil {
		m.do(c.rec.active)
		c.publish("a", m.told)
	}
	m.reply <- nil
}

// recorded arrives when all of the sound is on the disk, as the tap has ended, or
// the disk has refused it.
type recorded struct {
	info record.Info
	err  error
}

func (m recorded) apply(c *Call) {
	c.rec.active = nil
	if m.err != nil {
		c.log.Error("recording ended early", "path", c.rec.path, "error", m.err)
	}
	i := m.info
	var parts []string
	if len(i.Parts) > 1 {
		for _, p := range i.Parts {
			parts = append(parts, p.Path)
		}
	}
	c.rec.result = &store.Recording{
		Path: c.rec.path, Parts: parts, Seconds: i.Duration().Seconds(), Lost: i.Lost, Gaps: i.Gaps,
		Paused: i.PausedFor().Seconds(), Key: i.KeyID, Error: i.Error,
	}
	c.publish("a", event.RecordingEnded(*c.rec.result))
}
