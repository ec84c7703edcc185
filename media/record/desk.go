package record

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"trunkline/media/tap"
	"trunkline/media/wav"
)

// ErrClosed says that the desk takes no more recordings.
var ErrClosed = errors.New("recording desk is closed")

// Config is what a Desk needs.
type Config struct {
	Workers int  // goroutines; 0: one for each processor
	Durable bool // a finished file is on the medium before Wait returns, not only with the system
}

// Desk is where all recordings are written: the owner of a few goroutines. Any
// goroutine may use it.
type Desk struct {
	workers []*worker
	running sync.WaitGroup
	durable bool
	poll    context.Context
	create  func(path string) (medium, error)
	mostWAV int64 // bytes of samples in a file
}

// NewDesk starts the goroutines. Close ends them.
func NewDesk(c Config) *Desk {
	if c.Workers <= 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	poll, end := context.WithCancel(context.Background())
	end()
	d := &Desk{durable: c.Durable, poll: poll, create: create, mostWAV: wav.MaxLen}
	for range c.Workers {
		w := &worker{kick: make(chan struct{}, 1)}
		d.workers = append(d.workers, w)
		d.running.Go(w.run)
	}
	return d
}

// Start records t into a file, made for its owner only, until t ends or the
// recorder is stopped. It never waits for the disk: when the file cannot be made,
// the recording ends with that error. Start's own is about what o asks for, or
// ErrClosed.
//
// The tap is the recorder's from here on: nobody else may read it; it should hold
// two seconds or more, as much as the disk may be away for.
func (d *Desk) Start(o Options, t *tap.Tap) (*Recorder, error) {
	r := &Recorder{
		in:   intake{tap: t, poll: d.poll, cut: o.CutPauses},
		made: make(chan struct{}), done: make(chan struct{}), ended: o.Ended,
		info: Info{Path: o.Path, Format: o.Format, Channels: t.Mode().Channels(), Rate: t.Rate(), KeyID: o.Key.ID()},
	}
	var err error
	if r.out, err = d.output(o, wav.Format{Rate: t.Rate(), Channels: t.Mode().Channels()}); err != nil {
		return nil, fmt.Errorf("start recording: %w", err)
	}
	r.worker = d.idlest()
	if !r.worker.admit(r) {
		return nil, fmt.Errorf("start recording: %w", ErrClosed)
	}
	return r, nil
}

func (d *Desk) idlest() *worker {
	least := d.workers[0]
	for _, w := range d.workers {
		if w.load.Load() < least.load.Load() {
			least = w
		}
	}
	return least
}

// Close ends all recordings with what their taps hold, and waits until their
// files are complete and the goroutines have ended.
func (d *Desk) Close() {
	for _, w := range d.workers {
		w.retire(true)
	}
	d.running.Wait()
}

// retire lets the goroutines end with the last of their recordings.
func (d *Desk) retire() {
	for _, w := range d.workers {
		w.retire(false)
	}
}

const (
	// lap is within which each recording has its turn. The longer, the fewer and the
	// cheaper the writes; but a crash should not cost more than a second.
	lap   = 800 * time.Millisecond
	turns = 8 // in a lap, when there are so many
)

// worker is one goroutine and the recordings that it writes.
type worker struct {
	load atomic.Int32  // recordings
	kick chan struct{} // holds one token when there is something in the next four

	mu     sync.Mutex
	fresh  []*Recorder // to be taken on
	hasty  []*Recorder // to be written at once, as they were stopped
	leave  bool        // when nothing is left to do
	finish bool        // what there is, now

	// The goroutine's own:
	live    []*Recorder
	next    int // in live
	due     time.Time
	scratch scratch
}

// scratch is what the recorders of a worker need during their turn.
type scratch struct {
	pcm           []int16
	plain, sealed []byte
}

func (w *worker) admit(r *Recorder) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.leave {
		return false
	}
	w.load.Add(1)
	w.fresh = append(w.fresh, r)
	w.wake()
	return true
}

func (w *worker) hurry(r *Recorder) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hasty = append(w.hasty, r)
	w.wake()
}

func (w *worker) retire(now bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.leave = true
	w.finish = w.finish || now
	w.wake()
}

func (w *worker) wake() {
	select {
	case w.kick <- struct{}{}:
	default: // one token is enough
	}
}

// run is the goroutine.
func (w *worker) run() {
	timer := time.NewTimer(lap)
	defer timer.Stop()
	for {
		select {
		case <-w.kick:
			if w.errands(); w.left() {
				return
			}
		case <-timer.C:
			w.turn()
			if w.left() {
				return
			}
		}
		timer.Stop()
		if len(w.live) > 0 {
			timer.Reset(time.Until(w.due))
		}
	}
}

// left reports whether the goroutine may end.
func (w *worker) left() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.leave && len(w.live) == 0 && len(w.fresh) == 0
}

// errands does what others have asked for.
func (w *worker) errands() {
	w.mu.Lock()
	fresh, hasty, finish := w.fresh, w.hasty, w.finish
	w.fresh, w.hasty = nil, nil
	w.mu.Unlock()

	if len(w.live) == 0 {
		w.due = time.Now().Add(lap)
	}
	for _, r := range fresh {
		if !r.begin(&w.scratch) {
			w.load.Add(-1)
			continue
		}
		w.live = append(w.live, r)
	}
	if soon := time.Now().Add(w.pace()); soon.Before(w.due) {
		w.due = soon
	}
	if finish {
		hasty = append(hasty, w.live...)
		for _, r := range hasty {
			r.Stop()
		}
	}
	for _, r := range hasty {
		for i, x := range w.live {
			if x == r {
				w.serve(i)
				break
			}
		}
	}
}

// pace is the time between two turns.
func (w *worker) pace() time.Duration { return lap / time.Duration(min(max(len(w.live), 1), turns)) }

// turn serves the next few recordings: as many as let all have their turn within
// a lap, and the processor and the disk have an even load.
func (w *worker) turn() {
	for range (len(w.live) + turns - 1) / turns {
		if len(w.live) == 0 {
			break
		}
		if w.next >= len(w.live) {
			w.next = 0
		}
		if !w.serve(w.next) {
			w.next++
		}
	}
	w.due = w.due.Add(w.pace())
	if now := time.Now(); w.due.Before(now) {
		w.due = now
	}
}

// serve gives the i-th recording its turn and reports whether it was the last:
// another is in its place then.
func (w *worker) serve(i int) (over bool) {
	if !w.live[i].round(&w.scratch) {
		return false
	}
	last := len(w.live) - 1
	w.live[i], w.live[last] = w.live[last], nil
	w.live = w.live[:last]
	w.load.Add(-1)
	return true
}
