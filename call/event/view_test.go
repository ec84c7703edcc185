package event

import (
	"fmt"
	"testing"
)

// story publishes events of one call and lets a test look in between.
type story struct {
	t   *testing.T
	bus *Bus
}

func (s story) tell(leg string, d Data) { s.bus.Publish("c1", leg, d) }

func (s story) state(want State, legs ...State) {
	s.t.Helper()
	c, ok := s.bus.View().Get("c1")
	if !ok || c.State != want || len(c.Legs) != len(legs) {
		s.t.Fatalf("call %+v; want state %s and %d legs", c, want, len(legs))
	}
	for i, l := range c.Legs {
		if l.State != legs[i] {
			s.t.Errorf("leg %s is %s; want %s", l.ID, l.State, legs[i])
		}
	}
}

func TestViewFollowsABridgedCall(t *testing.T) {
	s := story{t, NewBus(1)}
	s.tell("", CallStarted{Direction: "inbound", From: "100", To: "hotline", Flow: "hotline"})
	s.state(StateStarting)
	s.tell("a", LegStarted{Direction: "inbound", Trunk: "carrier"})
	s.tell("a", LegRinging{Status: 180})
	s.state(StateRinging, StateRinging)
	s.tell("a", LegAnswered{Codec: "PCMA"})
	s.state(StateTalking, StateTalking)
	s.tell("a", NodeReached{Menu: "m", Node: "agent", By: "speech"})
	s.tell("", RecordingStarted{Path: "c1.wav"})
	s.tell("b", LegStarted{Direction: "outbound"})
	s.tell("b", LegRinging{Status: 180})
	s.tell("b", LegAnswered{Codec: "PCMU"})
	s.tell("b", RecordingStarted{Path: "c1-b.wav"})
	s.state(StateTalking, StateTalking, StateTalking)
	s.tell("a", Bridged{Other: "b"})
	s.state(StateBridged, StateBridged, StateBridged)
	s.tell("b", LegEnded{Cause: Cause{Code: "normal", By: "callee"}})
	s.state(StateTalking, StateTalking, StateEnded)
	s.tell("a", Unbridged{Other: "b"})
	s.state(StateTalking, StateTalking, StateEnded)
	s.tell("a", LegEnded{Cause: Cause{Code: "normal", By: "caller"}})
	s.state(StateEnding, StateEnded, StateEnded)
	if calls, legs := s.bus.View().Count(); calls != 1 || legs != 0 {
		t.Errorf("%d calls, %d legs; want 1 and 0", calls, legs)
	}
	s.tell("", RecordingEnded{Path: "c1.wav", Seconds: 3})
	s.tell("b", RecordingEnded{Path: "c1-b.wav", Seconds: 2})
	s.tell("", CallEnded{Cause: Cause{Code: "normal", By: "caller"}, DurationMS: 1})
	s.state(StateEnded, StateEnded, StateEnded)

	c, _ := s.bus.View().Get("c1")
	if c.Node != "agent" || len(c.Nodes) != 1 || *c.Recording != (Recording{Path: "c1.wav", State: "complete", Seconds: 3}) || c.Cause.By != "caller" ||
		c.AnsweredAt == nil || c.EndedAt == nil || c.Legs[1].Cause.By != "callee" {
		t.Errorf("ended call %+v lacks something of its story", c)
	}
	if calls, _ := s.bus.View().Live(); len(calls) != 0 {
		t.Errorf("%d live calls; want none", len(calls))
	}
}

func TestViewIgnoresWhatItCannotPlace(t *testing.T) {
	s := story{t, NewBus(1)}
	s.tell("a", LegAnswered{}) // of a call that was never started
	if _, ok := s.bus.View().Get("c1"); ok {
		t.Fatal("a call appeared without having started")
	}
	s.tell("", CallStarted{Flow: "x"})
	s.tell("", CallStarted{Flow: "y"})
	s.tell("z", LegAnswered{})
	s.tell("z", Bridged{Other: "q"})
	s.state(StateStarting)
	s.tell("", CallEnded{})
	s.tell("a", LegStarted{})
	s.state(StateEnded)
	if c, _ := s.bus.View().Get("c1"); c.Flow != "x" {
		t.Errorf("flow %q; want that of the first start", c.Flow)
	}
}

// A reader's snapshot must not change under its hands.
func TestViewSnapshotsStay(t *testing.T) {
	s := story{t, NewBus(1)}
	s.tell("", CallStarted{})
	s.tell("a", LegStarted{})
	before, _ := s.bus.View().Get("c1")
	s.tell("a", LegAnswered{})
	s.tell("a", NodeReached{Node: "n"})
	s.tell("b", LegStarted{})
	if before.Legs[0].State != StateStarting || len(before.Legs) != 1 || len(before.Nodes) != 0 || before.Seq != 2 {
		t.Errorf("an old snapshot changed: %+v", before)
	}
}

func TestViewIsBounded(t *testing.T) {
	b := NewBus(1)
	for i := range viewEnded + 50 {
		id := fmt.Sprint(i)
		b.Publish(id, "", CallStarted{})
		b.Publish(id, "", CallEnded{})
	}
	if got := len(b.View().calls); got != viewEnded {
		t.Errorf("%d ended calls kept; want %d", got, viewEnded)
	}
	if _, ok := b.View().Get(fmt.Sprint(viewEnded + 49)); !ok {
		t.Error("the call that ended last is not kept")
	}

	b.Publish("long", "", CallStarted{})
	b.Publish("long", "a", LegStarted{})
	for i := range 500 {
		b.Publish("long", "a", NodeReached{Node: fmt.Sprint(i)})
		b.Publish("long", "b", LegStarted{})
		b.Publish("long", "b", LegEnded{})
	}
	c, _ := b.View().Get("long")
	if len(c.Nodes) != viewNodes || c.Nodes[viewNodes-1].Node != "499" || c.Node != "499" {
		t.Errorf("%d nodes, the last %q; want the latest %d", len(c.Nodes), c.Node, viewNodes)
	}
	if len(c.Legs) != viewLegs || c.Legs[0].ID != "a" {
		t.Errorf("%d legs, the first %q; want %d and the caller's first", len(c.Legs), c.Legs[0].ID, viewLegs)
	}
}

func TestViewListsTheOldestFirst(t *testing.T) {
	b := NewBus(10)
	for _, id := range []string{"z", "m", "a"} {
		b.Publish(id, "", CallStarted{})
	}
	last := b.Publish("m", "", CallEnded{})
	calls, seq := b.View().Live()
	if len(calls) != 2 || calls[0].StartedAt.After(calls[1].StartedAt) || seq != last.Seq {
		t.Errorf("live %+v at %d; want z, a at %d", calls, seq, last.Seq)
	}
}
