package acd

import (
	"errors"
	"fmt"
	"time"
)

// Queue is one queue as data.
type Queue struct {
	Name       string
	Agents     []Agent       // an agent may serve several queues
	Ring       time.Duration // how long an agent may ring; 0: DefaultRing
	WrapUp     time.Duration // an agent's time after a talk
	Strategy   Strategy      // which idle agent is next; "": LongestIdle
	MaxWaiting int           // callers; 0: DefaultMaxWaiting
	Music      string        // what callers hear; it is only kept
	Announce   time.Duration // how often a caller is told its place; it is only kept
}

// Agent is where somebody who serves callers is reached.
type Agent struct {
	Trunk string // it is called through
	To    string // number or user part
}

// Strategy says which of several idle agents is next.
type Strategy string

// The strategies.
const (
	LongestIdle Strategy = "longest_idle" // who has had nothing to do for longest
	RoundRobin  Strategy = "round_robin"  // one after the other, in the order of the list
	RingOrder   Strategy = "ring_order"   // the first of the list
)

// What holds when a Queue says nothing, and the most it may say.
const (
	DefaultRing       = 20 * time.Second
	DefaultMaxWaiting = 50
	maxRing           = 5 * time.Minute
	maxWrapUp         = time.Hour
	maxWaiting        = 10_000
)

// Check returns every mistake in queues, each with the queue's name.
func Check(queues []Queue) error {
	var errs []error
	seen := map[string]bool{}
	for i, q := range queues {
		name := fmt.Sprintf("queue %q", q.Name)
		wrong := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("%s: "+format, append([]any{name}, args...)...))
		}
		if q.Name == "" || len(q.Name) > 64 {
			name = fmt.Sprintf("queue %d", i+1)
			wrong("its name must have 1 to 64 characters")
		}
		if seen[q.Name] {
			wrong("there are two of that name")
		}
		seen[q.Name] = true
		q.checkNumbers(wrong)
		q.checkAgents(wrong)
	}
	return errors.Join(errs...)
}

func (q Queue) checkNumbers(wrong func(format string, args ...any)) {
	if q.Ring != 0 && q.Ring < time.Second || q.Ring > maxRing {
		wrong("ring: %s is not between 1s and %s", q.Ring, maxRing)
	}
	if q.WrapUp < 0 || q.WrapUp > maxWrapUp {
		wrong("wrap_up: %s is not between 0s and %s", q.WrapUp, maxWrapUp)
	}
	if q.Announce < 0 {
		wrong("announce: %s is negative", q.Announce)
	}
	if q.MaxWaiting < 0 || q.MaxWaiting > maxWaiting {
		wrong("max_waiting: %d is not between 1 and %d", q.MaxWaiting, maxWaiting)
	}
	switch q.Strategy {
	case "", LongestIdle, RoundRobin, RingOrder:
	default:
		wrong("strategy: %q is none of %s, %s, %s", q.Strategy, LongestIdle, RoundRobin, RingOrder)
	}
}

func (q Queue) checkAgents(wrong func(format string, args ...any)) {
	if len(q.Agents) == 0 {
		wrong("agents: there is none")
	}
	seen := map[Agent]bool{}
	for i, a := range q.Agents {
		if a.Trunk == "" || a.To == "" {
			wrong("agents[%d]: trunk and to are both needed", i)
		}
		if seen[a] {
			wrong("agents[%d]: %s by %s is there twice", i, a.To, a.Trunk)
		}
		seen[a] = true
	}
}
