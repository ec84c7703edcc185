// Package release decides which version of the scripts a call gets, and takes a
// new version back when it fails more often than the old one.
//
// A Board knows the version that calls get, one that a share of them tries (the
// canary), and the one before. It is pure bookkeeping: it loads and runs nothing,
// and is safe for concurrent use.
package release

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"sync"

	"trunkline/ivr/bundle"
)

// Plan is how a version is brought to the callers.
type Plan struct {
	Bundle *bundle.Bundle
	// Canary is the share of calls that try it, above 0 and below 1; 0: all get
	// it at once.
	Canary float64
	// PromoteAfter is how many calls of the canary, without a rise of failures,
	// are enough for all calls to get it; 0: Promote says so.
	PromoteAfter int
}

// Version is a version as it stands.
type Version struct {
	Version string
	Calls   int // that have ended, since the canary began if there is one
	Failed  int // of these, because of a mistake in a script
}

// Status is how the versions stand.
type Status struct {
	Current      Version
	Canary       *Version // nil: there is none
	Share        float64  // of calls that try it
	PromoteAfter int
	Previous     string // what Rollback goes back to
	Last         Change // the latest; What is Nothing when there was none
}

// Change is what came of a call, or of an order.
type Change struct {
	What     What
	Version  string // that callers get now
	Instead  string // that they got before, or tried
	Why      string
	Calls    int // of the canary
	Failures int
}

// What is a kind of Change.
type What string

// The changes.
const (
	Nothing    What = ""
	Deployed   What = "deployed"
	Canary     What = "canary"
	Promoted   What = "promoted"
	RolledBack What = "rolled_back"
)

// Errors of orders that make no sense now.
var (
	ErrNoCanary   = errors.New("there is no canary")
	ErrNoPrevious = errors.New("there is no version to go back to")
)

// Board knows the versions.
type Board struct {
	mu       sync.Mutex
	current  *standing
	canary   *standing // nil: none
	previous *standing // nil: none
	share    float64
	enough   int
	last     Change
}

// standing is a version with what is known of its calls.
type standing struct {
	bundle        *bundle.Bundle
	calls, failed int
}

// NewBoard makes a board with the version that all calls get.
func NewBoard(b *bundle.Bundle) *Board { return &Board{current: &standing{bundle: b}} }

// Current returns the version that calls get which do not try the canary.
func (b *Board) Current() *bundle.Bundle {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.current.bundle
}

// Pick returns the version that a call gets; the same call always gets the same.
// done follows, once, when the call's flow has ended.
func (b *Board) Pick(call string) (picked *bundle.Bundle, done func(failed bool) Change) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.current
	if b.canary != nil && place(call) < b.share {
		s = b.canary
	}
	return s.bundle, func(failed bool) Change { return b.ended(s, failed) }
}

// place spreads calls evenly over 0 to 1 by their id.
func place(call string) float64 {
	h := fnv.New64a()
	h.Write([]byte(call))
	v := h.Sum64()
	v ^= v >> 33 // ids differ little, and so would the upper bits of their sums
	v *= 0xff51afd7ed558ccd
	v ^= v >> 33
	return float64(v>>11) / (1 << 53)
}

// ended counts a call and judges the canary.
func (b *Board) ended(s *standing, failed bool) Change {
	b.mu.Lock()
	defer b.mu.Unlock()
	s.calls++
	if failed {
		s.failed++
	}
	c := b.canary
	switch {
	case c == nil:
	case worse(c.failed, c.calls, b.current.failed, b.current.calls):
		return b.rollBack(fmt.Sprintf("%d of %d calls failed, of the others %d of %d", c.failed, c.calls, b.current.failed, b.current.calls))
	case b.enough > 0 && c.calls >= b.enough:
		return b.promote(fmt.Sprintf("%d calls without a rise of failures", c.calls))
	}
	return Change{}
}

// worse reports whether so many failures in n calls are more than chance would
// make of the rate of the others (a binomial test). Of others that are few, one
// failure in a hundred calls is assumed.
func worse(failed, n, otherFailed, others int) bool {
	const (
		least  = 3     // failures: fewer prove nothing
		chance = 0.001 // how often a good canary may be taken back
	)
	if failed < least {
		return false
	}
	p := (float64(otherFailed) + 0.5) / (float64(others) + 50)
	return tail(failed, n, min(p, 1)) < chance
}

// tail is the probability of k or more of n, each with probability p.
func tail(k, n int, p float64) float64 {
	if p >= 1 {
		return 1
	}
	choose := func(n, k int) float64 {
		a, _ := math.Lgamma(float64(n + 1))
		b, _ := math.Lgamma(float64(k + 1))
		c, _ := math.Lgamma(float64(n - k + 1))
		return a - b - c
	}
	below := 0.0
	for i := range k {
		below += math.Exp(choose(n, i) + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p))
	}
	return 1 - below
}

// Deploy brings a version to the callers. One that is tried already gives way.
func (b *Board) Deploy(p Plan) (Change, error) {
	if p.Canary < 0 || p.Canary >= 1 || math.IsNaN(p.Canary) {
		return Change{}, fmt.Errorf("deploy: a canary's share is above 0 and below 1, not %v", p.Canary)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if p.Canary == 0 {
		was := b.current
		b.current, b.canary = &standing{bundle: p.Bundle}, nil
		if was.bundle.Version != p.Bundle.Version {
			b.previous = was
		}
		b.last = Change{What: Deployed, Version: p.Bundle.Version, Instead: was.bundle.Version}
		return b.last, nil
	}
	b.canary, b.share, b.enough = &standing{bundle: p.Bundle}, p.Canary, p.PromoteAfter
	b.current.calls, b.current.failed = 0, 0
	b.last = Change{What: Canary, Version: p.Bundle.Version, Instead: b.current.bundle.Version}
	return b.last, nil
}

// Promote gives the canary to all calls.
func (b *Board) Promote() (Change, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.canary == nil {
		return Change{}, ErrNoCanary
	}
	return b.promote("asked for"), nil
}

func (b *Board) promote(why string) Change {
	b.last = Change{
		What: Promoted, Version: b.canary.bundle.Version, Instead: b.current.bundle.Version, Why: why,
		Calls: b.canary.calls, Failures: b.canary.failed,
	}
	b.previous, b.current, b.canary = b.current, b.canary, nil
	return b.last
}

// Rollback takes the canary back or, without one, goes back to the version
// before. Calls under way keep what they have.
func (b *Board) Rollback(why string) (Change, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.canary != nil:
		return b.rollBack(why), nil
	case b.previous == nil:
		return Change{}, ErrNoPrevious
	}
	b.last = Change{What: RolledBack, Version: b.previous.bundle.Version, Instead: b.current.bundle.Version, Why: why}
	b.current, b.previous = b.previous, nil
	return b.last, nil
}

// rollBack takes the canary back.
func (b *Board) rollBack(why string) Change {
	b.last = Change{
		What: RolledBack, Version: b.current.bundle.Version, Instead: b.canary.bundle.Version, Why: why,
		Calls: b.canary.calls, Failures: b.canary.failed,
	}
	b.canary = nil
	return b.last
}

// Status says how the versions stand.
func (b *Board) Status() Status {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := Status{Current: b.current.version(), Last: b.last}
	if b.canary != nil {
		c := b.canary.version()
		s.Canary, s.Share, s.PromoteAfter = &c, b.share, b.enough
	}
	if b.previous != nil {
		s.Previous = b.previous.bundle.Version
	}
	return s
}

func (s *standing) version() Version {
	return Version{Version: s.bundle.Version, Calls: s.calls, Failed: s.failed}
}
