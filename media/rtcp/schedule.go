package rtcp

import (
	"math/rand/v2"
	"time"

	"trunkline/internal/clock"
)

const (
	// The least time between reports; the bandwidth rule of RFC 3550 §6.2 never
	// asks for more when two speak.
	interval = 5 * time.Second
	// What the drawing anew of an interval when it is over costs on average: e − 3/2
	// (RFC 3550 §6.3.1).
	compensation = 1.21828
)

// Schedule says when reports are due (RFC 3550 §6.2, §6.3 and §A.7): 5 s apart on
// average, the first after half of that, drawn at random so that the reports of
// many calls never fall in step.
type Schedule struct {
	random rand.PCG
	last   clock.Time // report, or the beginning
	next   clock.Time // when to think again
	first  bool
}

// Start begins the schedule. The seed decides everything that follows.
func (s *Schedule) Start(now clock.Time, seed uint64) {
	*s = Schedule{random: *rand.NewPCG(seed, 0x5254_4350), last: now, first: true}
	s.next = now.Add(s.draw())
}

// Next returns when to ask Due again, at the latest.
func (s *Schedule) Next() clock.Time { return s.next }

// Due reports whether a report is due, and if so plans the next.
func (s *Schedule) Due(now clock.Time) bool {
	if now < s.next {
		return false
	}
	if again := s.last.Add(s.draw()); again > now { // reconsidered (§6.3.3)
		s.next = again
		return false
	}
	s.last, s.first = now, false
	s.next = now.Add(s.draw())
	return true
}

// draw picks an interval: 0.5 to 1.5 times the least.
func (s *Schedule) draw() time.Duration {
	least := float64(interval)
	if s.first {
		least /= 2
	}
	uniform := float64(s.random.Uint64()>>11) / (1 << 53)
	return time.Duration(least * (0.5 + uniform) / compensation)
}

// Wall turns readings of the monotonic clock into NTP time (RFC 3550 §4).
type Wall struct {
	at  clock.Time
	ntp uint64
}

// NewWall says what the wall clock showed at a reading of the monotonic one.
func NewWall(at clock.Time, shown time.Time) Wall {
	const since1900 = 2208988800 // seconds until 1970
	return Wall{at: at, ntp: uint64(shown.Unix()+since1900)<<32 | fraction(int64(shown.Nanosecond()))}
}

// NTP returns the time in seconds since 1900, as 32.32 fixed point.
func (w Wall) NTP(now clock.Time) uint64 {
	d := int64(now.Sub(w.at))
	seconds, rest := d/int64(time.Second), d%int64(time.Second)
	if rest < 0 {
		seconds, rest = seconds-1, rest+int64(time.Second)
	}
	return w.ntp + uint64(seconds)<<32 + fraction(rest)
}

// fraction turns nanoseconds of less than a second into 1/2³² s.
func fraction(ns int64) uint64 { return uint64(ns) << 32 / uint64(time.Second) }

// middle is the part of an NTP time that reports echo: 16.16 fixed point.
func middle(ntp uint64) uint32 { return uint32(ntp >> 16) }
