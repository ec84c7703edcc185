package call_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trunkline/call"
	"trunkline/call/event"
	"trunkline/dsp"
	"trunkline/media/record"
	"trunkline/media/wav"
	"trunkline/sip"
)

// TestRecordRefused: a file that cannot be made is told of as the end of its
// recording, with the reason; the call goes on and its record has the reason too.
func TestRecordRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r := newRig(t, func(ctx context.Context, c *call.Call) error {
		if path, err := c.Record(ctx); err != nil || filepath.Dir(filepath.Dir(path)) != file {
			t.Errorf("record: %s, %v", path, err)
		}
		return tone(500)(ctx, c)
	}, func(cfg *call.Config) {
		cfg.Recordings.Dir = file
		cfg.Recordings.Done = func(_ string, p record.Part, _ time.Time) { t.Errorf("told of a file %+v", p) }
	})
	l := r.caller.dial(r.addr, "100")
	l.up()
	began := await[event.RecordingStarted](r)
	if e := await[event.RecordingEnded](r); e.Path != began.Path || !strings.Contains(e.Error, "not a directory") || e.Seconds != 0 {
		t.Errorf("told of %+v, then of %+v", began, e)
	}
	l.hears(500)
	l.dialog.Hangup(sip.New(sip.Normal, ""))
	if c := r.record(); c.Recording == nil || !strings.Contains(c.Recording.Error, "not a directory") {
		t.Errorf("recording %+v", c.Recording)
	}
}

// TestSplitRecording: the event, the record and whoever takes finished files in
// learn of each, and together they are as long as they say.
func TestSplitRecording(t *testing.T) {
	var mu sync.Mutex
	var files []string
	seconds := 0.0
	r := newRig(t, func(ctx context.Context, c *call.Call) error {
		if _, err := c.Record(ctx); err != nil { // before it is answered
			t.Error(err)
		}
		return tone(500)(ctx, c)
	}, func(cfg *call.Config) {
		cfg.Recordings.Split = 100 * time.Millisecond
		cfg.Recordings.Done = func(id string, p record.Part, _ time.Time) {
			sound, err := wav.ReadFile(p.Path)
			if err != nil || id == "" {
				t.Errorf("file of call %q: %v", id, err)
			}
			mu.Lock()
			defer mu.Unlock()
			files = append(files, p.Path)
			seconds += sound.Duration().Seconds()
		}
	})
	l := r.caller.dial(r.addr, "100")
	l.up()
	l.hears(500)
	l.dialog.Hangup(sip.New(sip.Normal, ""))
	e := await[event.RecordingEnded](r)
	c := r.record()
	mu.Lock()
	defer mu.Unlock()
	if len(files) < 2 || !slices.Equal(files, e.Parts) || !slices.Equal(files, c.Recording.Parts) || c.Recording.Path != files[0] {
		t.Errorf("files %v\nevent %+v\nrecord %+v", files, e, c.Recording)
	}
	if math.Abs(seconds-e.Seconds) > 1e-6 || c.Recording.Seconds != e.Seconds {
		t.Errorf("files of %v s, event %v, record %v", seconds, e.Seconds, c.Recording.Seconds)
	}
}

// TestRecordingBeforeTheAnswer begins when it was asked for: what comes before the
// answer is in it too.
func TestRecordingBeforeTheAnswer(t *testing.T) {
	r := newRig(t, func(ctx context.Context, c *call.Call) error {
		if _, err := c.Record(ctx); err != nil {
			t.Error(err)
		}
		select {
		case <-time.After(400 * time.Millisecond):
		case <-ctx.Done():
		}
		return tone(500)(ctx, c)
	})
	l := r.caller.dial(r.addr, "100")
	l.up()
	l.hears(500)
	l.dialog.Hangup(sip.New(sip.Normal, ""))
	c := r.record()
	s, err := wav.ReadFile(c.Recording.Path)
	if err != nil {
		t.Fatal(err)
	}
	begins := slices.IndexFunc(s.Channel(1), func(v int16) bool { return v > 1000 || v < -1000 })
	if begins < 8000*3/10 {
		t.Errorf("what the caller hears begins at sample %d of %d: the wait for the answer is not in the file", begins, len(s.Channel(1)))
	}
}

// TestEveryLegIsRecorded, when so configured: the second from its answer on, with
// its own far side on the left; all of it is in the record and is told of.
func TestEveryLegIsRecorded(t *testing.T) {
	var mu sync.Mutex
	names := map[string]string{} // path to name
	results := make(chan call.BridgeResult, 1)
	r := newRig(t, agent(results), func(cfg *call.Config) {
		cfg.Recordings.EachLeg = true
		cfg.Recordings.Done = func(name string, p record.Part, _ time.Time) {
			mu.Lock()
			defer mu.Unlock()
			names[p.Path] = name
		}
	})
	caller, callee := talk(r)
	caller.dialog.Hangup(sip.New(sip.Normal, ""))
	callee.await(sip.Ended)
	c := r.record()
	second := c.Legs[1].Recording
	if c.Recording == nil || second == nil || c.Legs[0].Recording != nil || second.Seconds == 0 || second.Seconds >= c.Recording.Seconds {
		t.Fatalf("the caller's recording is %+v, the legs are %+v", c.Recording, c.Legs)
	}
	recorded(t, c.Recording.Path)
	s, err := wav.ReadFile(second.Path)
	if err != nil {
		t.Fatal(err)
	}
	half := len(s.Channel(0)) / 2
	end := min(half+1600, len(s.Channel(0)))
	for channel, hz := range []float64{1000, 440} {
		if level := dsp.Goertzel(s.Channel(channel)[half:end], hz, 8000); level < -20 {
			t.Errorf("the second leg's channel %d has %v Hz at %.1f dB only", channel, hz, level)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if names[c.Recording.Path] != c.ID || names[second.Path] != c.ID+"-b" || len(names) != 2 {
		t.Errorf("told of %v", names)
	}
}
