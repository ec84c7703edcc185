package netio

import (
	"encoding/binary"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"trunkline/internal/clock"
)

// relay is the test binary as a relay between pairs of legs, for measuring a
// tier with real traffic beside other programs: docs/tiers.md says how. Leg i
// has port 20000+2i; what it receives leaves from leg i^1, to port 40000 and up.
// It prints CPU time per packet.
func relay() {
	flags := flag.NewFlagSet("relay", flag.ExitOnError)
	name := flags.String("tier", "t0", "")
	n := flags.Int("n", 2000, "legs")
	bind := flags.String("bind", "127.0.0.1", "")
	sink := flags.String("sink", "127.0.0.1", "")
	sinks := flags.Int("sinks", 4, "ports of the sink")
	latch := flags.Bool("latch", true, "")
	play := flags.Bool("play", false, "receive nothing, send every leg a packet each 20 ms")
	keep := flags.Bool("keep", true, "as a process of its own would")
	warm := flags.Duration("warm", 500*time.Millisecond, "")
	measure := flags.Duration("measure", 1500*time.Millisecond, "")
	flags.Parse(os.Args[1:])

	debug.SetGCPercent(-1)
	runtime.LockOSThread()
	r := &relayed{}
	tier, err := ParseTier(*name)
	must(err)
	r.packets, tier, err = Open(tier)
	must(err)
	for i := range *n {
		p, err := Bind(netip.MustParseAddr(*bind), uint16(20000+2*i))
		must(err)
		l, err := r.packets.Add(p)
		must(err)
		r.peers = append(r.peers, netip.AddrPortFrom(netip.MustParseAddr(*sink), uint16(40000+i*(*sinks)/(*n))))
		if lt, ok := r.packets.(Latcher); ok && *latch {
			lt.Latch(l, r.peers[i])
		}
	}
	m, err := NewMetronome(clock.NewSource())
	must(err)
	if *keep {
		m.Keep()
	}
	lap := r.forward
	if *play {
		lap = r.play
	}
	start := m.Now()
	for m.Tick().Sub(start) < *warm {
		lap()
	}
	before, out := cpu(), r.packets.Counters().Out
	for m.Tick().Sub(start) < *warm+*measure {
		lap()
	}
	after := cpu()
	c := r.packets.Counters()
	us := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 / float64(c.Out-out) }
	fmt.Printf("RELAY go-%v us_pkt=%.3f user=%.3f sys=%.3f %+v\n", tier, us(after[0]-before[0]+after[1]-before[1]),
		us(after[0]-before[0]), us(after[1]-before[1]), c)
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// cpu returns the user and system time of the process.
func cpu() [2]time.Duration {
	var ru syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &ru))
	return [2]time.Duration{time.Duration(ru.Utime.Nano()), time.Duration(ru.Stime.Nano())}
}

type relayed struct {
	packets Packets
	peers   []netip.AddrPort
	in, out [batch]Datagram
	next    int
	sound   [172]byte
}

// forward relays what is there, with new sequence numbers and the like.
func (r *relayed) forward() {
	for {
		k := r.packets.Receive(r.in[:])
		if k == 0 {
			return
		}
		for i, d := range r.in[:k] {
			b, to := d.Data, d.Leg^1
			if len(b) >= 12 {
				binary.BigEndian.PutUint16(b[2:], binary.BigEndian.Uint16(b[2:])+7)
				binary.BigEndian.PutUint32(b[4:], binary.BigEndian.Uint32(b[4:])+1600)
				binary.BigEndian.PutUint32(b[8:], 0x11223344)
			}
			r.out[i] = Datagram{Leg: to, Peer: r.peers[to], Data: b}
		}
		r.packets.Send(r.out[:k])
	}
}

// play sends one packet from each leg whose turn it is in a wheel of 20.
func (r *relayed) play() {
	n := 0
	for i := r.next; i < len(r.peers); i += 20 {
		r.out[n] = Datagram{Leg: Leg(i), Peer: r.peers[i], Data: r.sound[:]}
		if n++; n == batch {
			r.packets.Send(r.out[:n])
			n = 0
		}
	}
	r.packets.Send(r.out[:n])
	r.next = (r.next + 1) % 20
	r.packets.Receive(r.in[:])
}
