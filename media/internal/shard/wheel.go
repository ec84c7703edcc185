package shard

import (
	"time"

	"trunkline/internal/clock"
)

// The wheel has one list of legs per millisecond, enough of them that a lap
// which comes a whole packet time late still finds every leg in its place.
const (
	slotLen     = int64(time.Millisecond)
	slots       = 256 // a power of two, and more than a session dozes in ms
	spreadOver  = 20  // new legs are spread over one usual packet time
	unscheduled = -1
)

// wheel knows which legs are due when, so that a lap touches only those.
type wheel struct {
	lists [slots]*leg
	sizes [slots]int
	at    int64 // the millisecond whose list is next; all earlier ones are empty
}

// due takes out and returns the list of legs of one millisecond up to now,
// linked by next; nil when all that was due has been taken. Legs that were
// taken out must be added again.
func (w *wheel) due(now clock.Time) *leg {
	ms := int64(now) / slotLen
	if ms-w.at >= slots { // a very late lap: one turn reaches every leg
		w.at = ms - slots + 1
	}
	for ; w.at <= ms; w.at++ {
		i := int(w.at % slots)
		first := w.lists[i]
		if first == nil {
			continue
		}
		w.lists[i], w.sizes[i] = nil, 0
		for l := first; l != nil; l = l.next {
			l.slot = unscheduled
		}
		return first // at stays: its list is empty now, and add puts nothing there
	}
	return nil
}

// add puts a leg where it will be due at t. What is due already comes in the
// next millisecond; what is farther away than the wheel reaches comes too
// early, and sessions allow for that.
func (w *wheel) add(l *leg, t clock.Time) {
	ms := min(max(dueIn(t), w.at+1), w.at+slots-1)
	i := int(ms % slots)
	l.slot, l.prev, l.next = i, nil, w.lists[i]
	if l.next != nil {
		l.next.prev = l
	}
	w.lists[i] = l
	w.sizes[i]++
}

// spread puts a new leg into the emptiest of the coming milliseconds, so that
// legs opened together do not all fall due together.
func (w *wheel) spread(l *leg, now clock.Time) {
	first := max(dueIn(now), w.at) + 1
	best := first
	for ms := first; ms < first+spreadOver; ms++ {
		if w.sizes[ms%slots] < w.sizes[best%slots] {
			best = ms
		}
	}
	w.add(l, clock.Time(best*slotLen))
}

// remove takes a leg out.
func (w *wheel) remove(l *leg) {
	if l.slot == unscheduled {
		return
	}
	if l.prev != nil {
		l.prev.next = l.next
	} else {
		w.lists[l.slot] = l.next
	}
	if l.next != nil {
		l.next.prev = l.prev
	}
	w.sizes[l.slot]--
	l.prev, l.next, l.slot = nil, nil, unscheduled
}
