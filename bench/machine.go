package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// machine is where a run took place.
type machine struct {
	CPU    string `json:"cpu"`
	CPUs   int    `json:"cpus"`
	Kernel string `json:"kernel"`
	Go     string `json:"go"`
	Memory string `json:"memory"`
	Load   string `json:"load"` // averages when the run began: who else was busy
}

func thisMachine() machine {
	return machine{
		CPU:    field("/proc/cpuinfo", "model name"),
		CPUs:   runtime.NumCPU(),
		Kernel: first("/proc/sys/kernel/osrelease"),
		Go:     runtime.Version(),
		Memory: field("/proc/meminfo", "MemTotal"),
		Load:   first("/proc/loadavg"),
	}
}

func (m machine) String() string {
	return fmt.Sprintf("%d x %s, %s, Linux %s, %s, load %s", m.CPUs, m.CPU, m.Memory, m.Kernel, m.Go, m.Load)
}

func (r rights) String() string {
	say := func(ok bool, yes, no string) string {
		if ok {
			return yes
		}
		return no
	}
	return strings.Join([]string{
		say(r.Namespace, "network of its own", "network of the machine"),
		say(r.Void, "with a device that drops", "no device that drops"),
		say(r.Pinned, "a processor each for generator and measured", "processors shared"),
		say(r.Realtime, "both real-time", "normal scheduling"),
	}, ", ")
}

// first returns the first line of a file.
func first(name string) string {
	text, _ := os.ReadFile(name)
	line, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSpace(line)
}

// field returns the first value of a name in a file of "name: value".
func field(name, want string) string {
	text, _ := os.ReadFile(name)
	for line := range strings.Lines(string(text)) {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == want {
			return strings.TrimSpace(v)
		}
	}
	return "unknown"
}

// commit names what is measured: "-dirty" when it is not what was committed.
func commit() string {
	out, err := exec.Command("git", "describe", "--always", "--dirty", "--exclude", "*").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}
