package lookup

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// oracle answers as it is told, and counts. In a bubble its delays cost nothing.
type oracle struct {
	mu    sync.Mutex
	value string
	err   error
	delay time.Duration
	asked int
}

func (o *oracle) ask(ctx context.Context, name string) (string, error) {
	o.mu.Lock()
	o.asked++
	value, err, delay := o.value, o.err, o.delay
	o.mu.Unlock()
	select {
	case <-time.After(delay):
		return value, err
	case <-ctx.Done():
		return "", fmt.Errorf("look up %s: %w", name, ctx.Err())
	}
}

func (o *oracle) says(value string, err error, delay time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.value, o.err, o.delay = value, err, delay
}

// inBubble runs a test on simulated time with a cache before an oracle.
func inBubble(t *testing.T, f func(t *testing.T, c *cache[string], o *oracle)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := New(Config{})
		o := &oracle{}
		c := newCache(r, o.ask)
		defer r.Close()
		f(t, c, o)
	})
}

// want asks with two seconds to wait and checks the answer and how long it took.
func want(t *testing.T, c *cache[string], value string, cause error, took time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	begin := time.Now()
	got, err := c.get(ctx, "name")
	if got != value || !errors.Is(err, cause) {
		t.Fatalf("got %q, %v; want %q, %v", got, err, value, cause)
	}
	if d := time.Since(begin); d != took {
		t.Fatalf("took %v, want %v", d, took)
	}
}

// pass lets simulated time pass.
func pass(d time.Duration) { <-time.After(d) }

var errServer = errors.New("server failure")

func TestAnswersAreKeptWhileFresh(t *testing.T) {
	inBubble(t, func(t *testing.T, c *cache[string], o *oracle) {
		o.says("a", nil, time.Second)
		want(t, c, "a", nil, time.Second)
		pass(59 * time.Second)
		want(t, c, "a", nil, 0)
		if o.asked != 1 {
			t.Fatalf("asked %d times, want once", o.asked)
		}
		o.says("b", nil, 0)
		pass(time.Second)
		want(t, c, "b", nil, 0)
	})
}

func TestLastGoodAnswerStandsInForFailures(t *testing.T) {
	inBubble(t, func(t *testing.T, c *cache[string], o *oracle) {
		o.says("good", nil, 0)
		want(t, c, "good", nil, 0)
		o.says("", errServer, 0)
		for range 23 {
			pass(time.Hour)
			want(t, c, "good", nil, 0)
		}
		pass(time.Hour)
		want(t, c, "", errServer, 0)
		o.says("new", nil, 0)
		pass(10 * time.Second)
		want(t, c, "new", nil, 0)
	})
}

func TestANameThatIsGoneIsKeptForAnHour(t *testing.T) {
	inBubble(t, func(t *testing.T, c *cache[string], o *oracle) {
		o.says("good", nil, 0)
		want(t, c, "good", nil, 0)
		o.says("", ErrNotFound, 0)
		pass(time.Hour - time.Second)
		want(t, c, "good", nil, 0)
		pass(10 * time.Second)
		want(t, c, "", ErrNotFound, 0)
	})
}

func TestFailuresAreAskedAgainSoon(t *testing.T) {
	inBubble(t, func(t *testing.T, c *cache[string], o *oracle) {
		o.says("", errServer, 0)
		for range 5 {
			want(t, c, "", errServer, 0)
		}
		if o.asked != 1 {
			t.Fatalf("asked %d times, want once", o.asked)
		}
		o.says("a", nil, 0)
		pass(10 * time.Second)
		want(t, c, "a", nil, 0)
	})
}

func TestNobodyWaitsLongerThanHeMust(t *testing.T) {
	inBubble(t, func(t *testing.T, c *cache[string], o *oracle) {
		o.says("late", nil, time.Hour)
		want(t, c, "", context.DeadlineExceeded, 2*time.Second) // by the context
		want(t, c, "", context.DeadlineExceeded, time.Second)   // by the deadline of the lookup
		want(t, c, "", context.DeadlineExceeded, 0)             // remembered
		pass(10 * time.Second)
		want(t, c, "", context.DeadlineExceeded, 500*time.Millisecond) // answered once: by patience

		o.says("good", nil, 0)
		pass(15 * time.Second)
		want(t, c, "good", nil, 0)
		o.says("better", nil, time.Second)
		pass(time.Minute)
		want(t, c, "good", nil, 500*time.Millisecond)
		pass(500 * time.Millisecond)
		want(t, c, "better", nil, 0) // the lookup went on without us
	})
}

func TestAContextThatEndsStillGetsWhatIsKnown(t *testing.T) {
	inBubble(t, func(t *testing.T, c *cache[string], o *oracle) {
		o.says("good", nil, 0)
		want(t, c, "good", nil, 0)
		o.says("", nil, time.Hour)
		pass(time.Minute)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if got, err := c.get(ctx, "name"); got != "good" || err != nil {
			t.Fatalf("got %q, %v; want what is known", got, err)
		}
	})
}

func TestEqualQuestionsShareOneLookup(t *testing.T) {
	inBubble(t, func(t *testing.T, c *cache[string], o *oracle) {
		o.says("a", nil, time.Second)
		var askers sync.WaitGroup
		for range 50 {
			askers.Go(func() { want(t, c, "a", nil, time.Second) })
		}
		askers.Wait()
		if o.asked != 1 {
			t.Fatalf("asked %d times, want once", o.asked)
		}
	})
}

func TestTheCacheIsBounded(t *testing.T) {
	inBubble(t, func(t *testing.T, c *cache[string], o *oracle) {
		o.says("a", nil, 0)
		for i := range maxNames + 100 {
			if _, err := c.get(t.Context(), fmt.Sprint(i)); err != nil {
				t.Fatal(err)
			}
			pass(time.Millisecond)
		}
		if len(c.entries) != maxNames {
			t.Fatalf("%d names are kept, want %d", len(c.entries), maxNames)
		}
		if c.entries["0"] != nil || c.entries[fmt.Sprint(maxNames+99)] == nil {
			t.Fatal("the youngest was dropped instead of the oldest")
		}
	})
}

func TestCloseEndsLookups(t *testing.T) {
	inBubble(t, func(t *testing.T, c *cache[string], o *oracle) {
		o.says("", nil, time.Hour)
		var asker sync.WaitGroup
		asker.Go(func() { want(t, c, "", context.Canceled, 0) })
		synctest.Wait()
		c.Close()
		asker.Wait()
		if _, err := c.IPv4(t.Context(), "example.com"); !errors.Is(err, ErrClosed) {
			t.Fatalf("got %v, want ErrClosed", err)
		}
	})
}
