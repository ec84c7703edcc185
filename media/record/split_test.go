package record

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"trunkline/media/tap"
	"trunkline/media/wav"
)

// count writes frames of 20 ms whose samples are numbered, on the right backwards,
// while time passes.
func count(tp *tap.Tap, frames int) {
	left, right := make([]int16, 160), make([]int16, 160)
	next := int16(0)
	for range frames {
		for i := range left {
			next++
			left[i], right[i] = next, -next
		}
		tp.WritePair(left, right)
		pass(20 * time.Millisecond)
	}
}

// TestALongRecordingGoesOnInAnotherFile, at the sample: the last of one file and
// the first of the next were neighbours. Files are told of as they are complete.
func TestALongRecordingGoesOnInAnotherFile(t *testing.T) {
	f := func(o Options, frames int, want ...int64) {
		t.Helper()
		var told []Part
		o.Complete = func(p Part) { told = append(told, p) }
		var info Info
		synctest.Test(t, func(t *testing.T) {
			d := NewDesk(Config{Workers: 1})
			defer d.Close()
			tp := stereo()
			r, err := d.Start(o, tp)
			if err != nil {
				t.Fatal(err)
			}
			count(tp, frames)
			if n := len(told); n < len(want)-2 { // the last two may end in the same turn
				t.Errorf("%v: %d files are complete before the end, want %d", o.Split, n, len(want)-2)
			}
			tp.End()
			if info, err = r.Wait(); err != nil {
				t.Errorf("%v: %v", o.Split, err)
			}
		})
		if len(told) != len(want) || !reflect.DeepEqual(told, info.Parts) || info.Samples != int64(frames*160) {
			t.Fatalf("%v: told of %+v, Info is %+v; want %v samples", o.Split, told, info, want)
		}
		next, bytes := int16(0), int64(0)
		for i, p := range told {
			part := o
			part.Path = p.Path
			if p.Number != i+1 || p.Path != o.path(i+1) || p.Samples != want[i] {
				t.Errorf("%v: file %d is %+v, want %d samples", o.Split, i+1, p, want[i])
			}
			if length, whole := play(t, part); !whole || length != time.Duration(want[i])*time.Second/8000 {
				t.Errorf("%v: file %d plays for %v, whole %v; want %d samples", o.Split, i+1, length, whole, want[i])
			}
			bytes += p.Bytes
			if o.Ext() != ".wav" {
				continue
			}
			pcm := read(t, p.Path).PCM
			for k := 0; k < len(pcm); k += 2 {
				if next++; pcm[k] != next || pcm[k+1] != -next {
					t.Fatalf("%v: file %d has %d, %d at %d; want %d, %d", o.Split, i+1, pcm[k], pcm[k+1], k, next, -next)
				}
			}
		}
		if bytes != info.Bytes {
			t.Errorf("%v: files of %d bytes, Info says %d", o.Split, bytes, info.Bytes)
		}
	}
	for _, o := range forms(t, t.TempDir()) {
		o.Split = time.Second
		f(o, 110, 8000, 8000, 1600)
		f(o, 100, 8000, 8000)            // and no empty file behind
		o.Split = 333 * time.Millisecond // in the middle of frames; some in one turn
		f(o, 60, 2664, 2664, 2664, 1608)
	}
}

// TestAFullWAVFileGoesOnInAnother: none says less, or more, than it holds.
func TestAFullWAVFileGoesOnInAnother(t *testing.T) {
	d := NewDesk(Config{Workers: 1})
	d.Close()
	f := func(o Options, ch int, want int64) {
		t.Helper()
		out, err := d.output(o, wav.Format{Rate: 8000, Channels: ch})
		if err != nil || out.limit != want {
			t.Errorf("%+v: a file holds %d values, %v; want %d", o, out.limit, err, want)
		}
	}
	f(Options{}, 1, 1<<31-19) // 2³² bytes, less the header
	f(Options{}, 2, 1<<31-20)
	f(Options{Key: testKey(t)}, 2, 1<<31-20) // as long once it is decrypted
	f(Options{Format: OggOpus}, 2, math.MaxInt64)
	f(Options{Split: time.Hour}, 2, 2*3600*8000)
	f(Options{Split: 1000 * time.Hour}, 2, 1<<31-20)
	f(Options{Split: 1000 * time.Hour, Format: OggOpus}, 2, 1000*2*3600*8000)

	const longest = 2 * (1<<31 - 19)
	head := wav.AppendHeader(nil, wav.Format{Rate: 8000, Channels: 1}, longest)
	riff, data := binary.LittleEndian.Uint32(head[4:]), binary.LittleEndian.Uint32(head[40:])
	if data != longest || riff != longest+wav.HeaderLen-8 {
		t.Errorf("the header of the longest file says %d, %d", riff, data)
	}

	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d := NewDesk(Config{Workers: 1})
		defer d.Close()
		d.mostWAV = 4*8000 + 3
		tp := stereo()
		r, err := d.Start(Options{Path: filepath.Join(dir, "call.wav")}, tp)
		if err != nil {
			t.Fatal(err)
		}
		count(tp, 120)
		info, err := r.Close()
		if err != nil || len(info.Parts) != 3 || info.Parts[0].Bytes != wav.HeaderLen+4*8000 {
			t.Errorf("%+v, %v; want three files", info, err)
		}
	})
}

// TestTimeStaysTrueOverFiles: a pause and a gap that begin in one file and end in
// another are in both.
func TestTimeStaysTrueOverFiles(t *testing.T) {
	dir := t.TempDir()
	var info Info
	synctest.Test(t, func(t *testing.T) {
		d := NewDesk(Config{Workers: 1})
		defer d.Close()
		tp := tap.New(tap.Inbound, 8000, 1000)
		r, err := d.Start(Options{Path: filepath.Join(dir, "call.wav"), Split: time.Second}, tp)
		if err != nil {
			t.Fatal(err)
		}
		f := func(v int16, frames int) {
			for range frames {
				tp.Write(frame(v))
			}
			pass(lap + lap/turns)
		}
		f(1, 40)
		r.Pause()
		f(2, 20) // the second file begins in the middle of it
		r.Resume()
		f(3, 60) // ten more than fit: the gap is up to 2.4 s
		f(4, 40)
		if info, err = r.Close(); err != nil {
			t.Error(err)
		}
	})
	var got []int16
	for _, p := range info.Parts {
		got = append(got, read(t, p.Path).PCM...)
	}
	want := slices.Concat(slices.Repeat(frame(1), 40), slices.Repeat(frame(0), 20), slices.Repeat(frame(3), 50),
		slices.Repeat(frame(0), 10), slices.Repeat(frame(4), 40))
	if len(info.Parts) != 4 || info.Gaps != 1 || info.Lost != 1600 || info.PausedFor() != 400*time.Millisecond || !slices.Equal(got, want) {
		t.Errorf("%+v: the files together do not hold what was said in its place", info)
	}
}

// TestADiskThatTakesNoMoreFiles ends the recording behind those that are complete.
func TestADiskThatTakesNoMoreFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "call.wav")
	synctest.Test(t, func(t *testing.T) {
		d := NewDesk(Config{Workers: 1})
		defer d.Close()
		files := 0
		d.create = func(path string) (medium, error) {
			if files++; files > 2 {
				return nil, &os.PathError{Op: "open", Path: path, Err: syscall.ENOSPC}
			}
			return create(path)
		}
		tp := stereo()
		r, err := d.Start(Options{Path: path, Split: time.Second}, tp)
		if err != nil {
			t.Fatal(err)
		}
		count(tp, 200)
		info, err := r.Wait() // by itself
		if !errors.Is(err, syscall.ENOSPC) || len(info.Parts) != 2 || info.Samples != 16000 || info.Duration() != 2*time.Second {
			t.Errorf("%+v, %v; want two files of a second", info, err)
		}
	})
}

func TestFilesAreNumbered(t *testing.T) {
	f := func(o Options, n int, want string) {
		t.Helper()
		if got := o.path(n); got != want {
			t.Errorf("file %d of %s is %s, want %s", n, o.Path, got, want)
		}
	}
	f(Options{Path: "d.x/call.wav"}, 1, "d.x/call.wav")
	f(Options{Path: "d.x/call.wav"}, 2, "d.x/call-2.wav")
	f(Options{Path: "d.x/call"}, 3, "d.x/call-3")
	f(Options{Path: "call.sound"}, 10, "call-10.sound")
	f(Options{Path: "call.opus.sealed", Format: OggOpus, Key: testKey(t)}, 2, "call-2.opus.sealed")
}
