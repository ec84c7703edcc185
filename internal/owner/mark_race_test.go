//go:build race

package owner

import (
	"runtime"
	"testing"
)

func TestCheckPanicsOnAForeignThread(t *testing.T) {
	var m Mark
	m.Check() // nobody's yet
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	m.Take()
	m.Check()
	caught := make(chan any)
	go func() {
		// This thread is locked to the test, so this goroutine runs on another.
		defer func() { caught <- recover() }()
		m.Check()
	}()
	if got := <-caught; got == nil {
		t.Fatal("a foreign thread touched the state and nobody noticed")
	}
}
