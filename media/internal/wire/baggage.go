package wire

import (
	"sync/atomic"

	"trunkline/internal/netio"
	"trunkline/internal/netio/shm"
	"trunkline/internal/ring"
	"trunkline/media/feed"
	"trunkline/media/prompt"
	"trunkline/media/tap"
)

// Baggage is what a record cannot hold and travels beside it. Each method is a
// field: when writing it sends what the pointer points at and writes how to
// find it; when reading it finds it, or spoils the record. Each side has its
// own Baggage; it is used by one goroutine or thread at a time.
type Baggage interface {
	// Ports carries the bound ports of session. They are the reader's to close.
	Ports(x *Coder, session uint64, p *netio.Ports)
	// Clip carries a clip. The reader must not use it any more once it has
	// counted Use down to what it was.
	Clip(x *Coder, c *Clip)
	// Tap carries the writer's side of a tap.
	Tap(x *Coder, t **tap.Tap)
	// Feed carries the player's side of a feed.
	Feed(x *Coder, f *Feed)
	// Memory carries what later clips and taps lie in.
	Memory(x *Coder)
}

// Clip is a clip and the count of those who play it. Playing is nil where
// nobody needs to know.
type Clip struct {
	*prompt.Clip
	Playing *atomic.Int64
}

// Release says that one who played it does not any more.
func (c Clip) Release() {
	if c.Playing != nil {
		c.Playing.Add(-1)
	}
}

// Feed is a feed and the memory it lies in, which must be held for as long as it
// is used.
type Feed struct {
	*feed.Feed
	Held shm.Memory
}

// Beside is Baggage within one process: the things themselves, in a ring beside
// the records. Both sides use the same Beside.
type Beside struct {
	ring *ring.SPSC[parcel]
	sent uint64 // the writer's
}

// parcel is one thing and its number: those whose record was not sent in the
// end are found out by it.
type parcel struct {
	number uint64
	thing  any
}

// besideCapacity is how many things may be under way.
const besideCapacity = 8192

// NewBeside makes a Beside.
func NewBeside() *Beside { return &Beside{ring: ring.NewSPSC[parcel](besideCapacity)} }

// Ports carries ports.
func (b *Beside) Ports(x *Coder, _ uint64, p *netio.Ports) { carry(b, x, p) }

// Clip carries a clip.
func (b *Beside) Clip(x *Coder, c *Clip) { carry(b, x, &c.Clip) }

// Tap carries a tap.
func (b *Beside) Tap(x *Coder, t **tap.Tap) { carry(b, x, t) }

// Feed carries a feed.
func (b *Beside) Feed(x *Coder, f *Feed) { carry(b, x, &f.Feed) }

// Memory carries nothing: there is one memory only.
func (b *Beside) Memory(*Coder) {}

// carry moves one thing.
func carry[T any](b *Beside, x *Coder, v *T) {
	if !x.Reading() {
		b.sent++
		if !b.ring.Push(parcel{b.sent, *v}) {
			x.Spoil()
		}
		Num(x, &b.sent)
		return
	}
	var want uint64
	for Num(x, &want); !x.bad; {
		p, ok := b.ring.Pop()
		if !ok || p.number > want {
			x.Spoil()
			return
		}
		if p.number == want {
			if *v, ok = p.thing.(T); !ok && p.thing != nil {
				x.Spoil()
			}
			return
		}
	}
}

var _ Baggage = (*Beside)(nil)
