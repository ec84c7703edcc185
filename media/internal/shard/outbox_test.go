package shard

import (
	"testing"

	"trunkline/media/msg"
	"trunkline/media/tap"
)

func TestOutboxKeepsOrderAndNeverLosesWhatIsAwaited(t *testing.T) {
	o := newOutbox()
	kinds := []msg.Kind{msg.Digit, msg.PlayDone, msg.SpeechStarted, msg.DigitsSent, msg.MediaLost, msg.Closed}
	const total = 12000 // far more than the ring, with nobody reading
	kept := 0
	for i := range total {
		k := kinds[i%len(kinds)]
		if !droppable(k) {
			kept++
		}
		o.Event(msg.Event{Kind: k, Ref: msg.Ref(i)})
		if i%50 == 0 {
			o.deliver()
		}
	}
	if !o.holds() {
		t.Fatal("a full ring, and the shard would go on obeying")
	}
	last, got, awaited := -1, 0, 0
	for o.holds() || o.events.Len() > 0 {
		o.deliver()
		e, _ := o.events.Pop()
		if int(e.Ref) <= last {
			t.Fatalf("event %d came after %d", e.Ref, last)
		}
		last = int(e.Ref)
		got++
		if !droppable(e.Kind) {
			awaited++
		}
	}
	if awaited != kept {
		t.Fatalf("%d of %d awaited events came through", awaited, kept)
	}
	if uint64(total-got) != o.dropped || o.dropped == 0 {
		t.Fatalf("%d events are missing, %d were counted", total-got, o.dropped)
	}
}

func TestTapsAreServedWhenAwaited(t *testing.T) {
	o := newOutbox()
	quiet := tap.New(tap.Inbound, 8000, 100)
	o.serve([]*tap.Tap{nil, quiet})
	if o.holds() {
		t.Fatal("a tap nobody reads is to be woken")
	}
	o.end(quiet)
	if !quiet.Ended() {
		t.Fatal("the tap was not ended")
	}
}

func TestReportingDoesNotAllocate(t *testing.T) {
	o := newOutbox()
	n := testing.AllocsPerRun(1000, func() {
		for range 10 {
			o.Event(msg.Event{Kind: msg.Digit, Digit: '1'})
		}
		o.deliver()
		for _, ok := o.events.Pop(); ok; _, ok = o.events.Pop() {
		}
	})
	if n != 0 {
		t.Fatalf("a lap's events cost %v allocations, want 0", n)
	}
}
