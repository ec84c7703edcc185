package shard

import (
	"errors"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"trunkline/internal/clock"
	"trunkline/internal/netio"
	"trunkline/internal/simnet"
	"trunkline/media/msg"
	"trunkline/media/prompt"
)

// stepper is a Pacer that never waits: each Tick is a millisecond later.
type stepper struct{ now clock.Time }

func (s *stepper) Now() clock.Time   { return s.now }
func (s *stepper) Tick() clock.Time  { s.now = s.now.Add(time.Millisecond); return s.now }
func (s *stepper) Sleep() clock.Time { return s.now }
func (s *stepper) Wake()             {}
func (s *stepper) Close() error      { return nil }

// bindAny binds a free pair on the loopback.
func bindAny(t testing.TB, from *uint16) *netio.Pair {
	t.Helper()
	for ; *from < 32000; *from += 2 {
		p, err := netio.Bind(netip.MustParseAddr("127.0.0.1"), *from)
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

// nobody takes no notice.
func nobody(*Notice) {}

// onLoopback makes a shard on real sockets with n sessions that play to each
// other in a ring.
func onLoopback(t testing.TB, n int) (*Shard, *Door, *netio.Sockets) {
	t.Helper()
	sockets, err := netio.NewSockets()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sockets.Close() })
	sh, door := connected(World{Packets: sockets, Pacer: &stepper{}, Bell: simnet.NewBell()})
	pairs, from := make([]*netio.Pair, n), uint16(26000)
	for i := range pairs {
		pairs[i] = bindAny(t, &from)
	}
	clip := prompt.Tone(440, time.Second, -10)
	for i, p := range pairs {
		id := msg.Session(i + 1)
		ok := door.Post(&Open{Session: id, Seed: uint64(i), Ports: p}) &&
			door.Post(&Start{Session: id, Params: pcmu(pairs[(i+1)%n].Addr())}) &&
			door.Post(&Play{Session: id, Playback: msg.Playback{Loop: -1}, Clips: clips(clip)})
		if !ok {
			t.Fatal("a wish was refused")
		}
	}
	for range 200 {
		sh.lap()
		door.Collect(nobody)
	}
	return sh, door, sockets
}

func TestLoopbackLapDoesNotAllocate(t *testing.T) {
	sh, door, sockets := onLoopback(t, 4)
	before := sockets.Counters()
	n := testing.AllocsPerRun(200, func() {
		sh.lap()
		door.Collect(nobody)
	})
	if n != 0 {
		t.Errorf("a lap on real sockets costs %v allocations, want 0", n)
	}
	if after := sockets.Counters(); after.In == before.In || after.Out == before.Out {
		t.Errorf("no packet was moved: %+v", after)
	}
}

// BenchmarkLoopbackLap is the whole packet path on real sockets: 100 sessions,
// each of which plays, receives, decodes and keeps its jitter buffer. One
// operation is one packet time of all.
func BenchmarkLoopbackLap(b *testing.B) {
	sh, door, sockets := onLoopback(b, 100)
	before := sockets.Counters()
	b.ReportAllocs()
	for b.Loop() {
		for range 20 {
			sh.lap()
		}
		door.Collect(nobody)
	}
	packets := float64(sockets.Counters().Out - before.Out)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/packets, "ns/packet")
	b.ReportMetric(packets/float64(b.N), "packets/op")
}
