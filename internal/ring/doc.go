// Package ring holds the bounded queues that carry values between the control
// plane's goroutines and the media threads.
//
// A ring never blocks, never grows and never allocates after it was made: Push
// reports false when it is full and Pop reports false when it is empty, and the
// caller decides what that means. Waking whoever waits for the other side is
// not a ring's business.
//
// SPSC is for one producer and one consumer, MPSC for many producers and one
// consumer. Which goroutine or thread plays which part is said where a ring is
// used; a ring cannot check it.
package ring

import "math/bits"

// line keeps the producer's and the consumer's index on cache lines of their
// own, so that one writing does not slow the other's reading (false sharing).
type line [64]byte

// roundUp returns the smallest power of two that is at least n; n < 1 counts as 1.
func roundUp(n int) int {
	if n <= 1 {
		return 1
	}
	return 1 << bits.Len(uint(n-1))
}
