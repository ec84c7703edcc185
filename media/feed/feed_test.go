package feed

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
)

func ramp(from, n int) []int16 {
	s := make([]int16, n)
	for i := range s {
		s[i] = int16(from + i + 1)
	}
	return s
}

// pull returns n samples and how many of them were sound.
func pull(f *Feed, n int) ([]int16, int) {
	dst := ramp(9000, n) // not silence
	k := f.Pull(dst)
	return dst, k
}

// marks returns what was reached since the last call.
func marks(f *Feed) (got []Mark) {
	for m, ok := f.Reached(); ok; m, ok = f.Reached() {
		got = append(got, m)
	}
	return got
}

func TestWhatIsWrittenIsPulled(t *testing.T) {
	f := New(8000, 100)
	if n := f.Write(ramp(0, 400)); n != 400 || f.Buffered() != 400 {
		t.Fatalf("wrote %d of 400, %d are there", n, f.Buffered())
	}
	for i := range 2 {
		if got, n := pull(f, 160); n != 160 || !slices.Equal(got, ramp(160*i, 160)) {
			t.Fatalf("pull %d: %d samples %v", i, n, got)
		}
	}
	if got, n := pull(f, 160); n != 80 || !slices.Equal(got, append(ramp(320, 80), make([]int16, 80)...)) {
		t.Fatalf("the last pull: %d samples %v", n, got)
	}
	times, silence := f.Underruns()
	if f.Played() != 400 || times != 1 || silence != 80 || f.Done() || f.Rate() != 8000 {
		t.Fatalf("played %d, %d underruns, %d of silence, done %v", f.Played(), times, silence, f.Done())
	}
}

// Only sound that runs out is an underrun: not the silence before, after that,
// or behind the end.
func TestUnderruns(t *testing.T) {
	f := New(8000, 100)
	want := func(times, silence uint64) {
		t.Helper()
		if a, b := f.Underruns(); a != times || b != silence {
			t.Errorf("%d underruns, %d of silence; want %d and %d", a, b, times, silence)
		}
	}
	pull(f, 160)
	want(0, 160)
	f.Write(ramp(0, 160))
	pull(f, 160)
	want(0, 160)
	pull(f, 160)
	pull(f, 160)
	want(1, 480)
	f.Write(ramp(0, 160))
	f.Clear()
	pull(f, 160)
	want(1, 640)
	f.Write(ramp(0, 10))
	f.End()
	if _, n := pull(f, 160); n != 10 || !f.Done() {
		t.Errorf("the end: %d samples, done %v", n, f.Done())
	}
	pull(f, 160)
	want(1, 640)
}

func TestAFullFeedTakesNoMore(t *testing.T) {
	f := New(8000, 40)
	room := f.Room()
	if n := f.Write(ramp(0, 5000)); n != room || room < 320 || f.Room() != 0 {
		t.Fatalf("a feed with room for %d took %d of 5000, %d are left", room, n, f.Room())
	}
	if f.Write(ramp(0, 1)) != 0 {
		t.Fatal("a full feed took a sample")
	}
	pull(f, 160)
	if n := f.Write(ramp(0, 500)); n != 160 {
		t.Fatalf("took %d after 160 were pulled", n)
	}
}

func TestMarks(t *testing.T) {
	f := New(8000, 100)
	want := func(want ...Mark) {
		t.Helper()
		if got := marks(f); !slices.Equal(got, want) {
			t.Errorf("marks %v, want %v", got, want)
		}
	}
	f.Mark(1)
	want(Mark{ID: 1}) // nothing lies before it
	f.Write(ramp(0, 160))
	f.Mark(2)
	f.Mark(3)
	f.Write(ramp(0, 161))
	f.Mark(4)
	f.End()
	want()
	pull(f, 159)
	want()
	pull(f, 1)
	want(Mark{ID: 2}, Mark{ID: 3})
	pull(f, 160)
	if want(); f.Done() {
		t.Error("done with a sample to come")
	}
	pull(f, 160)
	if f.Done() {
		t.Error("done with a mark to be told")
	}
	want(Mark{ID: 4})
	if !f.Done() || f.Mark(5) || f.Write(ramp(0, 1)) != 0 {
		t.Error("an ended feed goes on")
	}
}

func TestClearDropsSoundAndMarks(t *testing.T) {
	f := New(8000, 400) // more than is thrown away at once
	f.Mark(1)
	f.Write(ramp(0, 1000))
	f.Mark(2)
	f.Write(ramp(0, 1000))
	f.Mark(3)
	pull(f, 1000)
	f.Clear()
	f.Mark(4) // nothing was dropped between the Clear and it
	f.Write(ramp(50, 160))
	f.Mark(5)
	got, n := pull(f, 160)
	if n != 160 || !slices.Equal(got, ramp(50, 160)) {
		t.Errorf("pulled %v, want what was written after Clear", got)
	}
	want := []Mark{{ID: 1}, {ID: 2}, {ID: 3, Dropped: true}, {ID: 4}, {ID: 5}}
	if got := marks(f); !slices.Equal(got, want) {
		t.Errorf("marks %v, want %v", got, want)
	}
	if f.Played() != 1160 || f.Dropped() != 1000 {
		t.Errorf("played %d, dropped %d", f.Played(), f.Dropped())
	}
}

func TestClearIsObeyedWhilePaused(t *testing.T) {
	f := New(8000, 100)
	f.Write(ramp(0, 160))
	f.Mark(1)
	f.Clear()
	f.Clear()
	f.Pull(nil)
	times, silence := f.Underruns()
	if got := marks(f); !slices.Equal(got, []Mark{{1, true}}) || f.Buffered() != 0 || times+silence != 0 {
		t.Errorf("marks %v, %d samples left, underruns %d, %d", got, f.Buffered(), times, silence)
	}
}

func TestMarksAreBounded(t *testing.T) {
	f := New(8000, 100)
	for i := range MostMarks {
		if !f.Mark(uint64(i)) {
			t.Fatalf("mark %d was refused", i)
		}
	}
	if f.Mark(99) {
		t.Fatal("one mark too many was taken")
	}
	f.Pull(nil)
	if f.Mark(99) {
		t.Fatal("one mark too many was taken before the others were told")
	}
	if m, ok := f.Reached(); !ok || m.ID != 0 || !f.Mark(99) {
		t.Fatal("a told mark makes no room")
	}
}

func TestLeave(t *testing.T) {
	f := New(8000, 100)
	f.Write(ramp(0, 320))
	f.Mark(1)
	f.Write(ramp(0, 160))
	f.Mark(2)
	pull(f, 320)
	f.Leave()
	if f.Done() {
		t.Error("done with marks to be told")
	}
	if got := marks(f); !slices.Equal(got, []Mark{{ID: 1}, {ID: 2, Dropped: true}}) || !f.Done() || f.Dropped() != 160 {
		t.Errorf("marks %v, done %v, dropped %d", got, f.Done(), f.Dropped())
	}
	if f.Write(ramp(0, 1)) != 0 || f.Mark(3) || !errors.Is(f.WriteAll(t.Context(), ramp(0, 1)), ErrGone) {
		t.Error("a feed that nobody plays takes sound")
	}
}

// writing starts WriteAll and returns once it waits.
func writing(ctx context.Context, f *Feed, n int) chan error {
	out := make(chan error, 1)
	go func() { out <- f.WriteAll(ctx, ramp(0, n)) }()
	synctest.Wait()
	return out
}

func TestAWriterIsWokenInBigSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := New(8000, 64) // 512 samples
		if f.Awaited() {
			t.Fatal("awaited with no writer")
		}
		out := writing(t.Context(), f, 1000)
		for _, want := range []bool{false, true, false, true} {
			pull(f, 160)
			if got := f.Awaited(); got != want {
				t.Fatalf("with room for %d awaited = %v", f.Room(), got)
			}
			if want {
				if f.Awaited() {
					t.Fatal("awaited twice")
				}
				f.Wake()
				synctest.Wait()
			}
		}
		if err := <-out; err != nil || f.Buffered() != 1000-640 {
			t.Fatalf("%v, with %d samples buffered", err, f.Buffered())
		}
	})
}

func TestAwaitRoom(t *testing.T) {
	f := New(8000, 40)
	f.Write(ramp(0, 200))
	if err := f.AwaitRoom(t.Context(), f.Room()); err != nil {
		t.Errorf("room that is there: %v", err)
	}
	pull(f, 200)
	if err := f.AwaitRoom(t.Context(), 1<<20); err != nil { // all there is
		t.Errorf("an empty feed: %v", err)
	}
	f.End()
	if err := f.AwaitRoom(t.Context(), 1); !errors.Is(err, ErrEnded) {
		t.Errorf("an ended feed: %v", err)
	}
}

func TestAWriterIsReleased(t *testing.T) {
	f := func(want error, release func(*Feed, context.CancelFunc)) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			f := New(8000, 40)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			out := writing(ctx, f, 5000)
			release(f, cancel)
			if err := <-out; !errors.Is(err, want) {
				t.Errorf("got %v, want %v", err, want)
			}
			if f.Awaited() {
				t.Error("a writer that went away is awaited")
			}
		})
	}
	f(context.Canceled, func(_ *Feed, cancel context.CancelFunc) { cancel() })
	f(ErrEnded, func(f *Feed, _ context.CancelFunc) { f.End() })
	f(ErrGone, func(f *Feed, _ context.CancelFunc) {
		f.Leave()
		if !f.Awaited() {
			t.Error("the player leaves its writer asleep")
		}
		f.Wake()
	})
}

// Two writers, a third that clears, and the media thread at once: no mark is
// lost or told twice, and every sample is played or dropped.
func TestSidesAtOnce(t *testing.T) {
	f := New(8000, 40)
	var written, issued [2]int
	var writers, player sync.WaitGroup
	for i := range written {
		writers.Go(func() {
			for n := range 300 {
				pcm := ramp(0, 77)
				for len(pcm) > 0 {
					k := f.Write(pcm)
					written[i] += k
					if pcm = pcm[k:]; k == 0 {
						runtime.Gosched()
					}
				}
				if f.Mark(uint64(2*n + i)) {
					issued[i]++
				}
			}
		})
	}
	writers.Go(func() {
		for range 50 {
			f.Clear()
			runtime.Gosched()
		}
	})
	seen := map[uint64]int{}
	player.Go(func() {
		dst := make([]int16, 160)
		for !f.Done() {
			f.Pull(dst)
			for _, m := range marks(f) {
				seen[m.ID]++
			}
			runtime.Gosched()
		}
	})
	writers.Wait()
	f.End()
	player.Wait()
	if n := uint64(written[0] + written[1]); n != 2*300*77 || f.Played()+f.Dropped() != n {
		t.Errorf("wrote %d, played %d, dropped %d", n, f.Played(), f.Dropped())
	}
	if len(seen) != issued[0]+issued[1] {
		t.Errorf("%d marks were made, %d told", issued[0]+issued[1], len(seen))
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("mark %d was told %d times", id, n)
		}
	}
}

// Two Feeds over one memory are its two sides, as in two processes.
func TestOver(t *testing.T) {
	var mem Memory
	pcm, entries := make([]int16, 512), make([]Entry, MostMarks)
	writer, player := Over(&mem, 16000, pcm, entries), Over(&mem, 16000, pcm, entries)
	writer.Write(ramp(0, 320))
	writer.Mark(7)
	writer.End()
	if got, n := pull(player, 320); n != 320 || !slices.Equal(got, ramp(0, 320)) {
		t.Errorf("pulled %v", got)
	}
	if got := marks(player); !slices.Equal(got, []Mark{{ID: 7}}) || !player.Done() || writer.Played() != 320 {
		t.Errorf("marks %v, done %v, played %d", got, player.Done(), writer.Played())
	}
}

func TestMediaSideDoesNotAllocate(t *testing.T) {
	f := New(16000, 200)
	pcm, dst := ramp(0, 320), make([]int16, 320)
	told := 0
	if n := testing.AllocsPerRun(500, func() {
		f.Write(pcm)
		f.Mark(1)
		f.Pull(dst)
		if _, ok := f.Reached(); ok {
			told++
		}
		f.Awaited()
		f.Write(pcm)
		f.Clear()
	}); n != 0 {
		t.Errorf("a frame costs %v allocations", n)
	}
	if told == 0 {
		t.Error("no mark was told")
	}
}

func BenchmarkPull(b *testing.B) {
	f, pcm, dst := New(16000, 200), ramp(0, 320), make([]int16, 320)
	b.ReportAllocs()
	for b.Loop() {
		f.Write(pcm)
		f.Mark(1)
		f.Pull(dst)
		f.Reached()
	}
}
