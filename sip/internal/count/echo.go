package count

import (
	"hash/maphash"
	"sync/atomic"
)

// remembered is how many messages an Echoes knows again: a second or more of them.
const remembered = 1 << 15

// Echoes knows messages again that went over the wire a moment ago, byte by byte
// the same: retransmissions, ours and theirs, whoever sends them. It keeps their
// hashes, each in the one place that it points to, and allocates nothing.
type Echoes struct {
	seed maphash.Seed
	seen [directions][remembered]atomic.Uint64
}

// NewEchoes returns one that has heard nothing.
func NewEchoes() *Echoes { return &Echoes{seed: maphash.MakeSeed()} }

// Heard reports whether a message is a repetition, and remembers it.
func (e *Echoes) Heard(d Direction, m []byte) bool {
	h := maphash.Bytes(e.seed, m)
	return e.seen[d][h%remembered].Swap(h) == h
}
