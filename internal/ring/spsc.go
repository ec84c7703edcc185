package ring

import "sync/atomic"

// SPSC is a bounded queue between one producer and one consumer.
type SPSC[T any] struct {
	buf   []T
	mask  uint64
	limit uint64
	_     line
	head  atomic.Uint64 // next to pop; only the consumer writes it
	_     line
	tail  atomic.Uint64 // next to push; only the producer writes it
	_     line
}

// NewSPSC makes a queue for n values, at least one.
func NewSPSC[T any](n int) *SPSC[T] {
	n = max(n, 1)
	size := roundUp(n)
	return &SPSC[T]{buf: make([]T, size), mask: uint64(size - 1), limit: uint64(n)}
}

// Push appends v and reports whether there was room. Producer only.
func (r *SPSC[T]) Push(v T) bool {
	tail := r.tail.Load()
	if tail-r.head.Load() >= r.limit {
		return false
	}
	r.buf[tail&r.mask] = v
	r.tail.Store(tail + 1)
	return true
}

// Pop takes the oldest value and reports whether there was one. Consumer only.
func (r *SPSC[T]) Pop() (T, bool) {
	var zero T
	head := r.head.Load()
	if head == r.tail.Load() {
		return zero, false
	}
	v := r.buf[head&r.mask]
	r.buf[head&r.mask] = zero // do not keep alive what the value points at
	r.head.Store(head + 1)
	return v, true
}

// PushAll appends as much of src as fits and returns how much that was.
// Producer only.
func (r *SPSC[T]) PushAll(src []T) int {
	tail := r.tail.Load()
	n := min(uint64(len(src)), r.limit-(tail-r.head.Load()))
	at := tail & r.mask
	k := copy(r.buf[at:], src[:n])
	copy(r.buf, src[k:n])
	r.tail.Store(tail + n)
	return int(n)
}

// PopAll moves up to len(dst) of the oldest values to dst and returns how many.
// It leaves copies behind in the ring, so it is for values without pointers.
// Consumer only.
func (r *SPSC[T]) PopAll(dst []T) int {
	head := r.head.Load()
	n := min(uint64(len(dst)), r.tail.Load()-head)
	at := head & r.mask
	k := copy(dst[:n], r.buf[at:])
	copy(dst[k:n], r.buf)
	r.head.Store(head + n)
	return int(n)
}

// Len returns how many values are queued. Exact for producer and consumer in
// the direction that matters to each: a producer never sees fewer than there
// are, a consumer never more.
func (r *SPSC[T]) Len() int {
	// Head first: it only grows towards tail, so the difference cannot be negative.
	head := r.head.Load()
	return int(r.tail.Load() - head)
}

// Cap returns how many values fit.
func (r *SPSC[T]) Cap() int { return int(r.limit) }
