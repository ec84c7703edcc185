package record

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"trunkline/media/tap"
	"trunkline/media/wav"
)

// frame is 20 ms of one value.
func frame(v int16) []int16 { return slices.Repeat([]int16{v}, 160) }

// say writes 20 ms to both sides and wakes the reader as a shard's pump would.
func say(tp *tap.Tap, left, right int16) {
	tp.WritePair(frame(left), frame(right))
	wake(tp)
}

func wake(tp *tap.Tap) {
	if tp.Awaited() {
		tp.Wake()
	}
	synctest.Wait()
}

func TestRecordingHoldsBothSides(t *testing.T) {
	path := filepath.Join(t.TempDir(), "2026", "call.wav") // the directory is made
	synctest.Test(t, func(t *testing.T) {
		tp := tap.New(tap.Stereo, 1000)
		r, err := Start(path, tp)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 130 {
			say(tp, int16(i), int16(-i))
		}
		tp.End()
		wake(tp)
		info, err := r.Wait()
		if err != nil || info != (Info{Path: path, Samples: 130 * 160}) {
			t.Fatalf("recorded %+v, %v", info, err)
		}
		if info.Duration() != 2600*time.Millisecond {
			t.Fatalf("plays for %v, want 2.6 s", info.Duration())
		}
	})
	got, err := wav.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got.Format != (wav.Format{Rate: 8000, Channels: 2}) || len(got.PCM) != 130*320 {
		t.Fatalf("the file holds %+v, %d values", got.Format, len(got.PCM))
	}
	for i := range 130 {
		if l, r := got.PCM[i*320], got.PCM[i*320+319]; l != int16(i) || r != int16(-i) {
			t.Fatalf("frame %d is %d left and %d right", i, l, r)
		}
	}
}

func TestFileIsPlayableWhileRecording(t *testing.T) {
	path := filepath.Join(t.TempDir(), "call.wav")
	synctest.Test(t, func(t *testing.T) {
		tp := tap.New(tap.Stereo, 1000)
		r, err := Start(path, tp)
		if err != nil {
			t.Fatal(err)
		}
		for range 150 { // three seconds
			say(tp, 1, 2)
		}
		// What a kill -9 would leave now: at most a second and a helping less.
		got, err := wav.ReadFile(path)
		if err != nil || got.Duration() < 1700*time.Millisecond {
			t.Fatalf("after 3 s the file plays for %v, %v", got.Duration(), err)
		}
		info, err := r.Close()
		if err != nil || info.Duration() != 3*time.Second {
			t.Fatalf("Close: %+v, %v; want all 3 s", info, err)
		}
		if again, err := r.Close(); again != info || err != nil {
			t.Fatalf("Close again: %+v, %v", again, err)
		}
	})
}

func TestLossBecomesSilenceInItsPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "call.wav")
	synctest.Test(t, func(t *testing.T) {
		tp := tap.New(tap.Inbound, 1000)
		r, err := Start(path, tp)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // the reader sleeps
		for range 60 {  // 1.2 s at once: the ring holds one second
			tp.Write(frame(5))
		}
		wake(tp)
		for range 50 {
			tp.Write(frame(7))
			wake(tp)
		}
		tp.End()
		wake(tp)
		info, err := r.Wait()
		if err != nil || info.Lost != 1600 || info.Samples != 110*160 {
			t.Fatalf("recorded %+v, %v; want 1600 lost of 17600", info, err)
		}
	})
	got, err := wav.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := slices.Concat(slices.Repeat([]int16{5}, 8000), make([]int16, 1600), slices.Repeat([]int16{7}, 8000))
	if got.Channels != 1 || !slices.Equal(got.PCM, want) {
		t.Fatal("what came after the loss is not in its place")
	}
}

func TestABrokenDiskEndsTheRecordingOnly(t *testing.T) {
	if _, err := Start("/dev/full", tap.New(tap.Stereo, 100)); err == nil || !strings.HasPrefix(err.Error(), "start recording: ") {
		t.Fatalf("recording on a full disk: %v", err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(filepath.Join(path, "call.wav"), tap.New(tap.Stereo, 100)); err == nil {
		t.Fatal("recorded below a file")
	}
	// A disk that breaks later: the writer's file is one that takes nothing.
	synctest.Test(t, func(t *testing.T) {
		tp := tap.New(tap.Stereo, 2000)
		w, err := wav.Create(filepath.Join(dir, "call.wav"), wav.Format{Rate: 8000, Channels: 2})
		if err != nil {
			t.Fatal(err)
		}
		w.Close() // every later write fails
		r := begin("call.wav", tp, w)
		for range 200 { // the call goes on all the same
			say(tp, 1, 2)
		}
		info, err := r.Wait()
		if err == nil || !strings.HasPrefix(err.Error(), "record call.wav: ") {
			t.Fatalf("a broken disk gave %+v, %v", info, err)
		}
		if tp.Lost() == 0 {
			t.Fatal("nothing was lost behind the broken recording")
		}
	})
}
