package netio

import "syscall"

// urgency is the niceness of a media thread: ahead of everything that can wait a
// few milliseconds, behind what the system needs to live.
const urgency = -10

// Urgent lets the calling thread go before others where that is permitted
// (CAP_SYS_NICE, or RLIMIT_NICE) and reports whether it is. The thread must be
// locked to its goroutine for ever: priorities are a property of threads. On a
// busy machine it decides whether sound has gaps.
func Urgent() bool {
	return syscall.Setpriority(syscall.PRIO_PROCESS, 0, urgency) == nil // 0: this thread
}
