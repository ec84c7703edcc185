package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"trunkline/internal/netio"
)

// The two places where packets can go to. What goes to the void is dropped by
// its device, as close to a network card as this machine has; the generator, who
// pretends to be there, sends from its address.
const (
	here     = "127.0.0.1"
	voidAddr = "198.18.0.2"
	voidSelf = "198.18.0.1" // our own address beside it
	voidDev  = "nul0"
)

// insideEnv tells the copy of this program that it is in the namespace.
const insideEnv = "TRUNKLINE_BENCH_INSIDE"

// apart runs this program again in a network namespace of its own and reports
// how that ended; done is false for the copy, and where namespaces are forbidden.
func apart(ctx context.Context) (code int, done bool) {
	if os.Getenv(insideEnv) != "" {
		return 0, false
	}
	cmd := exec.CommandContext(ctx, "/proc/self/exe", os.Args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), insideEnv+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGTERM}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		return 0, false
	}
	err := cmd.Wait()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0, true
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		return exit.ExitCode(), true
	default:
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 1, true
	}
}

// rights is what this machine lets us do.
type rights struct {
	Namespace bool `json:"namespace"` // a network of our own
	Void      bool `json:"void"`      // with a device that drops
	Pinned    bool `json:"pinned"`    // generator and measured program on a processor each
	Realtime  bool `json:"realtime"`  // both SCHED_FIFO
	Frames    bool `json:"frames"`    // the generator may send Ethernet frames of its own
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
		say(r.Frames, "frames for many calls", "no frames: the generator ends early"),
	}, ", ")
}

// furnish makes the namespace ready and finds out what is permitted.
func furnish(ctx context.Context) rights {
	netio.MoreFiles(200_000)
	r := rights{
		Pinned:   runtime.NumCPU() > 1 && permitted(ctx, "taskset -c 1 true"),
		Realtime: permitted(ctx, "chrt -f 20 true"),
	}
	if os.Getenv(insideEnv) == "" || !permitted(ctx, "ip link set lo up") {
		return r
	}
	r.Namespace = true
	for name, value := range map[string]string{
		"ip_local_port_range":     "55000 60999",
		"conf/all/rp_filter":      "0",
		"conf/lo/rp_filter":       "0",
		"conf/lo/accept_local":    "1", // else IPv4 frames of tiers above T0 are taken for forged
		"conf/lo/route_localnet":  "1",
		"conf/all/route_localnet": "1",
	} {
		os.WriteFile(filepath.Join("/proc/sys/net/ipv4", name), []byte(value), 0) // refused: the tiers say so
	}
	r.Frames = accepts("accept_local") && accepts("route_localnet") && netio.Probe(netio.T1) == nil
	r.Void = permitted(ctx, "ip link add "+voidDev+" type ifb") &&
		permitted(ctx, "ip addr add "+voidSelf+"/24 dev "+voidDev) &&
		permitted(ctx, "ip link set "+voidDev+" up")
	return r
}

// accepts reports whether a switch of the loopback interface is on.
func accepts(name string) bool {
	text, _ := os.ReadFile("/proc/sys/net/ipv4/conf/lo/" + name)
	return strings.TrimSpace(string(text)) == "1"
}

// permitted runs a command and reports whether it succeeded.
func permitted(ctx context.Context, command string) bool {
	words := strings.Fields(command)
	return exec.CommandContext(ctx, words[0], words[1:]...).Run() == nil
}
