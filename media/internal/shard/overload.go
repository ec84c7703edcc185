package shard

import (
	"time"

	"trunkline/internal/clock"
)

// A thread that goes before all others, and has more to do than there is time,
// leaves its processor to nobody: on a machine with one of them not even to
// those who could hang up calls. So it gives way when it has hardly waited for a
// whole second. Its sound has gaps by then whatever it does.

// Turn is a thread's place in the queue for its processor; netio has the real
// one. All methods belong to the thread.
type Turn interface {
	// Used returns the processor time that the thread has used.
	Used() time.Duration
	// GiveWay makes the thread one like any other, and reports whether it has
	// gone before others.
	GiveWay() bool
	// Resume lets it go before others again, as it did.
	Resume()
}

// When a thread gives way: having wanted strained or more of its time for one
// window, and had most of it, else it is somebody else who leaves nothing to the
// others. And when it does no more: having wanted eased or less for several.
const (
	strainWindow = time.Second
	strained     = 0.95
	most         = 0.7
	eased        = 0.85
	easedWindows = 3
)

// strain judges whether a thread has too much to do.
//
// What counts is not the time that laps take: once the thread gives way, others
// run in the middle of them. It is what it used of the time that it could have
// had, which is what it used and what it spent waiting for the next beat.
type strain struct {
	since      clock.Time    // when the present window began
	used, idle time.Duration // until then
	calm       int           // windows in a row that were
	giving     bool
}

// judge ends a window, if it has lasted, and reports whether the verdict has
// changed. used is the processor time the thread has used, idle how long it has
// waited for something to do, both since it began.
func (s *strain) judge(now clock.Time, used, idle time.Duration) (changed bool) {
	if now.Sub(s.since) < strainWindow {
		return false
	}
	wanted, had := share(used-s.used, idle-s.idle), float64(used-s.used)/float64(now.Sub(s.since))
	s.since, s.used, s.idle = now, used, idle
	if wanted <= eased {
		s.calm++
	} else {
		s.calm = 0
	}
	was := s.giving
	s.giving = was && s.calm < easedWindows || wanted >= strained && had >= most
	return s.giving != was
}

// share returns which part of its time a thread has used.
func share(used, idle time.Duration) float64 {
	used, idle = max(used, 0), max(idle, 0) // two clocks need not agree on nanoseconds
	if used+idle == 0 {
		return 0
	}
	return float64(used) / float64(used+idle)
}

// rest says that there is nothing to do any more, and reports as judge does.
func (s *strain) rest() (changed bool) {
	was := s.giving
	s.giving = false
	return was
}

// behave gives way, or takes the turn back: once a second, and before a sleep.
func (sh *Shard) behave() {
	if sh.turn == nil {
		return
	}
	changed := false
	switch s := &sh.strain; {
	case s.giving && !sh.busy():
		changed = s.rest()
	case sh.now.Sub(s.since) >= strainWindow:
		changed = s.judge(sh.now, sh.turn.Used(), sh.now.Sub(sh.begun)-sh.count.Busy)
	}
	if !changed {
		return
	}
	sh.count.GivingWay = 0
	if !sh.strain.giving {
		sh.turn.Resume()
	} else if sh.turn.GiveWay() {
		sh.count.GivingWay = 1
		sh.count.GaveWay++
	}
}
