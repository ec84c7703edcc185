package mask

import "sync"

// Calls are the calls that are secret just now: somebody is being asked for a
// PIN. It may be used by any goroutine; the zero value is ready.
type Calls struct {
	mu  sync.RWMutex
	ids map[string]int
}

// Hide makes the calls with these Call-IDs secret until Show is called as often.
func (c *Calls) Hide(callIDs ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ids == nil {
		c.ids = map[string]int{}
	}
	for _, id := range callIDs {
		c.ids[id]++
	}
}

// Show takes one Hide back.
func (c *Calls) Show(callIDs ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range callIDs {
		if c.ids[id] > 1 {
			c.ids[id]--
		} else {
			delete(c.ids, id)
		}
	}
}

// Hidden reports whether a call is secret now.
func (c *Calls) Hidden(callID []byte) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.ids[string(callID)] > 0
}
