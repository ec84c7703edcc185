package jitter

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"trunkline/internal/clock"
	"trunkline/media/rtp"
)

// A gap brings the packet behind it, for codecs that repair.
func TestLostBringsTheNext(t *testing.T) {
	x := newBench(t)
	for n := uint32(1); n < 8; n++ {
		if n != 3 && n != 5 && n != 6 {
			x.push(n)
		}
	}
	x.step()
	f := func(want string, samples uint32, next uint32) {
		t.Helper()
		f := x.b.Pop(x.now, samples)
		kinds := map[Kind]string{Nothing: "nothing", Packet: "packet", Gap: "gap", Lost: "lost"}
		if kinds[f.Kind] != want || f.Kind == Lost && f.Samples != min(samples, frame) {
			t.Fatalf("got a %s of %d", kinds[f.Kind], f.Samples)
		}
		var got uint32
		if f.Next != nil {
			got = binary.BigEndian.Uint32(f.Next)
		}
		if got != next {
			t.Errorf("the %s brings packet %d; want %d", want, got, next)
		}
	}
	f("packet", 160, 0)
	f("packet", 160, 0)
	f("lost", 160, 4)
	f("packet", 160, 0)
	f("lost", 160, 0) // two are missing: the first has none behind it
	f("lost", 100, 0)
	f("lost", 60, 7)
	f("packet", 160, 0)
	f("lost", 160, 0) // who knows
}

// What is missing between sound and comfort noise or keys is no loss.
func TestSilenceIsNotConcealed(t *testing.T) {
	x := newBench(t)
	x.run(1, 20, func(n uint32) { x.push(n) })
	x.b.Note(x.now, rtp.Header{SSRC: 7, Sequence: 14, Timestamp: 20*frame - 256})
	for range 10 {
		if f := x.b.Pop(x.now, frame); f.Kind == Lost || f.Kind == Gap {
			t.Fatalf("kind %d in comfort noise", f.Kind)
		}
		x.step()
	}
	// A gap that is known of while it plays: sound, noise, sound, all here.
	x = newBench(t)
	x.b.Fixed(200 * time.Millisecond)
	x.push(1)
	x.now = x.now.Add(tick)
	x.b.Note(x.now, rtp.Header{SSRC: 7, Sequence: 65532, Timestamp: 2*frame - 256})
	x.now = x.now.Add(3 * tick)
	x.send(9, rtp.Header{SSRC: 7, Sequence: 65533, Timestamp: 5*frame - 256})
	x.now = x.now.Add(6 * tick)
	var gap uint32
	for len(x.got) < 2 {
		f := x.b.Pop(x.now, frame)
		if f.Kind == Packet {
			x.got = append(x.got, 0)
			continue
		}
		if f.Kind != Gap {
			t.Fatalf("kind %d; want a gap", f.Kind)
		}
		gap += f.Samples
		x.step()
	}
	if gap != 3*frame {
		t.Errorf("a gap of %d", gap)
	}
}

// A paused stream is concealed for a moment, then nothing is said.
func TestAStreamThatStops(t *testing.T) {
	x := newBench(t)
	x.run(1, 50, func(n uint32) { x.push(n) })
	for x.b.Held() > 0 {
		x.b.Pop(x.now, frame)
	}
	var lost time.Duration
	for range 100 {
		if f := x.b.Pop(x.now, frame); f.Kind == Lost {
			lost += 20 * time.Millisecond
		} else if f.Kind != Nothing {
			t.Fatalf("kind %d from an empty buffer", f.Kind)
		}
		x.step()
	}
	if lost != patience {
		t.Errorf("%v concealed; want %v", lost, patience)
	}
}

// Losses alone never make the delay grow, however many.
func TestLossesDoNotAddDelay(t *testing.T) {
	f := func(loss func(n uint32) bool) {
		t.Helper()
		x := newBench(t)
		x.run(1, 100, func(n uint32) { x.push(n) })
		before, _ := x.b.Delay()
		x.run(100, 2000, func(n uint32) {
			if !loss(n) {
				x.push(n)
			}
		})
		x.run(2000, 2010, func(n uint32) { x.push(n) })
		if after, _ := x.b.Delay(); after > before+tick {
			t.Errorf("the delay was %v and is %v", before, after)
		}
	}
	f(func(n uint32) bool { return n%2 == 0 })
	f(func(n uint32) bool { return n%7 < 4 })
	f(func(n uint32) bool { return n%50 < 30 })
	f(func(n uint32) bool { return n%10 != 0 })
}

// Fixed holds its depth through jitter, and nobody is asked to change it.
func TestFixed(t *testing.T) {
	x := newBench(t)
	x.b.Fixed(100 * time.Millisecond)
	x.run(1, 500, func(n uint32) {
		if n%10 != 0 { // every tenth comes with the next
			if n%10 == 1 && n > 1 {
				x.push(n - 1)
			}
			x.push(n)
		}
		if x.b.Surplus() != 0 || x.b.Deficit() != 0 {
			t.Fatalf("packet %d: surplus %d, deficit %d", n, x.b.Surplus(), x.b.Deficit())
		}
	})
	if now, target := x.b.Delay(); target != 100*time.Millisecond || now < target || now > target+tick {
		t.Errorf("the delay is %v, should be %v", now, target)
	}
	x.run(500, 530, func(uint32) {}) // 600 ms lost, and it goes on as before
	x.run(530, 600, func(n uint32) { x.push(n) })
	if now, target := x.b.Delay(); now < target || now > target+tick {
		t.Errorf("after a stop: the delay is %v, should be %v", now, target)
	}
	x.b.Fixed(0)
	x.run(600, 1000, func(n uint32) { x.push(n) })
	if now, _ := x.b.Delay(); now > 50*time.Millisecond {
		t.Errorf("no longer fixed: the delay is %v", now)
	}
	x.b.Fixed(time.Hour)
	if _, target := x.b.Delay(); target != maxHeld {
		t.Errorf("an hour is %v", target)
	}
}

// A delay that is fixed follows a clock that is off only where it must, and never
// loses a packet that came, unless the far clock is too fast.
func TestFixedFollowsTheClock(t *testing.T) {
	f := func(every time.Duration, slips uint64) {
		t.Helper()
		x := newBench(t)
		x.b.Fixed(100 * time.Millisecond)
		rnd, way, n, due := rand.New(rand.NewPCG(1, 2)), map[clock.Time][]uint32{}, uint32(0), clock.Time(0)
		for x.now < clock.Time(10*time.Minute) {
			for ; due <= x.now; due = due.Add(every) {
				n++
				at := x.now.Add(time.Duration(rnd.IntN(5)) * tick)
				way[at] = append(way[at], n)
			}
			for _, n := range way[x.now] {
				x.push(n)
			}
			delete(way, x.now)
			x.pop()
			x.step()
			if now, _ := x.b.Delay(); now > 0 && x.now > clock.Time(time.Minute) && (now < 60*time.Millisecond || now > 240*time.Millisecond) {
				t.Fatalf("%v in, the delay is %v", x.now, now)
			}
		}
		c := x.b.Counters()
		if c.Shed > slips || c.Late > 5 || c.Lost > 5 || len(x.got) < int(n)-int(slips)-20 {
			t.Errorf("%v: %d of %d packets heard; %+v", every, len(x.got), n, c)
		}
	}
	f(20*time.Millisecond, 0)
	f(19994*time.Microsecond, 12) // 180 ms
	f(20006*time.Microsecond, 0)
}

// What a network that got worse needs is given to it, once.
func TestFixedGrowsWhereItMust(t *testing.T) {
	x := newBench(t)
	x.b.Fixed(60 * time.Millisecond)
	rnd, way := rand.New(rand.NewPCG(1, 2)), map[uint32][]uint32{}
	var before, after uint64
	x.run(1, 6000, func(n uint32) {
		at := n + rnd.Uint32N(9) // 160 ms
		way[at] = append(way[at], n)
		for _, n := range way[n] {
			x.push(n)
		}
		if n == 1000 {
			before = x.b.Counters().Late
		}
	})
	after = x.b.Counters().Late - before
	if after > 20 {
		t.Errorf("%d packets were late, and then %d", before, after)
	}
}

// Whoever relayed and plays again begins with what comes then.
func TestFromPassToPlay(t *testing.T) {
	x := newBench(t)
	x.run(1, 50, func(n uint32) { x.push(n) })
	x.push(50)
	for n := uint32(51); n < 90000; n++ { // more than all sequence numbers
		x.b.Pass(x.now, rtp.Header{SSRC: 7, Sequence: uint16(65530 + n), Timestamp: 0xffffff00 + n*frame})
		x.step()
	}
	x.got = nil
	x.run(90000, 90100, func(n uint32) {
		if v := x.push(n); v != Stored {
			t.Fatalf("packet %d: verdict %d", n, v)
		}
	})
	x.run(90100, 90102, func(uint32) {})
	x.played(90000, 90100)
	if c := x.b.Counters(); c.Lost+c.Late+c.Shed > 0 {
		t.Errorf("marks: %+v", c)
	}
}

// A burst of 64, as after a stop of the network of more than a second, is neither
// played as a backlog nor a delay a second later.
func TestABurstOfMany(t *testing.T) {
	x := newBench(t)
	x.run(1, 200, func(n uint32) { x.push(n) })
	x.run(200, 264, func(uint32) {})
	for n := uint32(200); n < 264; n++ {
		x.push(n)
	}
	x.run(264, 314, func(n uint32) { x.push(n) })
	if now, target := x.b.Delay(); now > 60*time.Millisecond || target > 40*time.Millisecond {
		t.Errorf("a second after the burst the delay is %v, should be %v", now, target)
	}
}

// FuzzDelay: from any history, an even stream comes to be played without holes
// and without a lasting delay.
func FuzzDelay(f *testing.F) {
	f.Add([]byte{0, 1, 0, 1, 255, 0, 1, 255, 255, 2, 5, 255})
	f.Add([]byte{3, 9, 3, 200, 7, 0, 2, 17, 4, 4, 4, 4})
	f.Fuzz(func(t *testing.T, ops []byte) {
		m := model{t: t, b: New(8000)}
		for len(ops) >= 2 {
			m.step(ops[0], ops[1])
			ops = ops[2:]
		}
		const settling, even = 1500, 500 // 30 s, then 10 s
		start := m.now
		var missing int
		for n := range settling + even {
			m.h.Sequence++
			m.h.Timestamp += frame
			m.now = start.Add(time.Duration(n) * tick)
			m.b.Push(m.now, m.h, []byte{1}, frame)
			if f := m.b.Pop(m.now, frame); f.Kind != Packet && n >= settling {
				missing++
			}
		}
		if delay, _ := m.b.Delay(); missing > 0 || delay > 60*time.Millisecond || m.b.Held() > 60*8 {
			t.Fatalf("%d holes, a delay of %v, %d held", missing, delay, m.b.Held())
		}
	})
}
