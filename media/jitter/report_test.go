package jitter

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"trunkline/media/rtp"
)

func TestReport(t *testing.T) {
	x := newBench(t)
	if _, ok := x.b.Report(); ok {
		t.Error("there is a report of nothing")
	}
	f := func(from, to uint32, lost func(n uint32) bool, want Report) {
		t.Helper()
		x.run(from, to, func(n uint32) {
			if !lost(n) {
				x.push(n)
			}
		})
		got, ok := x.b.Report()
		if !ok || got != want {
			t.Errorf("packets %d to %d: %+v; want %+v", from, to, got, want)
		}
	}
	none := func(uint32) bool { return false }
	fifth := func(n uint32) bool { return n%5 == 0 }
	f(1, 3, none, Report{SSRC: 7, HighestSeq: 65532})
	f(3, 6, none, Report{SSRC: 7, HighestSeq: 65535})
	f(6, 101, fifth, Report{SSRC: 7, FractionLost: 49, CumulativeLost: 18, HighestSeq: 1<<16 | 93}) // the 100th is not missed yet
	f(101, 102, none, Report{SSRC: 7, FractionLost: 128, CumulativeLost: 19, HighestSeq: 1<<16 | 95})
	f(102, 152, none, Report{SSRC: 7, CumulativeLost: 19, HighestSeq: 1<<16 | 145})
	// An interval without packets lost nothing that is known.
	f(152, 160, func(uint32) bool { return true }, Report{SSRC: 7, CumulativeLost: 19, HighestSeq: 1<<16 | 145})
	// A new stream has its own books.
	x.run(160, 180, func(n uint32) { x.send(n, rtp.Header{SSRC: 9, Sequence: uint16(n), Timestamp: n * frame}) })
	if got, _ := x.b.Report(); got != (Report{SSRC: 9, HighestSeq: 179}) {
		t.Errorf("a new stream: %+v", got)
	}
}

func TestReportOfJitter(t *testing.T) {
	b := New(8000)
	// Every other packet 10 ms late: a difference of 80 units each time (RFC 3550 §A.8).
	for n := range uint16(500) {
		b.Push(clock20(n).Add(time.Duration(n%2)*10*time.Millisecond), rtp.Header{SSRC: 1, Sequence: n, Timestamp: uint32(n) * frame}, []byte{1}, frame)
	}
	if got, _ := b.Report(); got.Jitter < 78 || got.Jitter > 80 {
		t.Errorf("jitter %d; want 80", got.Jitter)
	}
}

// The patterns of RFC 3611 §4.7.2, by hand: x is lost, d came too late.
func TestLosses(t *testing.T) {
	f := func(fates string, want Losses) {
		t.Helper()
		var p pattern
		for _, c := range fates {
			switch c {
			case 'x':
				p.lose(1)
			case 'd':
				p.discard()
			case '.':
				p.received()
			case '_': // sixteen good ones
				for range gmin {
					p.received()
				}
			}
		}
		got := p.sum(10 * time.Millisecond)
		got.BurstRatio = math.Round(got.BurstRatio*100) / 100
		if got != want {
			t.Errorf("%s:\n got %+v\nwant %+v", fates, got, want)
		}
	}
	const ms = time.Millisecond
	f("", Losses{BurstRatio: 1})
	f("_", Losses{Packets: 16, GapLength: 160 * ms, BurstRatio: 1})
	f("_x_", Losses{Packets: 33, Lost: 1, LossRate: 7, GapDensity: 7, GapLength: 330 * ms, BurstRatio: 1})
	f("_x_d_", Losses{Packets: 50, Lost: 1, Discarded: 1, LossRate: 5, DiscardRate: 5, GapDensity: 10, GapLength: 500 * ms, BurstRatio: 1})
	f("_xx_", Losses{Packets: 34, Lost: 2, LossRate: 15, BurstDensity: 255, BurstLength: 20 * ms, GapLength: 160 * ms, BurstRatio: 1.88})
	f("_x..d_", Losses{Packets: 36, Lost: 1, Discarded: 1, LossRate: 7, DiscardRate: 7, BurstDensity: 128, BurstLength: 40 * ms, GapLength: 160 * ms, BurstRatio: 1})
	f("_x...............x_", Losses{Packets: 49, Lost: 2, LossRate: 10, BurstDensity: 30, BurstLength: 170 * ms, GapLength: 160 * ms, BurstRatio: 1})
	f("_xx_x_xxxx", Losses{Packets: 55, Lost: 7, LossRate: 32, BurstDensity: 255, GapDensity: 5, BurstLength: 30 * ms, GapLength: 163333333, BurstRatio: 2.04})
	f("xxx", Losses{Packets: 3, Lost: 3, LossRate: 255, BurstDensity: 255, BurstLength: 30 * ms, BurstRatio: 1})
}

// The books agree with what the network and the buffer did, wherever they stand.
func TestLossesAreTrue(t *testing.T) {
	rnd := rand.New(rand.NewPCG(4, 4))
	x := newBench(t)
	var lost, sent uint64
	for n := uint32(1); n < 5000; n++ {
		sent++
		if rnd.IntN(10) == 0 && n > 1 {
			lost++
		} else {
			x.push(n)
		}
		if n%1000 == 500 { // one that comes far too late is discarded, not lost
			x.push(n - 30)
		}
		x.pop()
		x.step()
		if got := x.b.Losses(); n%100 == 0 && (got.Packets > sent || got.Packets+16 < sent || got.Lost > lost || got.Lost+16 < lost) {
			t.Fatalf("after %d packets, %d lost: %+v", sent, lost, got)
		}
	}
	got, c := x.b.Losses(), x.b.Counters()
	if got.Discarded != c.Late+c.Shed || got.Lost != c.Lost {
		t.Errorf("%+v; counters say %+v", got, c)
	}
	if got.BurstRatio > 1.1 || got.LossRate < 22 || got.LossRate > 29 {
		t.Errorf("of chance losses of 10 %%: %+v", got)
	}
	// A new stream and relayed packets are in the same books.
	x.now = x.now.Add(handover)
	for n := uint32(0); n < 100; n++ {
		x.b.Pass(x.now, rtp.Header{SSRC: 9, Sequence: uint16(n * 2), Timestamp: n * 2 * frame})
		x.step()
	}
	if after := x.b.Losses(); after.Packets != got.Packets+199 || after.Lost != got.Lost+99 {
		t.Errorf("100 relayed packets of 199: %+v after %+v", after, got)
	}
}
