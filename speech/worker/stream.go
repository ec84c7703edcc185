package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"trunkline/speech"
)

// stream is one utterance. Its goroutine, run, waits for a worker, hands it the
// audio that Write queued, and passes on what the worker says.
type stream struct {
	rec     *Recognizer
	start   map[string]any
	key     string
	cancel  context.CancelCauseFunc
	wake    chan struct{}
	results chan speech.Result

	mu       sync.Mutex
	queue    []int16 // not yet handed to the worker
	total    int     // samples written so far
	finished bool
	over     error // why Write and Finish are refused
	said     said
}

// said is what the worker has said since it was last looked at.
type said struct {
	started bool
	partial *string
	final   *speech.Result
}

// resultsBacklog bounds unread results; one place is kept for the last one.
const resultsBacklog = 16

func (s *stream) Write(pcm []int16) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over != nil {
		return fmt.Errorf("write utterance: %w", s.over)
	}
	if s.finished {
		return errors.New("write utterance: already finished")
	}
	if s.total += len(pcm); s.total > s.rec.cfg.maxSamples() {
		s.over = fmt.Errorf("longer than %v", s.rec.cfg.MaxUtterance)
		s.cancel(fmt.Errorf("utterance %w", s.over))
		return fmt.Errorf("write utterance: %w", s.over)
	}
	s.queue = append(s.queue, pcm...)
	nudge(s.wake)
	return nil
}

func (s *stream) Finish() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over != nil {
		return fmt.Errorf("finish utterance: %w", s.over)
	}
	s.finished = true
	nudge(s.wake)
	return nil
}

func (s *stream) Results() <-chan speech.Result { return s.results }

func (s *stream) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over == nil {
		s.over = speech.ErrClosed
	}
	s.cancel(speech.ErrClosed)
	return nil
}

// hear takes one line of the worker's. It must not block: it is called by the
// goroutine that reads the worker's output.
func (s *stream) hear(l Line) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case l.Error != "":
		s.said.final = &speech.Result{Err: errors.New("worker refused: " + l.Error)}
	case l.Final != nil:
		s.said.final = &speech.Result{Text: *l.Final, Final: true, Confidence: l.Confidence}
	case l.Partial != nil:
		s.said.partial = l.Partial
	}
	s.said.started = s.said.started || l.Started
	nudge(s.wake)
}

// run lives as long as the utterance, and a little longer when a worker has to
// be made to forget it.
func (s *stream) run(ctx context.Context) {
	p, err := s.rec.acquire(ctx, s.key)
	if err != nil {
		s.end(speech.Result{Err: s.named(err)})
		return
	}
	defer s.rec.release(p)
	last, err := s.converse(ctx, p)
	if err == nil {
		s.end(last)
		p.detach()
		return
	}
	s.end(speech.Result{Err: s.named(err)})
	p.settle()
}

func (s *stream) named(err error) error {
	return fmt.Errorf("recognise with %s: %w", s.rec.cfg.Name, err)
}

// end sends the last result, for which there is always room.
func (s *stream) end(r speech.Result) {
	s.mu.Lock()
	if s.over == nil {
		s.over = speech.ErrClosed
		if r.Err != nil {
			s.over = r.Err
		}
	}
	s.queue = nil
	s.mu.Unlock()
	s.results <- r
	close(s.results)
}

// converse is the utterance's talk with the worker, up to its last word.
func (s *stream) converse(ctx context.Context, p *process) (speech.Result, error) {
	head, err := s.head(p.attach(s))
	if err == nil {
		err = p.send(AppendFrame(nil, KindStart, head))
	}
	if err != nil {
		return speech.Result{}, err
	}
	begun := time.Now()
	patience := time.NewTimer(s.rec.cfg.StartTimeout)
	defer patience.Stop()
	var last string
	var frames []byte
	for asked := false; ; {
		var heard said
		var ended bool
		frames, heard, ended = s.take(frames[:0])
		if heard.final != nil {
			return *heard.final, heard.final.Err
		}
		if heard.partial != nil && *heard.partial != last {
			last = *heard.partial
			s.tell(last)
		}
		if ended && !asked {
			asked = true
			frames = AppendFrame(frames, KindEnd, nil)
			patience.Reset(s.rec.cfg.FinishTimeout + s.work(begun))
		}
		if heard.started && !asked {
			patience.Stop()
		}
		if err := p.send(frames); err != nil {
			return speech.Result{}, err
		}
		select {
		case <-s.wake:
		case <-ctx.Done():
			return speech.Result{}, context.Cause(ctx)
		case <-p.done:
			return speech.Result{}, p.err()
		case <-patience.C:
			err := errors.New("worker hung: no answer in time")
			p.kill(err)
			return speech.Result{}, err
		}
	}
}

// work is how much longer than FinishTimeout a worker may take for its last
// word: a quarter of the utterance, which it may look at as a whole once more,
// and what it was given ahead of the pace of speech since begun, because the
// audio was queued or came from a file.
func (s *stream) work(begun time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	spoken := time.Duration(s.total) * time.Second / speech.Rate
	return spoken/4 + max(0, spoken-time.Since(begun))
}

// head is the payload of the start frame.
func (s *stream) head(id uint64) ([]byte, error) {
	m := maps.Clone(s.start)
	m["id"] = id
	b, err := json.Marshal(m)
	if err == nil && len(b) > MaxFrame {
		err = fmt.Errorf("%d bytes of options exceed %d", len(b), MaxFrame)
	}
	return b, err
}

// audioChunk is the most audio in one frame, samples: 1 s.
const audioChunk = speech.Rate

// take empties the queue into frames and returns what the worker said since.
func (s *stream) take(frames []byte) ([]byte, said, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for q := s.queue; len(q) > 0; {
		n := min(len(q), audioChunk)
		frames = AppendAudio(frames, q[:n])
		q = q[n:]
	}
	s.queue = s.queue[:0]
	heard := s.said
	s.said = said{}
	return frames, heard, s.finished
}

// tell passes on a partial text unless the reader is far behind.
func (s *stream) tell(text string) {
	if len(s.results) < resultsBacklog-1 {
		s.results <- speech.Result{Text: text}
	}
}
