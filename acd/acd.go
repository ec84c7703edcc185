// Package acd decides which agent serves which caller: queues of callers by priority
// and arrival, agents that serve one at a time, in one queue or several.
//
// It decides and does not act: it knows neither calls nor sound. A flow enters its
// caller and acts on the offers that come; it says what became of each, and leaves. Any
// goroutine may use an ACD; nothing here waits, and no lock is held while anybody is
// told.
package acd

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// Why nobody may enter.
var (
	ErrNoQueue = errors.New("there is no such queue")
	ErrFull    = errors.New("the queue is full")
	ErrClosed  = errors.New("the queues are closed")
)

// restTime is how long an agent that did not answer gets no further offer.
const restTime = 30 * time.Second

// ACD is all queues and their agents.
type ACD struct {
	mu     sync.Mutex // guards all there is, but for channels
	queues []*queue   // as configured
	agents map[Agent]*agent
	last   uint64 // arrival
	closed bool
}

// queue is one queue.
type queue struct {
	Queue
	agents  []*agent   // as configured
	turn    int        // of RoundRobin: whose is next
	waiting []*Waiting // by priority and arrival; those with an offer too, until connected
	counts  counts
}

// agent is one agent, whichever queues it serves.
type agent struct {
	Agent
	state State
	since time.Time // of the state
	timer *time.Timer
	with  *Waiting // of Reserved and Talking
}

// New makes the queues, all agents idle. The error is Check's.
func New(queues []Queue) (*ACD, error) {
	if err := Check(queues); err != nil {
		return nil, err
	}
	d := &ACD{agents: map[Agent]*agent{}}
	for _, q := range queues {
		q.Ring, q.MaxWaiting = cmp.Or(q.Ring, DefaultRing), cmp.Or(q.MaxWaiting, DefaultMaxWaiting)
		q.Strategy = cmp.Or(q.Strategy, LongestIdle)
		made := &queue{Queue: q}
		for _, a := range q.Agents {
			if d.agents[a] == nil {
				d.agents[a] = &agent{Agent: a, state: Idle, since: time.Now()}
			}
			made.agents = append(made.agents, d.agents[a])
		}
		d.queues = append(d.queues, made)
	}
	return d, nil
}

// Close makes everybody leave and lets nobody in any more.
func (d *ACD) Close() {
	d.mu.Lock()
	d.closed = true
	var all []*Waiting
	for _, q := range d.queues {
		all = append(all, q.waiting...)
	}
	for _, a := range d.agents {
		if a.with != nil {
			all = append(all, a.with)
		}
	}
	d.mu.Unlock()
	for _, w := range all {
		w.Leave()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, a := range d.agents {
		a.halt()
	}
}

// Ticket is who enters a queue.
type Ticket struct {
	Queue    string            // its name
	Call     string            // the caller's call, for those who look
	Priority int               // the higher goes first
	Context  map[string]string // what the agent should know; it is only kept
}

// Enter puts a caller into a queue, until Leave or the end of ctx. The error is one of
// this package's.
func (d *ACD) Enter(ctx context.Context, t Ticket) (*Waiting, error) {
	w, err := d.enter(t)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, w.Leave)
	d.mu.Lock()
	defer d.mu.Unlock()
	w.stop = stop
	return w, nil
}

func (d *ACD) enter(t Ticket) (*Waiting, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	at := slices.IndexFunc(d.queues, func(q *queue) bool { return q.Name == t.Queue })
	switch {
	case d.closed:
		return nil, ErrClosed
	case at < 0:
		return nil, ErrNoQueue
	case len(d.queues[at].waiting) >= d.queues[at].MaxWaiting:
		d.queues[at].counts.turned++
		return nil, ErrFull
	}
	d.last++
	q := d.queues[at]
	w := &Waiting{
		Ticket: t, acd: d, queue: q, arrival: d.last, since: time.Now(),
		offers: make(chan Offer, 1), places: make(chan int, 1),
	}
	q.counts.entered++
	q.waiting = append(q.waiting, w)
	slices.SortFunc(q.waiting, before)
	d.match()
	q.place()
	return w, nil
}

// before orders callers: by priority, then by arrival.
func before(a, b *Waiting) int {
	return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.arrival, b.arrival))
}

// match makes all offers that can be made. Of callers in several queues who could have
// the same agent the first one gets it.
func (d *ACD) match() {
	for !d.closed {
		var first *Waiting
		for _, q := range d.queues {
			if w := q.next(); w != nil && q.choose() >= 0 && (first == nil || before(w, first) < 0) {
				first = w
			}
		}
		if first == nil {
			return
		}
		q := first.queue
		i := q.choose()
		q.turn = i + 1
		first.offer(q.agents[i])
	}
}

// next is the first who has no offer.
func (q *queue) next() *Waiting {
	for _, w := range q.waiting {
		if w.agent == nil {
			return w
		}
	}
	return nil
}

// choose returns which agent has its turn, -1: none is idle.
func (q *queue) choose() int {
	best := -1
	for n := range q.agents {
		i := n
		if q.Strategy == RoundRobin {
			i = (q.turn + n) % len(q.agents)
		}
		switch a := q.agents[i]; {
		case a.state != Idle:
		case q.Strategy != LongestIdle:
			return i
		case best < 0 || a.since.Before(q.agents[best].since):
			best = i
		}
	}
	return best
}

// place tells everybody where they are.
func (q *queue) place() {
	for i, w := range q.waiting {
		if w.place == i+1 {
			continue
		}
		w.place = i + 1
		select {
		case <-w.places: // old news
		default:
		}
		w.places <- w.place
	}
}

// become changes what an agent does.
func (a *agent) become(s State) {
	a.halt()
	a.state, a.since = s, time.Now()
}

func (a *agent) halt() {
	if a.timer != nil {
		a.timer.Stop()
		a.timer = nil
	}
}

// idleAfter makes an agent idle when d has passed, and what it does meanwhile is s.
func (d *ACD) idleAfter(a *agent, s State, pause time.Duration) {
	a.with = nil
	if pause <= 0 {
		a.become(Idle)
		return
	}
	a.become(s)
	var mine *time.Timer
	mine = time.AfterFunc(pause, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if a.timer == mine { // else something else came between
			a.become(Idle)
			d.match()
		}
	})
	a.timer = mine
}
