package line

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"trunkline/speech"
)

func text(s string) speech.SynthesisRequest {
	return speech.SynthesisRequest{Text: s, Language: "en"}
}

// TestOneSynthesisForMany: callers who want the same text at the same time.
func TestOneSynthesisForMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fakeSynth{slow: map[string]time.Duration{"hello": time.Second}}
		p := NewPrompts(s, 10*time.Second, 1<<20)
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				if c, err := p.Get(t.Context(), text("hello")); err != nil || c.Samples() != 5*400 {
					t.Errorf("got %v, %v", c, err)
				}
			})
		}
		all.Wait()
		if s.calls["hello"] != 1 {
			t.Errorf("%d syntheses, want 1", s.calls["hello"])
		}
		if _, err := p.Get(t.Context(), text("hello")); err != nil || s.calls["hello"] != 1 {
			t.Errorf("once more: %v after %d syntheses", err, s.calls["hello"])
		}
		other := text("hello")
		other.Voice = "other"
		if _, err := p.Get(t.Context(), other); err != nil || s.calls["hello"] != 2 {
			t.Errorf("another voice: %v after %d syntheses, want 2", err, s.calls["hello"])
		}
	})
}

// TestLastWaiterCancels: one caller going away does not take it from the others;
// when all are gone, the synthesis ends, and the next caller starts a new one.
func TestLastWaiterCancels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fakeSynth{slow: map[string]time.Duration{"hello": 5 * time.Second}}
		p := NewPrompts(s, time.Minute, 1<<20)
		first, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := p.Get(first, text("hello")); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the impatient one got %v", err)
			}
		})
		all.Go(func() {
			if _, err := p.Get(t.Context(), text("hello")); err != nil {
				t.Errorf("the patient one got %v", err)
			}
		})
		all.Wait()

		s.slow["bye"] = time.Hour
		second, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := p.Get(second, text("bye")); err == nil {
			t.Error("got something within a second")
		}
		synctest.Wait() // the bubble would deadlock if the synthesis went on
		s.mu.Lock()
		s.slow["bye"] = 0
		s.mu.Unlock()
		if _, err := p.Get(t.Context(), text("bye")); err != nil || s.calls["bye"] != 2 {
			t.Errorf("the next one got %v after %d syntheses", err, s.calls["bye"])
		}
	})
}

func TestSynthesisErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fakeSynth{fail: map[string]error{"bad": errBroken}, slow: map[string]time.Duration{"slow": time.Hour}}
		p := NewPrompts(s, 10*time.Second, 1<<20)
		f := func(r string, want error) {
			t.Helper()
			if _, err := p.Get(t.Context(), text(r)); !errors.Is(err, want) {
				t.Errorf("%s: got %v, want %v", r, err, want)
			}
		}
		f("bad", errBroken)
		f("slow", context.DeadlineExceeded)
		if _, err := p.Get(t.Context(), text("")); err == nil {
			t.Error("no sound: want an error")
		}
		s.fail = nil
		f("bad", nil) // failures are not kept
		if _, err := NewPrompts(nil, 0, 0).Get(t.Context(), text("x")); !errors.Is(err, errNoSynth) {
			t.Errorf("no synthesiser: got %v", err)
		}
		if _, err := NewPrompts(panicSynth{}, time.Second, 0).Get(t.Context(), text("x")); err == nil {
			t.Error("a panic: want an error")
		}
	})
}

type panicSynth struct{}

func (panicSynth) Synthesize(context.Context, speech.SynthesisRequest, func([]int16) error) error {
	panic("a bug")
}

// TestCacheIsBounded: the least recently used go first.
func TestCacheIsBounded(t *testing.T) {
	s := &fakeSynth{}
	one := 2 * 400 * clipFactor // a text of two letters
	p := NewPrompts(s, time.Minute, 10*one)
	get := func(i int) {
		t.Helper()
		if _, err := p.Get(t.Context(), text(fmt.Sprintf("%02d", i))); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 10 {
		get(i)
	}
	get(0)
	get(10) // 01 makes room
	if p.bytes != 10*one || len(p.clips) != 10 || p.order.Len() != 10 {
		t.Errorf("%d bytes in %d clips, want %d in 10", p.bytes, len(p.clips), 10*one)
	}
	get(0)
	get(1)
	if s.calls["00"] != 1 || s.calls["01"] != 2 {
		t.Errorf("00 was made %d times, 01 %d times; want 1 and 2", s.calls["00"], s.calls["01"])
	}
	if _, err := p.Get(t.Context(), text(fmt.Sprintf("%01000d", 1))); err != nil || len(p.clips) != 10 {
		t.Errorf("a text larger than the cache: %v, %d clips", err, len(p.clips))
	}
}

var errBroken = errors.New("broken")

// fakeSynth speaks at 50 ms a byte. Texts can be made to fail or to take for ever.
type fakeSynth struct {
	mu    sync.Mutex
	calls map[string]int
	fail  map[string]error
	slow  map[string]time.Duration
}

func (s *fakeSynth) Synthesize(ctx context.Context, r speech.SynthesisRequest, take func([]int16) error) error {
	s.mu.Lock()
	if s.calls == nil {
		s.calls = map[string]int{}
	}
	s.calls[r.Text]++
	err, slow := s.fail[r.Text], s.slow[r.Text]
	s.mu.Unlock()
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
	return take(make([]int16, len(r.Text)*50*speech.Rate/1000))
}
