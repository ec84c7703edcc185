package jitter

import (
	"math"
	"math/bits"

	"trunkline/internal/clock"
)

const (
	slots = 64 // packets held at most; a power of two, and the bits of store.free

	// What the first packet gets: room for 320 ms of G.711 in 20 ms packets.
	firstCells    = 16
	firstCellSize = 192
)

// slot is what is known of one packet. Its payload lies in a cell of the store.
type slot struct {
	arrival clock.Time
	ts, dur uint32
	seq     uint16
	size    uint16 // of the payload
	kind    uint8  // RTP payload type
	cell    uint8
	full    bool
	jump    bool // its timestamp does not follow from the packet before
}

// store is the part of a Buffer that a leg needs only once it plays what it
// receives: packets by sequence number, their payloads in equal cells, and how
// late packets come. It is made whole, in one allocation; more or larger cells
// are allocated when packets ask for them, which a stream does a few times in
// its life at most.
type store struct {
	slots [slots]slot
	lags  lags
	free  uint64 // bit per cell
	size  int    // of a cell
	cells []byte
	first [firstCells * firstCellSize]byte // what cells is at first
}

func newStore() *store {
	st := &store{free: 1<<firstCells - 1, size: firstCellSize}
	st.cells = st.first[:]
	return st
}

// at returns the slot where the packet seq is, if it is here.
func (st *store) at(seq uint16) *slot { return &st.slots[seq%slots] }

// put fills a slot with s and payload.
func (st *store) put(s slot, payload []byte) {
	payload = payload[:min(len(payload), math.MaxUint16)]
	if st.free == 0 || len(payload) > st.size {
		st.grow(len(payload))
	}
	s.cell, s.size, s.full = uint8(bits.TrailingZeros64(st.free)), uint16(len(payload)), true
	st.free &^= 1 << s.cell
	*st.at(s.seq) = s
	copy(st.payload(&s), payload)
}

// payload returns the bytes of a packet: valid until the next put, even when
// its slot is cleared before.
func (st *store) payload(s *slot) []byte {
	from := int(s.cell) * st.size
	return st.cells[from : from+int(s.size) : from+st.size]
}

// clear empties a slot, but for what its neighbours want to know of it.
func (st *store) clear(s *slot) {
	s.full = false
	st.free |= 1 << s.cell
}

// reset empties all slots.
func (st *store) reset() {
	st.slots = [slots]slot{}
	st.free = math.MaxUint64 >> (slots - len(st.cells)/st.size)
}

// grow makes cells of at least size bytes, and at least one that is free.
func (st *store) grow(size int) {
	old, was, n := st.cells, st.size, len(st.cells)/st.size
	for st.size < size {
		st.size = 1 << bits.Len(uint(st.size)) // 192 becomes 256, and then its doubles
	}
	more := n
	if st.free == 0 {
		more = min(2*n, slots)
		st.free = math.MaxUint64 >> (slots - more) &^ (math.MaxUint64 >> (slots - n))
	}
	st.cells = make([]byte, more*st.size)
	for i := range n {
		copy(st.cells[i*st.size:], old[i*was:(i+1)*was])
	}
}
