package health

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"trunkline/sip/internal/locate"
)

// Of the responses, these mean more than that somebody is there.
const (
	requestTimeout     = 408
	serviceUnavailable = 503
)

var errRequestTimeout = errors.New("408 to OPTIONS")

// maxHops is how many hops of a trunk are known. Those that the DNS no longer
// names are the first to be forgotten.
const maxHops = 64

// Watch is what is known of one trunk.
type Watch struct {
	monitor *Monitor
	name    string
	cancel  context.CancelFunc
	work    sync.WaitGroup

	mu     sync.Mutex
	rules  rules
	hops   map[key]*hop
	fault  error // why it could not be located
	state  State
	since  time.Time
	rounds int
	ended  bool // nothing is learnt or told any more
}

func (w *Watch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
}

// key is what makes two hops the same.
type key struct {
	transport string
	addr      netip.AddrPort
}

func keyOf(h locate.Hop) key { return key{h.Transport, h.Addr} }

// hop is what is known of a hop.
type hop struct {
	locate.Hop
	circuit
	trip  time.Duration // of the last OPTIONS that was answered
	round int           // in which it was located last
}

// Admit reports whether a call shall try a hop in its turn; otherwise it comes
// after the others. It is asked at the moment of trying: of many calls that find a
// hop down whose rest is over, one is let through.
func (w *Watch) Admit(h locate.Hop) bool {
	if w == nil {
		return true
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	known := w.hops[keyOf(h)]
	return known == nil || known.admits(time.Now(), w.rules)
}

// Report learns how a call fared at a hop: a failure is that nobody answered, or
// 503. What was given up for reasons of our own is not reported.
func (w *Watch) Report(h locate.Hop, o Outcome) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if now := time.Now(); !w.ended {
		w.learn(now, w.hop(h), o)
		w.judge(now)
	}
}

// answered learns how a hop answered OPTIONS, if it did.
func (w *Watch) answered(now time.Time, h locate.Hop, o Outcome, trip time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	known := w.hop(h)
	if o.Status != 0 {
		known.trip = trip
	}
	w.learn(now, known, o)
	w.judge(now)
}

// hop returns what is known of a hop, if only that it is there.
func (w *Watch) hop(h locate.Hop) *hop {
	k := keyOf(h)
	known := w.hops[k]
	if known == nil {
		w.makeRoom()
		known = &hop{Hop: h, round: w.rounds}
		known.since = time.Now()
		w.hops[k] = known
	}
	return known
}

func (w *Watch) makeRoom() {
	if len(w.hops) < maxHops {
		return
	}
	var oldest key
	for k, h := range w.hops {
		if was := w.hops[oldest]; was == nil || h.round < was.round {
			oldest = k
		}
	}
	delete(w.hops, oldest)
}

// learn writes an outcome down, and tells when it changes a hop's state.
func (w *Watch) learn(now time.Time, h *hop, o Outcome) {
	was := h.state
	switch {
	case o.Status == serviceUnavailable && o.RetryAfter > 0:
		h.refused(now, o.RetryAfter)
	case o.Status == serviceUnavailable:
		h.dead(now, w.rules, "503")
	case o.Status != 0:
		h.alive(now, w.rules)
	case o.Err != nil:
		h.dead(now, w.rules, o.Err.Error())
	default:
		h.dead(now, w.rules, "no response")
	}
	if h.state != was {
		w.tell(Change{Trunk: w.name, Hop: h.Hop, From: was, To: h.state, Cause: h.cause})
	}
}

// located learns where the trunk's calls go now. A hop that is named no longer is
// remembered for some rounds, since answers of the DNS may take turns.
func (w *Watch) located(now time.Time, hops []locate.Hop, err error) {
	const remembered = 10
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fault = err; err == nil {
		w.rounds++
		for _, h := range hops {
			known := w.hop(h)
			known.Hop, known.round = h, w.rounds
		}
		for k, h := range w.hops {
			if w.rounds-h.round >= remembered {
				delete(w.hops, k)
			}
		}
	}
	w.judge(now)
}

// toProbe returns the hops that OPTIONS are sent to: those of now.
func (w *Watch) toProbe(now time.Time) (hops []locate.Hop) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, h := range w.hops {
		if h.round == w.rounds && h.mayProbe(now) {
			hops = append(hops, h.Hop)
		}
	}
	return hops
}

// judge draws from the hops what state the trunk is in, and tells when it is
// another.
func (w *Watch) judge(now time.Time) {
	var count [Down + 1]int
	cause := ""
	for _, h := range w.hops {
		if h.round != w.rounds {
			continue
		}
		if count[h.state]++; h.state == Down {
			cause = h.cause
		}
	}
	state := Unknown
	switch {
	case count[Down] > 0 && count[Up]+count[Unknown] > 0:
		state = Degraded
	case count[Down] > 0:
		state = Down
	case count[Up] > 0:
		state = Up
	case count[Unknown] == 0 && w.fault != nil:
		state, cause = Down, w.fault.Error()
	}
	if was := w.state; was != state {
		w.state, w.since = state, now
		w.tell(Change{Trunk: w.name, From: was, To: state, Cause: cause})
	}
}

// tell logs a transition and passes it on.
func (w *Watch) tell(c Change) {
	log := w.monitor.cfg.Log.With("trunk", c.Trunk, "was", c.From.String())
	if c.Hop != (locate.Hop{}) {
		log = log.With("target", c.Hop.Host, "hop", c.Hop.String())
	}
	if c.To == Down || c.To == Degraded {
		log.Warn(fmt.Sprintf("%s is %s", c.what(), c.To), "cause", c.Cause)
	} else {
		log.Info(fmt.Sprintf("%s is %s", c.what(), c.To))
	}
	w.monitor.cfg.Changed(c)
}

func (c *Change) what() string {
	if c.Hop == (locate.Hop{}) {
		return "trunk"
	}
	return "target"
}

// Status is a trunk as the API and the metrics show it.
type Status struct {
	Trunk string
	State State
	Since time.Time
	Fault string // why it cannot be located
	Hops  []HopStatus
}

// HopStatus is one hop of a trunk.
type HopStatus struct {
	Hop       locate.Hop
	State     State
	Since     time.Time
	RoundTrip time.Duration // of the last OPTIONS that was answered; zero: none was
	Failures  int           // in a row
	Cause     string        // of the last failure; empty: none since it was last answered
	Until     time.Time     // down by its own wish until then; zero: it has none
}

// Status returns all trunks by name, each with the hops that it leads to now, by
// target and address.
func (m *Monitor) Status() []Status {
	var all []Status
	for _, w := range m.all() {
		all = append(all, w.Status())
	}
	slices.SortFunc(all, func(a, b Status) int { return cmp.Compare(a.Trunk, b.Trunk) })
	return all
}

// State returns the state of the trunk; of none that is watched, Unknown.
func (w *Watch) State() State {
	if w == nil {
		return Unknown
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state
}

// Status returns one trunk.
func (w *Watch) Status() Status {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := Status{Trunk: w.name, State: w.state, Since: w.since}
	if w.fault != nil {
		s.Fault = w.fault.Error()
	}
	for _, h := range w.hops {
		if h.round != w.rounds {
			continue
		}
		status := HopStatus{Hop: h.Hop, State: h.state, Since: h.since, RoundTrip: h.trip, Failures: h.failures, Cause: h.cause}
		if time.Now().Before(h.asked) {
			status.Until = h.asked
		}
		s.Hops = append(s.Hops, status)
	}
	slices.SortFunc(s.Hops, func(a, b HopStatus) int {
		return cmp.Or(cmp.Compare(a.Hop.Target, b.Hop.Target), a.Hop.Addr.Compare(b.Hop.Addr), cmp.Compare(a.Hop.Transport, b.Hop.Transport))
	})
	return s
}
