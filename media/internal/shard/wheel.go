package shard

import (
	"time"

	"trunkline/internal/clock"
	"trunkline/internal/netio"
)

// The wheel has one list of legs per millisecond, enough of them that a lap
// which comes a whole packet time late still finds every leg in its place.
const (
	slotLen    = int64(time.Millisecond)
	slots      = 256 // a power of two, and more than a session dozes in ms
	spreadOver = 20  // new legs are spread over one usual packet time
)

// turn is a leg in the wheel, by its number; none is none of them.
type turn uint32

const none turn = 0

func turnOf(l netio.Leg) turn { return turn(l) + 1 }

func (t turn) leg() netio.Leg { return netio.Leg(t - 1) }

// wheel knows which legs are due when, so that a lap touches only those. Its
// lists are made of numbers that lie together, not of the legs, which are all
// over the memory. The zero wheel is empty. It allocates for a leg with a higher
// number than any before.
type wheel struct {
	lists [slots]turn
	sizes [slots]int
	at    int64 // the millisecond whose list is next; all earlier ones are empty
	turns []link
}

// link is a leg's place in a list; the zero link is in none.
type link struct {
	prev, next turn
	slot       int32 // index of the list, and one more
}

// due takes out the legs of one millisecond up to now and returns the first, to
// be followed with after; none when all that was due has been taken. Legs that
// were taken out must be added again.
func (w *wheel) due(now clock.Time) turn {
	ms := int64(now) / slotLen
	if ms-w.at >= slots { // a very late lap: one turn reaches every leg
		w.at = ms - slots + 1
	}
	for ; w.at <= ms; w.at++ {
		i := int(w.at % slots)
		first := w.lists[i]
		if first == none {
			continue
		}
		w.lists[i], w.sizes[i] = none, 0
		for t := first; t != none; t = w.turns[t].next {
			w.turns[t].slot = 0
		}
		return first // at stays: its list is empty now, and add puts nothing there
	}
	return none
}

// after returns whose turn follows on t's. Adding t forgets it.
func (w *wheel) after(t turn) turn { return w.turns[t].next }

// holds reports whether a leg is in the wheel.
func (w *wheel) holds(l netio.Leg) bool {
	t := int(turnOf(l))
	return t < len(w.turns) && w.turns[t].slot != 0
}

// add puts a leg where it will be due at t. What is due already comes in the
// next millisecond; what is farther away than the wheel reaches comes too
// early, and sessions allow for that.
func (w *wheel) add(l netio.Leg, t clock.Time) {
	n := turnOf(l)
	for int(n) >= len(w.turns) {
		w.turns = append(w.turns, link{})
	}
	ms := min(max(dueIn(t), w.at+1), w.at+slots-1)
	i := int(ms % slots)
	first := w.lists[i]
	w.turns[n] = link{next: first, slot: int32(i) + 1}
	if first != none {
		w.turns[first].prev = n
	}
	w.lists[i] = n
	w.sizes[i]++
}

// spread puts a new leg into the emptiest of the coming milliseconds, so that
// legs opened together do not all fall due together.
func (w *wheel) spread(l netio.Leg, now clock.Time) {
	first := max(dueIn(now), w.at) + 1
	best := first
	for ms := first; ms < first+spreadOver; ms++ {
		if w.sizes[ms%slots] < w.sizes[best%slots] {
			best = ms
		}
	}
	w.add(l, clock.Time(best*slotLen))
}

// remove takes a leg out, if it is there.
func (w *wheel) remove(l netio.Leg) {
	if !w.holds(l) {
		return
	}
	was := w.turns[turnOf(l)]
	i := was.slot - 1
	if was.prev != none {
		w.turns[was.prev].next = was.next
	} else {
		w.lists[i] = was.next
	}
	if was.next != none {
		w.turns[was.next].prev = was.prev
	}
	w.sizes[i]--
	w.turns[turnOf(l)] = link{}
}
