package shard

import (
	"testing"

	"trunkline/internal/netio/shm"
	"trunkline/internal/ring"
	"trunkline/media/internal/wire"
	"trunkline/media/msg"
	"trunkline/media/tap"
)

func TestOutboxKeepsOrderAndNeverLosesWhatIsAwaited(t *testing.T) {
	o, in := outboxOn()
	kinds := []msg.Kind{msg.Digit, msg.PlayDone, msg.SpeechStarted, msg.DigitsSent, msg.MediaLost, msg.Closed}
	const total = 60000 // far more than the ring, with nobody reading
	kept := 0
	for i := range total {
		k := kinds[i%len(kinds)]
		if !droppable(k) {
			kept++
		}
		o.event(msg.Event{Kind: k, Ref: msg.Ref(i)}, 0)
		if i%1000 == 0 {
			o.deliver()
		}
	}
	if !o.holds() {
		t.Fatal("a full ring, and the shard would go on obeying")
	}
	last, got, awaited := -1, 0, 0
	for o.holds() || !in.Empty() {
		if in.Empty() {
			o.deliver()
		}
		n := next(t, in)
		if int(n.Event.Ref) <= last {
			t.Fatalf("event %d came after %d", n.Event.Ref, last)
		}
		last = int(n.Event.Ref)
		got++
		if !droppable(n.Event.Kind) {
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

// outboxOn makes an outbox and the other end of its ring.
func outboxOn() (*outbox, *ring.Records) {
	m := shm.Heap(PaneLen)
	o, other := newOutbox(newPane(m).events), newPane(m)
	return &o, other.events
}

// next reads one notice.
func next(t *testing.T, in *ring.Records) (n Notice) {
	t.Helper()
	rec, ok := in.Next()
	if !ok {
		t.Fatal("nothing was delivered")
	}
	x := wire.Reader(rec, nil)
	if n.fields(&x); !x.OK() {
		t.Fatalf("delivered %x", rec)
	}
	in.Done()
	return n
}

func TestTapsAreServedWhenAwaited(t *testing.T) {
	o, in := outboxOn()
	quiet := tapped{7, tap.New(tap.Inbound, 8000, 100)}
	o.serve([]tapped{{}, quiet})
	if o.holds() {
		t.Fatal("a tap nobody reads is to be woken")
	}
	o.end(quiet)
	o.deliver()
	if n := next(t, in); !quiet.tap.Ended() || n.Kind != LetGo || n.Number != 7 {
		t.Fatalf("ended, the tap is told of as %+v", n)
	}
}

func TestReportingDoesNotAllocate(t *testing.T) {
	o, in := outboxOn()
	n := testing.AllocsPerRun(1000, func() {
		for range 10 {
			o.event(msg.Event{Kind: msg.Digit, Digit: '1'}, 0)
		}
		o.deliver()
		for _, ok := in.Next(); ok; _, ok = in.Next() {
			in.Done()
		}
	})
	if n != 0 {
		t.Fatalf("a lap's events cost %v allocations, want 0", n)
	}
}
