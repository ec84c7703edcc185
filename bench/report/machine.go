package report

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// Machine is where a run took place.
type Machine struct {
	CPU    string `json:"cpu"`
	CPUs   int    `json:"cpus"`
	Kernel string `json:"kernel"`
	Go     string `json:"go"`
	Memory string `json:"memory"`
	Load   string `json:"load"` // averages when the run began: who else was busy
}

func thisMachine() Machine {
	return Machine{
		CPU:    field("/proc/cpuinfo", "model name"),
		CPUs:   runtime.NumCPU(),
		Kernel: first("/proc/sys/kernel/osrelease"),
		Go:     runtime.Version(),
		Memory: field("/proc/meminfo", "MemTotal"),
		Load:   first("/proc/loadavg"),
	}
}

func (m Machine) String() string {
	return fmt.Sprintf("%d x %s, %s, Linux %s, %s, load %s", m.CPUs, m.CPU, m.Memory, m.Kernel, m.Go, m.Load)
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
