package event

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"
)

// ErrClosed is what Next returns once the bus, or the subscription, is closed
// and everything before that was delivered.
var ErrClosed = errors.New("event bus is closed")

// Bus numbers events, keeps the latest, and hands them to subscribers.
//
//   - Sequence numbers start at 1 and have no holes.
//   - Every subscriber sees events in the order of their numbers.
//   - Publish never waits for a subscriber: all of them read the same ring of
//     kept events, each at its own place. One that falls further behind than
//     the ring is long misses the oldest and is told how many.
//   - The View has folded an event before Publish returns.
type Bus struct {
	run  string
	view *View

	mu     sync.Mutex
	kept   []Event // ring; event n is at n % len
	last   uint64
	closed bool
	subs   map[*Subscription]struct{}
}

// NewBus returns a bus that keeps the latest keep events (at least one) for
// subscribers who resume or are slow.
func NewBus(keep int) *Bus {
	var id [6]byte
	_, _ = rand.Read(id[:]) // never fails, by its documentation
	return &Bus{
		run:  hex.EncodeToString(id[:]),
		view: newView(),
		kept: make([]Event, max(keep, 1)),
		subs: map[*Subscription]struct{}{},
	}
}

// Run returns the random name of this run: sequence numbers of different runs
// must not be compared.
func (b *Bus) Run() string { return b.run }

// View returns the live calls as folded from the events of this bus.
func (b *Bus) View() *View { return b.view }

// Last returns the number of the latest event, 0 before the first. Subscribing
// since Last yields only what happens from now on.
func (b *Bus) Last() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.last
}

// Publish numbers and dates d and hands it to everyone. leg is "" when the event
// concerns the call as a whole. d must be one of this package's structs, by
// value. After Close nobody hears of it.
func (b *Bus) Publish(call, leg string, d Data) Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last++
	e := Event{
		Seq:  b.last,
		Time: time.Now().UTC().Truncate(time.Microsecond),
		Type: d.EventType(),
		Call: call,
		Leg:  leg,
		Data: d,
	}
	b.view.fold(e)
	b.kept[e.Seq%uint64(len(b.kept))] = e
	for s := range b.subs {
		s.poke()
	}
	return e
}

// Subscribe returns the events numbered above since: first those still kept,
// then live ones. since 0 is everything kept; a since that was not reached yet
// (it must be of another run) is only what comes from now on.
func (b *Bus) Subscribe(since uint64) *Subscription {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := &Subscription{bus: b, at: min(since, b.last), wake: make(chan struct{}, 1)}
	if b.closed {
		s.closed = true
	} else {
		b.subs[s] = struct{}{}
	}
	return s
}

// Close ends all subscriptions once they have drained what is kept. It does not
// wait for them.
func (b *Bus) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	for s := range b.subs {
		s.closed = true
		s.poke()
	}
	clear(b.subs)
}

// Subscription is one reader's place in the stream of events. Next is for one
// goroutine; Close may be called from any.
type Subscription struct {
	bus  *Bus
	wake chan struct{} // holds a token when there may be news

	at     uint64 // number of the event delivered last; guarded by bus.mu
	closed bool   // guarded by bus.mu
}

// Gap is the error of a subscriber who was too slow, or came too late: Missed
// events are lost to it. The next call to Next goes on behind the gap.
type Gap struct{ Missed uint64 }

func (g *Gap) Error() string { return fmt.Sprintf("missed %d events", g.Missed) }

// Next waits for the next event. Its error is a *Gap, ErrClosed or ctx's.
func (s *Subscription) Next(ctx context.Context) (Event, error) {
	for {
		e, ok, err := s.take()
		if ok || err != nil {
			return e, err
		}
		select {
		case <-s.wake:
		case <-ctx.Done():
			return Event{}, ctx.Err()
		}
	}
}

func (s *Subscription) take() (Event, bool, error) {
	b := s.bus
	b.mu.Lock()
	defer b.mu.Unlock()
	if size := uint64(len(b.kept)); b.last-s.at > size {
		missed := b.last - s.at - size
		s.at += missed
		return Event{}, false, &Gap{Missed: missed}
	}
	if s.at < b.last {
		s.at++
		return b.kept[s.at%uint64(len(b.kept))], true, nil
	}
	if s.closed {
		return Event{}, false, ErrClosed
	}
	return Event{}, false, nil
}

// Close gives up the place. A waiting Next returns ErrClosed.
func (s *Subscription) Close() {
	b := s.bus
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.subs, s)
	s.closed = true
	s.at = b.last
	s.poke()
}

func (s *Subscription) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
