package roster

import (
	"errors"
	"testing"
)

func TestRoster(t *testing.T) {
	r := New[int, string](2)
	for _, id := range []string{"a", "b"} {
		if err := r.Admit(id, "call "+id); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Admit("c", "call c"); !errors.Is(err, ErrFull) || !errors.Is(r.Welcome(), ErrFull) {
		t.Errorf("a third was let in: %v", err)
	}
	if c, ok := r.Get("a"); !ok || c != "call a" || r.Count() != 2 || len(r.All()) != 2 {
		t.Errorf("%q, %v, %d live", c, ok, r.Count())
	}
	empty := r.Drain()
	if err := r.Admit("d", "call d"); !errors.Is(err, ErrDraining) || !r.Draining() {
		t.Errorf("let in while draining: %v", err)
	}
	r.Forget("a")
	select {
	case <-empty:
		t.Error("empty with one left")
	default:
	}
	r.Forget("b")
	<-empty
	<-r.Drain() // once more is harmless
}

// TestHolder holds that a dialog is whose it was last said to be.
func TestHolder(t *testing.T) {
	r := New[int, string](1)
	r.Hold(7, "a")
	r.Hold(7, "b")
	if c, ok := r.Holder(7); !ok || c != "b" {
		t.Errorf("%q, %v", c, ok)
	}
	r.Drop(7)
	if _, ok := r.Holder(7); ok {
		t.Error("a dialog that was dropped has a holder")
	}
	<-New[int, string](1).Drain() // nobody to wait for
}
