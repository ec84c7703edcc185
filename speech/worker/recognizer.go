package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"time"

	"trunkline/speech"
)

// Config says which program to run and how patient to be with it. Zero values
// mean the defaults given.
type Config struct {
	Name    string   // for errors, e.g. "pocketsphinx"
	Command []string // program and arguments
	Env     []string // added to the environment, "KEY=value"
	// Prepare turns options into the start frame's keys. "id" and "language"
	// are added; nil means to pass on "phrases".
	Prepare func(speech.RecognitionOptions) (map[string]any, error)

	MaxWorkers    int           // processes at most, hence callers speaking at once; 4 per core
	QueueWait     time.Duration // an utterance waits this long for a free worker; 2 s
	LoadTimeout   time.Duration // from fork to "ready"; 20 s
	StartTimeout  time.Duration // from start frame to "started"; 3 s
	WriteTimeout  time.Duration // a worker may refuse audio this long; 2 s
	FinishTimeout time.Duration // from end frame to "final", beside a quarter of the utterance; 2.5 s
	MaxUtterance  time.Duration // longer ones fail; 60 s
}

func (c *Config) setDefaults() {
	orElse := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	orElse(&c.QueueWait, 2*time.Second)
	orElse(&c.LoadTimeout, 20*time.Second)
	orElse(&c.StartTimeout, 3*time.Second)
	orElse(&c.WriteTimeout, 2*time.Second)
	orElse(&c.FinishTimeout, 2500*time.Millisecond)
	orElse(&c.MaxUtterance, time.Minute)
	if c.MaxWorkers <= 0 {
		c.MaxWorkers = 4 * runtime.NumCPU()
	}
	if c.Prepare == nil {
		c.Prepare = func(o speech.RecognitionOptions) (map[string]any, error) {
			return map[string]any{"phrases": o.Phrases}, nil
		}
	}
}

func (c *Config) maxSamples() int { return int(c.MaxUtterance.Seconds() * speech.Rate) }

// Recognizer is a pool of worker processes behind speech.Recognizer.
type Recognizer struct {
	cfg     Config
	slots   chan struct{} // one token per worker in use
	closing chan struct{}
	streams sync.WaitGroup

	mu     sync.Mutex
	closed bool
	idle   []*process // most recently used last; may still be loading
	live   map[*process]struct{}
	trips  int       // processes in a row that did not load
	retry  time.Time // no new process before
	fault  error     // why the last one did not load
}

var _ speech.Recognizer = (*Recognizer)(nil)

// New prepares a pool; no process is started before Warm or Start.
func New(cfg Config) (*Recognizer, error) {
	if len(cfg.Command) == 0 {
		return nil, errors.New("new recogniser: no command")
	}
	cfg.setDefaults()
	if cfg.Name == "" {
		cfg.Name = cfg.Command[0]
	}
	return &Recognizer{
		cfg:     cfg,
		slots:   make(chan struct{}, cfg.MaxWorkers),
		closing: make(chan struct{}),
		live:    map[*process]struct{}{},
	}, nil
}

// Start begins an utterance. It returns at once: audio written while no worker
// is free or loaded is kept for it. That none came free, or that the worker
// failed, is told by the last Result.
func (r *Recognizer) Start(ctx context.Context, o speech.RecognitionOptions) (speech.Stream, error) {
	start, err := r.cfg.Prepare(o)
	if err != nil {
		return nil, fmt.Errorf("recognise with %s: %w", r.cfg.Name, err)
	}
	start["language"] = o.Language
	ctx, cancel := context.WithCancelCause(ctx)
	s := &stream{
		rec: r, start: start, key: fingerprint(start), cancel: cancel,
		wake: make(chan struct{}, 1), results: make(chan speech.Result, resultsBacklog),
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		cancel(nil)
		return nil, fmt.Errorf("recognise with %s: %w", r.cfg.Name, speech.ErrClosed)
	}
	r.streams.Go(func() {
		defer cancel(nil)
		s.run(ctx)
	})
	return s, nil
}

// fingerprint tells whether two utterances want the same model loaded.
func fingerprint(start map[string]any) string {
	h := fnv.New64a()
	json.NewEncoder(h).Encode(start) // sorted keys; what cannot be encoded fails later
	return strconv.FormatUint(h.Sum64(), 36)
}

// Warm starts n workers, at most MaxWorkers, unless there are as many, and
// returns when they are loaded: then the first caller need not wait.
func (r *Recognizer) Warm(ctx context.Context, n int) error {
	var started []*process
	defer func() {
		for _, p := range started {
			r.release(p)
		}
	}()
	for range min(n, r.cfg.MaxWorkers) {
		select {
		case r.slots <- struct{}{}:
		default: // the rest are in use, hence warm
			continue
		}
		p, err := r.takeOrSpawn("")
		if err != nil {
			<-r.slots
			return fmt.Errorf("warm %s: %w", r.cfg.Name, err)
		}
		started = append(started, p)
	}
	for _, p := range started {
		if err := r.loaded(ctx, p); err != nil {
			return fmt.Errorf("warm %s: %w", r.cfg.Name, err)
		}
	}
	return nil
}

// acquire returns a loaded worker, waiting for one as long as allowed.
func (r *Recognizer) acquire(ctx context.Context, key string) (*process, error) {
	t := time.NewTimer(r.cfg.QueueWait)
	defer t.Stop()
	select {
	case r.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-r.closing:
		return nil, speech.ErrClosed
	case <-t.C:
		return nil, fmt.Errorf("%w: all %d in use for %v", speech.ErrBusy, r.cfg.MaxWorkers, r.cfg.QueueWait)
	}
	p, err := r.takeOrSpawn(key)
	if err != nil {
		<-r.slots
		return nil, err
	}
	if err := r.loaded(ctx, p); err != nil {
		r.release(p)
		return nil, err
	}
	p.key = key
	return p, nil
}

// takeOrSpawn finds an idle worker, best one that has the model loaded already,
// or starts one. The caller holds a slot.
func (r *Recognizer) takeOrSpawn(key string) (*process, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, speech.ErrClosed
	}
	r.idle = slices.DeleteFunc(r.idle, func(p *process) bool { return p.err() != nil })
	r.sweep()
	if n := len(r.idle); n > 0 {
		i := slices.IndexFunc(r.idle, func(p *process) bool { return p.key == key })
		if i < 0 {
			i = n - 1
		}
		p := r.idle[i]
		r.idle = slices.Delete(r.idle, i, i+1)
		return p, nil
	}
	if wait := time.Until(r.retry); wait > 0 {
		return nil, fmt.Errorf("not tried again for %v: %w", wait.Round(time.Millisecond), r.fault)
	}
	p, err := spawn(&r.cfg)
	if err != nil {
		r.trip(err)
		return nil, err
	}
	r.live[p] = struct{}{}
	return p, nil
}

// loaded waits for p and keeps the circuit breaker's count.
func (r *Recognizer) loaded(ctx context.Context, p *process) error {
	err := p.await(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err == nil:
		r.trips, r.fault = 0, nil
	case ctx.Err() == nil:
		r.trip(err)
	}
	return err
}

// trip notes that a worker could not be started: after each in a row the next
// trial waits twice as long, 1 s to 32 s, lest a broken set-up burn the machine.
func (r *Recognizer) trip(err error) {
	r.fault = err
	r.retry = time.Now().Add(time.Second << min(r.trips, 5))
	r.trips++
}

// release takes a worker back and frees its slot.
func (r *Recognizer) release(p *process) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.err() == nil && !r.closed {
		r.idle = append(r.idle, p)
	}
	<-r.slots
}

// sweep forgets the workers that are reaped. Those that were killed a moment
// ago stay, so that Close waits for them too.
func (r *Recognizer) sweep() {
	for p := range r.live {
		if isClosed(p.done) {
			delete(r.live, p)
		}
	}
}

// Stats counts the pool's processes.
type Stats struct {
	Live int // not yet reaped
	Idle int // waiting for an utterance
	Busy int // slots taken
}

// Stats returns a snapshot.
func (r *Recognizer) Stats() Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sweep()
	return Stats{Live: len(r.live), Idle: len(r.idle), Busy: len(r.slots)}
}

// Close abandons every utterance, ends every worker and returns when all are
// reaped. It may be called more than once.
func (r *Recognizer) Close() error {
	r.mu.Lock()
	if !r.closed {
		r.closed = true
		close(r.closing)
	}
	r.idle = nil
	all := r.live
	r.live = map[*process]struct{}{}
	r.mu.Unlock()
	var wg sync.WaitGroup
	for p := range all {
		wg.Go(func() { p.stop(closePatience) })
	}
	wg.Wait()
	r.streams.Wait()
	return nil
}

// closePatience is how long a worker may take to exit by itself.
const closePatience = 500 * time.Millisecond
