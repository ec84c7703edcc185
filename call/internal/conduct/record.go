package conduct

import (
	"context"
	"slices"

	"trunkline/call/internal/fault"
	"trunkline/call/internal/line"
)

// Record begins to record the caller's leg in stereo (left: the caller, right:
// what the caller hears), under a file name of our own choosing, until the end
// of the call, and if so configured every other leg that is or will be up. It does not
// wait for the disk: when the file cannot be made, recording.ended says why. Recording
// twice is harmless and returns the same path.
func (c *Call) Record(ctx context.Context) (path string, err error) {
	var at string
	if err := c.ask(ctx, "record", func() error {
		if c.ending && c.head.Tape.Path == "" {
			return fault.Over("record")
		}
		var lines []*line.Line
		for _, l := range c.legs {
			lines = append(lines, l.Line)
		}
		err := c.studio.Begin(c.head.Line, lines)
		at = c.head.Tape.Path
		return err
	}); err != nil {
		return "", err
	}
	return at, nil
}

// PauseRecording leaves what is said from now on out of the recording: it is
// silence there. Doing so twice, or without a recording, is harmless.
func (c *Call) PauseRecording(ctx context.Context) error {
	return c.ask(ctx, "record_pause", func() error { c.studio.Mute(true); return nil })
}

// ResumeRecording ends a pause.
func (c *Call) ResumeRecording(ctx context.Context) error {
	return c.ask(ctx, "record_resume", func() error { c.studio.Mute(false); return nil })
}

// blank keeps recordings paused while somebody is on hold who wishes it.
func (c *Call) blank() {
	c.studio.Blank(slices.ContainsFunc(c.legs, func(l *leg) bool { return l.rest != nil && l.rest.blank }))
}
