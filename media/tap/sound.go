package tap

import (
	"sync/atomic"

	"trunkline/internal/netio/shm"
	"trunkline/internal/ring"
)

// sound is the ring of a Tap and what both sides say about it, over memory that
// two processes may share.
type sound struct {
	memory shm.Memory // held: everything below points into it
	ring   ring.SPSC[int16]
	pairs  []uint32 // the ring's buffer once more, two values at a time
	lost   *atomic.Uint64
	ended  *atomic.Uint64 // not 0 once nothing more will come
	want   *atomic.Uint64 // values a sleeping reader waits for; 0: nobody sleeps
}

// The words of a sound's memory before the samples: a cache line that the reader
// writes and one that the writer does. Both are looked at for every frame of
// thousands of taps, none of which is in a cache by then.
const (
	wordHead  = 0
	wordWant  = 1
	wordTail  = 8
	wordLost  = 9
	wordEnded = 10
	soundHead = 16 * 8 // bytes
)

// lay makes a sound for n values over m; nil when m is too small.
func lay(m shm.Memory, n int) *sound {
	buf, ok := m.Part(soundHead, 2*ring.Room(n))
	if !ok {
		return nil
	}
	return &sound{
		memory: m, ring: *ring.Over(m.Word(wordHead), m.Word(wordTail), buf.Samples(), n), pairs: buf.Uint32s(),
		lost: m.Word(wordLost), ended: m.Word(wordEnded), want: m.Word(wordWant),
	}
}

// Len returns how many bytes of memory t needs.
func (t *Tap) Len() int { return soundHead + 2*ring.Room(t.values) }

// Bind moves the ring of a tap that nobody has written to yet into m, which
// holds Len zeros; false when m is too small or the tap is bound already.
// release is called, from any goroutine, when the reader needs m no more; the
// writer may.
func (t *Tap) Bind(m shm.Memory, release func()) bool {
	s := lay(m, t.values)
	if s == nil || t.release != nil {
		return false
	}
	t.release = release
	t.sound.Store(s)
	t.Wake() // a reader that sleeps beside the old ring
	return true
}

// Over makes the writer's side of a tap that is bound to m, perhaps by another
// process; nil when m does not hold one.
func Over(mode Mode, rate, values int, m shm.Memory) *Tap {
	if mode > Outbound || values < 1 || values > m.Len() || values%mode.Channels() != 0 {
		return nil
	}
	t := &Tap{mode: mode, rate: rate, values: values, ready: make(chan struct{}, 1)}
	s := lay(m, values)
	if s == nil {
		return nil
	}
	t.sound.Store(s)
	return t
}

// Values returns how many values fit, as Over wants to know it.
func (t *Tap) Values() int { return t.values }

// own returns the sound, made on the heap when the tap was not bound.
func (t *Tap) own() *sound {
	if s := t.sound.Load(); s != nil {
		return s
	}
	t.sound.CompareAndSwap(nil, lay(shm.Heap(t.Len()), t.values))
	return t.sound.Load()
}

// leave gives the memory back, since the reader has read it to its end, and keeps
// what there is to tell of it.
func (t *Tap) leave(s *sound) {
	if s.memory.Len() == soundHead+2*ring.Room(1) {
		return // there already, or nothing to gain
	}
	last := lay(shm.Heap(soundHead+2*ring.Room(1)), 1)
	last.lost.Store(s.lost.Load())
	last.ended.Store(1)
	if t.sound.CompareAndSwap(s, last) && t.release != nil {
		t.release()
	}
}
