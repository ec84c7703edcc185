// Package limit counts the legs of each trunk and direction, and refuses those
// that are too many or come too fast.
//
// A leg takes a Hold before its INVITE is sent or accepted and keeps it until the
// leg itself has ended, whatever it is bridged with, transferred to or replaced by
// meanwhile: call releases it in the one place where legs end. So the counts are
// those of live legs. Trunks may be set anew at any time; what is held stays held.
// A Limiter may be used by any goroutine; it starts none and never waits.
package limit

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"trunkline/sip/trunk"
)

// Direction says who began a leg.
type Direction uint8

// The directions.
const (
	Inbound  Direction = iota // the trunk called us
	Outbound                  // we called the trunk
)

// String returns "inbound" or "outbound".
func (d Direction) String() string { return [...]string{"inbound", "outbound"}[d] }

// Limiter counts legs.
type Limiter struct {
	now func() time.Time

	mu     sync.Mutex
	trunks map[string]*entry
}

// entry is a trunk that is configured, or of which legs live.
type entry struct {
	configured bool
	ways       [2]way
}

// way is one direction of a trunk.
type way struct {
	limit  trunk.Limit
	live   int
	tokens float64   // what may come at once
	filled time.Time // when tokens was right

	refusedCalls, refusedRate uint64
}

// New returns a limiter that limits nothing yet. The clock is read once for each
// leg.
func New(now func() time.Time) *Limiter {
	return &Limiter{now: now, trunks: map[string]*entry{}}
}

// Set gives trunks their limits. Legs that live stay counted, also those of trunks
// that are no longer there. A limit that has not changed goes on where it was.
func (l *Limiter) Set(trunks []trunk.Trunk) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	for _, e := range l.trunks {
		e.configured = false
	}
	for _, t := range trunks {
		e := l.entry(t.Name)
		e.configured = true
		e.ways[Inbound].set(t.Limits.Inbound.WithDefaults(), now)
		e.ways[Outbound].set(t.Limits.Outbound.WithDefaults(), now)
	}
	for name, e := range l.trunks {
		if !e.configured {
			e.ways[Inbound].set(trunk.Limit{}, now)
			e.ways[Outbound].set(trunk.Limit{}, now)
			l.forget(name, e)
		}
	}
}

func (l *Limiter) entry(name string) *entry {
	e := l.trunks[name]
	if e == nil {
		e = &entry{}
		l.trunks[name] = e
	}
	return e
}

// forget drops an entry that nobody needs.
func (l *Limiter) forget(name string, e *entry) {
	if !e.configured && e.ways[Inbound].live+e.ways[Outbound].live == 0 {
		delete(l.trunks, name)
	}
}

// set changes the limit; a rate that is new begins with all of its burst.
func (w *way) set(limit trunk.Limit, now time.Time) {
	w.fill(now)
	if w.limit.PerSecond == 0 {
		w.tokens = float64(limit.Burst)
	}
	w.limit, w.filled = limit, now
	w.tokens = min(w.tokens, float64(limit.Burst))
}

// fill adds what time has brought. A clock that goes back brings nothing.
func (w *way) fill(now time.Time) {
	if passed := now.Sub(w.filled); passed > 0 {
		w.tokens = min(float64(w.limit.Burst), w.tokens+passed.Seconds()*w.limit.PerSecond)
		w.filled = now
	}
}

// Hold is a leg that counts.
type Hold struct {
	limiter   *Limiter
	trunk     string
	direction Direction
	released  bool // guarded by the limiter
}

// Acquire counts one more leg, or returns a *Refusal as its error. A leg that is
// refused costs nothing.
func (l *Limiter) Acquire(name string, d Direction) (*Hold, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.entry(name)
	defer l.forget(name, e)
	w := &e.ways[d]
	w.fill(l.now())
	switch limit := w.limit; {
	case limit.Calls > 0 && w.live >= limit.Calls:
		w.refusedCalls++
		return nil, &Refusal{Trunk: name, Direction: d, Rule: "calls", Text: fmt.Sprintf("%d of %d", w.live, limit.Calls)}
	case limit.PerSecond > 0 && w.tokens < 1:
		w.refusedRate++
		wait := time.Duration((1 - w.tokens) / limit.PerSecond * float64(time.Second))
		return nil, &Refusal{
			Trunk: name, Direction: d, Rule: "per_second", Wait: wait,
			Text: fmt.Sprintf("more than %v a second after a burst of %d", limit.PerSecond, limit.Burst),
		}
	case limit.PerSecond > 0:
		w.tokens--
	}
	w.live++
	return &Hold{limiter: l, trunk: name, direction: d}, nil
}

// Release says that the leg has ended. Doing so twice, or of no hold at all, is
// harmless.
func (h *Hold) Release() {
	if h == nil {
		return
	}
	l := h.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	if h.released {
		return
	}
	h.released = true
	e := l.trunks[h.trunk]
	e.ways[h.direction].live--
	l.forget(h.trunk, e)
}

// Refusal is an error: one leg too many.
type Refusal struct {
	Trunk     string
	Direction Direction
	Rule      string        // the key of the limit, calls or per_second
	Text      string        // its values
	Wait      time.Duration // after which it may be otherwise; 0 when nobody can know
}

// Error returns "trunk carrier: limits.outbound.calls: 30 of 30".
func (r *Refusal) Error() string {
	return fmt.Sprintf("trunk %s: limits.%s.%s: %s", r.Trunk, r.Direction, r.Rule, r.Text)
}

// Usage returns how many legs of a trunk live, in both directions, for choosing
// the least used.
func (l *Limiter) Usage(name string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.trunks[name]; e != nil {
		return e.ways[Inbound].live + e.ways[Outbound].live
	}
	return 0
}

// Status is one direction of a trunk for the API and metrics.
type Status struct {
	Trunk        string
	Direction    Direction
	Live         int
	Limit        trunk.Limit
	RefusedCalls uint64 // since the trunk is there
	RefusedRate  uint64
}

// Status returns both directions of every trunk, in the order of their names.
func (l *Limiter) Status() (list []Status) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(l.trunks)) {
		for d, w := range l.trunks[name].ways {
			list = append(list, Status{
				Trunk: name, Direction: Direction(d), Live: w.live, Limit: w.limit,
				RefusedCalls: w.refusedCalls, RefusedRate: w.refusedRate,
			})
		}
	}
	return list
}
