// Package clock is a monotonic instant small enough to pass everywhere.
//
// Media code has no clock of its own: only a shard's loop reads one, once per
// lap, and hands the reading down as an argument. Everything below is then a
// pure function of its inputs and can be tested without waiting.
package clock

import "time"

// Time is a monotonic instant in nanoseconds since an arbitrary origin.
// The zero Time is the origin, not "unset".
type Time int64

// Add returns t moved by d.
func (t Time) Add(d time.Duration) Time { return t + Time(d) }

// Sub returns how long after u t is.
func (t Time) Sub(u Time) time.Duration { return time.Duration(t - u) }
