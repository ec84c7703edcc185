package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// How much garbage may lie in the heap of serve before it is collected, unless
// GOGC says otherwise. Most calls make all of theirs while they are set up and hold
// little after that: with Go's 100 % it would be half of what thousands of calls
// take. But with few calls and many of them a second, a part of little is next to
// nothing, and the collector would hardly rest: so much may always lie there.
// The media process has a policy of its own.
const (
	garbageShare = 50       // percent of what is in use
	garbageFloor = 24 << 20 // bytes
)

// thrift keeps the heap of this process small: after each collection it says anew
// when the next is due.
func thrift() {
	if os.Getenv("GOGC") != "" {
		return
	}
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	last := 0
	var settle func(*sentinel)
	settle = func(s *sentinel) {
		metrics.Read(live)
		if next := share(live[0].Value.Uint64()); next != last {
			last = next
			debug.SetGCPercent(next)
		}
		runtime.SetFinalizer(s, settle) // once more, when it is found to be garbage again
	}
	settle(&sentinel{})
}

// sentinel is garbage from its first day: its finalizer runs after each collection.
type sentinel struct{ _ [16]byte }

// share is how many percent of a live heap may be garbage beside it.
func share(live uint64) int {
	return int(max(garbageShare, min(1000, 100*garbageFloor/max(live, 1))))
}

// unburden gives back what only starting up needed: sqlite's migrations and voices
// that were loaded. Pools outlive one collection.
func unburden() {
	runtime.GC()
	debug.FreeOSMemory()
}
