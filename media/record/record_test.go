package record

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"trunkline/media/tap"
	"trunkline/media/wav"
)

// frame is 20 ms of one value at 8 kHz.
func frame(v int16) []int16 { return slices.Repeat([]int16{v}, 160) }

// say writes 20 ms to both sides, and lets them pass. For synctest bubbles.
func say(tp *tap.Tap, left, right int16) {
	tp.WritePair(frame(left), frame(right))
	pass(20 * time.Millisecond)
}

// pass lets time pass in a bubble, and waits for what that has led to.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func stereo() *tap.Tap  { return tap.New(tap.Stereo, 8000, 4000) }
func inbound() *tap.Tap { return tap.New(tap.Inbound, 8000, 4000) }

func read(t *testing.T, path string) wav.Sound {
	t.Helper()
	s, err := wav.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRecordingHoldsBothSides(t *testing.T) {
	path := filepath.Join(t.TempDir(), "2026", "call.wav") // the directory is made
	synctest.Test(t, func(t *testing.T) {
		tp := stereo()
		r, err := Start(path, tp)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 130 {
			say(tp, int16(i), int16(-i))
		}
		tp.End()
		info, err := r.Wait()
		want := Info{
			Path: path, Channels: 2, Rate: 8000, Samples: 130 * 160, Bytes: wav.HeaderLen + 130*640,
			Parts: []Part{{Number: 1, Path: path, Samples: 130 * 160, Bytes: wav.HeaderLen + 130*640}},
		}
		if err != nil || !reflect.DeepEqual(info, want) || !reflect.DeepEqual(r.Info(), want) {
			t.Fatalf("recorded %+v, %v; want %+v", info, err, want)
		}
		if info.Duration() != 2600*time.Millisecond {
			t.Fatalf("plays for %v, want 2.6 s", info.Duration())
		}
	})
	got := read(t, path)
	if got.Format != (wav.Format{Rate: 8000, Channels: 2}) || len(got.PCM) != 130*320 {
		t.Fatalf("the file holds %+v, %d values", got.Format, len(got.PCM))
	}
	for i := range 130 {
		if l, r := got.PCM[i*320], got.PCM[i*320+319]; l != int16(i) || r != int16(-i) {
			t.Fatalf("frame %d is %d left and %d right", i, l, r)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v; recordings are their owner's alone", info.Mode(), err)
	}
}

func TestRateIsTheTaps(t *testing.T) {
	f := func(rate int, mode tap.Mode) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "call.wav")
		synctest.Test(t, func(t *testing.T) {
			tp := tap.New(mode, rate, 4000)
			r, err := Start(path, tp)
			if err != nil {
				t.Fatal(err)
			}
			for range 50 {
				if pcm := make([]int16, rate/50); mode == tap.Stereo {
					tp.WritePair(pcm, pcm)
				} else {
					tp.Write(pcm)
				}
			}
			info, err := r.Close()
			if err != nil || info.Rate != rate || info.Channels != mode.Channels() || info.Duration() != time.Second {
				t.Errorf("a second at %d Hz: %+v, %v", rate, info, err)
			}
		})
		if got := read(t, path); got.Format != (wav.Format{Rate: rate, Channels: mode.Channels()}) || got.Duration() != time.Second {
			t.Errorf("a second at %d Hz: the file is %+v of %v", rate, got.Format, got.Duration())
		}
	}
	f(8000, tap.Stereo)
	f(16000, tap.Outbound)
	f(24000, tap.Stereo)
	f(24000, tap.Inbound)
}

func TestLossBecomesSilenceInItsPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "call.wav")
	synctest.Test(t, func(t *testing.T) {
		tp := tap.New(tap.Inbound, 8000, 1000)
		r, err := Start(path, tp)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			for range 60 { // 1.2 s at once: the ring holds one second
				tp.Write(frame(5))
			}
			pass(lap)
		}
		for range 50 {
			tp.Write(frame(7))
		}
		tp.End()
		info, err := r.Wait()
		if err != nil || info.Lost != 3200 || info.Gaps != 2 || info.LostFor() != 400*time.Millisecond || info.Samples != 170*160 {
			t.Fatalf("recorded %+v, %v; want 3200 lost in 2 gaps of 27200", info, err)
		}
	})
	once := slices.Concat(slices.Repeat([]int16{5}, 8000), make([]int16, 1600))
	want := slices.Concat(once, once, slices.Repeat([]int16{7}, 8000))
	if got := read(t, path); got.Channels != 1 || !slices.Equal(got.PCM, want) {
		t.Fatal("what came after a loss is not in its place")
	}
}

func TestPauseLeavesOutExactlyWhatWasSaidInIt(t *testing.T) {
	f := func(cut bool, want []int16) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "call.wav")
		synctest.Test(t, func(t *testing.T) {
			d := NewDesk(Config{Workers: 1})
			defer d.Close()
			tp := inbound()
			r, err := d.Start(Options{Path: path, CutPauses: cut}, tp)
			if err != nil {
				t.Fatal(err)
			}
			tp.Write(frame(1)) // nothing of this is read before Pause
			r.Pause()
			r.Pause()
			tp.Write(frame(2))
			r.Resume()
			tp.Write(frame(3))
			pass(lap)
			r.Pause()
			for range 100 {
				tp.Write(frame(4))
				pass(20 * time.Millisecond)
			}
			r.Resume()
			r.Resume()
			tp.Write(frame(5))
			r.Stop()
			r.Stop()
			tp.Write(frame(6)) // after the end
			info, err := r.Wait()
			if err != nil || info.PausedFor() != 2020*time.Millisecond || info.Samples != int64(len(want)) || info.Lost != 0 {
				t.Errorf("cut %v: %+v, %v; want 2.02 s paused", cut, info, err)
			}
		})
		if got := read(t, path); !slices.Equal(got.PCM, want) {
			t.Errorf("cut %v: what was said in pauses is in the file, or something else is not", cut)
		}
	}
	f(true, slices.Concat(frame(1), frame(3), frame(5)))
	f(false, slices.Concat(frame(1), frame(0), frame(3), make([]int16, 16000), frame(5)))
}

func TestWhatIsLostInAPauseIsPaused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tp := tap.New(tap.Inbound, 8000, 1000)
		r, err := Start(filepath.Join(t.TempDir(), "call.wav"), tp)
		if err != nil {
			t.Fatal(err)
		}
		r.Pause()
		for range 60 {
			tp.Write(frame(4))
		}
		info, err := r.Close()
		if err != nil || info.PausedFor() != 1200*time.Millisecond || info.Gaps != 0 || info.Samples != 9600 {
			t.Fatalf("%+v, %v; want 1.2 s paused", info, err)
		}
	})
}

func TestADeskServesManyInOneLap(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d := NewDesk(Config{Workers: 2})
		var taps []*tap.Tap
		var recorders []*Recorder
		for i := range 99 {
			tp := inbound()
			r, err := d.Start(Options{Path: filepath.Join(dir, string(rune('A'+i))+".wav")}, tp)
			if err != nil {
				t.Fatal(err)
			}
			taps, recorders = append(taps, tp), append(recorders, r)
		}
		for _, tp := range taps {
			tp.Write(frame(1))
		}
		pass(lap + lap/turns)
		for i, r := range recorders {
			if n := r.Info().Samples; n != 160 {
				t.Fatalf("recording %d has %d samples after a lap, want 160", i, n)
			}
		}
		for i, tp := range taps {
			tp.Write(frame(2))
			if i%3 == 0 {
				tp.End()
			}
		}
		pass(lap + lap/turns)
		for i, r := range recorders {
			if i%3 == 0 {
				<-r.done // ended by itself
			}
		}
		for _, tp := range taps {
			tp.Write(frame(3))
		}
		d.Close()
		for i, r := range recorders {
			want := int64(480)
			if i%3 == 0 {
				want = 320
			}
			if info, err := r.Wait(); err != nil || info.Samples != want {
				t.Fatalf("recording %d: %+v, %v; want %d samples", i, info, err, want)
			}
		}
		if _, err := d.Start(Options{Path: filepath.Join(dir, "late.wav")}, inbound()); !errors.Is(err, ErrClosed) {
			t.Fatalf("a closed desk: %v", err)
		}
	})
}

func TestStartRefusesClearly(t *testing.T) {
	dir := t.TempDir()
	f := func(o Options, tp *tap.Tap) {
		t.Helper()
		d := NewDesk(Config{})
		defer d.Close()
		if _, err := d.Start(o, tp); err == nil || !strings.HasPrefix(err.Error(), "start recording: ") {
			t.Errorf("Start(%+v): %v", o, err)
		}
	}
	f(Options{Path: filepath.Join(dir, "x.opus"), Format: OggOpus}, tap.New(tap.Inbound, 11025, 100))
	f(Options{Path: filepath.Join(dir, "x.opus"), Format: OggOpus, Bitrate: -5}, stereo())
	if _, err := os.Stat(filepath.Join(dir, "x.opus")); !os.IsNotExist(err) {
		t.Errorf("a refused recording left a file: %v", err)
	}
}

// TestAFileThatCannotBeMadeEndsTheRecording: at once, and others go on.
func TestAFileThatCannotBeMadeEndsTheRecording(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f := func(path string, want error) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			d := NewDesk(Config{Workers: 1})
			defer d.Close()
			other, err := d.Start(Options{Path: filepath.Join(dir, "other.wav")}, inbound())
			if err != nil {
				t.Fatal(err)
			}
			var told Info
			r, err := d.Start(Options{Path: path, Ended: func(i Info, _ error) { told = i }}, inbound())
			if err != nil {
				t.Fatal(err)
			}
			info, err := r.Wait()
			if !errors.Is(err, want) || info.Error == "" || len(info.Parts) != 0 || info.Bytes != 0 {
				t.Errorf("%s: %+v, %v; want %v", path, info, err, want)
			}
			synctest.Wait()
			if !reflect.DeepEqual(told, info) {
				t.Errorf("%s: told of %+v, want %+v", path, told, info)
			}
			if info, err := other.Close(); err != nil || len(info.Parts) != 1 {
				t.Errorf("another recording: %+v, %v", info, err)
			}
			if _, err := Start(path, stereo()); !errors.Is(err, want) {
				t.Errorf("Start(%s): %v, want %v", path, err, want)
			}
		})
	}
	f("/dev/full", syscall.ENOSPC)
	f(filepath.Join(file, "call.wav"), syscall.ENOTDIR)
	f(dir, syscall.EISDIR)
}

func TestInfoTellsTimeOfDays(t *testing.T) {
	f := func(samples int64, rate int, want time.Duration) {
		t.Helper()
		if got := (Info{Samples: samples, Rate: rate}).Duration(); got != want {
			t.Errorf("%d samples at %d Hz play for %v, want %v", samples, rate, got, want)
		}
	}
	f(8001, 8000, time.Second+125*time.Microsecond)
	f(24000*86400*300, 24000, 300*24*time.Hour)
	f(4000, 0, 500*time.Millisecond) // an Info of somebody's own
}
