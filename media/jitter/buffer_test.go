package jitter

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"trunkline/internal/clock"
	"trunkline/media/rtp"
)

const frame = 160 // 20 ms at 8 kHz

// bench drives a Buffer the way a session does: a packet is due every 20 ms,
// and 20 ms of sound are needed every 20 ms.
type bench struct {
	t    *testing.T
	b    *Buffer
	now  clock.Time
	left uint32 // of a packet longer than one frame
	got  []uint32
}

func newBench(t *testing.T) *bench { return &bench{t: t, b: New(8000)} }

// push sends the n-th packet of a stream that began at seq 65530 and shortly
// before its timestamp wraps. Its payload says n.
func (x *bench) push(n uint32) Verdict {
	return x.send(n, rtp.Header{SSRC: 7, Sequence: uint16(65530 + n), Timestamp: 0xffffff00 + n*frame})
}

func (x *bench) send(n uint32, h rtp.Header) Verdict {
	return x.b.Push(x.now, h, binary.BigEndian.AppendUint32(make([]byte, 0, frame), n)[:frame], frame)
}

// pop plays one frame and returns what it began with, 0 being silence.
func (x *bench) pop() uint32 {
	var n uint32
	for x.left < frame {
		f := x.b.Pop(x.now, frame-x.left)
		if f.Kind == Nothing {
			x.left = frame
			break
		}
		if f.Kind == Packet {
			n = binary.BigEndian.Uint32(f.Payload)
			x.got = append(x.got, n)
		}
		x.left += f.Samples
	}
	x.left -= frame
	return n
}

func (x *bench) step() { x.now = x.now.Add(20 * time.Millisecond) }

// run sends packets from up to (not including) to at an even pace.
func (x *bench) run(from, to uint32, change func(n uint32)) {
	for n := from; n < to; n++ {
		change(n)
		x.pop()
		x.step()
	}
}

// played checks that exactly the packets from up to to were heard, in order,
// but for those missing.
func (x *bench) played(from, to uint32, missing ...uint32) {
	x.t.Helper()
	skip := map[uint32]bool{}
	for _, n := range missing {
		skip[n] = true
	}
	i := 0
	for n := from; n < to; n++ {
		if skip[n] {
			continue
		}
		if i >= len(x.got) || x.got[i] != n {
			x.t.Fatalf("packet %d of what was heard: got %v; want %d", i, x.got[i:min(i+5, len(x.got))], n)
		}
		i++
	}
	if i != len(x.got) {
		x.t.Fatalf("heard %d packets more than expected", len(x.got)-i)
	}
}

func TestAnEvenStreamIsPlayedWhole(t *testing.T) {
	x := newBench(t)
	x.run(1, 500, func(n uint32) {
		if v := x.push(n); v != Stored {
			t.Fatalf("packet %d: %v", n, v)
		}
	})
	x.run(500, 503, func(uint32) {})
	x.played(1, 500)
	if c := x.b.Counters(); c != (Counters{}) {
		t.Errorf("an even stream left marks: %+v", c)
	}
}

func TestDisorder(t *testing.T) {
	f := func(name string, send func(x *bench, n uint32), want Counters, missing ...uint32) {
		t.Run(name, func(t *testing.T) {
			x := newBench(t)
			x.run(1, 100, func(n uint32) { send(x, n) })
			x.run(100, 112, func(uint32) {})
			x.played(1, 100, missing...)
			got := x.b.Counters()
			got.Jitter = 0
			if got != want {
				t.Errorf("got %+v; want %+v", got, want)
			}
		})
	}
	f("pairs swapped", func(x *bench, n uint32) {
		if n%2 == 0 {
			x.push(n)
			x.push(n - 1)
		}
		if n == 99 {
			x.push(99)
		}
	}, Counters{})
	f("all twice", func(x *bench, n uint32) { x.push(n); x.push(n) }, Counters{Duplicate: 99})
	f("an old double", func(x *bench, n uint32) {
		x.push(n)
		if n == 60 {
			x.push(40)
		}
	}, Counters{Duplicate: 1})
	f("one lost", func(x *bench, n uint32) {
		if n != 50 {
			x.push(n)
		}
	}, Counters{Lost: 1}, 50)
	f("five lost", func(x *bench, n uint32) {
		if n < 50 || n >= 55 {
			x.push(n)
		}
	}, Counters{Lost: 5}, 50, 51, 52, 53, 54)
	f("the first comes second", func(x *bench, n uint32) {
		switch n {
		case 1:
			x.push(2)
			x.push(1)
		case 2:
		default:
			x.push(n)
		}
	}, Counters{})
	f("one far too late", func(x *bench, n uint32) {
		if n != 50 {
			x.push(n)
		}
		if n == 70 {
			x.push(50)
		}
	}, Counters{Late: 1}, 50)
	f("a stranger's packet", func(x *bench, n uint32) {
		x.push(n)
		if n == 50 {
			x.send(999, rtp.Header{SSRC: 99, Sequence: 4, Timestamp: 4})
		}
	}, Counters{Stray: 1})
	f("a stranger's stream between ours", func(x *bench, n uint32) {
		x.push(n)
		if n >= 50 && n < 60 {
			x.send(999, rtp.Header{SSRC: 99, Sequence: uint16(n), Timestamp: n * frame})
		}
	}, Counters{Stray: 10})
}

func TestTheFarSideChanges(t *testing.T) {
	f := func(name string, header func(n uint32) rtp.Header, pause int, missing ...uint32) {
		t.Run(name, func(t *testing.T) {
			x := newBench(t)
			x.run(1, 50, func(n uint32) { x.push(n) })
			for range pause {
				x.pop()
				x.step()
			}
			x.run(50, 100, func(n uint32) { x.send(n, header(n)) })
			x.run(100, 112, func(uint32) {})
			x.played(1, 100, missing...)
			if lost := x.b.Counters().Lost; lost > 1 {
				t.Errorf("%d lost", lost)
			}
		})
	}
	same := func(n uint32) rtp.Header {
		return rtp.Header{SSRC: 7, Sequence: uint16(65530 + n), Timestamp: 0xffffff00 + n*frame}
	}
	f("nothing", same, 0)
	f("a pause without timestamps", same, 100)
	f("another SSRC at once", func(n uint32) rtp.Header {
		return rtp.Header{SSRC: 8, Sequence: uint16(n), Timestamp: n * frame}
	}, 0, 50) // on probation
	f("another SSRC after a pause", func(n uint32) rtp.Header {
		return rtp.Header{SSRC: 8, Sequence: uint16(n), Timestamp: n * frame}
	}, 5)
	f("another count", func(n uint32) rtp.Header {
		return rtp.Header{SSRC: 7, Sequence: uint16(30000 + n), Timestamp: n * frame}
	}, 5, 50)
	f("the timestamp jumps ahead", func(n uint32) rtp.Header {
		h := same(n)
		h.Timestamp += 1 << 30
		return h
	}, 0)
	f("the timestamp jumps back", func(n uint32) rtp.Header {
		h := same(n)
		h.Timestamp -= 1 << 30
		return h
	}, 0)
	f("the timestamp jumps back a little", func(n uint32) rtp.Header {
		h := same(n)
		h.Timestamp -= 3000
		return h
	}, 0)
	f("the timestamp stands still", func(n uint32) rtp.Header {
		h := same(n)
		h.Timestamp = same(49).Timestamp
		return h
	}, 0)
}

// A stall and the burst after it must not leave a lasting delay.
func TestABurstIsCaughtUpWith(t *testing.T) {
	x := newBench(t)
	x.run(1, 100, func(n uint32) { x.push(n) })
	x.run(100, 115, func(uint32) {}) // 300 ms of nothing
	for n := uint32(100); n < 115; n++ {
		x.push(n)
	}
	if held := x.b.Held(); held < 10*frame {
		t.Fatalf("only %d samples held after the burst", held)
	}
	x.run(115, 115+50*15, func(n uint32) { x.push(n) })
	if held := x.b.Held(); held > 5*frame {
		t.Errorf("15 s after the burst %d ms are still held", held/8)
	}
}

// A flood beyond the cap is cut at once.
func TestABacklogIsBounded(t *testing.T) {
	x := newBench(t)
	for n := uint32(1); n < 60; n++ {
		x.push(n)
		if held := x.b.Held(); held > 3200 {
			t.Fatalf("%d samples held", held)
		}
	}
	x.pop()
	if n := x.got[0]; n < 40 {
		t.Errorf("playing goes on with packet %d of a backlog of 59", n)
	}
}

// Clocks differ by up to 100 ppm in the field; an hour of 1000 ppm.
func TestDriftStaysBounded(t *testing.T) {
	f := func(name string, every time.Duration) {
		t.Run(name, func(t *testing.T) {
			x := newBench(t)
			due := clock.Time(0)
			n := uint32(0)
			for x.now < clock.Time(time.Hour) {
				for ; due <= x.now; due = due.Add(every) {
					n++
					x.push(n)
				}
				x.pop()
				x.step()
				if held := x.b.Held(); held > 1600 {
					t.Fatalf("after %v %d ms are held", time.Duration(x.now), held/8)
				}
			}
			if heard := len(x.got); heard < int(n)*99/100 {
				t.Errorf("heard %d of %d packets", heard, n)
			}
		})
	}
	f("fast", 19980*time.Microsecond)
	f("slow", 20020*time.Microsecond)
}

// With delays of up to 80 ms, after a time of learning, next to nothing is late.
func TestTheDelayAdapts(t *testing.T) {
	x := newBench(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	arrivals := map[uint32][]uint32{} // by step
	const packets = 3000
	for n := uint32(1); n < packets; n++ {
		at := n + rnd.Uint32N(5)
		arrivals[at] = append(arrivals[at], n)
	}
	early, late := 0, 0
	for step := uint32(1); step < packets+10; step++ {
		for _, n := range arrivals[step] {
			x.push(n)
		}
		x.pop()
		x.step()
		if step == packets/2 {
			early = int(x.b.Counters().Late)
		}
	}
	late = int(x.b.Counters().Late) - early
	if late > packets/2/50 {
		t.Errorf("%d of %d packets late after learning (%d before)", late, packets/2, early)
	}
	if j := x.b.Counters().Jitter; j < 10*time.Millisecond || j > 60*time.Millisecond {
		t.Errorf("jitter measured as %v", j)
	}
}

func TestTelephoneEventsAreNotLost(t *testing.T) {
	x := newBench(t)
	x.run(1, 200, func(n uint32) {
		if n >= 50 && n < 150 {
			x.b.Note(x.now, rtp.Header{SSRC: 7, Sequence: uint16(65530 + n), Timestamp: 50 * frame})
			return
		}
		x.push(n)
	})
	if c := x.b.Counters(); c.Lost != 0 || c.Late != 0 {
		t.Errorf("got %+v", c)
	}
}

// 40 000 notes are more than half the sequence numbers there are.
func TestHoursOfComfortNoise(t *testing.T) {
	x := newBench(t)
	x.run(1, 10, func(n uint32) { x.push(n) })
	x.run(10, 40000, func(n uint32) { x.b.Note(x.now, rtp.Header{SSRC: 7, Sequence: uint16(65530 + n)}) })
	if v := x.push(40000); v != Stored {
		t.Errorf("speech after comfort noise: verdict %v", v)
	}
}

func TestLongPacketsArePlayedWhole(t *testing.T) {
	b := New(8000)
	b.Push(0, rtp.Header{SSRC: 1}, make([]byte, 1200), 1200)
	f := b.Pop(clock.Time(minMargin), 160)
	if f.Kind != Packet || len(f.Payload) != 1200 || f.Samples != 1200 {
		t.Errorf("got kind %v, %d bytes, %d samples", f.Kind, len(f.Payload), f.Samples)
	}
}

func TestNothingAllocates(t *testing.T) {
	b, now := New(8000), clock.Time(0)
	h, payload := rtp.Header{SSRC: 1}, make([]byte, 160)
	if n := testing.AllocsPerRun(1000, func() {
		h.Sequence++
		h.Timestamp += 160
		now = now.Add(20 * time.Millisecond)
		b.Push(now, h, payload, 160)
		b.Pop(now, 160)
	}); n != 0 {
		t.Errorf("got %v allocations; want 0", n)
	}
}

func BenchmarkBuffer(b *testing.B) {
	buf, now := New(8000), clock.Time(0)
	h, payload := rtp.Header{SSRC: 1}, make([]byte, 160)
	b.ReportAllocs()
	for b.Loop() {
		h.Sequence++
		h.Timestamp += 160
		now = now.Add(20 * time.Millisecond)
		buf.Push(now, h, payload, 160)
		buf.Pop(now, 160)
	}
}
