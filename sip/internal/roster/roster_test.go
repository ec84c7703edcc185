package roster

import "testing"

func TestRoster(t *testing.T) {
	r := New[*int]()
	a, b := new(int), new(int)
	k := Key{"id", "tag"}
	if !r.Add(k, a) || r.Find(k) != a || r.Find(Key{"id", "other"}) != nil {
		t.Error("a dialog is not found by its key, or by another")
	}
	var of Branches[*int]
	of.Watch(r, "one", a)
	of.Watch(r, "two", a)
	if r.OfBranch("one") != a || r.OfBranch("three") != nil {
		t.Error("a dialog is not found by its branch, or by another")
	}
	if d, n := r.Len(); d != 1 || n != 2 || len(r.All()) != 1 {
		t.Errorf("%d dialogs, %d branches", d, n)
	}
	of.Forget(r, "two")
	if r.OfBranch("one") != nil || r.OfBranch("two") != a {
		t.Error("the wrong one is forgotten")
	}
	of.Forget(r, "")
	r.Drop(k, b) // somebody else's
	if d, n := r.Len(); d != 1 || n != 0 {
		t.Errorf("%d dialogs, %d branches", d, n)
	}
	if r.IsShut() || !r.Shut() || r.Shut() || !r.IsShut() || r.Add(Key{}, b) {
		t.Error("it is shut once, and takes nobody then")
	}
	select {
	case <-r.Idle():
		t.Error("idle with a dialog")
	default:
	}
	r.Drop(k, a)
	r.Drop(k, a)
	<-r.Idle()
}

func TestEmptyRosterIsIdleAtOnce(t *testing.T) {
	r := New[*int]()
	r.Shut()
	<-r.Idle()
	if d, n := r.Len(); d+n != 0 {
		t.Errorf("%d dialogs, %d branches", d, n)
	}
}
