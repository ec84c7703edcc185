package flowtest

import "sync"

// rules are what a test says about one kind of thing that flows reach for, in
// the order in which it was said.
type rules[R any] struct {
	mu   sync.Mutex // flows ask while the test goes on
	said []*rule[R]
}

type rule[R any] struct {
	what R
	used bool
}

func (r *rules[R]) add(what R) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.said = append(r.said, &rule[R]{what: what})
}

// pick returns the first that fits and was not used yet, else the last that fits.
func (r *rules[R]) pick(fits func(R) bool) (what R, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var last *rule[R]
	for _, one := range r.said {
		if !fits(one.what) {
			continue
		}
		last = one
		if !one.used {
			break
		}
	}
	if last == nil {
		return what, false
	}
	last.used = true
	return last.what, true
}
