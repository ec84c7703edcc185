package session

import (
	"net/netip"
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/internal/clock"
	"trunkline/media/internal/session/latch"
	"trunkline/media/msg"
)

var (
	behindNAT = netip.MustParseAddrPort("10.0.0.1:9")
	stranger  = netip.MustParseAddrPort("203.0.113.66:666")
)

// newLearner is a far side at farA, by its word, on a leg that allows for NAT.
func newLearner(t *testing.T) (*far, msg.Params) {
	f := newFar(t, farA)
	p := f.params(codecs.PCMU, frame20)
	p.NAT = true
	return f, p
}

// Another address is learned for a moment after each start, and never later.
func TestLearningHasAWindow(t *testing.T) {
	const end = clock.Time(latch.Window)
	f := func(name string, want netip.AddrPort, live func(f *far, p msg.Params, talk func(now clock.Time, packets int))) {
		t.Helper()
		x, p := newLearner(t)
		live(x, p, func(now clock.Time, packets int) {
			for range packets {
				x.s.Receive(now, x.packet(0, make([]byte, 160), 160), behindNAT)
			}
		})
		if got := x.s.latch.Peer; got != want {
			t.Errorf("%s: the peer is %v, want %v", name, got, want)
		}
	}
	f("in time", behindNAT, func(f *far, p msg.Params, talk func(clock.Time, int)) {
		f.s.Start(0, p)
		talk(end-1, latch.Proof)
	})
	f("late", farA, func(f *far, p msg.Params, talk func(clock.Time, int)) {
		f.s.Start(0, p)
		talk(end, latch.Proof)
	})
	f("half in time", farA, func(f *far, p msg.Params, talk func(clock.Time, int)) {
		f.s.Start(0, p)
		talk(end-1, latch.Proof-1)
		talk(end, 1)
	})
	f("after a re-INVITE", behindNAT, func(f *far, p msg.Params, talk func(clock.Time, int)) {
		f.s.Start(0, p)
		f.s.Start(10*end, p)
		talk(11*end-1, latch.Proof)
	})
	for _, d := range []msg.Direction{msg.SendOnly, msg.RecvOnly, msg.Inactive} {
		f("after a long hold", behindNAT, func(f *far, p msg.Params, talk func(clock.Time, int)) {
			p.Direction = d
			f.s.Start(0, p)
			f.s.Tick(9 * end)
			p.Direction = msg.SendRecv
			f.s.Start(10*end, p)
			talk(10*end, latch.Proof)
		})
	}
	f("the signalled address, late", farA, func(f *far, p msg.Params, talk func(clock.Time, int)) {
		f.s.Start(0, p)
		f.talk(10*end, codecs.PCMU, 160)
		if in := f.s.Stats().PacketsIn; in != 1 {
			t.Errorf("%d packets of the signalled address were taken after the window, want 1", in)
		}
		talk(10*end, latch.Proof)
	})
	f("learned before", behindNAT, func(f *far, p msg.Params, talk func(clock.Time, int)) {
		f.s.Start(0, p)
		talk(0, latch.Proof)
		f.s.Start(10*end, p)
		talk(12*end, 1)
		if in := f.s.Stats().PacketsIn; in != 2 {
			t.Errorf("%d packets were taken, want 2", in)
		}
	})
}

// A packet forged now and then does not keep the peer from being learned.
func TestLearningIsNotDisturbed(t *testing.T) {
	f, p := newLearner(t)
	f.s.Start(0, p)
	for i := range 300 {
		talks(f, behindNAT.String(), 1)
		if i%3 == 2 {
			say := f.say
			talks(f, stranger.String(), 1)
			f.say = say
		}
	}
	if st := f.s.Stats(); st.PacketsIn < 290 {
		t.Errorf("%d of 300 packets were taken", st.PacketsIn)
	}
}

// A flood from a stranger takes nothing from who is to be learned, nor from the
// signalled address.
func TestAFloodWhileLearning(t *testing.T) {
	for _, home := range []netip.AddrPort{behindNAT, farA} {
		f, p := newLearner(t)
		f.s.Start(0, p)
		talk := every(frame20, func(now clock.Time) { f.s.Receive(now, f.packet(0, make([]byte, 160), 160), home) })
		now := clock.Time(0)
		run(&now, 4*time.Second, func(now clock.Time) {
			for range 4 {
				f.s.Receive(now, make([]byte, 40), stranger)
			}
			if now > clock.Time(500*time.Millisecond) {
				talk(now)
			}
		}, f.s)
		if st := f.s.Stats(); st.PacketsIn < 170 || f.s.latch.Peer != home {
			t.Errorf("of 175 packets from %v %d were heard; we send to %v", home, st.PacketsIn, f.s.latch.Peer)
		}
	}
}

// Strangers, from whatever addresses, make us ask for memory once.
func TestStrangersCostNoMemory(t *testing.T) {
	f, p := newLearner(t)
	f.s.Start(0, p)
	addrs := []netip.AddrPort{
		stranger, netip.AddrPortFrom(farA.Addr(), 9), behindNAT, netip.MustParseAddrPort("[2001:db8::1]:9"),
	}
	pkt, junk := f.packet(0, make([]byte, 160), 160), make([]byte, 40)
	step := func() {
		for _, from := range addrs {
			f.s.Receive(0, pkt, from)
			f.s.Receive(0, junk, farA)
		}
	}
	step()
	if n := testing.AllocsPerRun(100, step); n != 0 {
		t.Errorf("%v allocations by a packet from each of %d strangers, want 0", n, len(addrs))
	}
	if f.s.latch.Locked() {
		t.Error("somebody was learned")
	}
}
