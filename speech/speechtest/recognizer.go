package speechtest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"trunkline/speech"
)

// Scripted is a recogniser that understands what it is told to: the k-th
// utterance that is finished with sound in it yields the k-th text, later ones
// and silent ones "". It is safe for concurrent use.
type Scripted struct {
	mu    sync.Mutex
	texts []string
	heard []speech.RecognitionOptions
}

// NewScripted returns a recogniser that will understand texts, in this order.
func NewScripted(texts ...string) *Scripted { return &Scripted{texts: texts} }

// Options returns what each utterance so far was started with.
func (r *Scripted) Options() []speech.RecognitionOptions {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]speech.RecognitionOptions(nil), r.heard...)
}

// Start begins an utterance.
func (r *Scripted) Start(ctx context.Context, o speech.RecognitionOptions) (speech.Stream, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("recognise with script: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.heard = append(r.heard, o)
	s := &scriptedStream{rec: r, results: make(chan speech.Result, 2)}
	s.mu.Lock() // end needs stop
	defer s.mu.Unlock()
	s.stop = context.AfterFunc(ctx, func() { s.end(speech.Result{Err: context.Cause(ctx)}) })
	return s, nil
}

// next takes the next text.
func (r *Scripted) next() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.texts) == 0 {
		return ""
	}
	text := r.texts[0]
	r.texts = r.texts[1:]
	return text
}

// peek returns the next text without taking it.
func (r *Scripted) peek() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.texts) == 0 {
		return ""
	}
	return r.texts[0]
}

// scriptedStream sends one partial result at the first sound, and the last one.
type scriptedStream struct {
	rec     *Scripted
	results chan speech.Result
	stop    func() bool

	mu    sync.Mutex
	loud  bool
	ended bool
}

var errOver = errors.New("utterance is over")

func (s *scriptedStream) Write(pcm []int16) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return errOver
	}
	for _, v := range pcm {
		if !s.loud && (v > 512 || v < -512) {
			s.loud = true
			if text := s.rec.peek(); text != "" {
				s.results <- speech.Result{Text: text}
			}
		}
	}
	return nil
}

func (s *scriptedStream) Finish() error {
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return errOver
	}
	r := speech.Result{Final: true}
	if s.loud {
		r.Text = s.rec.next()
	}
	if r.Text != "" {
		r.Confidence = 0.95
	}
	s.mu.Unlock()
	s.end(r)
	return nil
}

func (s *scriptedStream) Results() <-chan speech.Result { return s.results }

func (s *scriptedStream) Close() error {
	s.end(speech.Result{Err: speech.ErrClosed})
	return nil
}

func (s *scriptedStream) end(r speech.Result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	s.ended = true
	s.stop()
	s.results <- r
	close(s.results)
}
