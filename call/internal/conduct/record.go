package conduct

import (
	"context"
	"slices"

	"trunkline/call/event"
	"trunkline/call/internal/fault"
	"trunkline/call/internal/line"
	"trunkline/media/record"
)

// Recordings says how calls are recorded.
type Recordings = line.Recordings

// Record begins to record the caller's leg in stereo (left: the caller, right:
// what the caller hears), under a file name of our own choosing, until the end
// of the call, and if so configured every other leg that is or will be up. It does not
// wait for the disk: when the file cannot be made, recording.ended says why. Recording
// twice is harmless and returns the same path.
func (c *Call) Record(ctx context.Context) (path string, err error) {
	var at string
	if err := c.ask(ctx, "record", func() error {
		err := c.startRecording()
		at = c.head.Tape.Path
		return err
	}); err != nil {
		return "", err
	}
	return at, nil
}

func (c *Call) startRecording() error {
	if c.head.Tape.Path != "" {
		return nil
	}
	if c.ending {
		return fault.Over("record")
	}
	if err := c.head.tape(); err != nil {
		return err
	}
	c.taped = true
	for _, l := range c.legs {
		if l.Up() && !l.Silent {
			c.recordToo(l)
		}
	}
	return nil
}

// recordToo records a leg that has come to a call that is recorded, if each leg is
// to be or it has taken the place of the one that was.
func (c *Call) recordToo(l *leg) {
	if !c.taped || l.Tape.Path != "" || l != c.head && !c.deps.Recordings.EachLeg {
		return
	}
	if err := l.tape(); err != nil {
		c.log.Error("leg is not recorded", "leg", l.ID, "error", err)
	}
}

// writing reports whether a sound file is not complete yet.
func (c *Call) writing() bool {
	return slices.ContainsFunc(c.legs, func(l *leg) bool { return l.Tape.Active() != nil })
}

// tape begins to record the leg into a file of its own.
func (l *leg) tape() error {
	c, name := l.call, l.call.info.ID
	if l != c.legs[0] {
		name += "-" + l.ID
	}
	ended := func(t *line.Tape, i record.Info, err error) { c.post(act(func(c *Call) { c.onRecorded(t, i, err) })) }
	if err := l.Roll(c.deps.Desk, c.deps.Recordings, name, ended); err != nil {
		return fault.New("record", fault.Invalid, err.Error())
	}
	c.publish(l.ID, event.RecordingStarted{Path: l.Tape.Path})
	c.steerTapes()
	return nil
}

// PauseRecording leaves what is said from now on out of the recording: it is
// silence there. Doing so twice, or without a recording, is harmless.
func (c *Call) PauseRecording(ctx context.Context) error {
	return c.pauseRecording(ctx, "record_pause", true)
}

// ResumeRecording ends a pause.
func (c *Call) ResumeRecording(ctx context.Context) error {
	return c.pauseRecording(ctx, "record_resume", false)
}

func (c *Call) pauseRecording(ctx context.Context, verb string, on bool) error {
	return c.ask(ctx, verb, func() error {
		c.mute = on && c.taped
		c.steerTapes()
		return nil
	})
}

// steerTapes pauses what records, or lets it go on, as things are: nothing is recorded
// while the flow wishes so, or somebody is on hold who shall not be.
func (c *Call) steerTapes() {
	pause := c.mute || slices.ContainsFunc(c.legs, func(l *leg) bool { return l.rest != nil && l.rest.blank })
	for _, l := range c.legs {
		if l.Tape.Pause(pause) {
			c.publish(l.ID, map[bool]event.Data{true: event.RecordingPaused{}, false: event.RecordingResumed{}}[pause])
		}
	}
}

// onRecorded takes note that all of the sound is on the disk, as the tap has ended, or
// the disk has refused it.
func (c *Call) onRecorded(t *line.Tape, i record.Info, err error) {
	if err != nil {
		c.log.Error("recording ended early", "path", t.Path, "error", err)
	}
	t.Complete(i)
	c.publish(t.Line, event.RecordingEnded(*t.Result))
}
