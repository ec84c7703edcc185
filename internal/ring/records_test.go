package ring

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

// records makes both sides of a queue of size bytes.
func records(size int) (in, out *Records, head, tail *atomic.Uint64, buf []byte) {
	head, tail, buf = new(atomic.Uint64), new(atomic.Uint64), make([]byte, size)
	return NewRecords(head, tail, buf), NewRecords(head, tail, buf), head, tail, buf
}

// FuzzRecords plays one program on the ring and on the obvious slow queue.
func FuzzRecords(f *testing.F) {
	f.Add(uint8(0), []byte{1, 5, 9, 0, 40, 40, 40, 40, 0, 0, 0})
	f.Add(uint8(2), []byte{63, 63, 63, 63, 63, 0, 63, 0, 0, 0, 1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, size uint8, program []byte) {
		in, out, _, _, _ := records(64 << (size % 4))
		var model [][]byte
		for i, op := range program {
			if op&1 == 0 && op < 64 {
				got, ok := out.Next()
				if ok != (len(model) > 0) || ok && !bytes.Equal(got, model[0]) {
					t.Fatalf("step %d: Next = %x, %v; want the head of %x", i, got, ok, model)
				}
				if again, _ := out.Next(); !bytes.Equal(again, got) {
					t.Fatalf("step %d: a second Next is %x", i, again)
				}
				if ok {
					out.Done()
					model = model[1:]
				}
			} else {
				rec := bytes.Repeat([]byte{byte(i)}, int(op))
				if in.Push(rec) {
					model = append(model, rec)
				} else if len(rec) <= in.MaxLen() && in.Used() == 0 {
					t.Fatalf("step %d: an empty ring of %d refuses %d bytes", i, in.Cap(), len(rec))
				}
			}
			if in.Used() > in.Cap() || out.Empty() != (len(model) == 0) || out.Torn() != 0 {
				t.Fatalf("step %d: used %d of %d, empty %v, torn %d", i, in.Used(), in.Cap(), out.Empty(), out.Torn())
			}
		}
	})
}

// FuzzHostileRecords lets the other side write whatever it likes.
func FuzzHostileRecords(f *testing.F) {
	f.Add(uint64(0), uint64(64), []byte{1, 2, 3})
	f.Add(uint64(7), uint64(6), bytes.Repeat([]byte{0xff}, 64))
	f.Add(uint64(1)<<63, uint64(9), binary.NativeEndian.AppendUint64(nil, 1<<62))
	f.Add(uint64(16), uint64(24), bytes.Repeat([]byte{8, 0, 0, 0, 0, 0, 0, 0}, 8))
	f.Fuzz(func(t *testing.T, h, tl uint64, junk []byte) {
		in, out, head, tail, buf := records(64)
		head.Store(h)
		tail.Store(tl)
		copy(buf, junk)
		in.Push([]byte("hello"))
		for range 200 { // each Next that fails leaves fewer lies behind
			if _, ok := out.Next(); !ok {
				break
			}
			out.Done()
		}
		if used := in.Used(); used < 0 || used > in.Cap() {
			t.Fatalf("used %d of %d", used, in.Cap())
		}
		in.Push([]byte("again"))
	})
}

func TestATornRingRecovers(t *testing.T) {
	in, out, _, tail, buf := records(256)
	in.Push([]byte("one"))
	in.Push([]byte("two"))
	binary.NativeEndian.PutUint64(buf, 1<<40)
	if rec, ok := out.Next(); ok || out.Torn() != 1 {
		t.Fatalf("read %q of a torn ring; torn %d", rec, out.Torn())
	}
	in.Push([]byte("three"))
	if rec, ok := out.Next(); !ok || string(rec) != "three" {
		t.Fatalf("after it: %q, %v", rec, ok)
	}
	out.Done()
	tail.Add(3) // no record ends there
	if _, ok := out.Next(); ok {
		t.Fatal("read what nobody wrote")
	}
	in.Push([]byte("four"))
	if rec, ok := out.Next(); !ok || string(rec) != "four" {
		t.Fatalf("after a crooked index: %q, %v", rec, ok)
	}
}

func TestRecordsRefuse(t *testing.T) {
	in, _, _, _, _ := records(256)
	if in.Push(make([]byte, in.MaxLen()+1)) {
		t.Error("a record that is too long was taken")
	}
	n := 0
	for in.Push(make([]byte, in.MaxLen())) {
		n++
	}
	if n != 4 || in.Used() != 256 {
		t.Errorf("%d of the longest records fit, %d bytes used", n, in.Used())
	}
}

// TestASecondConsumerGoesOn: what was not Done is the next one's.
func TestASecondConsumerGoesOn(t *testing.T) {
	in, out, head, tail, buf := records(256)
	in.Push([]byte("one"))
	in.Push([]byte("two"))
	out.Next()
	next := NewRecords(head, tail, buf)
	if rec, ok := next.Next(); !ok || string(rec) != "one" {
		t.Fatalf("the next consumer begins with %q", rec)
	}
}

func TestRecordsKeepOrderAcrossGoroutines(t *testing.T) {
	const total = 20000
	in, out, _, _, _ := records(1024)
	var done sync.WaitGroup
	done.Go(func() {
		for i := 0; i < total; {
			rec := binary.NativeEndian.AppendUint32(make([]byte, i%90), uint32(i))
			if in.Push(rec) {
				i++
			} else {
				runtime.Gosched()
			}
		}
	})
	for want := 0; want < total; {
		rec, ok := out.Next()
		if !ok {
			runtime.Gosched()
			continue
		}
		if len(rec) != want%90+4 || binary.NativeEndian.Uint32(rec[want%90:]) != uint32(want) {
			t.Fatalf("record %d is %x", want, rec)
		}
		out.Done()
		want++
	}
	done.Wait()
}

func BenchmarkRecords(b *testing.B) {
	in, out, _, _, _ := records(4096)
	rec := make([]byte, 200)
	b.ReportAllocs()
	for b.Loop() {
		in.Push(rec)
		out.Next()
		out.Done()
	}
}
