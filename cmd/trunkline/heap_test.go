package main

import (
	"runtime/debug"
	"testing"
)

// TestThrift: the heap is kept small, unless somebody said how large it may be.
func TestThrift(t *testing.T) {
	before := debug.SetGCPercent(80)
	t.Cleanup(func() { debug.SetGCPercent(before) })
	t.Setenv("GOGC", "80")
	thrift()
	if got := debug.SetGCPercent(80); got != 80 {
		t.Errorf("told 80, has %d", got)
	}
	t.Setenv("GOGC", "")
	thrift()
	if got := debug.SetGCPercent(80); got != garbage {
		t.Errorf("has %d, want %d", got, garbage)
	}
}
