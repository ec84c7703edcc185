package ring

import "sync/atomic"

// SPSC is a bounded queue of values between one producer and one consumer.
type SPSC[T any] struct {
	buf        []T
	mask       uint64
	limit      uint64
	head, tail *atomic.Uint64 // next to pop, next to push; each written by one side only
}

// indices are those of a ring that is not shared with another process.
type indices struct {
	_    line
	head atomic.Uint64
	_    line
	tail atomic.Uint64
	_    line
}

// NewSPSC makes a queue for n values, at least one.
func NewSPSC[T any](n int) *SPSC[T] {
	n = max(n, 1)
	ix := new(indices)
	return Over(&ix.head, &ix.tail, make([]T, Room(n)), n)
}

// Room returns how long a buffer for n values must be.
func Room(n int) int { return roundUp(n) }

// Over makes one side of a queue for n values over memory that may be shared
// with another process: head and tail are zero in a new queue, and buf's length
// is a power of two, at least n. What the other side does to the indices can
// make the values wrong, never an access beyond buf.
func Over[T any](head, tail *atomic.Uint64, buf []T, n int) *SPSC[T] {
	return &SPSC[T]{buf: buf, mask: uint64(len(buf) - 1), limit: uint64(n), head: head, tail: tail}
}

// queued returns how many values there are, never more than fit.
func (r *SPSC[T]) queued(head, tail uint64) uint64 { return min(tail-head, r.limit) }

// ahead returns where the consumer is and how much there is for it. When that is
// more than fits, somebody lied: then it is all thrown away, since whoever pops
// until nothing is left must come to an end.
func (r *SPSC[T]) ahead() (head, n uint64) {
	head = r.head.Load()
	tail := r.tail.Load()
	if n = tail - head; n > r.limit {
		r.head.Store(tail)
		return tail, 0
	}
	return head, n
}

// Push appends v and reports whether there was room. Producer only.
func (r *SPSC[T]) Push(v T) bool {
	tail := r.tail.Load()
	if r.queued(r.head.Load(), tail) == r.limit {
		return false
	}
	r.buf[tail&r.mask] = v
	r.tail.Store(tail + 1)
	return true
}

// Pop takes the oldest value and reports whether there was one. Consumer only.
func (r *SPSC[T]) Pop() (T, bool) {
	var zero T
	head, n := r.ahead()
	if n == 0 {
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
	at, n := r.Claim(len(src))
	k := copy(r.buf[at:], src[:n])
	copy(r.buf, src[k:n])
	r.Publish(n)
	return n
}

// Claim returns how many of the next n values fit, and the index in the buffer
// where they begin; behind the buffer's end they go on at its beginning. It is
// for a producer that fills them in itself, and then calls Publish.
func (r *SPSC[T]) Claim(n int) (at, fit int) {
	tail := r.tail.Load()
	return int(tail & r.mask), int(min(uint64(max(n, 0)), r.limit-r.queued(r.head.Load(), tail)))
}

// Publish appends n of the values that Claim was asked for. Producer only.
func (r *SPSC[T]) Publish(n int) { r.tail.Store(r.tail.Load() + uint64(n)) }

// PopAll moves up to len(dst) of the oldest values to dst and returns how many.
// It leaves copies behind in the ring, so it is for values without pointers.
// Consumer only.
func (r *SPSC[T]) PopAll(dst []T) int {
	head, n := r.ahead()
	n = min(uint64(len(dst)), n)
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
	return int(r.queued(head, r.tail.Load()))
}

// Cap returns how many values fit.
func (r *SPSC[T]) Cap() int { return int(r.limit) }
