// Package process looks at processes and ends them: what they use, what they have
// started. It owns none; only benchmarks use it, from any goroutine.
package process

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// KillFamily kills a process and those that it started.
func KillFamily(pid int) {
	all := Children(pid)
	_ = syscall.Kill(pid, syscall.SIGKILL) // first: else it starts others
	for _, child := range all {
		KillFamily(child)
	}
}

// Children returns the processes that a process has started.
func Children(pid int) (all []int) {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, name := range lists {
		text, _ := os.ReadFile(name)
		for _, f := range strings.Fields(string(text)) {
			if child, err := strconv.Atoi(f); err == nil {
				all = append(all, child)
			}
		}
	}
	return all
}

// Used returns the processor time a process has used. It adds up schedstat, which
// unlike stat counts nanoseconds.
func Used(pid int) (sum time.Duration) {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	for _, name := range tasks {
		text, _ := os.ReadFile(name)
		first, _, _ := strings.Cut(string(text), " ")
		ns, _ := strconv.ParseInt(first, 10, 64)
		sum += time.Duration(ns)
	}
	return sum
}

// Resident returns the memory a process has, bytes: private to it or shared with
// others in fair parts.
func Resident(pid int) (sum int64) {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	for line := range strings.Lines(string(text)) {
		var kib int64
		if n, _ := fmt.Sscanf(line, "Pss: %d kB", &kib); n == 1 {
			sum += kib << 10
		}
	}
	return sum
}
