// Package crew keeps the goroutines of an endpoint together, so that it can wait for
// them when it closes. A Crew begins them and counts those of others that come by; it
// stops none: they end by a context or a closed socket. Only sip/internal/dialog uses
// it, for itself and for sip.
package crew

import (
	"errors"
	"sync"
	"time"
)

// Crew is ready as it is.
type Crew struct {
	mu        sync.Mutex
	work      sync.WaitGroup
	dismissed bool
}

// ErrStuck says that a goroutine does not end.
var ErrStuck = errors.New("a handler of a call does not return")

// Work are the goroutines that Dismissed waits for.
func (c *Crew) Work() *sync.WaitGroup { return &c.work }

// Begin runs f on a goroutine of the crew; false when it is too late.
func (c *Crew) Begin(f func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dismissed {
		return false
	}
	c.work.Go(f)
	return true
}

// Enter counts the calling goroutine among the crew; false when it is too late. leave
// ends that.
func (c *Crew) Enter() (leave func(), ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dismissed {
		return nil, false
	}
	c.work.Add(1)
	return c.work.Done, true
}

// Dismiss begins nothing from now on.
func (c *Crew) Dismiss() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dismissed = true
}

// Dismissed waits for all of the crew, at most for patience.
func (c *Crew) Dismissed(patience time.Duration) error {
	done := make(chan struct{})
	go func() { // ends with the work; only a stuck handler can keep it
		c.work.Wait()
		close(done)
	}()
	clock := time.NewTimer(patience)
	defer clock.Stop()
	select {
	case <-done:
		return nil
	case <-clock.C:
		return ErrStuck
	}
}
