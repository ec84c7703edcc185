package jitter

import (
	"time"

	"trunkline/internal/clock"
)

const (
	lagMemory  = 256             // packets whose lateness is remembered: 5 s of 20 ms packets
	lagRecount = 8               // packets between two looks at all of them
	lagFew     = 100             // packets whose latest may be anything
	lagPause   = 2 * time.Second // without sound, and the clocks may have moved apart
	lagAstray  = 8               // packets in a row that are hopelessly late are a longer way, not a delay
	lagRelax   = 2 * time.Millisecond
)

// lags measures how late packets come, compared with those that came fastest.
//
// It keeps the transit times of the last packets (arrival minus timestamp: an
// unknown constant plus the delay) and looks at their least and at their
// third-largest, above which 1 % of the packets lie. What lies between is the
// spread: the delay a receiver must add so that nearly all come in time. The
// window moves on with a drifting clock, that of the least twice as fast. A spread that grows counts at once,
// one that shrinks gives way slowly.
//
// A network that stops and then delivers everything in one go makes a row of
// packets each less late than the one before. That is one event, and is counted
// once; a stop too long to be bridged is not counted at all.
type lags struct {
	at     [lagMemory]int32 // transit times, relative to ref
	ref    uint32
	n      int   // how many of at are known
	pos    uint8 // where the next goes
	last   int32
	base   int32 // the least
	spread int32
	fresh  int // noted since the last count
	astray int // hopelessly late, in a row
	heard  clock.Time
}

// scale is the size of things in timestamp units, which depend on the clock rate.
type scale struct{ dur, limit, relax int32 }

// take notes a packet with the given transit time. limit is the most lateness
// that is worth waiting for.
func (l *lags) take(now clock.Time, transit uint32, u scale) {
	t := int32(transit - l.ref)
	falling := t <= l.last-u.dur/2
	switch {
	case l.n == 0 || now.Sub(l.heard) > lagPause,
		t < l.base-u.limit,            // the way, or the far clock, is another
		falling && t < l.base-u.dur/4: // what we took for the fastest was the end of a stop
		t, falling = l.restart(transit), false
	}
	l.last, l.heard = t, now
	if t > l.base+u.limit {
		if falling {
			return
		}
		if l.astray++; l.astray < lagAstray {
			return
		}
		t = l.restart(transit)
	}
	l.astray = 0
	if !falling || t <= l.base+u.dur {
		l.note(t, u)
	}
}

// restart forgets all but the spread: it is the network's, not the clock's.
func (l *lags) restart(transit uint32) int32 {
	l.ref, l.n, l.base, l.last, l.astray, l.fresh = transit, 0, 0, 0, 0, 0
	return 0
}

// forget drops what was measured on a clock that is no longer, and what too few
// packets said of the network.
func (l *lags) forget() {
	if l.n <= lagFew {
		l.spread = 0
	}
	l.n = 0
}

func (l *lags) note(t int32, u scale) {
	l.at[l.pos] = t
	l.pos++ // wraps, as lagMemory is what it counts
	l.n = min(l.n+1, lagMemory)
	l.base = min(l.base, t)
	if l.fresh++; l.fresh >= lagRecount || t > l.base+l.spread {
		l.count(u)
	}
}

// count finds the least of the newer half and the third-largest of all; of few,
// the second or the largest.
func (l *lags) count(u scale) {
	least, top := l.last, [3]int32{l.base, l.base, l.base}
	for i := range l.n {
		t := l.at[l.pos-1-uint8(i)] // the newest first
		if i < lagMemory/2 {
			least = min(least, t)
		}
		if t > top[2] {
			top[2] = t
			if t > top[1] {
				top[1], top[2] = t, top[1]
			}
			if t > top[0] {
				top[0], top[1] = t, top[0]
			}
		}
	}
	l.base, l.fresh = least, 0
	l.spread = max(top[l.n/lagFew]-least, l.spread-u.relax, 0)
}

// lateness returns how much later than the fastest a packet came.
func (l *lags) lateness(transit uint32) int32 {
	if l.n == 0 {
		return 0
	}
	return int32(transit-l.ref) - l.base
}
