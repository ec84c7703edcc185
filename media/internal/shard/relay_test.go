package shard

import (
	"math/rand/v2"
	"net/netip"
	"runtime"
	"syscall"
	"testing"
	"time"

	"trunkline/internal/clock"
	"trunkline/internal/netio"
	"trunkline/internal/simnet"
	"trunkline/media/msg"
	"trunkline/media/rtp"
)

// stream is Packets without a network: each leg's far side sends a packet of
// PCMU every 20 ms, in an order of its own, and what is sent is only counted.
type stream struct {
	legs  []netip.AddrPort // the far sides, by Leg
	order []int
	at    int // in order: the next packet, of the packets of this millisecond
	until int
	turn  uint16
	room  [batch][netio.MaxDatagram]byte
	sent  int
}

func (s *stream) Add(p netio.Ports) (netio.Leg, error) {
	s.legs = append(s.legs, farOf(p.Addr()))
	s.order = append(s.order, len(s.order))
	return netio.Leg(len(s.legs) - 1), nil
}

// farOf is where the far side of a leg is.
func farOf(local netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, 9}), local.Port())
}

func (s *stream) Receive(in []netio.Datagram) (n int) {
	for n < min(len(in), batch) && s.at < s.until {
		l := s.order[s.at]
		s.at++
		pkt := s.room[n][:rtp.HeaderSize+160]
		rtp.Put(pkt, rtp.Header{Sequence: s.turn, Timestamp: uint32(s.turn) * 160, SSRC: uint32(l)})
		in[n] = netio.Datagram{Leg: netio.Leg(l), Peer: s.legs[l], Data: pkt}
		n++
	}
	if s.at == len(s.order) && n == 0 && s.until == s.at {
		s.at, s.until = 0, 0
		s.turn++
	}
	return n
}

func (s *stream) Send(out []netio.Datagram)    { s.sent += len(out) }
func (s *stream) Remove(netio.Leg)             {}
func (s *stream) Counters() (c netio.Counters) { return c }
func (s *stream) Close() error                 { return nil }

// lapped is a Pacer of simulated time: a millisecond a lap.
type lapped struct{ now clock.Time }

func (l *lapped) Now() clock.Time   { return l.now }
func (l *lapped) Tick() clock.Time  { l.now = l.now.Add(time.Millisecond); return l.now }
func (l *lapped) Sleep() clock.Time { return l.Tick() }
func (l *lapped) Wake()             {}
func (l *lapped) Close() error      { return nil }

// worked returns how long this thread has had a processor: others' use of it is
// not to be measured.
func worked() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(1, &u); err != nil { // RUSAGE_THREAD
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkRelay is what a packet costs that passes by in one of a thousand
// bridged calls, its share of their ticks and of the lap included: no network.
func BenchmarkRelay(b *testing.B) {
	const legs = 2000
	packets := &stream{}
	net := simnet.New(1, simnet.Link{})
	sh, door := connected(World{Packets: packets, Pacer: &lapped{}, Bell: simnet.NewBell()})
	post := func(c Command) {
		if !door.Post(c) {
			b.Fatalf("the shard does not take %+v", c)
		}
		sh.lap()
		door.Collect(nobody)
	}
	for id := msg.Session(1); id <= legs; id++ {
		ports, err := net.Bind(netip.MustParseAddr("10.0.0.1"), 4000+2*uint16(id))
		if err != nil {
			b.Fatal(err)
		}
		post(&Open{Session: id, Seed: uint64(id) * 0x9e3779b97f4a7c15, Ports: ports})
		post(&Start{Session: id, Params: pcmu(farOf(ports.Addr()))})
		if id%2 == 0 {
			post(&Join{Session: id - 1, Other: id})
		}
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(legs, func(i, j int) {
		packets.order[i], packets.order[j] = packets.order[j], packets.order[i]
	})
	frame := func() { // 20 ms of every call
		for range 20 {
			packets.until = min(packets.until+legs/20, legs)
			sh.lap()
			door.Collect(nobody)
		}
	}
	for range 100 {
		frame()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before, began := packets.sent, worked()
	b.ReportAllocs()
	for b.Loop() {
		frame()
	}
	sent := packets.sent - before
	b.ReportMetric(float64((worked()-began).Nanoseconds())/float64(sent), "cpu-ns/packet")
	b.ReportMetric(float64(sent)/float64(b.N)/legs, "sent/received")
}
