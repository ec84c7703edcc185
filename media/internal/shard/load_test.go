package shard

import (
	"math/rand/v2"
	"net/netip"
	"runtime"
	"syscall"
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/internal/clock"
	"trunkline/internal/netio"
	"trunkline/internal/simnet"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/rtp"
	"trunkline/media/tap"
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

// BenchmarkLegs is what a packet time of one leg costs among two thousand, its
// share of the lap included, with no network.
func BenchmarkLegs(b *testing.B) {
	clip := prompt.Tone(440, 7*time.Second, -10)
	if err := clip.Prepare(codecs.PCMU); err != nil {
		b.Fatal(err)
	}
	relayed := pcmu(netip.AddrPort{})
	mixed := relayed
	mixed.Decode = true
	join := func(l *legs, id msg.Session) {
		if id%2 == 0 {
			l.post(&Join{Session: id - 1, Other: id})
		}
	}
	b.Run("relay", func(b *testing.B) { newLegs(b, relayed, join).bench(true) })
	b.Run("mix", func(b *testing.B) { newLegs(b, mixed, join).bench(true) })
	b.Run("mixrecord", func(b *testing.B) {
		newLegs(b, mixed, func(l *legs, id msg.Session) {
			join(l, id)
			l.taps = append(l.taps, tap.New(tap.Stereo, 8000, 25)) // nobody reads: full soon
			l.post(&Tap{Session: id, Number: uint64(id), Tap: l.taps[len(l.taps)-1]})
		}).bench(true)
	})
	b.Run("play", func(b *testing.B) {
		newLegs(b, relayed, func(l *legs, id msg.Session) {
			l.post(&Play{Session: id, Playback: msg.Playback{Loop: -1}, Clips: clips(clip)})
		}).bench(false)
	})
}

// legs are those of a shard without a network.
type legs struct {
	b       *testing.B
	packets stream
	sh      *Shard
	door    *Door
	taps    []*tap.Tap
}

// newLegs opens two thousand and does with each what set says.
func newLegs(b *testing.B, p msg.Params, set func(l *legs, id msg.Session)) *legs {
	l := &legs{b: b}
	net := simnet.New(1, simnet.Link{})
	l.sh, l.door = connected(World{Packets: &l.packets, Pacer: &lapped{}, Bell: simnet.NewBell()})
	for id := msg.Session(1); id <= 2000; id++ {
		ports, err := net.Bind(netip.MustParseAddr("10.0.0.1"), 4000+2*uint16(id))
		if err != nil {
			b.Fatal(err)
		}
		p.Remote = farOf(ports.Addr())
		l.post(&Open{Session: id, Seed: uint64(id) * 0x9e3779b97f4a7c15, Ports: ports})
		l.post(&Start{Session: id, Params: p})
		set(l, id)
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(l.packets.order), func(i, j int) {
		l.packets.order[i], l.packets.order[j] = l.packets.order[j], l.packets.order[i]
	})
	return l
}

func (l *legs) post(c Command) {
	if !l.door.Post(c) {
		l.b.Fatalf("the shard does not take %+v", c)
	}
	l.sh.lap()
	l.door.Collect(nobody)
}

// frame is 20 ms of all legs, whose far sides talk or are silent.
func (l *legs) frame(talk bool) {
	n := len(l.packets.order)
	for range 20 {
		if talk {
			l.packets.until = min(l.packets.until+n/20, n)
		}
		l.sh.lap()
		l.door.Collect(nobody)
	}
}

func (l *legs) bench(talk bool) {
	for range 100 {
		l.frame(talk)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before, began := l.packets.sent, worked()
	l.b.ReportAllocs()
	for l.b.Loop() {
		l.frame(talk)
	}
	sent := l.packets.sent - before
	l.b.ReportMetric(float64((worked()-began).Nanoseconds())/float64(sent), "cpu-ns/packet")
	if per := float64(sent) / float64(l.b.N*len(l.packets.order)); per < 0.99 || per > 1.02 {
		l.b.Errorf("each leg sent %v packets in its packet time", per)
	}
}
