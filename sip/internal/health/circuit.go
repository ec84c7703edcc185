package health

import (
	"cmp"
	"time"

	"trunkline/sip/trunk"
)

// rest is how long a hop is left alone that has gone down: at first, and at most.
// Until then no call tries it while there are others. Each call that tries in vain
// doubles it. maxRetryAfter bounds what a peer may wish for.
const (
	rest          = 30 * time.Second
	maxRest       = 5 * time.Minute
	maxRetryAfter = 5 * time.Minute
)

// rules are a trunk's thresholds.
type rules struct {
	down, up int
	watched  bool // OPTIONS are sent: calls need not try what is down
}

func rulesOf(h trunk.Health) rules {
	return rules{down: cmp.Or(h.Down, 3), up: cmp.Or(h.Up, 2), watched: h.Interval > 0}
}

// circuit is what is known of one hop. It has no clock.
//
//	         first answer
//	Unknown ──────────────▶ Up ◀─────┐
//	   │                    │        │ `up` answers in a row,
//	   │ `down` failures    │        │ or one after Retry-After
//	   └──────▶ Down ◀──────┘        │
//	             └───────────────────┘
type circuit struct {
	state    State
	since    time.Time
	cause    string    // of the last failure
	failures int       // in a row
	answers  int       // in a row
	asked    time.Time // down by its own wish, until then; zero: it is not
	retry    time.Time // when down: no call tries it before, unless there is nothing else
	rest     time.Duration
	trial    bool // a call is trying it
}

// alive learns of an answer. One from before a wish to be left alone is no news.
func (c *circuit) alive(now time.Time, r rules) {
	if c.state == Down && now.Before(c.asked) {
		return
	}
	c.failures = 0
	c.answers++
	switch {
	case c.state == Up:
		c.cause = ""
	case c.state == Down && c.asked.IsZero() && c.answers < r.up:
		c.retry, c.trial = now, false // the next call may try at once
	default:
		*c = circuit{state: Up, since: now, answers: c.answers}
	}
}

// dead learns of a failure. Each trial in vain doubles the rest that follows; the
// failures of those who had nothing else do not.
func (c *circuit) dead(now time.Time, r rules, cause string) {
	c.answers = 0
	c.failures++
	c.cause = cause
	switch {
	case c.state != Down && c.failures >= r.down:
		c.goDown(now, rest)
	case c.state == Down && c.trial:
		c.rest = min(2*c.rest, maxRest)
		c.retry, c.trial, c.asked = now.Add(c.rest), false, time.Time{}
	}
}

// refused learns that the hop wants no requests for a while (RFC 3261 §21.5.4).
func (c *circuit) refused(now time.Time, wish time.Duration) {
	c.answers = 0
	c.failures++
	c.cause = "503 with Retry-After"
	wish = min(wish, maxRetryAfter)
	if c.state != Down {
		c.goDown(now, wish)
	}
	c.asked = now.Add(wish)
	c.retry, c.trial = c.asked, false
}

func (c *circuit) goDown(now time.Time, wait time.Duration) {
	c.state, c.since = Down, now
	c.rest, c.retry, c.trial = rest, now.Add(wait), false
}

// admits reports whether a call shall try the hop in its turn. Of one that is down
// a single call may, once its rest is over; others wait for another rest to pass.
func (c *circuit) admits(now time.Time, r rules) bool {
	if c.state != Down {
		return true
	}
	if r.watched && c.asked.IsZero() || now.Before(c.retry) {
		return false
	}
	c.retry, c.trial = now.Add(c.rest), true
	return true
}

// mayProbe reports whether OPTIONS may be sent: not to one who has asked for none.
func (c *circuit) mayProbe(now time.Time) bool { return c.state != Down || !now.Before(c.asked) }
