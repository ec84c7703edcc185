package serial

import (
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestOrder(t *testing.T) {
	var q Queue
	var got []int
	q.Do(func() {
		q.Then(func() {
			got = append(got, 1)
			q.Do(func() { q.Then(func() { got = append(got, 3) }) }) // from within: after what was there
		})
		q.Then(func() { got = append(got, 2) })
	})
	if !slices.Equal(got, []int{1, 2, 3}) {
		t.Errorf("done in the order %v", got)
	}
}

func TestOneAtATime(t *testing.T) {
	var q Queue
	var work sync.WaitGroup
	asked, done := 0, 0
	for range 8 {
		work.Go(func() {
			for range 500 {
				q.Do(func() {
					asked++
					q.Then(func() { done++ }) // no lock, and yet no race
				})
			}
		})
	}
	work.Wait()
	q.View(func() {
		if asked != 4000 {
			t.Errorf("%d asked", asked)
		}
	})
	if done != 4000 {
		t.Errorf("%d done", done)
	}
}

func TestPanicsBreakTheOwner(t *testing.T) {
	broken := 0
	var q Queue
	after := false
	q.Broken = func(p any, stack []byte) {
		broken++
		if p != "on purpose" || !strings.Contains(string(stack), "serial_test.go") {
			t.Errorf("broken by %v at\n%s", p, stack)
		}
		q.Do(func() { panic("again") })
		panic("and again")
	}
	bad := func() { panic("on purpose") }
	q.Do(bad)
	q.Do(func() { q.Then(bad); q.Then(func() { after = true }) })
	q.Guard(bad)
	q.Guard(func() {})
	if broken != 3 || !after {
		t.Errorf("told %d times; what follows a panic is done: %v", broken, after)
	}
}
