package media

import (
	"errors"
	"testing"
	"time"

	"trunkline/media/feed"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/tap"
)

func TestSoundIsPlayedWhileItArrives(t *testing.T) {
	f := func(name string, e *Engine) {
		t.Helper()
		s, at, heard := call(t, e, Session{})
		s.Start(pcmu(at)) // hears itself
		fd, err := e.NewFeed(16000, 200)
		if err != nil {
			t.Fatal(err)
		}
		if !s.Stream(msg.Playback{Ref: 5}, fd) || s.Stream(msg.Playback{Ref: 6}, fd) {
			t.Errorf("%s: a feed is played once", name)
		}
		pcm := prompt.Tone(440, 1500*time.Millisecond, -10).PCMAt(16000)
		if err := fd.WriteAll(t.Context(), pcm[:len(pcm)/2]); err != nil { // sleeps until there is room
			t.Fatal(err)
		}
		fd.Mark(77)
		written := make(chan error, 1)
		go func() { written <- fd.WriteAll(t.Context(), pcm[len(pcm)/2:]) }()
		loud(t, name, listen(t, s, tap.Outbound, 600*time.Millisecond), 440, 1000)
		if err := <-written; err != nil {
			t.Errorf("%s: the second half: %v", name, err)
		}
		if ev := heard.until(msg.Marked); ev.Ref != 77 {
			t.Errorf("%s: marked %+v", name, ev)
		}
		fd.End()
		if ev := heard.until(msg.PlayDone); ev.Ref != 5 || ev.Outcome != msg.Finished {
			t.Errorf("%s: the end of the stream: %+v", name, ev)
		}
		next, err := e.NewFeed(8000, 40)
		if err != nil {
			t.Fatal(err)
		}
		s.Stream(msg.Playback{Ref: 7}, next)
		s.Close()
		for err == nil { // the writer learns that nobody plays it
			err = next.WriteAll(t.Context(), make([]int16, 400))
		}
		if !errors.Is(err, feed.ErrGone) {
			t.Errorf("%s: a stream whose session ended: %v", name, err)
		}
		heard.until(msg.Closed)
		late, _ := e.NewFeed(8000, 40)
		if !s.Stream(msg.Playback{}, late) || late.Write(make([]int16, 1)) != 0 {
			t.Errorf("%s: a session that is gone plays", name)
		}
	}
	f("within", engine(t, Config{Shards: 1}))
	f("process", launch(t, Config{Shards: 1}, inTest("")))
}

func TestAFeedFromElsewhereIsNotPlayed(t *testing.T) {
	e := launch(t, Config{Shards: 1}, inTest(""))
	s, _, _ := call(t, e, Session{})
	if s.Stream(msg.Playback{}, feed.New(8000, 100)) || s.Stream(msg.Playback{}, nil) || (Session{}).Stream(msg.Playback{}, feed.New(8000, 100)) {
		t.Fatal("a feed that the media process cannot see was taken")
	}
}

func TestWithoutAMediaProcessEverythingIsRefused(t *testing.T) {
	e := engine(t, Config{Shards: 1})
	s, _, _ := call(t, e, Session{})
	e.mu.Lock()
	p := e.plane
	e.plane = nil // as while a new one starts
	e.mu.Unlock()
	_, _, err := e.Open(Session{}, nil)
	_, ferr := e.NewFeed(8000, 100)
	if err != ErrBusy || ferr != ErrBusy || s.Play(1, 1, prompt.Silence(1)) || s.Join(s) || s.Near(s) ||
		s.Tap(tap.New(tap.Stereo, 8000, 20)) || s.Close() {
		t.Errorf("taken while there is nobody: %v, %v", err, ferr)
	}
	e.mu.Lock()
	e.plane = p
	e.mu.Unlock()
}
