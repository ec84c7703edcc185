package record

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"trunkline/media/ogg"
	"trunkline/media/record/seal"
	"trunkline/media/tap"
	"trunkline/media/wav"
)

// disk is a medium that breaks as told.
type disk struct {
	osFile
	space   int64         // bytes that fit
	vague   bool          // cannot allocate
	failure error         // of every write once the space is used up
	stuck   chan struct{} // every write waits for its end
}

func (d *disk) WriteAt(b []byte, off int64) (int, error) {
	if d.stuck != nil {
		<-d.stuck
	}
	if fits := d.space - off; fits < int64(len(b)) {
		n, _ := d.osFile.WriteAt(b[:max(fits, 0)], off)
		return n, d.failure
	}
	return d.osFile.WriteAt(b, off)
}

func (d *disk) allocate(off, n int64) error {
	if d.vague {
		return errors.ErrUnsupported
	}
	if off+n > d.space {
		return syscall.ENOSPC
	}
	return nil
}

// on makes a desk whose files lie on such a disk.
func on(d disk) *Desk {
	desk := NewDesk(Config{Workers: 1})
	desk.create = func(path string) (medium, error) {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
		own := d
		own.osFile = osFile{f}
		return &own, err
	}
	return desk
}

func testKey(t testing.TB) seal.Key {
	t.Helper()
	k, err := seal.NewKey("k", bytes.Repeat([]byte{5}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// forms are the kinds of files there are.
func forms(t testing.TB, dir string) []Options {
	k := testKey(t)
	list := []Options{{}, {Format: OggOpus}, {Key: k}, {Format: OggOpus, Key: k}}
	for i := range list {
		list[i].Path = filepath.Join(dir, fmt.Sprintf("call%d%s", i, list[i].Ext()))
	}
	return list
}

// play reads a recording as a player would, and returns how long it plays.
// Whole says that its end is there, as far as its format knows one.
func play(t testing.TB, o Options) (d time.Duration, whole bool) {
	t.Helper()
	b, err := os.ReadFile(o.Path)
	if err != nil {
		t.Fatal(err)
	}
	whole = true
	if o.Key.ID() != "" {
		r, err := seal.NewReader(bytes.NewReader(b), seal.Keys{o.Key})
		if err != nil {
			t.Fatal(err)
		}
		b, err = io.ReadAll(r)
		if err != nil && !errors.Is(err, seal.ErrTruncated) {
			t.Fatal(err)
		}
		whole = err == nil
	}
	if o.Format == OggOpus {
		s, err := ogg.Inspect(bytes.NewReader(b), nil)
		if err != nil {
			t.Fatalf("%s: %v", o.Path, err)
		}
		return time.Duration(s.Instants) * time.Second / ogg.GranuleRate, whole && s.Complete
	}
	f, n, err := wav.Measure(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("%s: %v", o.Path, err)
	}
	return time.Duration(n) * time.Second / time.Duration(f.Rate), whole
}

// noise is stereo sound that does not compress.
func noise(tp *tap.Tap, seconds int) {
	left, right := make([]int16, 160), make([]int16, 160)
	for range seconds * 50 {
		for i := range left {
			left[i], right[i] = int16(rand.Uint32()>>18), int16(rand.Uint32()>>18)
		}
		tp.WritePair(left, right)
		<-time.After(20 * time.Millisecond)
	}
	synctest.Wait()
}

func TestAFullDiskEndsTheRecordingWithWhatFits(t *testing.T) {
	f := func(d disk, wantWhole bool, wantErr error) {
		t.Helper()
		for _, o := range forms(t, t.TempDir()) {
			var info Info
			synctest.Test(t, func(t *testing.T) {
				desk := on(d)
				defer desk.Close()
				tp := stereo()
				r, err := desk.Start(o, tp)
				if err != nil {
					t.Fatal(err)
				}
				noise(tp, 120) // the call goes on all the same
				<-r.done       // without having been asked
				info, err = r.Wait()
				if !errors.Is(err, wantErr) || !strings.HasPrefix(err.Error(), "record "+o.Path+": ") || info.Error == "" {
					t.Errorf("%s on %+v: %+v, %v; want %v", o.Ext(), d, info, err, wantErr)
				}
				if tp.Lost() == 0 {
					t.Errorf("%s: nothing was lost behind the broken recording", o.Ext())
				}
				r.Pause()
				r.Resume()
				if again, _ := r.Close(); !reflect.DeepEqual(again, info) {
					t.Errorf("%s: Close changes %+v to %+v", o.Ext(), info, again)
				}
			})
			length, whole := play(t, o)
			// A closed file of WAV has no mark of its end.
			if whole != (wantWhole || o.Ext() == ".wav") || length != info.Duration() && whole {
				t.Errorf("%s on %+v: plays for %v, whole %v; Info says %v", o.Ext(), d, length, whole, info.Duration())
			}
			if size, err := os.Stat(o.Path); err != nil || size.Size() != info.Bytes || info.Bytes > d.space {
				t.Errorf("%s on %+v: %d bytes, %v; Info says %d", o.Ext(), d, size.Size(), err, info.Bytes)
			}
			// What is in the last 64 kB of a disk does not matter.
			if info.Bytes < d.space-(64<<10) {
				t.Errorf("%s on %+v: gave up at %d bytes", o.Ext(), d, info.Bytes)
			}
		}
	}
	const space = 200_000
	f(disk{space: space, failure: syscall.ENOSPC}, true, syscall.ENOSPC)
	f(disk{space: space, failure: syscall.ENOSPC, vague: true}, false, syscall.ENOSPC)
	f(disk{space: space, failure: syscall.EIO, vague: true}, false, syscall.EIO)
}

// TestASlowDiskDelaysNobody: while the disk is stuck, everything but the file goes
// on, and what was said in a pause is not in it.
func TestASlowDiskDelaysNobody(t *testing.T) {
	path := filepath.Join(t.TempDir(), "call.wav")
	synctest.Test(t, func(t *testing.T) {
		unstick := make(chan struct{})
		var d *disk
		desk := on(disk{})
		desk.create = func(path string) (medium, error) {
			f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
			d = &disk{osFile: osFile{f}, space: 1 << 40}
			return d, err
		}
		defer desk.Close()
		tp := inbound()
		r, err := desk.Start(Options{Path: path}, tp)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // the file is made
		d.stuck = unstick
		say := func(v int16, frames int) {
			for range frames {
				tp.Write(frame(v))
				pass(20 * time.Millisecond)
			}
		}
		say(1, 100) // the worker has taken a part of this, and hangs
		r.Pause()
		say(2, 50)
		r.Resume()
		say(3, 300) // four seconds of six fit
		r.Stop()
		if info := r.Info(); info.Samples != 0 {
			t.Errorf("a stuck disk has %d samples", info.Samples)
		}
		close(unstick)
		info, err := r.Wait()
		if err != nil || info.Samples != 450*160 || info.PausedFor() != time.Second ||
			info.LostFor() != 2*time.Second || info.Gaps != 1 {
			t.Errorf("%+v, %v; want 9 s, of which 2 s lost in 1 gap and 1 s paused", info, err)
		}
	})
	at := 0
	pcm := read(t, path).PCM
	for _, want := range []struct {
		v      int16
		frames int
	}{{1, 100}, {0, 50}, {3, 200}, {0, 100}} {
		for range want.frames * 160 {
			if pcm[at] != want.v {
				t.Fatalf("sample %d is %d, want %d", at, pcm[at], want.v)
			}
			at++
		}
	}
}

// TestADiskThatMakesNoFilesDelaysNobody: Start does not wait for the file, and what
// was said until there is one is in it, as far as the tap could hold it.
func TestADiskThatMakesNoFilesDelaysNobody(t *testing.T) {
	path := filepath.Join(t.TempDir(), "call.wav")
	synctest.Test(t, func(t *testing.T) {
		desk, unstick := NewDesk(Config{Workers: 1}), make(chan struct{})
		desk.create = func(path string) (medium, error) {
			<-unstick
			return create(path)
		}
		defer desk.Close()
		tp := inbound()
		began := time.Now()
		r, err := desk.Start(Options{Path: path}, tp)
		if err != nil {
			t.Fatal(err)
		}
		for range 250 { // five seconds: four of them fit
			tp.Write(frame(1))
			pass(20 * time.Millisecond)
		}
		r.Pause()
		tp.Write(frame(2))
		r.Resume()
		tp.Write(frame(3))
		r.Stop()
		if waited := time.Since(began); waited != 5*time.Second { // of the bubble's clock
			t.Errorf("somebody has waited for the disk: %v", waited)
		}
		if info := r.Info(); info.Samples != 0 || len(info.Parts) != 0 {
			t.Errorf("there is no file, and Info says %+v", info)
		}
		close(unstick)
		info, err := r.Wait()
		if err != nil || info.Samples != 252*160 || info.LostFor() != time.Second || info.Gaps != 1 || info.PausedFor() != 20*time.Millisecond {
			t.Errorf("%+v, %v; want 5.04 s, of which 1 s lost", info, err)
		}
	})
	want := slices.Concat(slices.Repeat(frame(1), 200), make([]int16, 51*160), frame(3))
	if !slices.Equal(read(t, path).PCM, want) {
		t.Error("what was said while there was no file is not in its place")
	}
}

// TestADiskAwayForMinutes: memory is bounded, and time stays true.
func TestADiskAwayForMinutes(t *testing.T) {
	f := func(ring int) {
		t.Helper()
		tp := tap.New(tap.Inbound, 8000, ring)
		desk := NewDesk(Config{Workers: 1})
		desk.Close()
		in := intake{tap: tp, poll: desk.poll}
		const minutes = 10
		for range minutes * 60 { // a second each
			for range 50 {
				tp.Write(frame(1))
			}
			in.hold()
			if len(in.held) > maxHeld+8000 {
				t.Fatalf("holds %d values", len(in.held))
			}
		}
		var got []int16
		for more := true; more; {
			var pcm []int16
			pcm, more = in.take(nil)
			got = append(got, pcm...)
		}
		sound := 0
		for _, v := range got {
			sound += int(v)
		}
		if len(got) != minutes*60*8000 || uint64(len(got)-sound) != in.lost || sound < maxHeld/2 {
			t.Fatalf("%d values, of which %d sound and %d lost", len(got), sound, in.lost)
		}
	}
	f(4000)
	f(500) // half of it is lost before it is held
}

// TestACrashLosesASecondAtMost looks at the files again and again while the
// recordings go on: what kill -9 would leave is what is there then.
func TestACrashLosesASecondAtMost(t *testing.T) {
	for _, o := range forms(t, t.TempDir()) {
		synctest.Test(t, func(t *testing.T) {
			desk := NewDesk(Config{Workers: 1})
			defer desk.Close()
			tp := stereo()
			if _, err := desk.Start(o, tp); err != nil {
				t.Fatal(err)
			}
			synctest.Wait() // the file is made
			for said := time.Duration(0); said < 5*time.Second; said += 20 * time.Millisecond {
				if length, _ := play(t, o); length < said-time.Second || length > said {
					t.Fatalf("%s: after %v the file plays for %v", o.Ext(), said, length)
				}
				say(tp, 1, 2)
			}
		})
		if length, whole := play(t, o); length != 5*time.Second || !whole {
			t.Errorf("%s: in the end %v, whole %v", o.Ext(), length, whole)
		}
	}
}
