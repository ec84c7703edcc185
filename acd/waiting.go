package acd

import (
	"slices"
	"time"
)

// Offer is an agent that is reserved for a caller, until the caller has said what
// became of it.
type Offer struct {
	Agent
	Ring time.Duration // how long it may ring
}

// Waiting is a caller in a queue, or with an agent of it.
type Waiting struct {
	Ticket
	acd     *ACD
	queue   *queue
	arrival uint64
	since   time.Time
	offers  chan Offer
	places  chan int

	// Below: guarded by the ACD's lock.
	stop      func() bool // the watch over the context
	agent     *agent      // reserved, or talked with
	place     int
	connected bool
	gone      bool
}

// Offers yields the agents that are reserved for the caller, one at a time: the next
// comes after Failed. It is never closed.
func (w *Waiting) Offers() <-chan Offer { return w.offers }

// Places yields the caller's place in the queue whenever it has changed, from 1 on, the
// latest only. It is never closed.
func (w *Waiting) Places() <-chan int { return w.places }

// Settings returns the queue's configuration.
func (w *Waiting) Settings() Queue { return w.queue.Queue }

// offer reserves an agent. Only under the lock.
func (w *Waiting) offer(a *agent) {
	w.agent, a.with = a, w
	a.become(Reserved)
	w.queue.counts.offered++
	w.offers <- Offer{a.Agent, w.queue.Ring} // there is room: one offer at a time, and unread ones are taken back
}

// Connected says that the caller talks with the agent of its offer. It reports false
// when there is none (any more); then they should be parted.
func (w *Waiting) Connected() bool {
	w.acd.mu.Lock()
	defer w.acd.mu.Unlock()
	if w.gone || w.connected || w.agent == nil {
		return false
	}
	w.connected = true
	w.agent.become(Talking)
	w.queue.counts.connected++
	w.queue.counts.waited += time.Since(w.since)
	w.out()
	return true
}

// Failed says that the agent of the offer was not reached: it gets no offer for a while,
// and the caller waits on in its place. Without an offer it does nothing.
func (w *Waiting) Failed() {
	w.acd.mu.Lock()
	defer w.acd.mu.Unlock()
	if w.gone || w.connected || w.agent == nil {
		return
	}
	w.queue.counts.failed++
	a := w.agent
	w.agent = nil
	w.takeBack()
	w.acd.idleAfter(a, Resting, restTime)
	w.acd.match()
}

// Leave is the end: the caller has hung up, has given up, or the talk is over. An agent
// that was talked with has its wrap-up time; one that was only reserved is free. Doing so
// twice is harmless.
func (w *Waiting) Leave() {
	w.acd.mu.Lock()
	defer w.acd.mu.Unlock()
	if w.gone {
		return
	}
	w.gone = true
	if w.stop != nil {
		w.stop()
	}
	if !w.connected {
		w.queue.counts.abandoned++
		w.takeBack()
		w.out()
	}
	if a := w.agent; a != nil {
		w.agent = nil
		rest := w.queue.WrapUp
		if !w.connected {
			rest = 0
		}
		w.acd.idleAfter(a, WrapUp, rest)
	}
	w.acd.match()
}

// takeBack takes an offer back that was not read.
func (w *Waiting) takeBack() {
	select {
	case <-w.offers:
	default:
	}
}

// out takes the caller out of the queue.
func (w *Waiting) out() {
	q := w.queue
	if i := slices.Index(q.waiting, w); i >= 0 {
		q.waiting = slices.Delete(q.waiting, i, i+1)
		q.place()
	}
}
