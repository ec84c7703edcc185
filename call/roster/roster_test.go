package roster

import (
	"errors"
	"testing"
)

// TestPause: nobody gets in while it lasts, those who are in stay, and a drain is
// not undone by its end.
func TestPause(t *testing.T) {
	r := New[int, string](2)
	f := func(want error) {
		t.Helper()
		if err := r.Welcome(); !errors.Is(err, want) || r.Draining() != errors.Is(want, ErrDraining) {
			t.Errorf("welcome: %v, draining %v; want %v", err, r.Draining(), want)
		}
	}
	if err := r.Admit("a", "anna"); err != nil {
		t.Fatal(err)
	}
	f(nil)
	r.Pause()
	f(ErrDraining)
	if err := r.Admit("b", "bert"); !errors.Is(err, ErrDraining) || r.Count() != 1 {
		t.Errorf("admitted while pausing: %v, %d live", err, r.Count())
	}
	r.Forget("a")
	r.Resume()
	f(nil)
	if err := r.Admit("b", "bert"); err != nil {
		t.Error(err)
	}
	if err := r.Admit("c", "carl"); err != nil {
		t.Error(err)
	}
	f(ErrFull)
	empty := r.Drain()
	r.Resume()
	f(ErrDraining)
	r.Forget("b")
	r.Forget("c")
	<-empty
}
