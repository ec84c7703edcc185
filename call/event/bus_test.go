package event

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
)

func TestBusNumbersAndReplays(t *testing.T) {
	b := NewBus(10)
	for i := range 4 {
		b.Publish("c1", "a", Digit{Digit: fmt.Sprint(i)})
	}
	f := func(since, want uint64) {
		t.Helper()
		s := b.Subscribe(since)
		defer s.Close()
		if got := next(t, s).Seq; got != want {
			t.Errorf("since %d begins with event %d; want %d", since, got, want)
		}
	}
	f(0, 1)
	f(1, 2)
	f(3, 4)

	s := b.Subscribe(b.Last())
	live := b.Publish("c1", "", FlowFailed{Flow: "x"})
	if got := next(t, s); got != live {
		t.Errorf("live event %+v; want %+v", got, live)
	}
	ahead := b.Subscribe(1000)
	live = b.Publish("c1", "", SpeechStarted{})
	if got := next(t, ahead); got != live {
		t.Errorf("subscriber since the future got %+v; want the next live event %+v", got, live)
	}
}

func TestBusTellsSlowSubscribersWhatTheyMissed(t *testing.T) {
	b := NewBus(3)
	s := b.Subscribe(0)
	for range 10 {
		b.Publish("c", "", SpeechStarted{})
	}
	var gap *Gap
	if _, err := s.Next(t.Context()); !errors.As(err, &gap) || gap.Missed != 7 {
		t.Fatalf("error %v; want a gap of 7", err)
	}
	for want := uint64(8); want <= 10; want++ {
		if got := next(t, s).Seq; got != want {
			t.Fatalf("behind the gap came %d; want %d", got, want)
		}
	}
}

func TestBusCloseDrainsThenEnds(t *testing.T) {
	b := NewBus(10)
	s := b.Subscribe(0)
	b.Publish("c", "", SpeechStarted{})
	b.Close()
	if got := next(t, s).Seq; got != 1 {
		t.Fatalf("event %d; want 1", got)
	}
	for _, s := range []*Subscription{s, b.Subscribe(b.Last())} {
		if _, err := s.Next(t.Context()); !errors.Is(err, ErrClosed) {
			t.Errorf("error %v; want ErrClosed", err)
		}
	}
	b.Publish("c", "", SpeechStarted{}) // must not panic
}

func TestSubscriptionCloseWakesNext(t *testing.T) {
	b := NewBus(10)
	s := b.Subscribe(0)
	done := make(chan error)
	go func() { _, err := s.Next(t.Context()); done <- err }()
	s.Close()
	if err := <-done; !errors.Is(err, ErrClosed) {
		t.Errorf("error %v; want ErrClosed", err)
	}
	if len(b.subs) != 0 {
		t.Errorf("bus still knows %d subscribers", len(b.subs))
	}
}

func TestNextObeysItsContext(t *testing.T) {
	s := NewBus(1).Subscribe(0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v; want context.Canceled", err)
	}
}

func TestRunsHaveDifferentNames(t *testing.T) {
	a, b := NewBus(1).Run(), NewBus(1).Run()
	if a == b || len(a) != 12 {
		t.Errorf("runs %q and %q; want two different names of 12 digits", a, b)
	}
}

// Publishers of several calls at once, readers that come and go: each reader
// sees rising numbers without a hole, each call its events in order.
func TestBusUnderConcurrency(t *testing.T) {
	const calls, events, readers = 8, 200, 4
	b := NewBus(calls * events)
	var readersDone, writers sync.WaitGroup
	for range readers {
		s := b.Subscribe(0)
		readersDone.Go(func() {
			latest := map[string]string{}
			for want := uint64(1); want <= calls*events; want++ {
				e, err := s.Next(t.Context())
				if err != nil || e.Seq != want {
					t.Errorf("event %d, error %v; want %d", e.Seq, err, want)
					return
				}
				d := e.Data.(Digit).Digit
				if d <= latest[e.Call] {
					t.Errorf("call %s: %s came after %s", e.Call, d, latest[e.Call])
				}
				latest[e.Call] = d
			}
		})
	}
	for c := range calls {
		writers.Go(func() {
			for i := range events {
				b.Publish(fmt.Sprint(c), "a", Digit{Digit: fmt.Sprintf("%04d", i)})
				b.View().Live()
			}
		})
	}
	writers.Wait()
	readersDone.Wait()
}

func next(t *testing.T, s *Subscription) Event {
	t.Helper()
	e, err := s.Next(t.Context())
	if err != nil {
		t.Fatalf("next: %v", err)
	}
	return e
}
