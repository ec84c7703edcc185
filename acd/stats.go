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
	Name      string        `json:"name"`
	Waiting   []Place       `json:"waiting" nullable:"false" doc:"Callers in their order, those an agent is being called for too"`
	Agents    []AgentStatus `json:"agents" nullable:"false"`
	Entered   int           `json:"entered" doc:"Callers who were let in"`
	Turned    int           `json:"turned_away" doc:"Callers who were not, since the queue was full"`
	Connected int           `json:"connected" doc:"Callers who talked with an agent"`
	Abandoned int           `json:"abandoned" doc:"Callers who left before"`
	Offered   int           `json:"offered" doc:"Agents reserved for a caller"`
	Failed    int           `json:"failed" doc:"Of these, agents who were not reached"`
	MeanWait  float64       `json:"mean_wait_seconds" doc:"Of those who were connected"`
}

// Place is one caller of a queue.
type Place struct {
	Call     string    `json:"call" doc:"Call id"`
	Priority int       `json:"priority"`
	Since    time.Time `json:"since"`
	Agent    *Agent    `json:"agent,omitempty" doc:"The agent that is being called for it"`
}

// AgentStatus is one agent.
type AgentStatus struct {
	Agent
	State State     `json:"state" enum:"idle,reserved,talking,wrap_up,resting"`
	Since time.Time `json:"since"`
	Call  string    `json:"call,omitempty" doc:"Call id of the caller it is reserved for, or talks with"`
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
