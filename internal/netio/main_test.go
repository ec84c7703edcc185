package netio

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"unsafe"

	"trunkline/internal/netio/netfilter"
)

// role is the environment variable that says what the test binary is to be:
// nothing, the tests in a network of their own, or a relay (see relay).
const role = "NETIO_ROLE"

const (
	inside  = "inside"
	outside = "outside" // no namespace could be made: T0 only
)

// TestMain runs the tests in a user and network namespace of their own, where
// they have every right and hurt nobody.
func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "relay":
		relay()
		os.Exit(0)
	case inside:
		must(bringUp("lo"))
		os.Exit(m.Run())
	case "":
		code, err := again()
		if err == nil {
			os.Exit(code)
		}
		fmt.Fprintln(os.Stderr, "no namespace for the tests:", err)
		os.Setenv(role, outside)
	}
	os.Exit(m.Run())
}

// again runs this process again in new namespaces and returns how it ended.
func again() (int, error) {
	runtime.LockOSThread() // Pdeathsig is about the thread
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Args[0] = os.Args[0]
	cmd.Env = append(os.Environ(), role+"="+inside)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
		Pdeathsig:   syscall.SIGKILL,
	}
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), nil
	}
	return 0, err
}

// bringUp sets an interface's IFF_UP flag.
func bringUp(name string) error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	var ifr struct {
		name  [syscall.IFNAMSIZ]byte
		flags uint16
		_     [22]byte
	}
	copy(ifr.name[:], name)
	ifr.flags = syscall.IFF_UP | syscall.IFF_RUNNING
	if _, _, e := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), syscall.SIOCSIFFLAGS, uintptr(unsafe.Pointer(&ifr))); e != 0 {
		return e
	}
	return nil
}

// TestNamespace: root can always test everything; others hear what they lack.
func TestNamespace(t *testing.T) {
	if os.Getenv(role) == inside {
		for _, tier := range []Tier{T0, T1, T2, Auto} {
			var w *Warning // even here, some files are for the machine's root alone
			if err := Probe(tier); err != nil && (!errors.As(err, &w) || len(w.Rules) > 0 || !errors.Is(err, netfilter.ErrUnknown)) {
				t.Errorf("Probe(%v) with every right: %v", tier, err)
			}
		}
		return
	}
	if os.Getuid() == 0 {
		t.Fatal("root could not make a network namespace: the tiers above T0 are untested")
	}
	for _, tier := range []Tier{T1, T2} {
		if err := Probe(tier); !errors.Is(err, syscall.EPERM) {
			t.Errorf("Probe(%v) without a right: %v", tier, err)
		}
	}
}

// tiers are those that can be tested here.
func tiers() []Tier {
	if os.Getenv(role) == inside {
		return []Tier{T0, T1, T2}
	}
	return []Tier{T0}
}

// everyTier runs f with packets of each tier.
func everyTier(t *testing.T, f func(t *testing.T, p Packets)) {
	t.Helper()
	for _, tier := range tiers() {
		t.Run(tier.String(), func(t *testing.T) { f(t, open(t, tier)) })
	}
}

func open(t testing.TB, tier Tier) Packets {
	t.Helper()
	p, got, err := Open(tier)
	if err != nil || got != tier {
		t.Fatalf("Open(%v) = tier %v, %v", tier, got, err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}
