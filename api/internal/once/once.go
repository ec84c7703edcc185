// Package once does a deed once, however often it is asked for under one key. It
// owns its memory of keys; only package api uses it, from any goroutine.
package once

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"sync"

	"trunkline/api/problem"
)

// maxKeys bounds the memory of idempotency keys; the oldest is forgotten first.
const maxKeys = 10_000

// Memory remembers what requests with an Idempotency-Key were answered, so
// that a client may repeat one whose answer got lost. Only successes are kept: a
// request that failed has done nothing, and may be tried again.
type Memory[T any] struct {
	mu    sync.Mutex
	known map[string]*attempt[T]
	order []string // keys of finished attempts, the oldest first
}

type attempt[T any] struct {
	body [sha256.Size]byte
	done chan struct{} // closed when the rest is set
	out  T
	err  error
}

// New makes one that knows nothing yet.
func New[T any]() *Memory[T] {
	return &Memory[T]{known: map[string]*attempt[T]{}}
}

// Do answers a request from memory, or by calling f; replayed says which. The
// same key with another body is a *problem.Problem. While the first request of a key is
// at work, its repetitions wait for it.
func (m *Memory[T]) Do(ctx context.Context, key string, body any, f func() (T, error)) (out T, replayed bool, err error) {
	if key == "" {
		out, err = f()
		return out, false, err
	}
	text, err := json.Marshal(body) // maps come out sorted
	if err != nil {
		return out, false, err
	}
	sum := sha256.Sum256(text)

	m.mu.Lock()
	a := m.known[key]
	if a == nil {
		a = &attempt[T]{body: sum, done: make(chan struct{})}
		m.known[key] = a
		m.mu.Unlock()
		return m.first(key, a, f)
	}
	m.mu.Unlock()

	if a.body != sum {
		return out, false, problem.New(problem.IdempotencyReused, "repeat the first request as it was, or take a new key")
	}
	select {
	case <-a.done:
		return a.out, true, a.err
	case <-ctx.Done():
		return out, false, ctx.Err()
	}
}

func (m *Memory[T]) first(key string, a *attempt[T], f func() (T, error)) (T, bool, error) {
	a.err = problem.New(problem.Internal, "") // stands if f panics
	defer func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		close(a.done)
		if a.err != nil {
			delete(m.known, key)
			return
		}
		m.order = append(m.order, key)
		if len(m.order) > maxKeys {
			delete(m.known, m.order[0])
			m.order = m.order[1:]
		}
	}()
	a.out, a.err = f()
	return a.out, false, a.err
}
