package api

import (
	"context"
	"time"

	"trunkline/call"
)

// desk is an agents' desk at which everything works for a call that lives, but that leg z
// is not there and slot 702 is empty.
type desk struct{ *exchange }

func (d desk) lives(id string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.live[id] {
		return call.ErrNoCall
	}
	return nil
}

func refusal(code, text string) error {
	return &call.Error{Verb: "desk", Cause: call.Cause{Code: code, Text: text}}
}

func (d desk) Hold(_ context.Context, id string, r call.HoldRequest) error {
	if r.Leg == "z" {
		return refusal(call.CodeInvalid, "there is no such leg, or it is not up")
	}
	return d.lives(id)
}

func (d desk) Unhold(_ context.Context, id, _ string) error { return d.lives(id) }

func (d desk) Park(_ context.Context, id, slot string, timeout time.Duration) (call.ParkedCaller, error) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	return call.ParkedCaller{Slot: slot, Call: id + "-parked", From: "100", Since: at, Until: at.Add(timeout)}, d.lives(id)
}

func (d desk) Pickup(_ context.Context, id, slot string) error {
	if slot == "702" {
		return refusal("not_found", "nobody is parked there")
	}
	return d.lives(id)
}

func (d desk) Parked() []call.ParkedCaller { return nil }

func (d desk) Message(_ context.Context, id, text string) error {
	if text == "full" {
		return refusal("overload", "the flow does not listen")
	}
	return d.lives(id)
}

// queues is one queue in which one caller waits while another talks.
func queues() []Queue {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	return []Queue{{
		Name: "billing", Waiting: []QueueCaller{{Call: "call-2", Priority: 1, Since: at}},
		Agents: []QueueAgent{{Trunk: "pbx", To: "201", State: "talking", Since: at, Call: "call-1"}}, Entered: 2, Connected: 1, Offered: 1,
		MeanWait: 4.2,
	}}
}
