package call

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"trunkline/call/event"
	"trunkline/media/record"
	"trunkline/media/tap"
	"trunkline/store"
)

// recording is the call's sound file, while and after it is written.
type recording struct {
	path   string           // "" when the call is not recorded
	active bool             // being written
	result *store.Recording // of the record: the path until it is complete
}

// recordMillis is how far the disk may fall behind before sound is lost.
const recordMillis = 4000

// Record begins to record the caller's leg in stereo (left: the caller, right:
// what the caller hears), under a file name of our own choosing, until the end
// of the call. Recording twice is harmless and returns the same path.
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
	dir := filepath.Join(c.deps.recordings, time.Now().UTC().Format("2006-01-02"))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return failed("record", CodeInvalid, err.Error())
	}
	path := filepath.Join(dir, c.info.ID+".wav")
	t := tap.New(tap.Stereo, 8000, recordMillis)
	r, err := record.Start(path, t)
	if err != nil {
		return failed("record", CodeInvalid, err.Error())
	}
	if !c.legs[0].session.Tap(t) {
		t.End()
		_, _ = r.Close() // nothing was written; the failure to tap is what counts
		_ = os.Remove(path)
		return failed("record", CodeInvalid, "the leg cannot be tapped now")
	}
	c.rec = recording{path: path, active: true, result: &store.Recording{Path: path}}
	c.publish("a", event.RecordingStarted{Path: path})
	go func() {
		info, err := r.Wait()
		c.post(recorded{info, err})
	}()
	return nil
}

// recorded arrives when the sound file is complete: the tap has ended.
type recorded struct {
	info record.Info
	err  error
}

func (m recorded) apply(c *Call) {
	c.rec.active = false
	if m.err != nil {
		c.log.Error("recording ended early", "path", c.rec.path, "error", m.err)
	}
	seconds := m.info.Duration().Seconds()
	c.rec.result = &store.Recording{Path: c.rec.path, Seconds: seconds, Lost: m.info.Lost}
	c.publish("a", event.RecordingEnded{Path: c.rec.path, Seconds: seconds, Lost: m.info.Lost})
}
