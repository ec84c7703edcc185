package count

import (
	"sync/atomic"
	"time"
)

// Trunk are the numbers of a trunk. The zero value is ready.
type Trunk struct{ ways [directions]way }

// way are the numbers of a trunk's calls in one direction.
type way struct {
	begun  counter
	ended  counter
	causes table[counter]
	ring   histogram
	setup  histogram
}

// Call begins to count a call at the time of its INVITE.
func (t *Trunk) Call(d Direction, invited time.Time) Call {
	w := &t.ways[d]
	w.begun.Add(1)
	return Call{way: w, invited: invited}
}

// Call is one call of a trunk. It belongs to whoever owns the call. The zero
// value counts nothing.
type Call struct {
	way            *way
	invited        time.Time
	rang, answered bool
}

// Rang counts the time until the first 18x; later ones count nothing.
func (c *Call) Rang(now time.Time) {
	if c.way != nil && !c.rang {
		c.rang = true
		c.way.ring.add(now.Sub(c.invited))
	}
}

// Answered counts the time until the 200, which is also the first sign of life
// when nothing rang before.
func (c *Call) Answered(now time.Time) {
	c.Rang(now)
	if c.way != nil && !c.answered {
		c.answered = true
		c.way.setup.add(now.Sub(c.invited))
	}
}

// Ended counts why the call is over, once.
func (c *Call) Ended(cause string) {
	if c.way == nil {
		return
	}
	c.way.ended.Add(1)
	c.way.causes.get(cause, maxCauses).Add(1)
	c.way = nil
}

// bounds of the histograms, in seconds: from a gateway next door to a phone that
// rings for minutes.
var bounds = [...]float64{0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120}

// histogram counts durations.
type histogram struct {
	buckets [len(bounds) + 1]counter // each without those before it
	sum     atomic.Int64             // nanoseconds
}

func (h *histogram) add(d time.Duration) {
	d = max(d, 0)
	i := 0
	for i < len(bounds) && d.Seconds() > bounds[i] {
		i++
	}
	h.buckets[i].Add(1)
	h.sum.Add(int64(d))
}
