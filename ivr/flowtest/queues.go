package flowtest

import (
	"context"
	"time"

	lua "github.com/yuin/gopher-lua"

	"trunkline/call"
	"trunkline/ivr/queue"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

// queueRule is what the test says about a queue.
type queueRule struct {
	name     string
	err      string // of entering it
	after    time.Duration
	agent    queue.Offer
	place    int
	announce time.Duration
}

// queues let callers wait as the test says.
type queues struct{ rules *rules[queueRule] }

// Enter lets a caller wait. A queue of which nothing was said is not there.
func (q queues) Enter(_ context.Context, t queue.Ticket) (queue.Waiting, error) {
	r, ok := q.rules.pick(func(r queueRule) bool { return r.name == t.Queue })
	if !ok {
		r.err = "not_found"
	}
	if r.err != "" {
		return nil, &call.Error{Verb: "queue", Cause: call.Cause{Code: r.err, Text: "the test says so"}}
	}
	w := &waiting{rule: r, offers: make(chan queue.Offer, 1), places: make(chan int, 1)}
	w.places <- r.place
	w.turn = time.AfterFunc(r.after, func() { w.offers <- r.agent })
	return w, nil
}

// waiting is a caller in a queue, to whom an agent is offered after a while, and
// as long after each vain attempt.
type waiting struct {
	rule   queueRule
	offers chan queue.Offer
	places chan int
	turn   *time.Timer
}

func (w *waiting) Offers() <-chan queue.Offer { return w.offers }
func (w *waiting) Places() <-chan int         { return w.places }
func (w *waiting) Connected() bool            { return true }
func (w *waiting) Failed()                    { w.turn.Reset(w.rule.after) }
func (w *waiting) Leave()                     { w.turn.Stop() }
func (w *waiting) Music() string              { return "" }
func (w *waiting) Announce() time.Duration    { return w.rule.announce }

func queueRow() *trialRow {
	return &trialRow{Shape: shape{
		Name: "queue",
		Doc: "Says what becomes of callers in a queue: an agent is called after a while, and again after each vain attempt; whether " +
			"they answer is for `t:leg`. Said twice, the first caller fares as the first says, those that follow as the last. A queue " +
			"of which nothing is said is not there.",
		Args: []verb.Arg{
			{Name: "name", Kind: value.Text, Lead: true, Required: true, Doc: "the queue"},
			{Name: "after", Kind: value.Duration, Default: "30s", Doc: "how long an agent is waited for"},
			{Name: "trunk", Kind: value.Text, Default: "agents", Doc: "the trunk to the agent"},
			{Name: "to", Kind: value.Text, Default: "agent", Doc: "the agent's number"},
			{Name: "ring", Kind: value.Duration, Default: "20s", Doc: "how long the agent's telephone may ring"},
			{Name: "place", Kind: value.Count, Default: "1", Doc: "the caller's place"},
			{Name: "announce", Kind: value.Duration, Default: "30s", Doc: "how often the place is told, where the flow has a text for it"},
			{Name: "error", Kind: value.Text, Doc: "instead: why nobody may enter: full, closed, not_found, …"},
		},
		Result: "nothing",
	}, Run: func(t *trial, a verb.Args) (lua.LValue, error) {
		t.queues.add(queueRule{
			name: a.Text("name"), err: a.Text("error"), after: a.Duration("after"), place: a.Count("place"), announce: a.Duration("announce"),
			agent: queue.Offer{Trunk: a.Text("trunk"), To: a.Text("to"), Ring: a.Duration("ring")},
		})
		return nil, nil
	}}
}
