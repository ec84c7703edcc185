// Package serial does things one after the other for an object that many goroutines
// drive, without holding a lock while they take their time.
//
// A Queue guards the state of its owner by one lock that is held for computing only:
// Do. What is to be sent or reported from there is asked for with Then, and done
// after the lock is free, in order, by whoever holds the queue at that moment. So
// what is done may come back with Do, and a slow peer holds up nobody else. It has
// no goroutine and no clock. Only sip/internal/dialog uses it.
package serial

import (
	"runtime/debug"
	"sync"
)

// Queue belongs to one object.
type Queue struct {
	// Broken is told when something panicked, without the lock, so that it may call
	// Do. It sees to it that this object ends and nothing else does; when that panics
	// too, nobody is told any more.
	Broken func(panicked any, stack []byte)

	mu      sync.Mutex
	todo    []func()
	busy    bool // somebody is at it
	mending bool // Broken is being told
}

// Do changes the owner's state by f, then does what f and others have asked for,
// unless somebody is doing that already.
func (q *Queue) Do(f func()) {
	q.mu.Lock()
	q.safely(f)
	if q.busy {
		q.mu.Unlock()
		return
	}
	q.busy = true
	for len(q.todo) > 0 {
		next := q.todo[0]
		q.todo = q.todo[1:]
		q.mu.Unlock()
		failed := q.try(next)
		q.mu.Lock()
		if failed != nil {
			q.todo = append(q.todo, failed)
		}
	}
	q.todo, q.busy = nil, false
	q.mu.Unlock()
}

// Then asks for f to be done without the lock. Only within Do.
func (q *Queue) Then(f func()) { q.todo = append(q.todo, f) }

// View reads the owner's state by f, which asks for nothing.
func (q *Queue) View(f func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	f()
}

// Guard runs f without the lock, on the caller's goroutine and out of turn. What
// panics in it breaks the owner and nothing else.
func (q *Queue) Guard(f func()) {
	if failed := q.try(f); failed != nil {
		q.Do(func() { q.Then(failed) })
	}
}

// safely runs f with the lock held.
func (q *Queue) safely(f func()) {
	if failed := q.try(f); failed != nil && !q.mending {
		q.Then(failed)
	}
}

// try runs f, and returns what is to be done when it panics.
func (q *Queue) try(f func()) (failed func()) {
	defer func() {
		if p := recover(); p != nil {
			stack := debug.Stack()
			failed = func() { q.mend(p, stack) }
		}
	}()
	f()
	return nil
}

func (q *Queue) mend(p any, stack []byte) {
	q.View(func() { q.mending = true })
	defer func() {
		_ = recover() // it could not be mended
		q.View(func() { q.mending = false })
	}()
	q.Broken(p, stack)
}
