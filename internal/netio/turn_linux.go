package netio

import (
	"time"

	"golang.org/x/sys/unix"
)

// Turn is a thread's place in the queue for its processor. Its methods are for
// that thread, which must be locked to its goroutine. The zero Turn is usable.
type Turn struct{ front *unix.SchedAttr } // how the thread was scheduled before it gave way

// Used returns the processor time that the thread has used; it allocates nothing.
func (*Turn) Used() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) != nil { // cannot fail
		return 0
	}
	return time.Duration(t.Nano())
}

// GiveWay makes the thread one like any other, which needs no right, and reports
// whether it has gone before others.
func (t *Turn) GiveWay() bool {
	attr, err := unix.SchedGetAttr(0, 0)
	if err != nil || attr.Policy != unix.SCHED_FIFO && attr.Policy != unix.SCHED_RR && attr.Nice >= 0 {
		return false
	}
	plain := &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_NORMAL, Flags: attr.Flags}
	if unix.SchedSetAttr(0, plain, 0) != nil {
		return false
	}
	t.front = attr
	return true
}

// Resume schedules the thread as before GiveWay, as far as that is still
// permitted.
func (t *Turn) Resume() {
	if t.front == nil {
		return
	}
	if unix.SchedSetAttr(0, t.front, 0) == nil {
		t.front = nil
	}
}
