package line

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"trunkline/media/prompt"
	"trunkline/speech"
)

// Prompts turns texts into sound that is ready to play, once each: the least
// recently used make room for new ones, and callers who want the same text at
// the same time wait for one synthesis.
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
// cancelled.
type flight struct {
	done    chan struct{} // closed when clip and err are set
	cancel  context.CancelFunc
	waiting int
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
	if p.synth == nil {
		return nil, errNoSynth
	}
	p.mu.Lock()
	if e, ok := p.clips[r]; ok {
		p.order.MoveToFront(e)
		p.mu.Unlock()
		return e.Value.(*spokenClip).clip, nil
	}
	f := p.flights[r]
	if f == nil {
		f = p.start(r)
	}
	f.waiting++
	p.mu.Unlock()
	defer p.leave(r, f)
	select {
	case <-f.done:
		return f.clip, f.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// start begins a synthesis. It belongs to everyone who waits for it, not to the
// call that came first, and ends with the last of them. The caller holds mu.
func (p *Prompts) start(r speech.SynthesisRequest) *flight {
	ctx, cancel := context.WithTimeout(context.Background(), p.timeout)
	f := &flight{done: make(chan struct{}), cancel: cancel}
	p.flights[r] = f
	go func() {
		defer cancel()
		f.clip, f.err = p.synthesise(ctx, r)
		p.mu.Lock()
		if p.flights[r] == f {
			delete(p.flights, r)
		}
		p.mu.Unlock()
		close(f.done)
	}()
	return f
}

func (p *Prompts) leave(r speech.SynthesisRequest, f *flight) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f.waiting--; f.waiting > 0 {
		return
	}
	f.cancel()
	if p.flights[r] == f { // given up: who comes now must not wait for a corpse
		delete(p.flights, r)
	}
}

func (p *Prompts) synthesise(ctx context.Context, r speech.SynthesisRequest) (c *prompt.Clip, err error) {
	defer func() {
		if v := recover(); v != nil {
			c, err = nil, fmt.Errorf("synthesise: panic: %v", v)
		}
	}()
	pcm, err := p.synth.Synthesize(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("synthesise: %w", err)
	}
	if len(pcm) == 0 {
		return nil, errors.New("synthesise: no sound came back")
	}
	c = prompt.New(pcm)
	p.keep(&spokenClip{request: r, clip: c, bytes: len(pcm) * clipFactor})
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
