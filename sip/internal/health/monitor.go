package health

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"trunkline/sip/internal/locate"
	"trunkline/sip/trunk"
)

// Config is what a Monitor asks of its owner. Probe is needed, the rest is not.
type Config struct {
	// Probe sends OPTIONS to a hop and waits for the final response until the
	// context ends.
	Probe func(ctx context.Context, trunk string, hop locate.Hop) Outcome
	// Changed is told of transitions, one after the other for each trunk. It must
	// neither block nor call the Monitor.
	Changed func(Change)
	Log     *slog.Logger
	// Random returns a number from 0 up to 1, for any goroutine. Default: that of
	// math/rand/v2.
	Random func() float64
}

// Trunk is a trunk to be watched.
type Trunk struct {
	Name   string
	Health trunk.Health
	// Locate returns where its calls go: Place.Hops. It is asked before each round
	// of OPTIONS, which also keeps the answers of the DNS warm for calls.
	Locate func(ctx context.Context) ([]locate.Hop, error)
}

// Change is a transition. That of a hop comes before that of its trunk.
type Change struct {
	Trunk    string
	Hop      locate.Hop // zero: the trunk as a whole
	From, To State
	Cause    string // of what went down
}

// Monitor watches trunks. Close it.
type Monitor struct {
	cfg Config

	ctx    context.Context // the life of the watches
	cancel context.CancelFunc

	changing sync.Mutex // held by Set and Close alone: calls do not wait for them
	closed   bool

	mu      sync.RWMutex
	watches map[string]*Watch // replaced, never changed
}

// New returns a monitor that watches nothing yet.
func New(cfg Config) *Monitor {
	if cfg.Changed == nil {
		cfg.Changed = func(Change) {}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Random == nil {
		cfg.Random = rand.Float64
	}
	m := &Monitor{cfg: cfg, watches: map[string]*Watch{}}
	m.ctx, m.cancel = context.WithCancel(context.Background())
	return m
}

// Set replaces the trunks. What is known of one that stays, by its name, is kept,
// as are its hops that stay. It waits for the rounds that it interrupts; meanwhile
// calls go on.
func (m *Monitor) Set(trunks []Trunk) {
	m.changing.Lock()
	defer m.changing.Unlock()
	if m.closed {
		return
	}
	old := m.all()
	pause(old)
	watches := make(map[string]*Watch, len(trunks))
	for _, t := range trunks {
		w := old[t.Name]
		if w == nil {
			w = &Watch{monitor: m, name: t.Name, hops: map[key]*hop{}, since: time.Now()}
		}
		watches[t.Name] = w
	}
	m.mu.Lock()
	m.watches = watches
	m.mu.Unlock()
	for name, w := range old {
		if watches[name] == nil {
			w.end()
		}
	}
	for _, t := range trunks {
		watches[t.Name].start(t)
	}
}

// Close ends all watching. Nothing is learnt or told afterwards.
func (m *Monitor) Close() {
	m.changing.Lock()
	defer m.changing.Unlock()
	m.closed = true
	m.cancel()
	pause(m.all())
	for _, w := range m.all() {
		w.end()
	}
}

// all returns the watches, which are not to be changed.
func (m *Monitor) all() map[string]*Watch {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.watches
}

// pause stops the rounds of watches and waits for them.
func pause(watches map[string]*Watch) {
	for _, w := range watches {
		w.cancel()
	}
	for _, w := range watches {
		w.work.Wait()
	}
}

// Watch returns what is known of a trunk, or nil. It stays the same as long as
// there is a trunk of that name. A nil Watch knows nothing and admits all.
func (m *Monitor) Watch(name string) *Watch { return m.all()[name] }

// interval is how often a trunk's hops are located when no OPTIONS are sent.
const interval = time.Minute

// firstRound is when the first round is at the latest, so that soon after the
// start it is known who lives.
const firstRound = 2 * time.Second

// start begins to watch by other rules. Nobody watches when it is called.
func (w *Watch) start(t Trunk) {
	w.mu.Lock()
	w.rules = rulesOf(t.Health)
	fresh := w.rounds == 0
	w.mu.Unlock()
	ctx, cancel := context.WithCancel(w.monitor.ctx)
	w.cancel = cancel
	w.work.Go(func() {
		defer cancel()
		if fresh {
			w.hurry(ctx, t)
		}
		w.run(ctx, t)
	})
}

// hurry makes the first round of a trunk that nothing is known of.
func (w *Watch) hurry(ctx context.Context, t Trunk) {
	if sleep(ctx, w.random(min(firstRound, t.Health.Interval.Or(interval)))) {
		w.round(ctx, t)
	}
}

// run makes rounds: the first at any time within the interval, all others a tenth
// around it. Trunks that start together are spread over the interval that way, and
// stay so.
func (w *Watch) run(ctx context.Context, t Trunk) {
	every := t.Health.Interval.Or(interval)
	for wait := w.random(every); sleep(ctx, wait); {
		begin := time.Now()
		w.round(ctx, t)
		wait = every - every/10 + w.random(every/5) - time.Since(begin)
	}
}

func (w *Watch) random(most time.Duration) time.Duration {
	return time.Duration(w.monitor.cfg.Random() * float64(most))
}

// sleep waits, and reports whether to go on.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return ctx.Err() == nil
	}
}

// round finds out where the trunk's calls go, and whether anybody is there. All
// hops are asked at the same time.
func (w *Watch) round(ctx context.Context, t Trunk) {
	hops, err := t.Locate(ctx)
	if ctx.Err() != nil {
		return
	}
	w.located(time.Now(), hops, err)
	if t.Health.Interval == 0 {
		return
	}
	var probes sync.WaitGroup
	for _, h := range w.toProbe(time.Now()) {
		probes.Go(func() { w.probe(ctx, t, h) })
	}
	probes.Wait()
}

// probe sends OPTIONS to one hop.
func (w *Watch) probe(ctx context.Context, t Trunk, h locate.Hop) {
	short, cancel := context.WithTimeout(ctx, t.Health.Timeout.Or(4*time.Second))
	defer cancel()
	begin := time.Now()
	o := w.monitor.cfg.Probe(short, t.Name, h)
	if ctx.Err() != nil {
		return // we ended, not it
	}
	now := time.Now()
	if o.Status == requestTimeout { // whatever it stands before is dead
		o = Outcome{Err: errRequestTimeout}
	}
	w.answered(now, h, o, now.Sub(begin))
}
