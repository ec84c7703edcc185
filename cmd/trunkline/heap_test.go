package main

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
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
}

// TestGarbageShare: what may lie about is half of a large heap, and never less than
// keeps the collector from running all the time.
func TestGarbageShare(t *testing.T) {
	f := func(live uint64, want int) {
		t.Helper()
		if got := share(live); got != want {
			t.Errorf("%d MiB: %d %%, want %d", live>>20, got, want)
		}
	}
	f(0, 1000)
	f(12<<20, 200)
	f(24<<20, 100)
	f(48<<20, 50)
	f(1<<30, 50)
}

// TestShareFollowsTheHeap: each collection sets the next one's time.
func TestShareFollowsTheHeap(t *testing.T) {
	t.Setenv("GOGC", "")
	before := debug.SetGCPercent(33)
	t.Cleanup(func() { debug.SetGCPercent(before) })
	thrift()
	large := make([]byte, 200<<20)
	for limit := time.Now().Add(10 * time.Second); ; runtime.Gosched() {
		runtime.GC()
		now := debug.SetGCPercent(33)
		debug.SetGCPercent(now)
		if now == garbageShare {
			break
		}
		if time.Now().After(limit) {
			t.Fatalf("beside 200 MiB, %d %%", now)
		}
	}
	runtime.KeepAlive(large)
}
