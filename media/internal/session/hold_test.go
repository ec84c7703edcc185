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

// A far side that is taken off hold in the middle of a sound is not heard to click:
// what comes after silence is faded in, and what is before it out.
func TestHoldDoesNotClick(t *testing.T) {
	for _, ids := range [][2]codecs.ID{
		{codecs.PCMU, codecs.PCMU}, {codecs.PCMU, codecs.PCMA}, {codecs.L16, codecs.PCMU}, {codecs.Opus, codecs.PCMU}, {codecs.G722, codecs.PCMU},
	} {
		for _, d := range []msg.Direction{msg.SendOnly, msg.Inactive} {
			for offset := range 10 {
				x := newPairOf(t, ids[0], ids[1])
				pa, pb := x.a.params(), x.b.params()
				pa.Decode = ids[0] == ids[1] && offset%2 == 0 // else it passes by
				x.start(pa, pb)
				x.run(time.Second + time.Duration(2*offset)*time.Millisecond)
				hold := pa
				hold.Direction = d
				x.a.s.Start(x.now, hold)
				run(&x.now, 600*time.Millisecond+time.Duration(7*offset)*time.Millisecond, x.talk, x.a.s, x.b.s)
				x.a.s.Start(x.now, pa)
				run(&x.now, 300*time.Millisecond, x.talk, x.a.s, x.b.s)
				for i := 1; i < len(x.b.heard); i++ {
					// 440 Hz at −12 dBov move by 4023 a sample; Opus takes a moment to find its level.
					if step := int(x.b.heard[i]) - int(x.b.heard[i-1]); step > 7000 || step < -7000 {
						t.Fatalf("%v, direction %d, decoded %v: a step by %d, %d ms in", ids, d, pa.Decode, step, i/8)
					}
				}
			}
		}
	}
}

// An address of zeroes is the old way of holding: who sent before is heard on, nobody
// else is, and nothing is sent, neither sound nor reports, until there is an address
// again. One that was learned is still known then.
func TestHoldByZeroes(t *testing.T) {
	f := func(name string, nat, mux bool, zeroes, from string, d msg.Direction, heard int) {
		t.Helper()
		x := newFar(t, farA)
		p := x.params(codecs.PCMU, frame20)
		p.NAT, p.Mux = nat, mux
		x.s.Start(0, p)
		talks(x, from, 10)
		before := x.s.Stats().PacketsIn
		hold := p
		hold.Remote, hold.Direction = netip.MustParseAddrPort(zeroes), d
		x.s.Start(0, hold)
		talks(x, from, 10)
		talks(x, stranger.String(), latch.Proof)
		if got := x.s.Stats().PacketsIn - before; got != uint64(heard) {
			t.Errorf("%s: %d packets were heard on hold, want %d", name, got, heard)
		}
		now := clock.Time(0)
		for now < clock.Time(30*time.Second) {
			now = x.s.Tick(now)
		}
		if len(x.sent)+len(x.control) > 0 {
			t.Errorf("%s: %d packets and %d reports were sent to who wants none", name, len(x.sent), len(x.control))
		}
		x.s.Start(now, p)
		x.s.Tick(now)
		want := p.Remote
		if nat {
			want = netip.MustParseAddrPort(from)
		}
		if len(x.sent) != 1 || x.sent[0].to != want {
			t.Errorf("%s: %d packets were sent afterwards, want one to %v", name, len(x.sent), want)
		}
	}
	home := farA.String()
	f("strict", false, false, "0.0.0.0:4000", home, msg.RecvOnly, 10)
	f("reports on one port", false, true, "0.0.0.0:4000", home, msg.RecvOnly, 10)
	f("another port", false, false, "0.0.0.0:9", home, msg.RecvOnly, 10)
	f("IPv6", false, false, "[::]:4000", home, msg.RecvOnly, 10)
	f("learned", true, false, "0.0.0.0:4000", behindNAT.String(), msg.RecvOnly, 10)
	f("whatever the direction", false, false, "0.0.0.0:4000", home, msg.SendRecv, 10)
	f("whatever the direction, learned", true, true, "0.0.0.0:4000", behindNAT.String(), msg.SendRecv, 10)
}

// Who has never said where he is cannot be heard, unless he may be learned.
func TestZeroesFromTheBeginning(t *testing.T) {
	f := func(name string, nat bool, heard int) {
		t.Helper()
		x := newFar(t, farA)
		p := x.params(codecs.PCMU, frame20)
		p.NAT, p.Remote, p.Direction = nat, netip.MustParseAddrPort("0.0.0.0:4000"), msg.RecvOnly
		x.s.Start(0, p)
		talks(x, farA.String(), 10)
		if got := x.s.Stats().PacketsIn; got != uint64(heard) {
			t.Errorf("%s: %d packets were heard, want %d", name, got, heard)
		}
	}
	f("strict", false, 0)
	f("learned", true, 10-(latch.Proof-1))
}
