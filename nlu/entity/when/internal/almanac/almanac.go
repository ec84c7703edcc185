// Package almanac holds dates, times of day and lengths of time as they were said, with what was
// left out, and makes canonical values of them.
//
// The grammars of package when, its only user, fill in what they hear; this package knows the
// calendar and nothing of words. It computes and nothing else: the moment of speaking is a field.
package almanac

import "time"

// An Almanac answers what days and times are, seen from one moment.
type Almanac struct {
	Now   time.Time // in the caller's zone; zero: nothing can be relative
	Past  bool      // what was left out lies in the past
	Hours [2]int    // first and last full hour at which a time makes sense; zero: any
}
