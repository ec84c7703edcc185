package call_test

import (
	"context"
	"testing"

	"trunkline/call/event"
)

// told is what the events of one call have said so far.
type told struct {
	begun, ended bool
	legs         map[string]int // 1 begun, 2 ended
	prompts      int            // begun and not ended
	bridges      int
	recordings   int
}

// checkStory is a post-condition of every test: the events of each call make
// sense in their order, and whatever began has ended.
func checkStory(t *testing.T, bus *event.Bus) {
	t.Helper()
	calls := map[string]*told{}
	events := bus.Subscribe(0)
	defer events.Close()
	for range bus.Last() {
		e, err := events.Next(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if e.Call == "" {
			continue // a call that was refused, and never began
		}
		if calls[e.Call] == nil {
			calls[e.Call] = &told{legs: map[string]int{}}
		}
		calls[e.Call].hear(t, e)
	}
	for id, c := range calls {
		if !c.ended || c.prompts != 0 || c.bridges != 0 || c.recordings != 0 {
			t.Errorf("call %s: something began and never ended: %+v", id, *c)
		}
		for leg, state := range c.legs {
			if state != 2 {
				t.Errorf("call %s: leg %s never ended", id, leg)
			}
		}
	}
}

func (c *told) hear(t *testing.T, e event.Event) {
	t.Helper()
	if _, first := e.Data.(event.CallStarted); first == c.begun || c.ended {
		t.Errorf("event %d: %s %+v is out of place", e.Seq, e.Type, e.Data)
	}
	c.begun = true
	if _, starts := e.Data.(event.LegStarted); e.Leg != "" && !starts && c.legs[e.Leg] == 0 {
		t.Errorf("event %d: %s of leg %s, which has not begun", e.Seq, e.Type, e.Leg)
	}
	switch e.Data.(type) {
	case event.CallEnded:
		c.ended = true
	case event.LegStarted, event.LegEnded:
		c.legs[e.Leg]++
		if _, ends := e.Data.(event.LegEnded); ends != (c.legs[e.Leg] == 2) {
			t.Errorf("event %d: %s of leg %s in state %d", e.Seq, e.Type, e.Leg, c.legs[e.Leg])
		}
	case event.PromptStarted:
		c.prompts++
	case event.PromptEnded:
		c.prompts--
	case event.Bridged:
		c.bridges++
	case event.Unbridged:
		c.bridges--
	case event.RecordingStarted:
		c.recordings++
	case event.RecordingEnded:
		c.recordings--
	}
	if c.prompts < 0 || c.bridges < 0 || c.recordings < 0 {
		t.Errorf("event %d: %s of what never began", e.Seq, e.Type)
	}
}
