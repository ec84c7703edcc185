package netio

import (
	"runtime"
	"syscall"
	"testing"
)

// TestUrgent: what is claimed is true, of this thread and of no other.
func TestUrgent(t *testing.T) {
	// getpriority(2) as a system call returns 20 minus the niceness.
	niceness := func() int {
		n, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0)
		if err != nil {
			t.Error(err)
		}
		return 20 - n
	}
	before := niceness()
	got, claimed := make(chan int), make(chan bool)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends here
		ok := Urgent()
		got <- niceness()
		claimed <- ok
	}()
	n, ok := <-got, <-claimed
	if ok && n != urgency || !ok && n != before {
		t.Errorf("niceness %d; urgent: %v; before: %d", n, ok, before)
	}
	if after := niceness(); after != before {
		t.Errorf("another thread's niceness went from %d to %d", before, after)
	}
}
