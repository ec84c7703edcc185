// Package mail is how things reach a call and how they wait there: a Box into which
// anybody puts messages and from which one goroutine takes them, and a Queue of what
// that goroutine has for another, who comes for it in its own time.
//
// Neither waits, starts a goroutine or knows what it carries. Only package call uses
// them: its goroutine is the one that takes, and its flow the one who comes.
package mail

import "sync"

// Size bounds what may wait in a Box. Nothing legal comes near it: a leg makes some
// tens of messages a second, and each takes microseconds.
const Size = 512

// Box is what waits for its owner: as long as need be, and empty most of the time.
// Any goroutine puts something in, the owner's takes it out.
type Box[M any] struct {
	news chan struct{} // holds a token when there is something to take

	mu      sync.Mutex // held for an append
	waiting []M
	overrun bool // something found no room
	shut    bool // nobody will take anything any more
}

// NewBox makes an empty Box.
func NewBox[M any]() *Box[M] { return &Box[M]{news: make(chan struct{}, 1)} }

// News yields a token when there is something to take.
func (b *Box[M]) News() <-chan struct{} { return b.news }

// Put adds m and reports whether there was room for it.
func (b *Box[M]) Put(m M) bool {
	b.mu.Lock()
	room := len(b.waiting) < Size && !b.shut
	if room {
		b.waiting = append(b.waiting, m)
	} else {
		b.overrun = true
	}
	b.mu.Unlock()
	select {
	case b.news <- struct{}{}:
	default:
	}
	return room
}

// Take empties the Box, and reports whether it was ever too full.
func (b *Box[M]) Take() (waiting []M, overrun bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	waiting, b.waiting = b.waiting, nil
	return waiting, b.overrun
}

// Close takes what is left; nothing more finds room.
func (b *Box[M]) Close() []M {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shut = true
	return b.waiting
}
