package netio

import (
	"errors"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkLap moves G.711 packets of 64 legs as a busy lap does, one each, in
// every tier that is permitted: on the wire "lo" out and in again, each leg to
// itself; "frames" is lo with the settings that let IPv4 take frames there;
// "drop" is an interface that drops what it gets, so that it shows sending alone.
//
// "cpu-ns/packet" is processor time, which other work on the machine changes
// less than the time that passed. It includes the kernel's work for packets in,
// which on lo happens within the system call that sends: all of the ring's cost
// is in it, and for T2 that of the sockets' filters as well.
func BenchmarkLap(b *testing.B) {
	onWires(b, func(b *testing.B, p Packets, from, to netip.Addr) {
		out, in := lap(b, p, from, to), make([]Datagram, batch)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		b.ReportAllocs()
		before := threadTime(b)
		for b.Loop() {
			p.Send(out)
			for n := 0; from == to && n < len(out); {
				n += p.Receive(in)
			}
		}
		b.ReportMetric(float64(threadTime(b)-before)/float64(b.N)/float64(len(out)), "cpu-ns/packet")
	})
}

// lap makes legs and a packet of each; towards an own address it goes to itself.
func lap(b *testing.B, p Packets, from, to netip.Addr) []Datagram {
	out := make([]Datagram, 64)
	in := make([]Datagram, batch)
	for i := range out {
		pair := pairOn(b, from.String())
		out[i] = Datagram{Leg: add(b, p, pair), Peer: netip.AddrPortFrom(to, pair.Addr().Port()), Data: make([]byte, 172)}
		if l, ok := p.(Latcher); ok {
			l.Latch(out[i].Leg, out[i].Peer)
		}
	}
	for range 50 { // until the ways are known
		p.Send(out)
		for p.Receive(in) > 0 {
		}
	}
	return out
}

func threadTime(b *testing.B) time.Duration {
	var ru syscall.Rusage
	if err := syscall.Getrusage(1, &ru); err != nil { // RUSAGE_THREAD
		b.Fatal(err)
	}
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
}

// onWires runs f with each tier on each wire.
func onWires(b *testing.B, f func(b *testing.B, p Packets, from, to netip.Addr)) {
	local := netip.MustParseAddr("127.0.0.1")
	for _, tier := range tiers() {
		b.Run(tier.String()+"/lo", func(b *testing.B) { f(b, open(b, tier), local, local) })
		if os.Getenv(role) != inside {
			continue
		}
		b.Run(tier.String()+"/frames", func(b *testing.B) {
			set := func(value string) {
				for _, name := range []string{"accept_local", "route_localnet"} {
					if err := os.WriteFile("/proc/sys/net/ipv4/conf/lo/"+name, []byte(value), 0); err != nil {
						b.Fatal(err)
					}
				}
			}
			set("1")
			defer set("0")
			f(b, open(b, tier), local, local)
		})
		b.Run(tier.String()+"/drop", func(b *testing.B) {
			ip := func(args string) error { return exec.Command("ip", strings.Fields(args)...).Run() }
			err := ip("link add drop type dummy")
			if err != nil {
				err = ip("link add drop type ifb") // kernels have the one or the other
			}
			defer ip("link del drop")
			err = errors.Join(err, ip("addr add 198.18.0.1/24 dev drop"), ip("link set drop up"))
			if err != nil {
				b.Fatal("make an interface that drops: ", err)
			}
			f(b, open(b, tier), netip.MustParseAddr("198.18.0.1"), netip.MustParseAddr("198.18.0.2"))
		})
	}
}
