package netio

import (
	"bytes"
	"errors"
	"net/netip"
	"os"
	"slices"
	"sync"
	"syscall"
	"testing"

	"trunkline/internal/clock"
)

// pairOn binds some free pair on addr.
func pairOn(t testing.TB, addr string) *Pair {
	t.Helper()
	for port := uint16(18000); port < 32000; port += 2 {
		p, err := Bind(netip.MustParseAddr(addr), port)
		if err == nil {
			t.Cleanup(func() { p.Close() })
			return p
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			t.Fatal(err)
		}
	}
	t.Fatal("no free port pair")
	return nil
}

func add(t testing.TB, s Packets, p Ports) Leg {
	t.Helper()
	l, err := s.Add(p)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// collect receives until n datagrams have come; loopback delivers at once, so
// a kernel that loses some makes the test hang, and its time-out speak.
func collect(s Packets, n int) []Datagram {
	var all []Datagram
	in := make([]Datagram, 8)
	for len(all) < n {
		for _, d := range in[:s.Receive(in)] {
			d.Data = bytes.Clone(d.Data)
			all = append(all, d)
		}
	}
	return all
}

func TestDatagramsCrossLoopback(t *testing.T) {
	for _, tier := range tiers() {
		t.Run(tier.String(), func(t *testing.T) { crossLoopback(t, tier) })
	}
}

func crossLoopback(t *testing.T, tier Tier) {
	f := func(addr, to string) {
		t.Helper()
		s := open(t, tier)
		pa, pb := pairOn(t, addr), pairOn(t, addr)
		a, b := add(t, s, pa), add(t, s, pb)
		peer := netip.AddrPortFrom(netip.MustParseAddr(to), pb.Addr().Port())
		rtcp := netip.AddrPortFrom(peer.Addr(), peer.Port()+1)
		s.Send([]Datagram{
			{Leg: a, Peer: peer, Data: []byte("sound")},
			{Leg: a, Kind: RTCP, Peer: rtcp, Data: []byte("report")},
		})
		got := collect(s, 2)
		slices.SortFunc(got, func(x, y Datagram) int { return int(x.Kind) - int(y.Kind) })
		from := netip.AddrPortFrom(netip.MustParseAddr(to), pa.Addr().Port())
		if d := got[0]; d.Leg != b || d.Kind != RTP || d.Peer != from || string(d.Data) != "sound" {
			t.Errorf("%s: got %v %q, want RTP of leg %d from %v", addr, d, d.Data, b, from)
		}
		if d := got[1]; d.Leg != b || d.Kind != RTCP || d.Peer.Port() != from.Port()+1 || string(d.Data) != "report" {
			t.Errorf("%s: got %v %q, want RTCP of leg %d", addr, d, d.Data, b)
		}
		if c := s.Counters(); c.In != 2 || c.Out != 2 {
			t.Errorf("%s: counted %+v", addr, c)
		}
	}
	f("127.0.0.1", "127.0.0.1")
	f("0.0.0.0", "127.0.0.1")
	if ipv6(t) {
		f("::1", "::1")
		f("::", "127.0.0.1") // IPv4 on an IPv6 socket looks like IPv4
	}
}

// ipv6 reports whether this machine has it; containers often do not.
func ipv6(t *testing.T) bool {
	fd, err := syscall.Socket(syscall.AF_INET6, syscall.SOCK_DGRAM, 0)
	if err != nil {
		t.Log("no IPv6 here:", err)
		return false
	}
	defer syscall.Close(fd)
	err = syscall.Bind(fd, &syscall.SockaddrInet6{Addr: netip.IPv6Loopback().As16()})
	return err == nil
}

func TestReceiveIsFairAndBounded(t *testing.T) {
	s := open(t, T0)
	loud, quiet, src := pairOn(t, "127.0.0.1"), pairOn(t, "127.0.0.1"), pairOn(t, "127.0.0.1")
	add(t, s, loud)
	ql, sl := add(t, s, quiet), add(t, s, src)
	for range 50 {
		s.Send([]Datagram{{Leg: sl, Peer: loud.Addr(), Data: []byte("flood")}})
	}
	s.Send([]Datagram{{Leg: sl, Peer: quiet.Addr(), Data: []byte("word")}})
	in := make([]Datagram, 16)
	if n := s.Receive(in); n != 2 || in[0].Leg != ql && in[1].Leg != ql {
		t.Fatalf("one batch brought %d datagrams %v, want one of each socket", n, in[:n])
	}
}

func TestWhatCannotBeSentIsCounted(t *testing.T) {
	everyTier(t, func(t *testing.T, s Packets) {
		l := add(t, s, pairOn(t, "127.0.0.1"))
		f := func(name string, d Datagram) {
			t.Helper()
			before := s.Counters()
			d.Leg = l
			s.Send([]Datagram{d})
			if c := s.Counters(); c.SendFailed != before.SendFailed+1 || c.Out != before.Out {
				t.Errorf("%s: counted %+v after %+v", name, c, before)
			}
		}
		peer := netip.MustParseAddrPort("127.0.0.1:9")
		f("nothing", Datagram{Peer: peer})
		f("too much", Datagram{Peer: peer, Data: make([]byte, MaxDatagram+1)})
		f("to nobody", Datagram{Data: []byte("x")})
		f("to port 0", Datagram{Peer: netip.MustParseAddrPort("127.0.0.1:0"), Data: []byte("x")})
		f("on hold the old way", Datagram{Peer: netip.MustParseAddrPort("0.0.0.0:9"), Data: []byte("x")})
		f("IPv6 on an IPv4 socket", Datagram{Peer: netip.MustParseAddrPort("[2001:db8::1]:9"), Data: []byte("x")})
	})
}

func TestLongDatagramIsDroppedAndCounted(t *testing.T) {
	everyTier(t, func(t *testing.T, s Packets) {
		p := pairOn(t, "127.0.0.1")
		add(t, s, p)
		fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer syscall.Close(fd)
		to := &syscall.SockaddrInet4{Port: int(p.Addr().Port()), Addr: [4]byte{127, 0, 0, 1}}
		for _, size := range []int{MaxDatagram + 1, 60000, MaxDatagram} {
			if err := syscall.Sendto(fd, make([]byte, size), 0, to); err != nil {
				t.Fatal(err)
			}
		}
		in := make([]Datagram, 4)
		n := 0
		for n == 0 || s.Counters().Truncated < 2 {
			n += s.Receive(in)
		}
		if n != 1 || len(in[0].Data) != MaxDatagram {
			t.Fatalf("took in %d datagrams, want the one of %d bytes", n, MaxDatagram)
		}
	})
}

func TestRemoveForgetsAndLegsAreUsedAgain(t *testing.T) {
	everyTier(t, func(t *testing.T, s Packets) {
		p, src := pairOn(t, "127.0.0.1"), pairOn(t, "127.0.0.1")
		l, sl := add(t, s, p), add(t, s, src)
		s.Send([]Datagram{{Leg: sl, Peer: p.Addr(), Data: []byte("late")}})
		s.Remove(l)
		if n := s.Receive(make([]Datagram, 4)); n != 0 {
			t.Fatalf("received %d datagrams on a removed leg", n)
		}
		if again := add(t, s, p); again != l {
			t.Fatalf("the freed leg %d was not used again: got %d", l, again)
		}
	})
}

func TestBindRefusals(t *testing.T) {
	p := pairOn(t, "127.0.0.1")
	f := func(addr string, port uint16, want error) {
		t.Helper()
		got, err := Bind(netip.MustParseAddr(addr), port)
		if !errors.Is(err, want) || got != nil {
			t.Errorf("Bind(%s, %d) = %v, %v; want %v", addr, port, got, err, want)
		}
	}
	before := openFiles(t)
	f("127.0.0.1", p.Addr().Port(), syscall.EADDRINUSE)
	f("127.0.0.1", p.Addr().Port()-1, syscall.EADDRINUSE) // the upper one is taken
	f("127.0.0.1", 0, syscall.EINVAL)
	f("127.0.0.1", 65535, syscall.EINVAL)
	f("192.0.2.1", 20000, syscall.EADDRNOTAVAIL)
	if _, err := Bind(netip.Addr{}, 20000); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("Bind on no address: %v", err)
	}
	if after := openFiles(t); after != before {
		t.Errorf("refused binds left %d descriptors", after-before)
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(fds)
}

func TestMetronomeTicksSleepsAndWakes(t *testing.T) {
	m, err := NewMetronome(clock.NewSource())
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	begin := m.Now()
	for range 5 {
		m.Tick()
	}
	if took := m.Now().Sub(begin); took < 4*cadence {
		t.Fatalf("five ticks took %v, less than four milliseconds", took)
	}
	var done sync.WaitGroup
	done.Go(m.Wake)
	m.Sleep() // hangs unless Wake ends it
	done.Wait()
	m.Wake()
	m.Sleep() // a Wake before the Sleep counts too
	m.Tick()  // and the beat starts again
}

func TestBellWakesAndCloses(t *testing.T) {
	b, err := NewBell()
	if err != nil {
		t.Fatal(err)
	}
	heard := make(chan bool)
	var done sync.WaitGroup
	done.Go(func() {
		for {
			ok := b.Wait()
			heard <- ok
			if !ok {
				return
			}
		}
	})
	b.Ring()
	if !<-heard {
		t.Fatal("Wait said closed after a ring")
	}
	b.Close()
	if <-heard {
		t.Fatal("Wait went on after Close")
	}
	done.Wait()
}

func TestPacketPathDoesNotAllocate(t *testing.T) {
	everyTier(t, func(t *testing.T, s Packets) {
		pa, pb := pairOn(t, "127.0.0.1"), pairOn(t, "127.0.0.1")
		a := add(t, s, pa)
		add(t, s, pb)
		out := []Datagram{{Leg: a, Peer: pb.Addr(), Data: make([]byte, 172)}}
		in := make([]Datagram, 16)
		n := testing.AllocsPerRun(200, func() {
			s.Send(out)
			for s.Receive(in) == 0 {
			}
		})
		if n != 0 {
			t.Fatalf("a packet costs %v allocations, want 0", n)
		}
	})
}
