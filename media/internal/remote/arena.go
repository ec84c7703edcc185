package remote

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"trunkline/internal/netio/shm"
)

// arenaLen is how much clips and taps may take together. It is a promise of
// addresses, not of memory: pages that were never written do not exist.
const arenaLen = 4 << 30

// pageLen is what Arena gives out in; it is the system's page or a multiple.
const pageLen = 4096

// errNoRoom says that an Arena is full.
var errNoRoom = errors.New("no room in the memory shared with the media process")

// Arena is memory that the control plane gives out and media threads read and
// write: clips, and the rings of taps. Who has what is known here alone. Any
// goroutine.
type Arena struct {
	file   int
	memory shm.Memory

	mu   sync.Mutex
	free []extent // in order of address, none touching the next
}

// extent is a run of pages.
type extent struct{ at, n int }

// NewArena makes an empty arena.
func NewArena(size int) (*Arena, error) {
	fd, m, err := shm.Create("trunkline-sound", size)
	if err != nil {
		return nil, err
	}
	return &Arena{file: fd, memory: m, free: []extent{{0, size / pageLen}}}, nil
}

// Close gives the descriptor back; what was given out stays usable.
func (a *Arena) Close() error { return shm.Socket(a.file).Close() }

// Block is a part of an Arena.
type Block struct {
	Memory shm.Memory
	At     int // where it begins in the arena, bytes

	arena   *Arena
	holders atomic.Int32
}

// Take gives out size zeroed bytes, which are free again when each of holders
// has called Drop.
func (a *Arena) Take(size int, holders int32) (*Block, error) {
	pages := max(1, (size+pageLen-1)/pageLen)
	a.mu.Lock()
	defer a.mu.Unlock()
	i := slices.IndexFunc(a.free, func(e extent) bool { return e.n >= pages })
	if i < 0 {
		return nil, fmt.Errorf("take %d bytes: %w", size, errNoRoom)
	}
	at := a.free[i].at
	if a.free[i].at, a.free[i].n = at+pages, a.free[i].n-pages; a.free[i].n == 0 {
		a.free = slices.Delete(a.free, i, i+1)
	}
	m, _ := a.memory.Part(at*pageLen, size) // within the arena, as all extents are
	b := &Block{Memory: m, At: at * pageLen, arena: a}
	b.holders.Store(holders)
	return b, nil
}

// Hold adds a holder to those who hold b.
func (b *Block) Hold() { b.holders.Add(1) }

// Drop says that one holder needs the block no more.
func (b *Block) Drop() {
	if b.holders.Add(-1) == 0 {
		b.arena.give(extent{b.At / pageLen, max(1, (b.Memory.Len()+pageLen-1)/pageLen)})
	}
}

// give takes an extent back, and its memory goes back to the system.
func (a *Arena) give(e extent) {
	if m, ok := a.memory.Part(e.at*pageLen, e.n*pageLen); ok {
		m.Discard()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	i, _ := slices.BinarySearchFunc(a.free, e.at, func(f extent, at int) int { return f.at - at })
	a.free = slices.Insert(a.free, i, e)
	if i+1 < len(a.free) && a.free[i].at+a.free[i].n == a.free[i+1].at {
		a.free[i].n += a.free[i+1].n
		a.free = slices.Delete(a.free, i+1, i+2)
	}
	if i > 0 && a.free[i-1].at+a.free[i-1].n == a.free[i].at {
		a.free[i-1].n += a.free[i].n
		a.free = slices.Delete(a.free, i, i+1)
	}
}

// Used returns how many bytes are given out.
func (a *Arena) Used() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	used := a.memory.Len()
	for _, e := range a.free {
		used -= e.n * pageLen
	}
	return used
}
