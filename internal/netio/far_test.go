package netio

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"trunkline/internal/netio/frame"
)

// far is another machine: a network namespace at the other end of a cable.
// Our end has near4 and near6, its end far4 and far6. Not the same cable for
// two tests: each makes its own, and closes it.
type far struct {
	t    *testing.T
	work chan func()
	mac  frame.MAC // of our end
}

const (
	near4, near6 = "10.77.0.1", "fd77::1"
	far4, far6   = "10.77.0.2", "fd77::2"
)

// cable plugs in another machine; nil where there is no right to.
func cable(t *testing.T) *far {
	t.Helper()
	if os.Getenv(role) != inside {
		t.Log("no network of our own here, see TestNamespace")
		return nil
	}
	f := &far{t: t, work: make(chan func())}
	ready := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread, and its namespace, end here
		err := syscall.Unshare(syscall.CLONE_NEWNET)
		ready <- err
		for do := range f.work {
			do()
		}
	}()
	if err := <-ready; err != nil {
		t.Fatal("unshare:", err)
	}
	tid := 0
	f.do(func() { tid = syscall.Gettid() })
	f.ip("link add near type veth peer name far netns " + fmt.Sprint(tid))
	t.Cleanup(func() {
		f.ip("link del near")
		close(f.work)
	})
	f.ip("addr add " + near4 + "/24 dev near")
	f.ip("addr add " + near6 + "/64 dev near nodad")
	f.ip("link set near up")
	f.there("link set lo up")
	f.there("addr add " + far4 + "/24 dev far")
	f.there("addr add " + far6 + "/64 dev far nodad")
	f.there("link set far up")
	f.mac = macOf(t, "near")
	return f
}

// do runs what there.
func (f *far) do(what func()) {
	done := make(chan struct{})
	f.work <- func() { what(); close(done) }
	<-done
}

// ip configures our side, there the other one.
func (f *far) ip(args string) {
	f.t.Helper()
	if out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
		f.t.Fatalf("ip %s: %v: %s", args, err, out)
	}
}

func (f *far) there(args string) {
	f.t.Helper()
	var out []byte
	var err error
	f.do(func() { out, err = exec.Command("ip", strings.Fields(args)...).CombinedOutput() })
	if err != nil {
		f.t.Fatalf("ip %s: %v: %s", args, err, out)
	}
}

func macOf(t *testing.T, name string) (mac frame.MAC) {
	t.Helper()
	out, err := exec.Command("ip", "-o", "link", "show", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := bytes.Cut(out, []byte("link/ether "))
	for i := range mac {
		fmt.Sscanf(string(after[3*i:3*i+2]), "%x", &mac[i])
	}
	return mac
}

// phone is an ordinary UDP socket on the far machine.
type phone struct {
	t    *testing.T
	fd   int
	addr netip.AddrPort
}

// patience is how long a phone waits for what must come.
var patience = syscall.Timeval{Sec: 20}

func (f *far) phone(at string) *phone {
	f.t.Helper()
	p := &phone{t: f.t}
	addr := netip.MustParseAddr(at)
	var err error
	f.do(func() {
		if addr.Is4() {
			p.fd, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM, 0)
		} else {
			p.fd, err = syscall.Socket(syscall.AF_INET6, syscall.SOCK_DGRAM, 0)
		}
	})
	if err == nil {
		err = syscall.Bind(p.fd, sockaddrOf(netip.AddrPortFrom(addr, 0)))
	}
	if err == nil {
		err = syscall.SetsockoptTimeval(p.fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &patience)
	}
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { syscall.Close(p.fd) })
	sa, err := syscall.Getsockname(p.fd)
	if err != nil {
		f.t.Fatal(err)
	}
	switch sa := sa.(type) {
	case *syscall.SockaddrInet4:
		p.addr = netip.AddrPortFrom(addr, uint16(sa.Port))
	case *syscall.SockaddrInet6:
		p.addr = netip.AddrPortFrom(addr, uint16(sa.Port))
	}
	return p
}

func sockaddrOf(a netip.AddrPort) syscall.Sockaddr {
	if a.Addr().Is4() {
		return &syscall.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
	}
	return &syscall.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
}

func (p *phone) say(to netip.AddrPort, what []byte) {
	p.t.Helper()
	if err := syscall.Sendto(p.fd, what, 0, sockaddrOf(to)); err != nil {
		p.t.Fatalf("send to %v: %v", to, err)
	}
}

// hear waits for the next datagram.
func (p *phone) hear() ([]byte, netip.AddrPort) {
	p.t.Helper()
	b := make([]byte, 4096)
	n, sa, err := syscall.Recvfrom(p.fd, b, 0)
	if err != nil {
		p.t.Fatalf("%v heard nothing: %v", p.addr, err)
	}
	switch sa := sa.(type) {
	case *syscall.SockaddrInet4:
		return b[:n], netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))
	case *syscall.SockaddrInet6:
		return b[:n], netip.AddrPortFrom(netip.AddrFrom16(sa.Addr), uint16(sa.Port))
	}
	p.t.Fatalf("heard from %v", sa)
	return nil, netip.AddrPort{}
}

// inject puts a raw frame on the cable, as if the far machine had sent it.
func (f *far) inject(b []byte) {
	f.t.Helper()
	var err error
	f.do(func() {
		var fd int
		if fd, err = syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW, 0); err != nil {
			return
		}
		defer syscall.Close(fd)
		var ifr *unix.Ifreq
		if ifr, err = unix.NewIfreq("far"); err != nil {
			return
		}
		if err = unix.IoctlIfreq(fd, unix.SIOCGIFINDEX, ifr); err == nil {
			err = syscall.Sendto(fd, b, 0, &syscall.SockaddrLinklayer{Ifindex: int(ifr.Uint32())})
		}
	})
	if err != nil {
		f.t.Fatal("inject:", err)
	}
}

// sysctl sets something of our IPv4.
func (f *far) sysctl(name, value string) {
	f.t.Helper()
	if err := os.WriteFile("/proc/sys/net/ipv4/"+name, []byte(value), 0); err != nil {
		f.t.Fatal(err)
	}
}
