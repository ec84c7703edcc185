package desk

import (
	"errors"
	"testing"
	"testing/synctest"

	"trunkline/acd"
	"trunkline/call"
	"trunkline/ivr/queue"
)

func newDesk(t *testing.T) Queues {
	t.Helper()
	lines, err := acd.New([]acd.Queue{{Name: "billing", Agents: []acd.Agent{{Trunk: "agents", To: "1001"}}, MaxWaiting: 1, Music: "soft.wav"}})
	if err != nil {
		t.Fatal(err)
	}
	return Queues{lines}
}

// TestOffers: what the queue offers reaches the flow, and what the flow says of it
// the queue; nothing is left when the caller has gone.
func TestOffers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		w, err := d.Enter(t.Context(), queue.Ticket{Queue: "billing", Call: "c1"})
		if err != nil {
			t.Fatal(err)
		}
		if o := <-w.Offers(); o.Trunk != "agents" || o.To != "1001" || o.Ring != acd.DefaultRing {
			t.Errorf("offered %+v", o)
		}
		if w.Music() != "soft.wav" {
			t.Errorf("music %q", w.Music())
		}
		if !w.Connected() {
			t.Error("the queue is closed")
		}
		if s := d.Status(); len(s) != 1 || s[0].Connected != 1 || s[0].Agents[0].State != "talking" || s[0].Agents[0].Call != "c1" {
			t.Errorf("status %+v", s)
		}
		w.Leave()
		if s := d.Status(); len(s[0].Waiting) != 0 || s[0].Agents[0].State == "talking" {
			t.Errorf("afterwards %+v", s)
		}
		d.Close()
	})
}

// TestCodes: why nobody may enter has a stable word.
func TestCodes(t *testing.T) {
	d := newDesk(t)
	f := func(name, want string) {
		t.Helper()
		_, err := d.Enter(t.Context(), queue.Ticket{Queue: name, Call: name})
		var e *call.Error
		if !errors.As(err, &e) || e.Code != want {
			t.Errorf("%s: got %v, want code %s", name, err, want)
		}
	}
	f("sales", "not_found")
	for _, call := range []string{"a", "b"} { // one has the agent, the other waits
		if w, err := d.Enter(t.Context(), queue.Ticket{Queue: "billing", Call: call}); err == nil {
			defer w.Leave()
		}
	}
	f("billing", "full")
	d.Close()
	f("billing", "closed")
}
