package acd

import (
	"math"
	"time"
)

// State is what an agent does.
type State string

// The states of an agent.
const (
	Idle     State = "idle"
	Reserved State = "reserved" // a caller has it as an offer
	Talking  State = "talking"
	WrapUp   State = "wrap_up"
	Resting  State = "resting" // it did not answer
)

// Status is a queue as it is now, and what it has seen since the program started.
type Status struct {
	Name      string
	Waiting   []Place // in their order, those an agent is being called for too
	Agents    []AgentStatus
	Entered   int     // callers who were let in
	Turned    int     // callers who were not, since the queue was full
	Connected int     // callers who talked with an agent
	Abandoned int     // callers who left before
	Offered   int     // agents reserved for a caller
	Failed    int     // of these, agents who were not reached
	MeanWait  float64 // of those who were connected, in seconds
}

// Place is one caller of a queue.
type Place struct {
	Call     string
	Priority int
	Since    time.Time
	Agent    *Agent // who is being called for it; nil: nobody yet
}

// AgentStatus is one agent.
type AgentStatus struct {
	Agent
	State State
	Since time.Time
	Call  string
}

// counts is what a queue has seen.
type counts struct {
	entered, turned, connected, abandoned, offered, failed int
	waited                                                 time.Duration
}

// Status returns all queues, in the order of the configuration.
func (d *ACD) Status() []Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := make([]Status, 0, len(d.queues))
	for _, q := range d.queues {
		list = append(list, q.status())
	}
	return list
}

func (q *queue) status() Status {
	c := q.counts
	s := Status{
		Name: q.Name, Waiting: []Place{}, Agents: []AgentStatus{}, Entered: c.entered, Turned: c.turned, Connected: c.connected,
		Abandoned: c.abandoned, Offered: c.offered, Failed: c.failed,
	}
	if c.connected > 0 {
		s.MeanWait = math.Round(c.waited.Seconds()/float64(c.connected)*10) / 10
	}
	for _, w := range q.waiting {
		p := Place{Call: w.Call, Priority: w.Priority, Since: w.since.UTC()}
		if w.agent != nil {
			p.Agent = &w.agent.Agent
		}
		s.Waiting = append(s.Waiting, p)
	}
	for _, a := range q.agents {
		as := AgentStatus{Agent: a.Agent, State: a.state, Since: a.since.UTC()}
		if a.with != nil {
			as.Call = a.with.Call
		}
		s.Agents = append(s.Agents, as)
	}
	return s
}
