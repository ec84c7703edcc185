package ring

import (
	"encoding/binary"
	"sync/atomic"
)

// Records is a bounded queue of byte records between one producer and one
// consumer, over memory that may be shared with another process. Each side has
// a Records of its own over the same words and bytes.
//
// A record is published by one store after all of it was written: a producer
// that dies half-way leaves nothing behind. The other side is not trusted:
// indices and lengths are checked, and when they cannot be true the consumer
// throws away what is queued and counts it in Torn.
type Records struct {
	head, tail *atomic.Uint64 // bytes ever taken, and ever put
	buf        []byte
	taken      uint64 // of the consumer: what Next returned ends here
	torn       uint64
}

const (
	recordHead  = 8          // holds the length; records begin at multiples of it
	recordSkip  = ^uint64(0) // instead of a length: nothing more before the end of buf
	recordShare = 4          // a record may take this part of the ring at most
)

// NewRecords makes one side of a queue. head and tail are zero in a new queue;
// buf's length is a power of two, at least 64.
func NewRecords(head, tail *atomic.Uint64, buf []byte) *Records {
	return &Records{head: head, tail: tail, buf: buf, taken: head.Load()}
}

// MaxLen is the length of the longest record that may be pushed.
func (r *Records) MaxLen() int { return len(r.buf)/recordShare - recordHead }

// Used returns how many bytes are queued, and never more than Cap.
func (r *Records) Used() int {
	head := r.head.Load()
	return int(min(r.tail.Load()-head, uint64(len(r.buf))))
}

// Cap returns how many bytes the ring has.
func (r *Records) Cap() int { return len(r.buf) }

// Push appends rec and reports whether there was room. Producer only.
func (r *Records) Push(rec []byte) bool {
	if len(rec) > r.MaxLen() {
		return false
	}
	size := uint64(recordHead + (len(rec)+recordHead-1)&^(recordHead-1))
	tail, cap := r.tail.Load(), uint64(len(r.buf))
	if tail%recordHead != 0 { // a lie; the consumer puts it straight
		return false
	}
	at := tail & (cap - 1)
	skip := uint64(0)
	if at+size > cap {
		skip = cap - at
	}
	if used := tail - r.head.Load(); used > cap || cap-used < size+skip {
		return false
	}
	if skip > 0 {
		binary.NativeEndian.PutUint64(r.buf[at:], recordSkip)
		at = 0
	}
	binary.NativeEndian.PutUint64(r.buf[at:], uint64(len(rec)))
	copy(r.buf[at+recordHead:], rec)
	r.tail.Store(tail + skip + size)
	return true
}

// Next returns the oldest record, which stays queued and valid until Done; false
// when there is none. Consumer only.
func (r *Records) Next() ([]byte, bool) {
	head, tail, cap := r.head.Load(), r.tail.Load(), uint64(len(r.buf))
	for head != tail || tail%recordHead != 0 {
		at := head & (cap - 1)
		if tail-head > cap || head%recordHead != 0 || tail%recordHead != 0 {
			return r.tear(tail)
		}
		n := binary.NativeEndian.Uint64(r.buf[at:])
		if n == recordSkip && cap-at <= tail-head {
			head += cap - at // and is then at the beginning, where no skip can be
			if at == 0 {
				return r.tear(tail)
			}
			continue
		}
		size := recordHead + (n+recordHead-1)&^(recordHead-1)
		if n > cap || at+size > cap || size > tail-head {
			return r.tear(tail)
		}
		r.taken = head + size
		return r.buf[at+recordHead : at+recordHead+n : at+recordHead+n], true
	}
	return nil, false
}

// tear throws away all there is.
func (r *Records) tear(tail uint64) ([]byte, bool) {
	r.torn++
	straight := tail &^ (recordHead - 1)
	r.tail.CompareAndSwap(tail, straight)
	r.head.Store(straight)
	return nil, false
}

// Done takes away what Next returned. Consumer only.
func (r *Records) Done() { r.head.Store(r.taken) }

// Empty reports whether Next would find nothing. Consumer only.
func (r *Records) Empty() bool { return r.head.Load() == r.tail.Load() }

// Torn returns how often something impossible was found.
func (r *Records) Torn() uint64 { return r.torn }
