package trace

import (
	"net/netip"
	"time"
)

// record is what is known of a kept message beside its bytes.
type record struct {
	at            time.Time
	local, remote netip.AddrPort
	transport     string
	length        int
	sent, hidden  bool
}

// What things cost of the budget, in bytes.
const (
	blockSize  = 2048
	recordCost = 128
	threadCost = 512 // with its place in the map
)

// block is a piece of memory for messages. It is handed from call to call.
type block struct {
	next *block
	data [blockSize]byte
}

// strand is a queue of messages, one after the other in blocks.
type strand struct {
	records     []record
	first, last *block
	blocks      int
	from, to    int // what is used begins in first and ends in last
}

func (s *strand) cost() int { return s.blocks*blockSize + len(s.records)*recordCost }

// push appends a message.
func (s *strand) push(free **block, rec record, message []byte) {
	s.records = append(s.records, rec)
	for len(message) > 0 {
		if s.last == nil || s.to == blockSize {
			s.grow(free)
		}
		n := copy(s.last.data[s.to:], message)
		s.to += n
		message = message[n:]
	}
}

// grow appends an empty block.
func (s *strand) grow(free **block) {
	b := *free
	if b == nil {
		b = &block{}
	} else {
		*free, b.next = b.next, nil
	}
	if s.last == nil {
		s.first = b
	} else {
		s.last.next = b
	}
	s.last, s.to = b, 0
	s.blocks++
}

// pop forgets the first message.
func (s *strand) pop(free **block) {
	s.from += s.records[0].length
	s.records = s.records[1:]
	for s.from >= blockSize && s.first != s.last {
		b := s.first
		s.first, s.from = b.next, s.from-blockSize
		b.next, *free = *free, b
		s.blocks--
	}
}

// appendTo appends the bytes of all messages.
func (s *strand) appendTo(text []byte) []byte {
	from := s.from
	for b := s.first; b != nil; b = b.next {
		to := blockSize
		if b == s.last {
			to = s.to
		}
		text = append(text, b.data[from:to]...)
		from = 0
	}
	return text
}

// reset forgets all messages.
func (s *strand) reset(free **block) {
	if s.last != nil {
		s.last.next, *free = *free, s.first
	}
	records := s.records
	if cap(records) > 64 { // one long call shall not make all that follow large
		records = nil
	}
	*s = strand{records: records[:0]}
}

// thread is what is kept of one Call-ID: how it began and, when that was not all,
// how it went lately.
type thread struct {
	id           string
	begin, late  strand
	missing      int // messages between the two
	heard        time.Time
	older, newer *thread
}

func (th *thread) cost() int { return threadCost + len(th.id) + th.begin.cost() + th.late.cost() }

// keep appends a message within a limit: half of it is for the beginning.
func (th *thread) keep(free **block, rec record, message []byte, limit int) {
	th.heard = rec.at
	if len(th.late.records) == 0 && th.begin.cost()+recordCost+len(message) <= limit/2 {
		th.begin.push(free, rec, message)
		return
	}
	th.late.push(free, rec, message)
	for th.cost() > limit && len(th.late.records) > 1 {
		th.late.pop(free)
		th.missing++
	}
}

// copy returns all messages and their bytes.
func (th *thread) copy() ([]record, []byte) {
	records := append(append([]record(nil), th.begin.records...), th.late.records...)
	return records, th.late.appendTo(th.begin.appendTo(nil))
}

func (th *thread) reset(free **block) {
	th.begin.reset(free)
	th.late.reset(free)
	*th = thread{begin: th.begin, late: th.late}
}

// link puts a thread at the end of a ring.
func (th *thread) link(ring *thread) {
	th.older, th.newer = ring.older, ring
	th.older.newer, ring.older = th, th
}

// unlink takes a thread out of the ring that it is in, if it is in one.
func (th *thread) unlink() {
	if th.older != nil {
		th.older.newer, th.newer.older = th.newer, th.older
	}
	th.older, th.newer = nil, nil
}
