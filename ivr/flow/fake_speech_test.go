package flow

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trunkline/ivr/bundle"
	"trunkline/scripts"
	"trunkline/speech"
)

// fakeSynth speaks at 50 ms a byte. Texts can be made to fail or to take for ever.
type fakeSynth struct {
	mu    sync.Mutex
	calls map[string]int
	fail  map[string]error
	slow  map[string]time.Duration
	pace  map[string]time.Duration // for each 100 ms of sound; it fails, if it does, after half
}

func (s *fakeSynth) Synthesize(ctx context.Context, r speech.SynthesisRequest, take func([]int16) error) error {
	s.mu.Lock()
	if s.calls == nil {
		s.calls = map[string]int{}
	}
	s.calls[r.Text]++
	err, slow, pace := s.fail[r.Text], s.slow[r.Text], s.pace[r.Text]
	s.mu.Unlock()
	pcm := make([]int16, len(r.Text)*50*speech.Rate/1000)
	if pace > 0 {
		if err != nil {
			pcm = pcm[:len(pcm)/2]
		}
		for piece := range slices.Chunk(pcm, speech.Rate/10) {
			select {
			case <-time.After(pace):
			case <-ctx.Done():
				return ctx.Err()
			}
			if err := take(piece); err != nil {
				return err
			}
		}
		return err
	}
	if slow > 0 {
		select {
		case <-time.After(slow):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err != nil {
		return err
	}
	return take(pcm)
}

// fakeRecognizer knows sentences by their mark. It needs 200 ms to think.
type fakeRecognizer struct {
	f         *fake
	sentences map[int16]string
	startErr  error
	hung      bool // never gives a result
	lateStart time.Duration
	busyUntil time.Time
	panics    bool

	confidence float64 // of its results; 0 is 0.9
}

func (r *fakeRecognizer) Start(ctx context.Context, o speech.RecognitionOptions) (speech.Stream, error) {
	if r.startErr != nil {
		return nil, r.startErr
	}
	if r.panics {
		panic("a bug")
	}
	if time.Now().Before(r.busyUntil) {
		return nil, speech.ErrBusy
	}
	if r.lateStart > 0 {
		select {
		case <-time.After(r.lateStart):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	r.f.mu.Lock()
	defer r.f.mu.Unlock()
	r.f.streams++
	r.f.started++
	r.f.options = o
	s := &fakeStream{r: r, results: make(chan speech.Result, 4)}
	s.close = sync.OnceFunc(func() {
		r.f.mu.Lock()
		defer r.f.mu.Unlock()
		r.f.streams--
	})
	return s, nil
}

type fakeStream struct {
	r       *fakeRecognizer
	heard   map[int16]int // samples of each sentence
	order   []int16
	close   func()
	results chan speech.Result
}

func (s *fakeStream) Write(pcm []int16) error {
	if s.heard == nil {
		s.heard = map[int16]int{}
	}
	for _, v := range pcm {
		if v != 0 && s.heard[v] == 0 {
			s.order = append(s.order, v)
		}
		s.heard[v]++
	}
	return nil
}

var errBroken = errors.New("broken")

func (s *fakeStream) Finish() error {
	if s.r.hung {
		return nil
	}
	var text []string
	for _, mark := range s.order {
		// A sentence of which the beginning is missing is not understood.
		if s.heard[mark] >= speech.Rate/2 {
			text = append(text, s.r.sentences[mark])
		}
	}
	res := speech.Result{Text: strings.Join(text, " "), Final: true, Confidence: cmp.Or(s.r.confidence, 0.9)}
	if res.Text == "broken" {
		res = speech.Result{Err: errBroken}
	}
	time.AfterFunc(200*time.Millisecond, func() { s.results <- res })
	return nil
}

func (s *fakeStream) Results() <-chan speech.Result { return s.results }

func (s *fakeStream) Close() error {
	s.close()
	return nil
}

// engine makes an engine that runs the flows of b for f, with sentences the
// caller may say.
func (f *fake) engine(b *bundle.Bundle, sentences ...string) (*player, *fakeSynth, *fakeRecognizer) {
	rec := &fakeRecognizer{f: f, sentences: map[int16]string{}}
	for i, s := range sentences {
		rec.sentences[int16(i+1)] = s
	}
	synth := &fakeSynth{}
	e := newPlayer(Config{Synth: synth, Recognizers: map[string]speech.Recognizer{"en": rec, "zh": rec}}, b)
	return e, synth, rec
}

// load compiles scripts that have no problems.
func load(t *testing.T, scripts fs.FS) *bundle.Bundle {
	t.Helper()
	b, problems := bundle.Load(scripts, Known())
	if len(problems) > 0 {
		t.Fatal(errors.Join(problems...))
	}
	return b
}

// shipped is the shipped bundle, compiled once: menus take their time.
var shipped = sync.OnceValue(func() *bundle.Bundle {
	b, _ := bundle.Load(scripts.FS(), Known())
	return b
})
