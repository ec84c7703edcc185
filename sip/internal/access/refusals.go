package access

import (
	"log/slog"
	"net/netip"
	"sync"
	"time"
)

// Refusals writes one log line per refusal, naming the rule, but never more than
// a hostile source should be able to cause: each rule and source speaks once a
// minute, all together at most perMinute times, and what was left out is counted.
type Refusals struct {
	log *slog.Logger

	mu     sync.Mutex
	minute time.Time // when the present minute began
	seen   map[refusal]bool
	lines  int
	hidden int // refusals of this minute that were not logged
}

const refusalsPerMinute = 60

// refusal is what makes two log lines the same.
type refusal struct {
	rule   string
	source netip.Addr
}

// NewRefusals returns a log of refusals.
func NewRefusals(log *slog.Logger) *Refusals {
	return &Refusals{log: log, seen: map[refusal]bool{}}
}

// Say logs that rule refused something from source, if it is its turn; it reports
// whether it was, and how many before it were not.
func (r *Refusals) Say(rule string, source netip.AddrPort, attrs ...any) (hidden int, said bool) {
	hidden, said = r.turn(refusal{rule, source.Addr()}, time.Now())
	if !said {
		return 0, false
	}
	attrs = append([]any{"rule", rule, "source", source.String()}, attrs...)
	if hidden > 0 {
		attrs = append(attrs, "not_logged", hidden)
	}
	r.log.Warn("sip message refused", attrs...)
	return hidden, true
}

// turn reports whether a refusal may be logged now, and how many were not.
func (r *Refusals) turn(what refusal, now time.Time) (hidden int, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.minute) >= time.Minute {
		r.minute, r.lines = now, 0
		clear(r.seen)
	}
	if r.seen[what] || r.lines >= refusalsPerMinute {
		r.hidden++
		return 0, false
	}
	r.seen[what] = true
	r.lines++
	hidden, r.hidden = r.hidden, 0
	return hidden, true
}
