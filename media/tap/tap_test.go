package tap

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/synctest"
)

// read returns what is in t now, or the error.
func read(t *testing.T, tp *Tap) ([]int16, error) {
	t.Helper()
	buf := make([]int16, 16000)
	n, err := tp.Read(t.Context(), buf)
	return buf[:n], err
}

func ramp(n int) []int16 {
	s := make([]int16, n)
	for i := range s {
		s[i] = int16(i + 1)
	}
	return s
}

func TestWhatIsWrittenIsReadThenEOF(t *testing.T) {
	tp := New(Inbound, 100)
	want := ramp(320)
	tp.Write(want[:160])
	tp.Write(want[160:])
	tp.End()
	tp.Write(want) // after the end: nobody's
	if got, err := read(t, tp); err != nil || !slices.Equal(got, want) {
		t.Fatalf("read %d samples, %v; want the 320 written", len(got), err)
	}
	if got, err := read(t, tp); err != io.EOF || len(got) != 0 {
		t.Fatalf("then read %d samples, %v; want io.EOF", len(got), err)
	}
	if tp.Lost() != 0 || !tp.Ended() {
		t.Fatalf("lost %d, ended %v", tp.Lost(), tp.Ended())
	}
}

func TestStereoInterleavesAndFillsUp(t *testing.T) {
	f := func(left, right, want []int16) {
		t.Helper()
		tp := New(Stereo, 20)
		tp.WritePair(left, right)
		tp.End()
		got, err := read(t, tp)
		if len(want) == 0 && err == io.EOF {
			return
		}
		if !slices.Equal(got, want) {
			t.Errorf("WritePair(%v, %v) reads %v, want %v", left, right, got, want)
		}
	}
	f([]int16{1, 2}, []int16{-1, -2}, []int16{1, -1, 2, -2})
	f([]int16{1, 2}, nil, []int16{1, 0, 2, 0})
	f(nil, []int16{-1}, []int16{0, -1})
	f(nil, nil, nil)

	tp := New(Stereo, 60) // longer than the scratch
	tp.WritePair(ramp(400), ramp(400))
	got, _ := read(t, tp)
	if len(got) != 800 || got[798] != 400 || got[799] != 400 {
		t.Errorf("400 pairs read as %d values ending %v", len(got), got[len(got)-2:])
	}
}

func TestSlowReaderLosesTheNewestAndKnows(t *testing.T) {
	f := func(mode Mode, write func(*Tap, []int16)) {
		t.Helper()
		ch := mode.Channels()
		tp := New(mode, 30) // room for a frame and a half
		write(tp, ramp(160))
		write(tp, ramp(160))
		got, _ := read(t, tp)
		if len(got) != 240*ch || tp.Lost() != uint64(80*ch) {
			t.Errorf("%d channels: read %d, lost %d; want %d and %d", ch, len(got), tp.Lost(), 240*ch, 80*ch)
		}
		if last := got[len(got)-1]; last != 80 {
			t.Errorf("%d channels: the last sample is %d, want 80: the newest goes first", ch, last)
		}
	}
	f(Inbound, func(tp *Tap, s []int16) { tp.Write(s) })
	f(Stereo, func(tp *Tap, s []int16) { tp.WritePair(s, s) })
}

func TestReadReturnsWholePairs(t *testing.T) {
	tp := New(Stereo, 20)
	tp.WritePair([]int16{1, 2, 3}, []int16{-1, -2, -3})
	buf := make([]int16, 5)
	if n, err := tp.Read(t.Context(), buf); n != 4 || err != nil {
		t.Fatalf("Read into 5 = %d, %v; want 4", n, err)
	}
	if _, err := tp.Read(t.Context(), buf[:1]); !errors.Is(err, io.ErrShortBuffer) {
		t.Fatalf("Read into half a pair: %v, want %v", err, io.ErrShortBuffer)
	}
}

// sleeping starts a reader and returns once it waits.
func sleeping(tp *Tap, ctx context.Context, least int) chan result {
	out := make(chan result, 1)
	go func() {
		buf := make([]int16, 16000)
		n, err := tp.ReadAtLeast(ctx, buf, least)
		out <- result{n, err}
	}()
	synctest.Wait()
	return out
}

type result struct {
	n   int
	err error
}

func TestReaderIsWokenOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tp := New(Inbound, 200)
		if tp.Awaited() {
			t.Fatal("awaited with no reader")
		}
		out := sleeping(tp, t.Context(), 320)
		tp.Write(ramp(160))
		if tp.Awaited() {
			t.Fatal("awaited with half of what the reader wants")
		}
		tp.Write(ramp(160))
		if !tp.Awaited() {
			t.Fatal("a reader sleeps on enough sound and is not awaited")
		}
		if tp.Awaited() {
			t.Fatal("awaited twice")
		}
		tp.Wake()
		if got := <-out; got.n != 320 || got.err != nil {
			t.Fatalf("read %+v, want 320 samples", got)
		}
	})
}

func TestEndWakesAndCancelReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tp := New(Inbound, 200)
		out := sleeping(tp, t.Context(), 800)
		tp.Write(ramp(160))
		tp.End()
		if !tp.Awaited() {
			t.Fatal("the end leaves the reader asleep")
		}
		tp.Wake()
		if got := <-out; got.n != 160 || got.err != nil {
			t.Fatalf("read %+v, want the last 160 samples", got)
		}

		tp = New(Inbound, 200)
		ctx, cancel := context.WithCancel(t.Context())
		out = sleeping(tp, ctx, 800)
		tp.Write(ramp(80))
		cancel()
		if got := <-out; got.n != 80 || got.err != nil {
			t.Fatalf("cancelled read: %+v, want what was there", got)
		}
		if _, err := tp.Read(ctx, make([]int16, 8)); !errors.Is(err, context.Canceled) {
			t.Fatalf("read with a cancelled context and nothing there: %v", err)
		}
		if tp.Awaited() {
			t.Fatal("a reader that went away is awaited")
		}
	})
}

func TestWriterDoesNotAllocate(t *testing.T) {
	mono, stereo := New(Inbound, 100), New(Stereo, 100)
	pcm, buf := ramp(160), make([]int16, 320)
	n := testing.AllocsPerRun(500, func() {
		mono.Write(pcm)
		stereo.WritePair(pcm, pcm)
		mono.Awaited()
		mono.Read(t.Context(), buf)
		stereo.Read(t.Context(), buf)
	})
	if n != 0 {
		t.Fatalf("a frame costs %v allocations, want 0", n)
	}
}

func BenchmarkWritePair(b *testing.B) {
	tp, pcm, buf := New(Stereo, 100), ramp(160), make([]int16, 320)
	b.ReportAllocs()
	for b.Loop() {
		tp.WritePair(pcm, pcm)
		tp.Read(b.Context(), buf)
	}
}
