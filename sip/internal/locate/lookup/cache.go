package lookup

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// maxNames bounds a cache. Names come from the configuration and from what the
// DNS says to those, so hundreds are many.
const maxNames = 1024

// cache knows the answers to one kind of question.
type cache[V any] struct {
	*Resolver
	ask func(ctx context.Context, name string) (V, error)

	mu      sync.Mutex
	closed  bool
	entries map[string]*entry[V]
}

// entry is a name that somebody has asked for.
type entry[V any] struct {
	value   V
	learned time.Time // when value was true; zero: never
	err     error     // of the last lookup
	due     time.Time // when to ask again; zero: nobody has asked
	flight  chan struct{}
}

func newCache[V any](r *Resolver, ask func(context.Context, string) (V, error)) *cache[V] {
	return &cache[V]{Resolver: r, ask: ask, entries: map[string]*entry[V]{}}
}

// get returns the answer that is known, or waits for it: as long as the context
// lets it when there never was one, otherwise for Patience.
func (c *cache[V]) get(ctx context.Context, name string) (value V, err error) {
	e, flight, first := c.find(name)
	if e == nil {
		return value, ErrClosed
	}
	if flight == nil {
		return c.answer(e)
	}
	var patience <-chan time.Time
	if !first {
		t := time.NewTimer(c.cfg.Patience)
		defer t.Stop()
		patience = t.C
	}
	select {
	case <-flight:
	case <-patience:
	case <-ctx.Done():
		if first {
			return value, fmt.Errorf("look up %s: %w", name, ctx.Err())
		}
	}
	return c.answer(e)
}

// find returns the entry of a name, its flight when one is under way or due, and
// whether that is the first. There is no entry after close.
func (c *cache[V]) find(name string) (e *entry[V], flight chan struct{}, first bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, nil, false
	}
	e = c.entries[name]
	if e == nil {
		c.makeRoom()
		e = &entry[V]{}
		c.entries[name] = e
	}
	if e.flight == nil && !time.Now().Before(e.due) {
		e.flight = make(chan struct{})
		c.work.Go(func() { c.fly(name, e) })
	}
	return e, e.flight, e.due.IsZero()
}

// fly asks, and writes down the answer.
func (c *cache[V]) fly(name string, e *entry[V]) {
	ctx, cancel := context.WithTimeout(c.ctx, c.cfg.Deadline)
	defer cancel()
	value, err := c.ask(ctx, name)

	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if e.err = err; err == nil {
		e.value, e.learned, e.due = value, now, now.Add(c.cfg.Fresh)
	} else {
		e.due = now.Add(c.cfg.Negative)
	}
	close(e.flight)
	e.flight = nil
}

// answer returns what is known of a name that was asked for.
func (c *cache[V]) answer(e *entry[V]) (V, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	keep := c.cfg.Keep
	if errors.Is(e.err, ErrNotFound) {
		keep = c.cfg.KeepGone
	}
	if e.err == nil || !e.learned.IsZero() && time.Since(e.learned) < keep {
		return e.value, nil
	}
	var none V
	return none, e.err
}

// makeRoom drops what was asked for least recently, when there is too much.
func (c *cache[V]) makeRoom() {
	if len(c.entries) < maxNames {
		return
	}
	oldest, victim := time.Time{}, ""
	for name, e := range c.entries {
		if e.flight == nil && (victim == "" || e.due.Before(oldest)) {
			oldest, victim = e.due, name
		}
	}
	delete(c.entries, victim)
}

// close lets nobody ask any more.
func (c *cache[V]) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
}
