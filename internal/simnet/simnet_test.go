package simnet

import (
	"errors"
	"net/netip"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"trunkline/internal/netio"
)

func addr(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

// office is a host with one pair, and a phone.
func office(t *testing.T, n *Net) (*Host, netio.Leg, *Phone) {
	t.Helper()
	h := n.Host()
	ports, err := n.Bind(netip.MustParseAddr("10.0.0.1"), 4000)
	if err != nil {
		t.Fatal(err)
	}
	l, err := h.Add(ports)
	if err != nil {
		t.Fatal(err)
	}
	p, err := n.Phone(addr("10.0.0.2:5000"))
	if err != nil {
		t.Fatal(err)
	}
	return h, l, p
}

func TestDatagramsArriveAfterTheDelay(t *testing.T) {
	n := New(1, Link{Delay: 5 * time.Millisecond})
	h, l, phone := office(t, n)
	phone.Send(addr("10.0.0.1:4000"), []byte("hello"))
	phone.Send(addr("10.0.0.1:4001"), []byte("report"))
	phone.Send(addr("10.0.0.9:1"), []byte("nobody"))
	in := make([]netio.Datagram, 8)
	for range 4 {
		h.Tick()
		if got := h.Receive(in); got != 0 {
			t.Fatalf("%d datagrams came too early", got)
		}
	}
	h.Tick()
	if got := h.Receive(in); got != 2 {
		t.Fatalf("%d datagrams came, want 2", got)
	}
	if d := in[0]; d.Leg != l || d.Kind != netio.RTP || d.Peer != phone.Addr() || string(d.Data) != "hello" {
		t.Fatalf("got %+v", d)
	}
	if d := in[1]; d.Kind != netio.RTCP || string(d.Data) != "report" {
		t.Fatalf("got %+v", d)
	}
	h.Send([]netio.Datagram{{Leg: l, Peer: phone.Addr(), Data: []byte("back")}, {Leg: l, Data: []byte("x")}})
	n.Advance(5 * time.Millisecond)
	buf := make([]byte, 100)
	if k, from, ok := phone.Receive(buf); !ok || string(buf[:k]) != "back" || from != addr("10.0.0.1:4000") {
		t.Fatalf("the phone got %q from %v", buf[:k], from)
	}
	if got := n.Seen(); got != (Seen{Sent: 4, Delivered: 3, Nowhere: 1}) {
		t.Fatalf("seen %+v", got)
	}
	if c := h.Counters(); c.In != 2 || c.Out != 1 || c.SendFailed != 1 {
		t.Fatalf("counted %+v", c)
	}
}

func TestTheSameSeedLosesTheSame(t *testing.T) {
	run := func(seed uint64) (got string) {
		n := New(seed, Link{Delay: time.Millisecond, Jitter: 30 * time.Millisecond, Loss: 0.2, Duplicate: 0.1})
		h, _, phone := office(t, n)
		in := make([]netio.Datagram, 8)
		for i := range 100 {
			phone.Send(addr("10.0.0.1:4000"), []byte{byte(i)})
			for range 20 {
				h.Tick()
				for _, d := range in[:h.Receive(in)] {
					got += string(rune(d.Data[0]))
				}
			}
		}
		return got
	}
	first := run(7)
	if again := run(7); again != first {
		t.Fatal("two runs of one seed differ")
	}
	if run(8) == first {
		t.Fatal("two seeds do the same")
	}
}

func TestPortsAreExclusive(t *testing.T) {
	n := New(1, Link{})
	f := func(ip string, port uint16, want error) {
		t.Helper()
		if _, err := n.Bind(netip.MustParseAddr(ip), port); !errors.Is(err, want) {
			t.Errorf("Bind(%s, %d): %v, want %v", ip, port, err, want)
		}
	}
	f("10.0.0.1", 4000, nil)
	f("10.0.0.1", 4000, syscall.EADDRINUSE)
	f("10.0.0.1", 3999, syscall.EADDRINUSE)
	f("10.0.0.1", 3998, nil) // and 3999 was given back
	f("10.0.0.2", 4000, nil)
}

func TestLiveHostRunsOnBubbleTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := NewLive(1, Link{})
		h, bell := n.Host(), NewBell()
		var done sync.WaitGroup
		done.Go(func() {
			h.Sleep()
			for range 1000 {
				h.Tick()
			}
			bell.Ring()
		})
		synctest.Wait()
		begin := n.Now()
		h.Wake()
		if !bell.Wait() || n.Now().Sub(begin) != time.Second {
			t.Fatalf("1000 ticks took %v", n.Now().Sub(begin))
		}
		bell.Close()
		if bell.Wait() {
			t.Fatal("a closed bell rang")
		}
		done.Wait()
	})
}

func TestSteadyStateDoesNotAllocate(t *testing.T) {
	n := New(1, Link{Delay: 3 * time.Millisecond})
	h, l, phone := office(t, n)
	in, buf, data := make([]netio.Datagram, 8), make([]byte, 2000), make([]byte, 172)
	out := []netio.Datagram{{Leg: l, Peer: phone.Addr(), Data: data}}
	allocs := testing.AllocsPerRun(500, func() {
		phone.Send(addr("10.0.0.1:4000"), data)
		h.Send(out)
		h.Tick()
		h.Receive(in)
		phone.Receive(buf)
	})
	if allocs != 0 {
		t.Fatalf("a millisecond costs %v allocations, want 0", allocs)
	}
}
