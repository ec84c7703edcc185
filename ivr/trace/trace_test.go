package trace

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBook(2, 3)
		l := b.Begin(Trace{Call: "a", Flow: "f", Started: time.Now()})
		time.Sleep(time.Second)
		outer := l.Step("f.lua:1", `go{to="x"}`)
		time.Sleep(time.Second)
		inner := l.Step("x.lua:2", `say{text="hi"}`)
		got, ok := b.Get("a")
		if want := (Step{At: time.Second, Where: "f.lua:1", What: `go{to="x"}`}); !ok || got.Steps[0] != want {
			t.Errorf("got %+v, want %+v under way", got, want)
		}
		time.Sleep(time.Second)
		inner("busy: all lines are taken", true)
		outer("true", false)
		l.Step("f.lua:3", "a")("1", false)
		l.Step("f.lua:4", "b")("2", false)
		l.End()
		got, _ = b.Get("a")
		want := []Step{
			{time.Second, 2 * time.Second, "f.lua:1", `go{to="x"}`, "true", false},
			{2 * time.Second, time.Second, "x.lua:2", `say{text="hi"}`, "busy: all lines are taken", true},
			{3 * time.Second, 0, "f.lua:3", "a", "1", false},
		}
		if fmt.Sprint(got.Steps) != fmt.Sprint(want) || got.Dropped != 1 || got.Ended.IsZero() {
			t.Errorf("got %+v, want steps %+v, one dropped, ended", got, want)
		}
	})
}

// TestBookIsBounded: the oldest call makes room; a call begun again is one call.
func TestBookIsBounded(t *testing.T) {
	b := NewBook(2, 0)
	for _, call := range []string{"a", "b", "a", "c"} {
		b.Begin(Trace{Call: call})
	}
	f := func(call string, want bool) {
		t.Helper()
		if _, ok := b.Get(call); ok != want {
			t.Errorf("%s: kept %v, want %v", call, ok, want)
		}
	}
	f("a", true)
	f("b", false)
	f("c", true)
	f("d", false)
}

// TestNoBook: without a book nothing is kept, and nothing breaks.
func TestNoBook(t *testing.T) {
	var b *Book
	l := b.Begin(Trace{Call: "a"})
	l.Step("f.lua:1", "x")("", false)
	l.End()
	if _, ok := b.Get("a"); ok {
		t.Error("there is a trace without a book")
	}
}
