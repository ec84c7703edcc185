// Package desk connects flows and the API with the queues: what a flow asks of a
// queue it passes on to acd, and what acd knows it tells the API. It decides nothing.
package desk

import (
	"context"
	"errors"
	"time"

	"trunkline/acd"
	"trunkline/api"
	"trunkline/ivr/line"
	"trunkline/ivr/queue"
)

// Queues are the queues as flows see them.
type Queues struct{ *acd.ACD }

var _ queue.Queues = Queues{}

// Enter lets a caller into a queue. The error is a *call.Error.
func (q Queues) Enter(ctx context.Context, t queue.Ticket) (queue.Waiting, error) {
	w, err := q.ACD.Enter(ctx, acd.Ticket(t))
	if err != nil {
		return nil, line.Refusal("queue", code(err), "%v", err)
	}
	out := waiting{Waiting: w, offers: make(chan queue.Offer, 1), left: make(chan struct{}), gone: make(chan struct{})}
	go out.forward()
	return out, nil
}

// code is the stable word for why nobody may enter.
func code(err error) string {
	switch {
	case errors.Is(err, acd.ErrNoQueue):
		return "not_found"
	case errors.Is(err, acd.ErrFull):
		return "full"
	case errors.Is(err, acd.ErrClosed):
		return queue.CodeClosed
	}
	return "failed"
}

// waiting is a caller in a queue.
type waiting struct {
	*acd.Waiting
	offers chan queue.Offer
	left   chan struct{} // closed by Leave
	gone   chan struct{} // closed when forward has ended
}

// forward hands offers on until the caller leaves.
func (w waiting) forward() {
	defer close(w.gone)
	for {
		select {
		case o := <-w.Waiting.Offers():
			select {
			case w.offers <- queue.Offer{Trunk: o.Trunk, To: o.To, Ring: o.Ring}:
			case <-w.left:
				return
			}
		case <-w.left:
			return
		}
	}
}

func (w waiting) Offers() <-chan queue.Offer { return w.offers }

func (w waiting) Leave() {
	close(w.left)
	<-w.gone
	w.Waiting.Leave()
}

func (w waiting) Music() string           { return w.Settings().Music }
func (w waiting) Announce() time.Duration { return w.Settings().Announce }

// Status is how the queues are, for the API.
func (q Queues) Status() []api.Queue {
	var out []api.Queue
	for _, s := range q.ACD.Status() {
		one := api.Queue{
			Name: s.Name, Waiting: []api.QueueCaller{}, Agents: []api.QueueAgent{}, Entered: s.Entered, Turned: s.Turned,
			Connected: s.Connected, Abandoned: s.Abandoned, Offered: s.Offered, Failed: s.Failed, MeanWait: s.MeanWait,
		}
		for _, p := range s.Waiting {
			c := api.QueueCaller{Call: p.Call, Priority: p.Priority, Since: p.Since}
			if p.Agent != nil {
				c.Agent = p.Agent.To
			}
			one.Waiting = append(one.Waiting, c)
		}
		for _, a := range s.Agents {
			one.Agents = append(one.Agents, api.QueueAgent{Trunk: a.Trunk, To: a.To, State: string(a.State), Since: a.Since, Call: a.Call})
		}
		out = append(out, one)
	}
	return out
}
