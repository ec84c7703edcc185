package line

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"trunkline/media/feed"
	"trunkline/media/prompt"
	"trunkline/speech"
)

// Prompts turns texts into sound that is ready to play, once each: the least
// recently used make room for new ones, and callers who want the same text at
// the same time hear one synthesis, from its first sound on.
type Prompts struct {
	synth   speech.Synthesizer
	timeout time.Duration
	limit   int // bytes

	mu      sync.Mutex // guards what follows
	clips   map[speech.SynthesisRequest]*list.Element
	order   *list.List // of *spokenClip, latest used first
	bytes   int
	flights map[speech.SynthesisRequest]*flight
}

type spokenClip struct {
	request speech.SynthesisRequest
	clip    *prompt.Clip
	bytes   int
}

// flight is a synthesis under way. When nobody waits for it any more it is
// cancelled. What changes is guarded by Prompts.mu.
type flight struct {
	request speech.SynthesisRequest
	cancel  context.CancelFunc
	waiting int
	pcm     []int16       // so far; only ever appended to
	news    chan struct{} // closed, and another put in its place, when there is more
	landed  chan struct{} // closed when clip or err says how it ended
	clip    *prompt.Clip
	err     error
}

// NewPrompts makes an empty cache of at most limit bytes; a synthesis may take
// timeout. Without a synthesiser every text is an error.
func NewPrompts(s speech.Synthesizer, timeout time.Duration, limit int) *Prompts {
	return &Prompts{
		synth: s, timeout: timeout, limit: limit, order: list.New(),
		clips: map[speech.SynthesisRequest]*list.Element{}, flights: map[speech.SynthesisRequest]*flight{},
	}
}

var errNoSynth = errors.New("no synthesiser is configured")

// Get returns the sound of a text. It waits for the synthesiser, at most its
// time-out and until ctx ends.
func (p *Prompts) Get(ctx context.Context, r speech.SynthesisRequest) (*prompt.Clip, error) {
	s, err := p.Hear(ctx, r)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	for at := 0; s.Clip == nil; {
		more, clip, err := s.after(ctx, at)
		if clip != nil || err != nil {
			return clip, err
		}
		at += len(more)
	}
	return s.Clip, nil
}

// Hear returns as soon as the sound of a text begins, or with an error when it
// never does. Close follows.
func (p *Prompts) Hear(ctx context.Context, r speech.SynthesisRequest) (*Speech, error) {
	if p.synth == nil {
		return nil, errNoSynth
	}
	p.mu.Lock()
	if e, ok := p.clips[r]; ok {
		p.order.MoveToFront(e)
		p.mu.Unlock()
		return &Speech{Clip: e.Value.(*spokenClip).clip}, nil
	}
	f := p.flights[r]
	if f == nil {
		f = p.start(r)
	}
	f.waiting++
	p.mu.Unlock()
	s := &Speech{prompts: p, flight: f}
	_, clip, err := s.after(ctx, 0)
	if clip == nil && err == nil && f.soon(ctx) {
		clip, err = f.clip, f.err
	}
	if clip != nil || err != nil {
		s.Close()
		s = &Speech{Clip: clip}
	}
	return s, err
}

// soonTime is what it is worth to have all of a text: it can be kept encoded.
// Callers do not notice such a pause.
const soonTime = 50 * time.Millisecond

// soon reports whether the flight lands soon.
func (f *flight) soon(ctx context.Context) bool {
	t := time.NewTimer(soonTime)
	defer t.Stop()
	select {
	case <-f.landed:
		return true
	case <-t.C:
	case <-ctx.Done():
	}
	return false
}

// Speech is the sound of a text: all of it, or what there is so far and more to
// come.
type Speech struct {
	Clip    *prompt.Clip // all of it; nil while it is still being made
	prompts *Prompts
	flight  *flight // nil when there is nothing to wait for
	close   sync.Once
}

// Close says that nobody waits for the rest.
func (s *Speech) Close() {
	if s.flight != nil {
		s.close.Do(func() { s.prompts.leave(s.flight) })
	}
}

// Hush says that nobody waits for the rest of what is spoken.
func Hush(all []*Speech) {
	for _, s := range all {
		s.Close()
	}
}

// Write writes the sound to f as it comes, until its end or that of ctx.
func (s *Speech) Write(ctx context.Context, f *feed.Feed) error {
	for at := 0; s.Clip == nil; {
		more, clip, err := s.after(ctx, at)
		if clip != nil || err != nil {
			return err
		}
		if err := f.WriteAll(ctx, more); err != nil {
			return err
		}
		at += len(more)
	}
	return f.WriteAll(ctx, s.Clip.PCM())
}

// length is how long it is, as far as that is known by now.
func (s *Speech) length() time.Duration {
	if s.Clip != nil {
		return s.Clip.Duration()
	}
	s.prompts.mu.Lock()
	defer s.prompts.mu.Unlock()
	return time.Duration(len(s.flight.pcm)) * time.Second / speech.Rate
}

// after waits until there is more than at samples of the sound and returns what
// comes after them, or how it all ended.
func (s *Speech) after(ctx context.Context, at int) (more []int16, clip *prompt.Clip, err error) {
	f := s.flight
	for {
		s.prompts.mu.Lock()
		pcm, news := f.pcm, f.news
		s.prompts.mu.Unlock()
		if len(pcm) > at {
			return pcm[at:], nil, nil
		}
		select {
		case <-f.landed:
			return nil, f.clip, f.err
		case <-news:
		case <-ctx.Done():
			return nil, nil, context.Cause(ctx)
		}
	}
}

// start begins a synthesis. It belongs to everyone who waits for it, not to the
// call that came first, and ends with the last of them. The caller holds mu.
func (p *Prompts) start(r speech.SynthesisRequest) *flight {
	ctx, cancel := context.WithTimeout(context.Background(), p.timeout)
	f := &flight{request: r, news: make(chan struct{}), landed: make(chan struct{}), cancel: cancel}
	p.flights[r] = f
	go func() {
		defer cancel()
		clip, err := p.synthesise(ctx, f)
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.flights[r] == f {
			delete(p.flights, r)
		}
		f.clip, f.err = clip, err
		close(f.landed)
	}()
	return f
}

func (p *Prompts) leave(f *flight) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f.waiting--; f.waiting > 0 {
		return
	}
	f.cancel()
	if p.flights[f.request] == f { // given up: who comes now must not wait for a corpse
		delete(p.flights, f.request)
	}
}

func (p *Prompts) synthesise(ctx context.Context, f *flight) (c *prompt.Clip, err error) {
	defer func() {
		if v := recover(); v != nil {
			c, err = nil, fmt.Errorf("synthesise: panic: %v", v)
		}
	}()
	err = p.synth.Synthesize(ctx, f.request, func(pcm []int16) error {
		p.mu.Lock()
		defer p.mu.Unlock()
		f.pcm = append(f.pcm, pcm...)
		close(f.news)
		f.news = make(chan struct{})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("synthesise: %w", err)
	}
	if len(f.pcm) == 0 {
		return nil, errors.New("synthesise: no sound came back")
	}
	c = prompt.New(f.pcm)
	p.keep(&spokenClip{request: f.request, clip: c, bytes: len(f.pcm) * clipFactor})
	return c, nil
}

// clipFactor is about how many bytes a sample of a clip takes: two as samples,
// one in each of PCMU and PCMA.
const clipFactor = 4

func (p *Prompts) keep(s *spokenClip) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.clips[s.request] != nil || s.bytes > p.limit {
		return
	}
	p.clips[s.request] = p.order.PushFront(s)
	p.bytes += s.bytes
	for p.bytes > p.limit {
		oldest := p.order.Back()
		gone := p.order.Remove(oldest).(*spokenClip)
		delete(p.clips, gone.request)
		p.bytes -= gone.bytes
	}
}
