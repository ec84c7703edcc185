package line

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"trunkline/speech"
)

// Ear listens to the caller during one ask. It keeps the last moments of what
// is heard; when the caller begins to speak, it gives them and what follows to
// a recogniser, on a goroutine per utterance, so that a slow or dead recogniser
// holds nobody up.
type Ear struct {
	line     *Line
	rec      speech.Recognizer
	options  speech.RecognitionOptions
	sound    Sound
	unlisten func()

	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
	results chan words

	mu     sync.Mutex // guards what follows
	recent []int16    // the last preRoll of sound
	now    *utterance // being spoken
}

// words is what a recogniser made of an utterance.
type words struct {
	of         *utterance
	text       string
	confidence float64
	err        error
}

// utterance is what the caller says between two silences.
type utterance struct {
	ear    *Ear
	ctx    context.Context
	cancel context.CancelFunc
	wake   chan struct{} // holds one token when pcm or over has changed

	pcm  []int16 // not yet handed to the recogniser; guarded by ear.mu
	over bool    // guarded by ear.mu
}

const (
	// preRoll is how much of the sound before speech was detected belongs to
	// it: detection needs some 100 ms of voice, and words begin softly.
	preRoll = 400 * speech.Rate / 1000
	// idleHelping and talkHelping are how much sound is waited for at a time,
	// samples: an idle ear should cost next to nothing.
	idleHelping = 250 * speech.Rate / 1000
	talkHelping = 50 * speech.Rate / 1000
	// longestUtterance bounds what waits for a slow recogniser, samples.
	longestUtterance = 60 * speech.Rate
	// earTime is how long an ear waits for its recogniser to let go.
	earTime = 2 * time.Second
)

// Hear begins to listen; rec is told what to expect by o. Close follows.
func (l *Line) Hear(rec speech.Recognizer, o speech.RecognitionOptions) (*Ear, error) {
	s, stop, err := l.Listen()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(l.ctx)
	e := &Ear{
		line: l, rec: rec, options: o, sound: s, unlisten: stop, ctx: ctx, cancel: cancel, results: make(chan words, 8),
	}
	e.running.Go(e.hear)
	return e, nil
}

// Close stops listening and waits until nothing is left running, but not for
// ever: a recogniser that does not let go is reported and left to itself.
func (e *Ear) Close() {
	e.line.talking = false
	e.cancel()
	e.unlisten()
	gone := make(chan struct{})
	go func() {
		e.running.Wait()
		close(gone)
	}()
	t := time.NewTimer(earTime)
	defer t.Stop()
	select {
	case <-gone:
	case <-t.C:
		e.line.log.Error("recogniser does not let go of its utterance", "waited", earTime)
	}
}

// hear moves sound from the caller's leg to where it is wanted.
func (e *Ear) hear() {
	helping := make([]int16, 2*idleHelping)
	for {
		least := idleHelping
		if e.talking() {
			least = talkHelping
		}
		n, err := e.sound.ReadAtLeast(e.ctx, helping, least)
		if n > 0 {
			e.take(helping[:n])
		}
		if err != nil {
			return
		}
	}
}

func (e *Ear) talking() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.now != nil
}

func (e *Ear) take(pcm []int16) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.recent = append(e.recent, pcm...)
	if extra := len(e.recent) - preRoll; extra > 0 {
		e.recent = append(e.recent[:0], e.recent[extra:]...)
	}
	if u := e.now; u != nil && len(u.pcm)+len(pcm) <= longestUtterance {
		u.pcm = append(u.pcm, pcm...)
		u.stir()
	}
}

// begin starts an utterance: the caller was heard to speak.
func (e *Ear) begin() *utterance {
	ctx, cancel := context.WithCancel(e.ctx)
	u := &utterance{ear: e, ctx: ctx, cancel: cancel, wake: make(chan struct{}, 1)}
	e.mu.Lock()
	u.pcm = append(u.pcm, e.recent...)
	e.now = u
	e.mu.Unlock()
	e.running.Go(u.run)
	return u
}

// end says that the caller has finished speaking.
func (u *utterance) end() {
	e := u.ear
	e.mu.Lock()
	defer e.mu.Unlock()
	u.over = true
	if e.now == u {
		e.now = nil
	}
	u.stir()
}

// abandon gives the utterance up; no words come of it.
func (u *utterance) abandon() {
	u.end()
	u.cancel()
}

// stir wakes the utterance's goroutine. The caller holds ear.mu.
func (u *utterance) stir() {
	select {
	case u.wake <- struct{}{}:
	default:
	}
}

// run has the utterance recognised and reports what it was, unless nobody wants
// to know any more.
func (u *utterance) run() {
	defer u.cancel()
	w := u.recognise()
	w.of = u
	select {
	case u.ear.results <- w:
	case <-u.ctx.Done():
	}
}

func (u *utterance) recognise() (w words) {
	defer func() {
		if p := recover(); p != nil {
			w = words{err: fmt.Errorf("recognise: panic: %v", p)}
		}
	}()
	s, err := u.start()
	if err != nil {
		return words{err: fmt.Errorf("start recogniser: %w", err)}
	}
	defer s.Close()
	for {
		pcm, over := u.next()
		if len(pcm) > 0 {
			if err := s.Write(pcm); err != nil {
				return words{err: fmt.Errorf("recognise: %w", err)}
			}
			continue
		}
		if over {
			break
		}
		select {
		case <-u.wake:
		case res, ok := <-s.Results():
			if !ok || res.Final || res.Err != nil { // it has heard enough by itself
				return wordsOf(res, ok)
			}
		case <-u.ctx.Done():
			return words{err: context.Cause(u.ctx)}
		}
	}
	if err := s.Finish(); err != nil {
		return words{err: fmt.Errorf("recognise: %w", err)}
	}
	for {
		select {
		case res, ok := <-s.Results():
			if !ok || res.Final || res.Err != nil {
				return wordsOf(res, ok)
			}
		case <-u.ctx.Done():
			return words{err: context.Cause(u.ctx)}
		}
	}
}

// busyTime is how long to wait before a busy recogniser is asked again.
const busyTime = 100 * time.Millisecond

// start gets hold of a recogniser. A busy one is asked again until the turn has
// no more patience: the sound waits meanwhile, and others finish soon.
func (u *utterance) start() (speech.Stream, error) {
	for {
		s, err := u.ear.rec.Start(u.ctx, u.ear.options)
		if !errors.Is(err, speech.ErrBusy) {
			return s, err
		}
		again := time.NewTimer(busyTime)
		select {
		case <-again.C:
		case <-u.ctx.Done():
			again.Stop()
			return nil, err
		}
	}
}

// next takes the sound that waits for the recogniser, and says whether it was
// the last.
func (u *utterance) next() (pcm []int16, over bool) {
	u.ear.mu.Lock()
	defer u.ear.mu.Unlock()
	pcm, u.pcm = u.pcm, nil
	return pcm, u.over
}

var errNoWords = errors.New("recognise: the recogniser ended without a result")

func wordsOf(r speech.Result, ok bool) words {
	switch {
	case !ok:
		return words{err: errNoWords}
	case r.Err != nil:
		return words{err: fmt.Errorf("recognise: %w", r.Err)}
	}
	return words{text: r.Text, confidence: r.Confidence}
}
