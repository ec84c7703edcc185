package release

import (
	"errors"
	"fmt"
	"testing"

	"trunkline/ivr/bundle"
)

func version(name string) *bundle.Bundle { return &bundle.Bundle{Version: name} }

// traffic sends calls through the board; fails says which fail. It returns the
// first change that came of it and the calls each version got.
func traffic(b *Board, n int, fails func(version string, nth int) bool) (Change, map[string]int) {
	got := map[string]int{}
	for i := range n {
		v, done := b.Pick(fmt.Sprintf("01a1fea2-d0fa-7235-885f-%012d", i))
		got[v.Version]++
		if c := done(fails(v.Version, got[v.Version])); c.What != Nothing {
			return c, got
		}
	}
	return Change{}, got
}

func never(string, int) bool { return false }

// canary is a board on which b is tried beside a.
func canary(t *testing.T, share float64, enough int) *Board {
	t.Helper()
	b := NewBoard(version("a"))
	c, err := b.Deploy(Plan{Bundle: version("b"), Canary: share, PromoteAfter: enough})
	if err != nil || c.What != Canary || c.Version != "b" || c.Instead != "a" {
		t.Fatalf("deploy: %+v, %v", c, err)
	}
	return b
}

func TestCanaryGetsItsShare(t *testing.T) {
	c, got := traffic(canary(t, 0.05, 0), 10_000, never)
	if c.What != Nothing || got["b"] < 400 || got["b"] > 600 {
		t.Errorf("%d of 10000 calls tried the canary, want about 500; %+v", got["b"], c)
	}
}

// TestSameCallSameVersion: whoever asks twice gets the same answer.
func TestSameCallSameVersion(t *testing.T) {
	b := canary(t, 0.5, 0)
	for i := range 100 {
		id := fmt.Sprint("call", i)
		first, _ := b.Pick(id)
		if again, _ := b.Pick(id); again != first {
			t.Errorf("%s got %s, then %s", id, first.Version, again.Version)
		}
	}
}

// TestRisingFailuresRollBack: soon, and never for a canary that is no worse.
func TestRisingFailuresRollBack(t *testing.T) {
	b := canary(t, 0.1, 0)
	c, got := traffic(b, 10_000, func(v string, nth int) bool { return v == "b" && nth%2 == 0 })
	if c.What != RolledBack || c.Version != "a" || c.Instead != "b" || got["b"] > 20 {
		t.Errorf("%+v after %v", c, got)
	}
	if c := b.Status().Last; c.What != RolledBack || c.Version != "a" || c.Instead != "b" || c.Why == "" {
		t.Errorf("the status tells of %+v", c)
	}
	if s := b.Status(); s.Canary != nil || s.Current.Version != "a" {
		t.Errorf("status %+v", s)
	}
	if _, after := traffic(b, 100, never); after["b"] != 0 {
		t.Errorf("%d calls still got the canary", after["b"])
	}
	same := func(_ string, nth int) bool { return nth%20 == 0 }
	if c, got := traffic(canary(t, 0.2, 0), 20_000, same); c.What != Nothing {
		t.Errorf("a canary as good as the other: %+v after %v", c, got)
	}
	seldom := func(v string, nth int) bool { return v == "b" && nth == 1 }
	if c, _ := traffic(canary(t, 0.2, 0), 1000, seldom); c.What != Nothing {
		t.Errorf("one failure: %+v", c)
	}
}

func TestPromote(t *testing.T) {
	b := canary(t, 0.5, 50)
	c, got := traffic(b, 1000, never)
	if c.What != Promoted || c.Version != "b" || c.Instead != "a" || c.Calls != 50 || got["b"] != 50 {
		t.Errorf("%+v after %v", c, got)
	}
	if s := b.Status(); s.Current.Version != "b" || s.Previous != "a" || s.Canary != nil || s.Last.What != Promoted {
		t.Errorf("status %+v", s)
	}
	if _, err := b.Promote(); !errors.Is(err, ErrNoCanary) {
		t.Errorf("promote without a canary: %v", err)
	}
	b = canary(t, 0.5, 0)
	if c, err := b.Promote(); err != nil || c.What != Promoted {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestDeployAndBack(t *testing.T) {
	b := NewBoard(version("a"))
	if _, err := b.Rollback(""); !errors.Is(err, ErrNoPrevious) {
		t.Errorf("rollback of the first version: %v", err)
	}
	if c, err := b.Deploy(Plan{Bundle: version("b")}); err != nil || c.What != Deployed || c.Instead != "a" {
		t.Errorf("%+v, %v", c, err)
	}
	if c, err := b.Deploy(Plan{Bundle: version("b")}); err != nil || c.Version != "b" {
		t.Errorf("the same again: %+v, %v", c, err)
	}
	if c, err := b.Rollback("asked for"); err != nil || c.Version != "a" || c.Instead != "b" || b.Current().Version != "a" {
		t.Errorf("%+v, %v", c, err)
	}
	for _, share := range []float64{-0.1, 1, 5} {
		if _, err := b.Deploy(Plan{Bundle: version("c"), Canary: share}); err == nil {
			t.Errorf("a share of %v was taken", share)
		}
	}
}

// TestLateCallsCountForTheirVersion: a call that began with the canary and ends
// after it was taken back changes nothing.
func TestLateCallsCountForTheirVersion(t *testing.T) {
	b := canary(t, 0.999, 0)
	_, done := b.Pick("x")
	if _, err := b.Rollback("asked for"); err != nil {
		t.Fatal(err)
	}
	if c := done(true); c.What != Nothing || b.Status().Current.Failed != 0 {
		t.Errorf("%+v, %+v", c, b.Status())
	}
}
