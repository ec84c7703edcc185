// Package failover takes one call from hop to hop until somebody takes it.
//
// A Course is made per call from the hops that locate has drawn, the trunk's policy
// and what health knows, and belongs to the goroutine that places the call:
//
//	course := failover.New(policy, hops, watch)
//	for hop, ok := course.Next(); ok; hop, ok = course.Next() {
//		outcome := try(hop) // waits policy.Timeout for any response, 100 included
//		if !course.After(outcome) {
//			break // with this outcome
//		}
//	}
//
// It tells health how each attempt went, so nobody else has to. It has no clock and
// no goroutine, and sends nothing.
package failover

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"trunkline/sip/internal/health"
	"trunkline/sip/internal/locate"
	"trunkline/sip/trunk"
)

// Policy says when another hop is tried.
type Policy struct {
	Timeout  time.Duration // without any response
	Statuses []int         // final responses; the rest is the answer to the call
	Attempts int           // hops that one call tries
}

// PolicyOf returns a trunk's policy with its defaults.
func PolicyOf(f trunk.Failover) Policy {
	p := Policy{f.Timeout.Or(4 * time.Second), f.Statuses, cmp.Or(f.Attempts, 4)}
	if len(p.Statuses) == 0 {
		p.Statuses = []int{500, 502, 503, 504}
	}
	return p
}

// Course is the way of one call.
type Course struct {
	policy   Policy
	watch    *health.Watch
	hops     []locate.Hop // not tried yet
	down     []locate.Hop // put off
	at       locate.Hop
	attempts int
	reported bool
}

// New returns a course over hops, which are not changed. Without a watch all hops
// are alike.
func New(p Policy, hops []locate.Hop, w *health.Watch) *Course {
	return &Course{policy: p, watch: w, hops: hops}
}

// Next returns the hop to try next, if there is one left. Those that are down come
// last, in their order, when nobody else has taken the call.
func (c *Course) Next() (hop locate.Hop, ok bool) {
	if c.attempts >= c.policy.Attempts {
		return locate.Hop{}, false
	}
	for len(c.hops) > 0 {
		hop, c.hops = c.hops[0], c.hops[1:]
		if c.watch.Admit(hop) {
			return c.try(hop), true
		}
		c.down = append(c.down, hop)
	}
	if len(c.down) == 0 {
		return locate.Hop{}, false
	}
	hop, c.down = c.down[0], c.down[1:]
	return c.try(hop), true
}

func (c *Course) try(hop locate.Hop) locate.Hop {
	c.at, c.reported = hop, false
	c.attempts++
	return hop
}

// After takes what came of trying the hop of Next, and reports whether another one
// is to be tried (RFC 3263 §4.3). It is called with the final response, or without
// one when the time is over or the transport fails; and, so that health hears of it
// soon, with the first provisional response beyond 100, too. The zero Outcome is:
// nobody has answered in time.
func (c *Course) After(o health.Outcome) (another bool) {
	if errors.Is(o.Err, context.Canceled) {
		return false // by the caller: it says nothing of the hop
	}
	if !c.reported || o.RetryAfter > 0 {
		c.watch.Report(c.at, o)
		c.reported = true
	}
	if o.Status == 0 {
		return true
	}
	// Below 400 nothing has failed, and 6xx speaks for every place (RFC 3261 §21.6).
	return o.Status >= 400 && o.Status < 600 && slices.Contains(c.policy.Statuses, o.Status)
}
