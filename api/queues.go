package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Queues tells how the queues of callers are, in the order of the configuration.
type Queues func() []Queue

// Queue is a queue as it is now, and what it has seen since the program started.
type Queue struct {
	Name      string        `json:"name"`
	Waiting   []QueueCaller `json:"waiting" nullable:"false" doc:"In their order, those an agent is being called for too"`
	Agents    []QueueAgent  `json:"agents" nullable:"false"`
	Entered   int           `json:"entered" doc:"Callers who were let in"`
	Turned    int           `json:"turned_away" doc:"Callers who were not, since the queue was full"`
	Connected int           `json:"connected" doc:"Callers who talked with an agent"`
	Abandoned int           `json:"abandoned" doc:"Callers who left before"`
	Offered   int           `json:"offered" doc:"Agents reserved for a caller"`
	Failed    int           `json:"failed" doc:"Of these, agents who were not reached"`
	MeanWait  float64       `json:"mean_wait_seconds" doc:"Of those who were connected"`
}

// QueueCaller is a caller who waits.
type QueueCaller struct {
	Call     string    `json:"call" doc:"Call id"`
	Priority int       `json:"priority"`
	Since    time.Time `json:"since"`
	Agent    string    `json:"agent,omitempty" doc:"The agent who is being called for it"`
}

// QueueAgent is an agent of a queue.
type QueueAgent struct {
	Trunk string    `json:"trunk"`
	To    string    `json:"to" doc:"Number or user part"`
	State string    `json:"state" enum:"idle,reserved,talking,wrap_up,resting"`
	Since time.Time `json:"since" doc:"Since when it has been in that state"`
	Call  string    `json:"call,omitempty" doc:"Call id of the caller it is reserved for, or talks with"`
}

// QueueList is the answer of GET /v1/queues.
type QueueList struct {
	Queues []Queue `json:"queues" nullable:"false" doc:"In the order of the configuration"`
}

type queueList struct{ Body QueueList }

func (h *Handler) addQueues() {
	add(h, huma.Operation{
		OperationID: "list-queues", Method: http.MethodGet, Path: "/v1/queues", Tags: []string{"calls"},
		Summary: "List the queues, who waits in them and their agents",
	}, func(context.Context, *struct{}) (*queueList, error) {
		return &queueList{QueueList{notNil(h.Queues())}}, nil
	})
}
