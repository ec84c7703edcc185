package main

import (
	"os"
	"runtime"
	"runtime/debug"
)

// garbage is how much of it, in percent of what is in use, may lie in the heap of
// serve before it is collected, unless GOGC says otherwise. Most calls make all
// of theirs while they are set up and hold little after that: with Go's 100 it
// would be half of what a call takes. The media process has a policy of its own.
const garbage = 50

// thrift keeps the heap of this process small.
func thrift() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
}

// unburden gives back what only starting up needed: sqlite's migrations and voices
// that were loaded. Pools outlive one collection.
func unburden() {
	runtime.GC()
	debug.FreeOSMemory()
}
