// Package roster counts those who live, lets no more in than there may be, and knows
// who holds which dialog. It is a map with manners: any goroutine may use it, it
// starts none, and only Empty is waited for. Only call uses it.
package roster

import (
	"errors"
	"sync"
)

// Why nobody is let in.
var (
	ErrDraining = errors.New("draining: no new calls")
	ErrFull     = errors.New("call limit reached")
)

// Roster is those who live, by id, and whose dialogs are whose.
type Roster[D, C comparable] struct {
	max int

	mu       sync.Mutex // guards what follows
	living   map[string]C
	holders  map[D]C
	draining bool
	paused   bool
	empty    chan struct{} // closed when draining and nobody is left
}

// New returns a roster that lets in max at a time.
func New[D, C comparable](max int) *Roster[D, C] {
	return &Roster[D, C]{max: max, living: map[string]C{}, holders: map[D]C{}, empty: make(chan struct{})}
}

// Welcome says why nobody more is let in: ErrDraining, ErrFull, or nil.
func (r *Roster[D, C]) Welcome() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.welcome()
}

func (r *Roster[D, C]) welcome() error {
	switch {
	case r.draining || r.paused:
		return ErrDraining
	case len(r.living) >= r.max:
		return ErrFull
	}
	return nil
}

// Draining reports whether nothing new shall begin.
func (r *Roster[D, C]) Draining() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.draining || r.paused
}

// Pause lets nobody in until Resume, for those who may change their mind.
func (r *Roster[D, C]) Pause() { r.pause(true) }

// Resume takes a Pause back; a Drain is for ever.
func (r *Roster[D, C]) Resume() { r.pause(false) }

func (r *Roster[D, C]) pause(on bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.paused = on
}

// Admit counts c among the living, or says why not.
func (r *Roster[D, C]) Admit(id string, c C) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.welcome(); err != nil {
		return err
	}
	r.living[id] = c
	return nil
}

// Forget lets go of one who lives no more.
func (r *Roster[D, C]) Forget(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.living, id)
	if r.draining && len(r.living) == 0 {
		close(r.empty)
	}
}

// Get returns the one with that id.
func (r *Roster[D, C]) Get(id string) (C, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c, ok := r.living[id]
	return c, ok
}

// Count returns how many live.
func (r *Roster[D, C]) Count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.living)
}

// All returns those who live.
func (r *Roster[D, C]) All() []C {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]C, 0, len(r.living))
	for _, c := range r.living {
		list = append(list, c)
	}
	return list
}

// Drain lets nobody in any more and returns what is closed when nobody is left.
func (r *Roster[D, C]) Drain() (empty <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.draining && len(r.living) == 0 {
		close(r.empty)
	}
	r.draining = true
	return r.empty
}

// Hold says that dialog d is c's from now on.
func (r *Roster[D, C]) Hold(d D, c C) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.holders[d] = c
}

// Drop says that dialog d is nobody's.
func (r *Roster[D, C]) Drop(d D) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.holders, d)
}

// Holder returns whose dialog d is.
func (r *Roster[D, C]) Holder(d D) (C, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c, ok := r.holders[d]
	return c, ok
}
