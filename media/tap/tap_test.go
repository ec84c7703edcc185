package tap

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/synctest"

	"trunkline/internal/netio/shm"
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
	tp := New(Inbound, 8000, 100)
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
		tp := New(Stereo, 8000, 20)
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
}

// FuzzPairs writes sides of any length into a small ring, round and round: a pair
// is never torn, and what does not fit is lost from the end.
func FuzzPairs(f *testing.F) {
	f.Add([]byte{100, 100, 0, 160, 160, 200, 7, 0, 250, 1, 2, 3})
	f.Add([]byte{255, 0, 3, 0, 255, 1, 255, 255, 255, 1, 1, 1})
	f.Fuzz(func(t *testing.T, program []byte) {
		tp, sound := New(Stereo, 8000, 20), ramp(255)
		var model []int16
		lost := 0
		for ; len(program) >= 3; program = program[3:] {
			left, right := sound[:program[0]], sound[:program[1]]
			tp.WritePair(left, right)
			for i := range max(len(left), len(right)) {
				if len(model) == 320 {
					lost += 2
					continue
				}
				pair := [2]int16{}
				copy(pair[:1], left[min(i, len(left)):])
				copy(pair[1:], right[min(i, len(right)):])
				model = append(model, pair[:]...)
			}
			buf := make([]int16, 2*int(program[2]))
			if len(buf) == 0 || len(model) == 0 {
				continue
			}
			n, err := tp.Read(t.Context(), buf)
			if err != nil || n != min(len(buf), len(model)) || !slices.Equal(buf[:n], model[:n]) {
				t.Fatalf("read %d of %d values, %v; want the first of %d", n, len(buf), err, len(model))
			}
			model = model[n:]
		}
		if tp.Lost() != uint64(lost) {
			t.Fatalf("lost %d values, want %d", tp.Lost(), lost)
		}
	})
}

func TestSlowReaderLosesTheNewestAndKnows(t *testing.T) {
	f := func(mode Mode, write func(*Tap, []int16)) {
		t.Helper()
		ch := mode.Channels()
		tp := New(mode, 8000, 30) // room for a frame and a half
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
	tp := New(Stereo, 8000, 20)
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
		tp := New(Inbound, 8000, 200)
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
		tp := New(Inbound, 8000, 200)
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

		tp = New(Inbound, 8000, 200)
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
	mono, stereo := New(Inbound, 8000, 100), New(Stereo, 8000, 100)
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
	tp, pcm, buf := New(Stereo, 8000, 100), ramp(160), make([]int16, 320)
	b.ReportAllocs()
	for b.Loop() {
		tp.WritePair(pcm, pcm)
		tp.Read(b.Context(), buf)
	}
}

// BenchmarkManyTaps is a stereo frame of 20 ms as a thousand recorded calls have
// it: nothing of a tap is in a cache when its turn comes. A seldom reader's share
// is in it.
func BenchmarkManyTaps(b *testing.B) {
	taps, pcm, buf := make([]*Tap, 1000), ramp(160), make([]int16, 16000)
	for i := range taps {
		taps[i] = New(Stereo, 8000, 1000)
		for range 40 {
			taps[i].WritePair(pcm, pcm) // the system gives memory when it is touched
		}
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i = (i + 1) % len(taps) {
		tp := taps[i]
		tp.WritePair(pcm, pcm)
		if tp.Awaited() || tp.own().ring.Len() > len(buf)*4/5 {
			tp.Read(b.Context(), buf)
		}
	}
}

// TestTwoProcessesShareATap: the writer has a Tap of its own over the same memory.
func TestTwoProcessesShareATap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reader := New(Outbound, 16000, 100)
		out := sleeping(reader, t.Context(), 1600) // before there is a ring
		m, released := shm.Heap(reader.Len()), 0
		if reader.Bind(shm.Heap(10), func() {}) {
			t.Fatal("bound to too little memory")
		}
		if !reader.Bind(m, func() { released++ }) || reader.Bind(m, func() {}) {
			t.Fatal("a tap is bound once")
		}
		synctest.Wait()
		writer := Over(Outbound, 16000, reader.Values(), m)
		if writer == nil || writer.Rate() != 16000 || writer.Mode() != Outbound {
			t.Fatalf("the writer's side is %+v", writer)
		}
		writer.Write(ramp(1600))
		if !writer.Awaited() {
			t.Fatal("the reader sleeps and is not awaited")
		}
		writer.Write(ramp(1000)) // 1000 more than fit
		writer.End()
		reader.Wake()
		if got := <-out; got.n != 1600 || got.err != nil {
			t.Fatalf("read %+v, want 1600 samples", got)
		}
		if _, err := read(t, reader); err != io.EOF || released != 1 {
			t.Fatalf("at the end: %v, memory given back %d times", err, released)
		}
		clear(m.Bytes()) // somebody else's now
		if reader.Lost() != 1000 || !reader.Ended() {
			t.Fatalf("lost %d, ended %v, after the memory was given back", reader.Lost(), reader.Ended())
		}
		if _, err := read(t, reader); err != io.EOF || released != 1 {
			t.Fatalf("again: %v, memory given back %d times", err, released)
		}
	})
}

// FuzzSharedTap lets the other process write nonsense into the shared words.
func FuzzSharedTap(f *testing.F) {
	f.Add(uint64(0), uint64(1), uint64(1<<63))
	f.Add(uint64(1<<40), uint64(0), uint64(1))
	f.Add(^uint64(0), uint64(5), uint64(0))
	f.Fuzz(func(t *testing.T, head, tail, want uint64) {
		tp := New(Stereo, 8000, 20)
		m := shm.Heap(tp.Len())
		tp.Bind(m, func() {})
		m.Word(wordHead).Store(head)
		m.Word(wordTail).Store(tail)
		m.Word(wordWant).Store(want)
		w := Over(Stereo, 8000, tp.Values(), m)
		w.WritePair(ramp(500), ramp(500))
		w.Awaited()
		w.End()
		if n, err := tp.ReadAtLeast(t.Context(), make([]int16, 64), 64); n > 64 || err == nil && n == 0 {
			t.Fatalf("read %d values, %v", n, err)
		}
	})
}

func TestOverRefusesNonsense(t *testing.T) {
	m := shm.Heap(10000)
	f := func(want bool, mode Mode, values int, m shm.Memory) {
		t.Helper()
		if got := Over(mode, 8000, values, m) != nil; got != want {
			t.Errorf("Over(%d, %d, %d bytes) = %v", mode, values, m.Len(), got)
		}
	}
	f(true, Inbound, 160, m)
	f(false, 3, 160, m)
	f(false, Inbound, 0, m)
	f(false, Inbound, -1, m)
	f(true, Stereo, 160, m)
	f(false, Stereo, 161, m)
	f(false, Inbound, 5000, m)
	f(false, Inbound, 1<<62, m)
	f(false, Inbound, 1, shm.Memory{})
}
