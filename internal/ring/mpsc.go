package ring

import "sync/atomic"

// MPSC is a bounded queue between any number of producers and one consumer.
//
// It is the queue of D. Vyukov: every cell carries a sequence number that says
// whose turn it is, so producers meet only at one compare-and-swap.
type MPSC[T any] struct {
	cells []cell[T]
	mask  uint64
	_     line
	head  atomic.Uint64 // next to pop; only the consumer writes it
	_     line
	tail  atomic.Uint64 // next to claim; producers compete for it
	_     line
}

// cell is free for the producer of position p when seq == p, and holds the
// value of position p when seq == p+1.
type cell[T any] struct {
	seq atomic.Uint64
	v   T
}

// NewMPSC makes a queue for at least n values (rounded up to a power of two,
// at least two).
func NewMPSC[T any](n int) *MPSC[T] {
	size := roundUp(max(n, 2))
	r := &MPSC[T]{cells: make([]cell[T], size), mask: uint64(size - 1)}
	for i := range r.cells {
		r.cells[i].seq.Store(uint64(i))
	}
	return r
}

// Push appends v and reports whether there was room. Any goroutine.
func (r *MPSC[T]) Push(v T) bool {
	for {
		tail := r.tail.Load()
		c := &r.cells[tail&r.mask]
		switch seq := c.seq.Load(); {
		case seq == tail:
			if !r.tail.CompareAndSwap(tail, tail+1) {
				continue
			}
			c.v = v
			c.seq.Store(tail + 1)
			return true
		case seq < tail: // still holds the value of the lap before
			return false
		default: // another producer took this position first
		}
	}
}

// Pop takes the oldest value and reports whether there was one. A value whose
// producer has claimed its place but not finished writing counts as not there.
// Consumer only.
func (r *MPSC[T]) Pop() (T, bool) {
	var zero T
	head := r.head.Load()
	c := &r.cells[head&r.mask]
	if c.seq.Load() != head+1 {
		return zero, false
	}
	v := c.v
	c.v = zero // do not keep alive what the value points at
	c.seq.Store(head + r.mask + 1)
	r.head.Store(head + 1)
	return v, true
}

// Empty reports whether Pop would find nothing. Consumer only.
func (r *MPSC[T]) Empty() bool {
	head := r.head.Load()
	return r.cells[head&r.mask].seq.Load() != head+1
}

// Len returns about how many values are queued: never fewer than were pushed
// before the call and not popped by its end. Any goroutine.
func (r *MPSC[T]) Len() int {
	// Head first: it only grows towards tail, so the difference cannot be negative.
	head := r.head.Load()
	return int(r.tail.Load() - head)
}

// Cap returns how many values fit.
func (r *MPSC[T]) Cap() int { return len(r.cells) }
