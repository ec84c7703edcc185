package ring

import (
	"runtime"
	"sync"
	"testing"
)

// FuzzRing plays one program of pushes and pops on both rings and on the
// obvious slow queue, and wants the same answers.
func FuzzRing(f *testing.F) {
	f.Add(uint8(4), []byte{1, 1, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0})
	f.Add(uint8(1), []byte{1, 1, 0, 0, 7, 8, 9, 200, 201})
	f.Add(uint8(7), []byte{130, 131, 133, 190, 191, 2, 65, 66, 129, 0, 64})
	f.Fuzz(func(t *testing.T, size uint8, program []byte) {
		fuzzSPSC(t, int(size%32), program)
		fuzzMPSC(t, int(size%32), program)
	})
}

// fuzzSPSC: the two top bits of an op choose what, the rest how many.
func fuzzSPSC(t *testing.T, size int, program []byte) {
	r, model, next := NewSPSC[int](size), []int(nil), 0
	for _, op := range program {
		n := int(op & 63)
		switch op >> 6 {
		case 0: // pop or push one
			if op&1 == 0 {
				got, ok := r.Pop()
				if ok != (len(model) > 0) || ok && got != model[0] {
					t.Fatalf("Pop = %d, %v; want the head of %v", got, ok, model)
				}
				model = model[min(1, len(model)):]
				continue
			}
			next++
			if ok := r.Push(next); ok != (len(model) < r.Cap()) {
				t.Fatalf("Push = %v with %d of %d", ok, len(model), r.Cap())
			} else if ok {
				model = append(model, next)
			}
		case 3: // fill in place
			at, fit := r.Claim(n)
			if want := min(n, r.Cap()-len(model)); fit != want {
				t.Fatalf("Claim(%d) = %d, want %d", n, fit, want)
			}
			for i := range fit {
				next++
				r.buf[(at+i)&int(r.mask)] = next
				model = append(model, next)
			}
			r.Publish(fit)
		case 1:
			src := make([]int, n)
			for i := range src {
				next++
				src[i] = next
			}
			k := r.PushAll(src)
			if want := min(n, r.Cap()-len(model)); k != want {
				t.Fatalf("PushAll(%d) = %d, want %d", n, k, want)
			}
			model = append(model, src[:k]...)
		case 2:
			dst := make([]int, n)
			k := r.PopAll(dst)
			if want := min(n, len(model)); k != want {
				t.Fatalf("PopAll(%d) = %d, want %d", n, k, want)
			}
			for i, v := range dst[:k] {
				if v != model[i] {
					t.Fatalf("PopAll got %v, want %v", dst[:k], model[:k])
				}
			}
			model = model[k:]
		}
		if r.Len() != len(model) {
			t.Fatalf("Len = %d, want %d", r.Len(), len(model))
		}
	}
}

func fuzzMPSC(t *testing.T, size int, program []byte) {
	r, model := NewMPSC[int](size), []int(nil)
	for i, op := range program {
		if op&1 == 1 {
			if ok := r.Push(i); ok != (len(model) < r.Cap()) {
				t.Fatalf("Push = %v with %d of %d", ok, len(model), r.Cap())
			} else if ok {
				model = append(model, i)
			}
		} else {
			got, ok := r.Pop()
			if ok != (len(model) > 0) || ok && got != model[0] {
				t.Fatalf("Pop = %d, %v; want the head of %v", got, ok, model)
			}
			model = model[min(1, len(model)):]
		}
		if r.Empty() != (len(model) == 0) || r.Len() != len(model) {
			t.Fatalf("Empty = %v, Len = %d with %v", r.Empty(), r.Len(), model)
		}
	}
}

func TestAnImpossibleIndexEmptiesTheRing(t *testing.T) {
	for _, tail := range []uint64{9, 1 << 62, ^uint64(0)} {
		r := NewSPSC[int](8)
		r.tail.Store(tail)
		if _, ok := r.Pop(); ok || r.Len() != 0 {
			t.Errorf("tail %d: popped something, %d are left", tail, r.Len())
		}
		r.tail.Add(100)
		if n := r.PopAll(make([]int, 8)); n != 0 || r.Len() != 0 {
			t.Errorf("tail %d: popped %d", tail, n)
		}
		r.Push(5)
		if v, ok := r.Pop(); !ok || v != 5 {
			t.Errorf("tail %d: then popped %d, %v", tail, v, ok)
		}
	}
}

func TestRingsRoundTheirCapacity(t *testing.T) {
	f := func(n, spsc, mpsc int) {
		t.Helper()
		if got := NewSPSC[int](n).Cap(); got != spsc {
			t.Errorf("NewSPSC(%d) holds %d, want %d", n, got, spsc)
		}
		if got := NewMPSC[int](n).Cap(); got != mpsc {
			t.Errorf("NewMPSC(%d) holds %d, want %d", n, got, mpsc)
		}
	}
	f(-3, 1, 2)
	f(0, 1, 2)
	f(1, 1, 2)
	f(3, 3, 4)
	f(4096, 4096, 4096)
	f(4097, 4097, 8192)
}

func TestPopKeepsNothingAlive(t *testing.T) {
	s, m := NewSPSC[*int](4), NewMPSC[*int](4)
	s.Push(new(int))
	m.Push(new(int))
	s.Pop()
	m.Pop()
	if s.buf[0] != nil || m.cells[0].v != nil {
		t.Fatal("a popped pointer is still in the ring")
	}
}

func TestSPSCKeepsOrderAcrossGoroutines(t *testing.T) {
	const total = 20000
	r := NewSPSC[int](64)
	var done sync.WaitGroup
	done.Go(func() {
		for i := 0; i < total; {
			if r.Push(i) {
				i++
			} else {
				runtime.Gosched()
			}
		}
	})
	for want := 0; want < total; {
		got, ok := r.Pop()
		if !ok {
			runtime.Gosched()
			continue
		}
		if got != want {
			t.Fatalf("popped %d, want %d", got, want)
		}
		want++
	}
	done.Wait()
}

func TestMPSCKeepsEachProducersOrder(t *testing.T) {
	const producers, each = 4, 5000
	type item struct{ who, n int }
	r := NewMPSC[item](64)
	var done sync.WaitGroup
	for who := range producers {
		done.Go(func() {
			for n := 0; n < each; {
				if r.Push(item{who, n}) {
					n++
				} else {
					runtime.Gosched()
				}
			}
		})
	}
	var next [producers]int
	for got := 0; got < producers*each; {
		it, ok := r.Pop()
		if !ok {
			runtime.Gosched()
			continue
		}
		if it.n != next[it.who] {
			t.Fatalf("producer %d: popped %d, want %d", it.who, it.n, next[it.who])
		}
		next[it.who]++
		got++
	}
	done.Wait()
	if !r.Empty() {
		t.Fatal("something is left over")
	}
}

func TestRingOpsDoNotAllocate(t *testing.T) {
	f := func(name string, op func()) {
		t.Helper()
		if n := testing.AllocsPerRun(1000, op); n != 0 {
			t.Errorf("%s allocates %v times, want 0", name, n)
		}
	}
	s, m := NewSPSC[any](8), NewMPSC[any](8)
	samples, buf := NewSPSC[int16](500), make([]int16, 320)
	v := any("a command")
	f("SPSC Push and Pop", func() { s.Push(v); s.Pop() })
	f("MPSC Push and Pop", func() { m.Push(v); m.Pop() })
	f("PushAll and PopAll", func() { samples.PushAll(buf); samples.PopAll(buf) })
}

func BenchmarkSPSC(b *testing.B) {
	r := NewSPSC[int](1024)
	b.ReportAllocs()
	for b.Loop() {
		r.Push(1)
		r.Pop()
	}
}

func BenchmarkMPSC(b *testing.B) {
	r := NewMPSC[int](1024)
	b.ReportAllocs()
	for b.Loop() {
		r.Push(1)
		r.Pop()
	}
}
