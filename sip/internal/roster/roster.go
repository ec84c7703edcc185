// Package roster knows which dialogs there are, so that a request finds the one it
// belongs to and a response the one whose INVITE it answers.
//
// It owns its tables and knows no dialog: D is a pointer to one, and what becomes of
// it is its own business. Any goroutine may use it, under any lock: nothing here
// waits. Only sip/internal/dialog does.
package roster

import "sync"

// Key is what names a dialog to us (RFC 3261 §12); the remote tag is checked beside
// it.
type Key struct{ CallID, LocalTag string }

// Roster is the dialogs of one endpoint.
type Roster[D comparable] struct {
	mu       sync.Mutex
	shut     bool
	dialogs  map[Key]D
	branches map[string]D
	idle     chan struct{} // closed when shut and the last dialog is gone
}

// New returns an empty roster.
func New[D comparable]() *Roster[D] {
	return &Roster[D]{dialogs: map[Key]D{}, branches: map[string]D{}, idle: make(chan struct{})}
}

// Add makes a dialog known; false when no more are taken.
func (r *Roster[D]) Add(k Key, d D) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.shut {
		return false
	}
	r.dialogs[k] = d
	return true
}

// Find returns the dialog of a key, or none.
func (r *Roster[D]) Find(k Key) D {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.dialogs[k]
}

// Drop forgets a dialog. Twice is harmless.
func (r *Roster[D]) Drop(k Key, d D) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.dialogs[k] != d {
		return
	}
	delete(r.dialogs, k)
	if r.shut && len(r.dialogs) == 0 {
		close(r.idle)
	}
}

// Watch makes responses to the INVITE with this branch find its dialog.
func (r *Roster[D]) Watch(branch string, d D) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.branches[branch] = d
}

// Unwatch forgets branches.
func (r *Roster[D]) Unwatch(branches ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, b := range branches {
		delete(r.branches, b)
	}
}

// Branches are those that one dialog has watched. It belongs to the dialog, which
// guards it.
type Branches[D comparable] struct{ list []string }

// Watch makes responses to a further INVITE find the dialog.
func (b *Branches[D]) Watch(r *Roster[D], branch string, d D) {
	b.list = append(b.list, branch)
	r.Watch(branch, d)
}

// Forget unwatches all but one, which may be none.
func (b *Branches[D]) Forget(r *Roster[D], but string) {
	var kept []string
	for _, branch := range b.list {
		if branch == but {
			kept = append(kept, branch)
			continue
		}
		r.Unwatch(branch)
	}
	b.list = kept
}

// OfBranch returns the dialog that sent the INVITE with this branch, or none.
func (r *Roster[D]) OfBranch(branch string) D {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.branches[branch]
}

// Len returns how many dialogs there are, and how many branches are watched.
func (r *Roster[D]) Len() (dialogs, branches int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.dialogs), len(r.branches)
}

// All returns the dialogs there are.
func (r *Roster[D]) All() []D {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]D, 0, len(r.dialogs))
	for _, d := range r.dialogs {
		all = append(all, d)
	}
	return all
}

// Shut takes no new dialogs from now on; false: it was shut before.
func (r *Roster[D]) Shut() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.shut {
		return false
	}
	r.shut = true
	if len(r.dialogs) == 0 {
		close(r.idle)
	}
	return true
}

// IsShut reports whether no new dialogs are taken.
func (r *Roster[D]) IsShut() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.shut
}

// Idle is closed when the roster is shut and its last dialog is gone.
func (r *Roster[D]) Idle() <-chan struct{} { return r.idle }
