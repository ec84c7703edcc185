package remote

import (
	"errors"
	"runtime"
	"slices"
	"testing"
)

func arena(t testing.TB, pages int) *Arena {
	t.Helper()
	a, err := NewArena(pages * pageLen)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

// FuzzArena takes and drops, and wants no two blocks to meet, all of them
// zeroed, and nothing lost.
func FuzzArena(f *testing.F) {
	f.Add([]byte{1, 2, 3, 128, 129, 130, 9, 200})
	f.Add([]byte{60, 60, 60, 128, 70, 129, 1, 128, 128})
	f.Fuzz(func(t *testing.T, program []byte) {
		a, used := arena(t, 64), 0
		var blocks []*Block
		for _, op := range program {
			if op&0x80 != 0 && len(blocks) > 0 {
				i := int(op&0x7f) % len(blocks)
				used -= pageLen * max(1, (blocks[i].Memory.Len()+pageLen-1)/pageLen)
				blocks[i].Drop()
				blocks = slices.Delete(blocks, i, i+1)
				continue
			}
			size := int(op&0x7f) * 700
			b, err := a.Take(size, 1)
			if err != nil {
				if !errors.Is(err, errNoRoom) || len(blocks) == 0 {
					t.Fatalf("%d bytes of %d used: %v", size, used, err)
				}
				continue
			}
			for i, v := range b.Memory.Bytes() {
				if v != 0 {
					t.Fatalf("byte %d of a new block is %d", i, v)
				}
				b.Memory.Bytes()[i] = 0xaa
			}
			used += pageLen * max(1, (size+pageLen-1)/pageLen)
			for _, o := range blocks {
				if b.At < o.At+max(1, o.Memory.Len()) && o.At < b.At+max(1, size) {
					t.Fatalf("blocks at %d and %d meet", b.At, o.At)
				}
			}
			blocks = append(blocks, b)
		}
		if a.Used() != used {
			t.Fatalf("used %d, want %d", a.Used(), used)
		}
		for _, b := range blocks {
			b.Drop()
		}
		if a.Used() != 0 || len(a.free) != 1 {
			t.Fatalf("all dropped: used %d, free %v", a.Used(), a.free)
		}
	})
}

func TestABlockIsFreeWhenAllHoldersDropIt(t *testing.T) {
	a := arena(t, 2)
	b, err := a.Take(10, 2)
	if err != nil {
		t.Fatal(err)
	}
	b.Drop()
	if a.Used() != pageLen {
		t.Fatal("one of two holders freed it")
	}
	b.Drop()
	if a.Used() != 0 {
		t.Fatal("nobody holds it, and it is not free")
	}
	if _, err := a.Take(3*pageLen, 1); !errors.Is(err, errNoRoom) {
		t.Fatalf("more than there is: %v", err)
	}
}

// collected runs the collector until done says that it has found something.
func collected(done func() bool) {
	for !done() {
		runtime.GC()
		runtime.Gosched()
	}
}
