package guard

import (
	"sync"
	"time"
)

// Load decides whether a new call is welcome. It bounds how many calls may be in
// the making at once, from the arrival of the INVITE to the moment when its
// handling is done (not: answered), and moves that bound by what it sees: when
// even the quickest of the calls of an interval took longer than the target, all
// of them stood in a queue (the insight of CoDel, RFC 8289), and the bound shrinks
// by as much; when the bound turned somebody away although the queue was short, it
// grows. Nothing is ever turned away that belongs to a call which exists.
//
// A bound on what is in the making, and not on calls per second, needs no idea of
// how fast the machine is, and stops by itself when nothing is finished.
type Load struct {
	cfg LoadConfig

	mu      sync.Mutex
	limit   float64
	making  int
	refused uint64

	begun   time.Time // of the present interval
	setup   quickest
	lag     quickest
	turned  bool // somebody was turned away in it
	crowded bool // the last interval had a queue
}

// LoadConfig is what is aimed at. Zero values mean the defaults.
type LoadConfig struct {
	Target   time.Duration // how long a call may stand in the queue; default 20ms
	Interval time.Duration // between two moves; default 25ms
	Least    int           // always admitted at once; default 2
	Most     int           // default 4096
	Start    int           // and where the bound returns to at rest; default 32
}

// Admission is a call in the making. It must be given back exactly once.
type Admission struct{ at time.Time }

// quickest is the least of the samples of an interval.
type quickest struct {
	least time.Duration
	any   bool
}

func (q *quickest) add(d time.Duration) {
	if !q.any || d < q.least {
		q.least, q.any = d, true
	}
}

// NewLoad returns a controller at rest.
func NewLoad(cfg LoadConfig, now time.Time) *Load {
	if cfg.Target <= 0 {
		cfg.Target = 20 * time.Millisecond
	}
	if cfg.Interval <= 0 {
		cfg.Interval = 25 * time.Millisecond
	}
	if cfg.Least <= 0 {
		cfg.Least = 2
	}
	if cfg.Most <= 0 {
		cfg.Most = 4096
	}
	if cfg.Start <= 0 {
		cfg.Start = 32
	}
	return &Load{cfg: cfg, limit: float64(cfg.Start), begun: now}
}

// Begin asks for a new call. arrived is when its INVITE was read from the socket.
// Not ok is a 503 with Retry-After, to be sent before anything else is done.
func (l *Load) Begin(now, arrived time.Time) (a Admission, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.move(now)
	if float64(l.making) >= l.limit {
		l.turned = true
		l.refused++
		return Admission{}, false
	}
	l.making++
	return Admission{arrived}, true
}

// End says that the handling of an admitted INVITE is done: it was handed to
// whoever takes calls and that one has begun, or it was refused.
func (l *Load) End(now time.Time, a Admission) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.making--
	l.setup.add(now.Sub(a.at))
	l.move(now)
}

// Lag tells how late something was that ought to be punctual, such as a ticker:
// the processors are busy with other things than setting up calls.
func (l *Load) Lag(now time.Time, late time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lag.add(late)
	l.move(now)
}

// move moves the bound at the end of an interval.
func (l *Load) move(now time.Time) {
	if now.Sub(l.begun) < l.cfg.Interval {
		return
	}
	delay := max(l.setup.least, l.lag.least)
	l.crowded = delay > l.cfg.Target
	switch {
	case l.crowded:
		l.limit *= max(0.5, float64(l.cfg.Target)/float64(delay))
	case l.turned || l.limit < float64(l.cfg.Start):
		l.limit = l.limit*1.1 + 1
	}
	l.limit = min(max(l.limit, float64(l.cfg.Least)), float64(l.cfg.Most))
	l.begun, l.setup, l.lag, l.turned = now, quickest{}, quickest{}, false
}

// RetryAfter is when to try again: not all at the same time.
func (l *Load) RetryAfter() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Duration(3+l.refused%8) * time.Second
}

// LoadState is for metrics and for readiness.
type LoadState struct {
	Making  int    `json:"making"`  // calls being set up
	Limit   int    `json:"limit"`   // of them, at the moment
	Refused uint64 `json:"refused"` // since the start
	Crowded bool   `json:"crowded"` // there was a queue in the last interval
}

// State returns what the controller is at.
func (l *Load) State(now time.Time) LoadState {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.move(now)
	return LoadState{Making: l.making, Limit: int(l.limit), Refused: l.refused, Crowded: l.crowded}
}
