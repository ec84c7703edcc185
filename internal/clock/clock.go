// Package clock is a monotonic instant small enough to pass everywhere.
//
// Media code has no clock of its own: only a shard's loop reads one, once per
// lap, and hands the reading down as an argument. Everything below is then a
// pure function of its inputs and can be tested without waiting.
//
// A Source is where readings come from. Loops and pools are given one; nothing
// in this package is global.
package clock

import "time"

// Time is a monotonic instant in nanoseconds since an arbitrary origin.
// The zero Time is the origin, not "unset".
type Time int64

// Add returns t moved by d.
func (t Time) Add(d time.Duration) Time { return t + Time(d) }

// Sub returns how long after u t is.
func (t Time) Sub(u Time) time.Duration { return time.Duration(t - u) }

// Source reads the machine's monotonic clock, which no change of the wall
// clock moves. The zero Source is not usable; copies share the origin.
type Source struct{ origin time.Time }

// NewSource makes a source whose origin is now.
func NewSource() Source { return Source{origin: time.Now()} }

// Now reads the clock. It allocates nothing and makes no system call.
func (s Source) Now() Time { return Time(time.Since(s.origin)) }
