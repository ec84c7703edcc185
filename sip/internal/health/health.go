// Package health knows which hops of a trunk live, so that calls go where somebody
// answers.
//
// What it knows it learns from two sources: OPTIONS that it has sent in intervals
// (the Monitor decides when, its owner sends), and the outcomes of real calls,
// which are reported to it. One success or failure changes little: a hop goes down
// after some failures in a row and comes up after some answers in a row; only a 503
// with Retry-After speaks for itself. While a hop is down, calls use others, and now
// and then a single call tries it, so that it comes back without OPTIONS as well.
//
// A Monitor owns one goroutine per trunk and ends them in Close. Set gives it the
// trunks, at start and on reload; what is known of those that stay is kept. The
// owner's callbacks are Probe, which may block, and Changed, which may not. Any
// goroutine may use a Monitor. It sends nothing, chooses no hop, and decides no
// call: package failover does.
package health

import "time"

// State is what is known of a hop or a trunk.
type State uint8

// The states. A trunk is up when none of its hops is down and one is known to be
// up, degraded when some are down, and down when all are or there are none.
const (
	Unknown State = iota
	Up
	Degraded // of trunks only
	Down
)

// String returns the state as the API and the metrics write it.
func (s State) String() string {
	switch s {
	case Up:
		return "up"
	case Degraded:
		return "degraded"
	case Down:
		return "down"
	case Unknown:
	}
	return "unknown"
}

// Outcome is how an attempt at a hop ended: with a response, or why without. Of a
// call it is reported once, when the attempt is decided: by its final response, by
// the first provisional one beyond 100, or because neither came.
type Outcome struct {
	Status     int           // of the response; zero: none
	RetryAfter time.Duration // of a 503; zero: none
	Err        error         // of the transport, or a time-out, when there was no response
}
