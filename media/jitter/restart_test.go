package jitter

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"trunkline/media/rtp"
)

// anew is how a far side goes on that begins its stream anew under the same
// SSRC: so many packets ahead of where its count, and its clock, would be.
type anew struct{ seq, clock int }

// header is that of the n-th packet, as of bench.push.
func (a anew) header(n uint32) rtp.Header {
	return rtp.Header{SSRC: 7, Sequence: uint16(65530 + int(n) + a.seq), Timestamp: 0xffffff00 + uint32(int(n)+a.clock)*frame}
}

// restarts calls f with each way to begin anew that makes a difference.
func restarts(f func(a anew)) {
	jumps := []int{2, 3, 4, 5, 8, 9, 10, 16, 24, 25, 26, 30, 63, 64, 100, 200, 255, 256, 300, 1000, 2999, 4999, 20000, 32767, 40000}
	for _, n := range jumps {
		for _, a := range []anew{
			{-n, -n}, {n, n}, {-n, 0}, {n, 0}, {0, -n}, {0, n}, // both, the count only, the clock only
			{-n, 7}, {-n, 123456}, {n, -7}, {n, -123456}, // each its own way
		} {
			f(a)
		}
	}
}

// Whatever a far side does to count and clock, it is heard a few packets later,
// whole and with no more delay than before, and the books stay true.
func TestARestartIsHeard(t *testing.T) {
	for _, warm := range []uint32{3, 20, 100, 300, 5000} {
		restarts(func(a anew) {
			x := newBench(t)
			x.run(1, warm, func(n uint32) { x.push(n) })
			x.got = nil
			x.run(warm, warm+50, func(n uint32) { x.send(n, a.header(n)) })
			what := fmt.Sprintf("%+v after %d packets", a, warm)
			if missing := 50 - len(x.got); missing > 5 {
				t.Errorf("%s: %d of the first 50 were not heard", what, missing)
			}
			// A jump by less than five packets might as well be the network's.
			if delay, target := x.b.Delay(); delay > 100*time.Millisecond || target > 90*time.Millisecond {
				t.Errorf("%s: after a second the delay is %v, should be %v", what, delay, target)
			}
			heard := len(x.got)
			x.run(warm+50, warm+550, func(n uint32) { x.send(n, a.header(n)) })
			if missing := 500 - (len(x.got) - heard); missing > 5 { // what was held too much may be shed
				t.Errorf("%s: %d of 500 were not heard later", what, missing)
			}
			if delay, target := x.b.Delay(); delay > 40*time.Millisecond || target > 20*time.Millisecond {
				t.Errorf("%s: at the end the delay is %v, should be %v", what, delay, target)
			}
			if c := x.b.Counters(); c.Lost > 25 || c.Late+c.Duplicate+c.Stray > 5 || c.Shed > 5 {
				t.Errorf("%s: marks %+v", what, c)
			}
		})
	}
}

// Nobody is asked to leave sound out because of the clock of a stream that is over.
func TestARestartIsNoSurplus(t *testing.T) {
	restarts(func(a anew) {
		x := newBench(t)
		x.run(1, 200, func(n uint32) { x.push(n) })
		x.run(200, 400, func(n uint32) {
			x.send(n, a.header(n))
			if s := x.b.Surplus(); s > 8*frame {
				t.Fatalf("%+v: packet %d: a surplus of %d ms", a, n-200, s/8)
			}
		})
	})
}

// What is relayed goes on being relayed.
func TestARestartIsPassed(t *testing.T) {
	for _, warm := range []uint32{3, 20, 100, 300, 5000} {
		restarts(func(a anew) {
			x := newBench(t)
			for n := uint32(1); n < warm; n++ {
				x.b.Pass(x.now, anew{}.header(n))
				x.step()
			}
			held := 0
			for n := warm; n < warm+500; n++ {
				if x.b.Pass(x.now, a.header(n)) != Stored {
					held++
				}
				x.step()
			}
			if c := x.b.Counters(); held > 4 || c.Lost > 25 {
				t.Errorf("%+v after %d packets: %d of 500 were not passed; %+v", a, warm, held, c)
			}
		})
	}
}

// Also on a network that loses, doubles and delays by up to 40 ms, where a short
// way back looks like a longer way of the packets.
func TestARestartOverABadNetwork(t *testing.T) {
	restarts(func(a anew) {
		rnd := rand.New(rand.NewPCG(11, uint64(a.seq*100000+a.clock)))
		x := newBench(t)
		arrivals := map[uint32][]uint32{} // by turn
		turn := func(n uint32) {
			if n%20 != 7 {
				for range 1 + rnd.IntN(10)/9 {
					at := n + rnd.Uint32N(3)
					arrivals[at] = append(arrivals[at], n)
				}
			}
			for _, m := range arrivals[n] {
				if h := (anew{}).header(m); m >= 300 {
					x.send(m, a.header(m))
				} else {
					x.send(m, h)
				}
			}
		}
		x.run(1, 312, turn)
		x.got = nil
		x.run(312, 612, turn)
		if missing := 300 - len(x.got); missing > 40 {
			t.Errorf("%+v: %d of 300 were not heard", a, missing)
		}
		most := 80 * time.Millisecond
		if max(-a.seq, -a.clock) <= 10 {
			most = 300 * time.Millisecond
		}
		if delay, _ := x.b.Delay(); delay > most {
			t.Errorf("%+v: the delay is %v", a, delay)
		}
	})
}

// One packet that is out of all order, or the echo of a second, changes nothing.
func TestAStrayPacketRestartsNothing(t *testing.T) {
	restarts(func(a anew) {
		if a.seq >= 0 && a.seq <= 25 { // it may be one of the stream's
			return
		}
		x := newBench(t)
		x.run(1, 500, func(n uint32) {
			x.push(n)
			if n == 30 || n == 300 {
				x.send(9999, a.header(n))
			}
		})
		x.run(500, 503, func(uint32) {})
		x.played(1, 500)
		if c := x.b.Counters(); c.Lost > 0 || c.Late+c.Duplicate+c.Stray > 2 {
			t.Errorf("%+v: marks %+v", a, c)
		}
	})
	echo := func(name string, send func(x *bench, n uint32)) {
		t.Run(name, func(t *testing.T) {
			x := newBench(t)
			x.run(1, 500, func(n uint32) { send(x, n) })
			x.run(500, 503, func(uint32) {})
			x.played(1, 500)
			if c := x.b.Counters(); c.Stray > 0 || c.Lost > 0 {
				t.Errorf("marks %+v", c)
			}
		})
	}
	echo("each packet again, 200 ms later", func(x *bench, n uint32) {
		x.push(n)
		if n > 10 {
			x.push(n - 10)
		}
	})
	echo("a second again, at once", func(x *bench, n uint32) {
		if n == 200 {
			for m := n - 50; m < n; m++ {
				x.push(m)
			}
		}
		x.push(n)
	})
}
