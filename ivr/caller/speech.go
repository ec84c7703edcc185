package caller

import (
	"cmp"
	"context"
	"strings"
	"sync"
	"time"
	"unicode"

	"trunkline/ivr/line"
	"trunkline/speech"
)

// How long a character takes to be spoken.
const (
	perLetter = 60 * time.Millisecond
	perHan    = 180 * time.Millisecond
)

// Length is how long a text takes to be spoken; 0 when there is no word in it.
func Length(text string) (d time.Duration) {
	words := false
	for _, r := range text {
		words = words || unicode.IsLetter(r) || unicode.IsDigit(r)
		if unicode.Is(unicode.Han, r) {
			d += perHan
		} else {
			d += perLetter
		}
	}
	if !words {
		return 0
	}
	return d
}

// Synth is a synthesiser of silence: every text takes its Length.
type Synth struct{}

// Synthesize gives all the sound at once.
func (Synth) Synthesize(_ context.Context, r speech.SynthesisRequest, take func([]int16) error) error {
	d := time.Duration(float64(Length(r.Text)) / float64(cmp.Or(r.Pace, 1)))
	if d == 0 {
		return nil
	}
	return take(make([]int16, d*speech.Rate/time.Second))
}

// Listen lets the flow hear the caller.
func (c *Caller) Listen() (line.Sound, func(), error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.times.Ended.IsZero() {
		return nil, nil, over("listen")
	}
	c.listens++
	return &voice{c: c, at: time.Now()}, c.open(&c.listens), nil
}

// open counts something that is open; mu is held. close may be called often.
func (c *Caller) open(count *int) (close func()) {
	return sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		*count--
	})
}

// voice is the caller's sound: where something is said, every sample is the
// number of the utterance.
type voice struct {
	c  *Caller
	at time.Time
}

// ReadAtLeast waits for sound as a leg's tap does.
func (v *voice) ReadAtLeast(ctx context.Context, dst []int16, least int) (int, error) {
	t := time.NewTimer(time.Until(v.at.Add(samples(least))))
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	n := min(len(dst), count(time.Since(v.at)))
	clear(dst[:n])
	v.c.mu.Lock()
	defer v.c.mu.Unlock()
	for i, w := range v.c.words {
		from, to := max(0, count(w.from.Sub(v.at))), min(n, count(w.to.Sub(v.at)))
		for j := from; j < to; j++ {
			dst[j] = int16(i + 1)
		}
	}
	v.at = v.at.Add(samples(n))
	return n, nil
}

// samples is how long so many take; count is how many a time holds.
func samples(n int) time.Duration   { return time.Duration(n) * time.Second / speech.Rate }
func count(d time.Duration) (n int) { return int(d * speech.Rate / time.Second) }

// Recognizer understands what the caller says, in every language: it knows the
// words beforehand. What is heard of by half or less is not understood.
func (c *Caller) Recognizer() speech.Recognizer { return recognizer{c} }

type recognizer struct{ c *Caller }

func (r recognizer) Start(context.Context, speech.RecognitionOptions) (speech.Stream, error) {
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	r.c.streams++
	return &stream{c: r.c, heard: map[int]int{}, results: make(chan speech.Result, 1), close: r.c.open(&r.c.streams)}, nil
}

// thinking is how long the recogniser takes when it has heard all.
const thinking = 200 * time.Millisecond

type stream struct {
	c       *Caller
	heard   map[int]int // samples of each utterance
	results chan speech.Result
	close   func()
}

func (s *stream) Write(pcm []int16) error {
	for _, v := range pcm {
		if v > 0 {
			s.heard[int(v)-1]++
		}
	}
	return nil
}

func (s *stream) Finish() error {
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	var text []string
	r := speech.Result{Final: true, Confidence: 1}
	for i, w := range s.c.words {
		if w.Text != "" && 2*s.heard[i] > count(w.Lasts) {
			text = append(text, w.Text)
			r.Confidence = min(r.Confidence, cmp.Or(w.Confidence, 0.9))
		}
	}
	r.Text = strings.Join(text, " ")
	time.AfterFunc(thinking, func() {
		s.results <- r
		close(s.results)
	})
	return nil
}

func (s *stream) Results() <-chan speech.Result { return s.results }

func (s *stream) Close() error {
	s.close()
	return nil
}
