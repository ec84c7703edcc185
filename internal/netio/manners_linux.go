package netio

import (
	"os"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// realtime is the priority of a media process: in the middle of what SCHED_FIFO
// has, below the kernel's own threads that must not wait for it.
const realtime = 30

// Realtime lets every thread of this process, and all that come, go before every
// thread that is not real-time, and reports whether that is permitted
// (CAP_SYS_NICE, or RLIMIT_RTPRIO). For a process that sleeps most of the time.
func Realtime() bool {
	attr := &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_FIFO, Priority: realtime}
	return eachThread(func(tid int) error { return unix.SchedSetAttr(tid, attr, 0) })
}

// Nice lets every thread of this process go before others, as Urgent does for
// one.
func Nice() bool {
	return eachThread(func(tid int) error { return unix.Setpriority(unix.PRIO_PROCESS, tid, urgency) })
}

// eachThread does something to all threads; new ones take after those that
// start them. It looks twice, for those that came meanwhile.
func eachThread(do func(tid int) error) bool {
	for range 2 {
		tasks, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return false
		}
		for _, t := range tasks {
			tid, err := strconv.Atoi(t.Name())
			if err != nil {
				continue
			}
			if err := do(tid); err != nil && err != unix.ESRCH {
				return false
			}
		}
	}
	return true
}

// LockMemory keeps what this process touches in memory, and reports whether
// that is permitted without limit; with a limit it would make later allocations
// fail.
func LockMemory() bool {
	forever := unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}
	if unix.Setrlimit(unix.RLIMIT_MEMLOCK, &forever) != nil {
		return false
	}
	return unix.Mlockall(unix.MCL_CURRENT|unix.MCL_FUTURE|unix.MCL_ONFAULT) == nil
}

// HugePages wishes that the memory of b, and whatever comes to lie there after it,
// is in huge pages. A hint: it may not be granted.
func HugePages(b []byte) {
	const size = 2 << 20
	skip := -uintptr(unsafe.Pointer(unsafe.SliceData(b))) % size
	if n := uintptr(len(b)); n > skip {
		unix.Madvise(b[skip:n-(n-skip)%size], unix.MADV_HUGEPAGE)
	}
}

// MoreFiles raises the number of descriptors this process may have to n, or as
// far as is permitted.
func MoreFiles(n uint64) {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil || limit.Cur >= n {
		return
	}
	if unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: n, Max: max(n, limit.Max)}) != nil {
		unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: min(n, limit.Max), Max: limit.Max})
	}
}
