package jitter

import (
	"container/heap"
	"math/rand/v2"
	"testing"
	"time"

	"trunkline/internal/clock"
	"trunkline/media/rtp"
)

// network is a sender and the way its packets take. All delays come on top of
// what the fastest packet needs.
type network struct {
	rate   int           // of the RTP clock; 8000 if 0
	ptime  time.Duration // 20 ms if 0
	ppm    float64       // by how much the sender's clock is fast
	loss   float64
	double float64
	spread time.Duration                              // packets are delayed evenly from 0 up to this, overtaking each other
	late   func(n int, sent clock.Time) time.Duration // delays packet n on top
	fifo   bool                                       // nothing overtakes
	dtx    bool                                       // nothing is sent for 0.6 s of each 2 s
	noise  bool                                       // but a packet of comfort noise in its place
}

// owner is who plays: how it deals with a delay that is too long or too short.
type owner uint8

const (
	idle    owner = iota // does nothing about it
	patient              // leaves out and puts in whole frames in silence, of which a fifth of the sound consists
	elastic              // also shortens and lengthens frames by 5 ms, one in three, as dsp.Shorten does
)

// outcome is what was heard.
type outcome struct {
	sent, played int // packets
	concealed    time.Duration
	stretched    int           // times that frames were left out, put in, shortened, lengthened
	mean, most   time.Duration // delay of what was played, in the second half
	last         time.Duration // delay at the end
	books        Counters
	losses       Losses
	lost         uint64 // packets the network lost
}

type arrival struct {
	at clock.Time
	h  rtp.Header
	n  int
}

type arrivals []arrival

func (a arrivals) Len() int { return len(a) }
func (a arrivals) Less(i, j int) bool {
	return a[i].at < a[j].at || a[i].at == a[j].at && a[i].n < a[j].n
}
func (a arrivals) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *arrivals) Push(x any)   { *a = append(*a, x.(arrival)) }
func (a *arrivals) Pop() any {
	x := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return x
}

const tick = 20 * time.Millisecond

// sim is one direction of a call.
type sim struct {
	net    network
	who    owner
	b      *Buffer
	rnd    *rand.Rand
	air    arrivals
	out    outcome
	n      int
	seq    uint16
	silent bool       // noise was sent for this pause
	last   clock.Time // of the newest arrival
	left   int        // units played beyond the frame
	begun  bool
	length time.Duration
	frames int
	delays time.Duration
}

func simulate(net network, who owner, length time.Duration) outcome {
	if net.rate == 0 {
		net.rate = 8000
	}
	if net.ptime == 0 {
		net.ptime = tick
	}
	s := &sim{net: net, who: who, b: New(net.rate), rnd: rand.New(rand.NewPCG(1, 7)), seq: 65000, length: length}
	start := clock.Time(time.Second).Add(7 * time.Millisecond)
	for now := clock.Time(time.Second); now.Sub(start) < length; now = now.Add(tick) {
		for s.sentAt(start) <= now {
			s.send(s.sentAt(start))
		}
		for len(s.air) > 0 && s.air[0].at <= now {
			a := heap.Pop(&s.air).(arrival)
			s.b.Push(a.at, a.h, make([]byte, 20), s.units(net.ptime))
		}
		s.play(now, start)
	}
	s.out.books, s.out.losses = s.b.Counters(), s.b.Losses()
	s.out.mean = s.delays / time.Duration(max(s.frames, 1))
	return s.out
}

func (s *sim) units(d time.Duration) uint32 { return uint32(int64(d) * int64(s.net.rate) / 1e9) }

// sentAt is when the next packet leaves, by our clock.
func (s *sim) sentAt(start clock.Time) clock.Time {
	return start.Add(time.Duration(float64(s.n) * float64(s.net.ptime) / (1 + s.net.ppm*1e-6)))
}

func (s *sim) send(now clock.Time) {
	h := rtp.Header{SSRC: 5, Timestamp: 0xfffff000 + uint32(s.n)*s.units(s.net.ptime)}
	at := now
	if s.net.spread > 0 {
		at = at.Add(time.Duration(s.rnd.Int64N(int64(s.net.spread))))
	}
	if s.net.late != nil {
		at = at.Add(s.net.late(s.n, now))
	}
	if s.net.fifo {
		at = max(at, s.last)
		s.last = at
	}
	s.n++
	if s.net.dtx && s.hushed(now) {
		return
	}
	h.Sequence = s.seq
	s.seq++
	s.out.sent++
	if s.rnd.Float64() < s.net.loss {
		s.out.lost++
		return
	}
	heap.Push(&s.air, arrival{at, h, s.n - 1})
	if s.rnd.Float64() < s.net.double {
		heap.Push(&s.air, arrival{at.Add(time.Millisecond), h, s.n - 1})
	}
}

// hushed reports whether nothing, or only noise, is sent now.
func (s *sim) hushed(now clock.Time) bool {
	pause := time.Duration(now)%(2*time.Second) < 600*time.Millisecond
	if pause && s.net.noise && !s.silent {
		s.b.Note(now, rtp.Header{SSRC: 5, Sequence: s.seq})
		s.seq++
	}
	s.silent = pause
	return pause
}

// play is one turn of the owner.
func (s *sim) play(now, start clock.Time) {
	frame := int(s.units(tick))
	turn := int(now.Sub(start) / tick)
	if quiet := turn%100 < 20; s.begun && s.who != idle && s.left < frame {
		switch d := int(s.b.Deficit()); {
		case d > 0 && quiet:
			s.b.Insert(uint32(frame))
			s.left += frame
			s.out.stretched++
		case d > 0 && s.who == elastic && turn%3 == 0:
			s.b.Insert(s.units(5 * time.Millisecond))
			s.left += int(s.units(5 * time.Millisecond))
			s.out.stretched++
		}
	}
	for s.left < frame {
		f := s.b.Pop(now, uint32(frame-s.left))
		if f.Kind == Nothing {
			s.conceal(frame - s.left)
			break
		}
		if f.Kind == Packet {
			s.heard(now, start, turn, int(f.Samples), frame)
			continue
		}
		s.conceal(int(f.Samples))
	}
	s.left -= frame
}

func (s *sim) conceal(n int) {
	s.left += n
	if s.begun {
		s.out.concealed += s.b.duration(uint32(n))
	}
}

// heard takes in a packet, or leaves out some of it.
func (s *sim) heard(now, start clock.Time, turn, n, frame int) {
	s.begun = true
	s.out.played++
	end := s.b.next - 0xfffff000 // what is played up to, on the sender's clock
	sent := time.Duration(float64(end-uint32(n)) / float64(s.net.rate) * 1e9 / (1 + s.net.ppm*1e-6))
	delay := now.Sub(start) - sent + time.Duration(s.left)*tick/time.Duration(frame)
	if s.out.last = delay; now.Sub(start) > s.length/2 {
		s.frames++
		s.delays += delay
		s.out.most = max(s.out.most, delay)
	}
	if surplus := int(s.b.Surplus()); surplus >= n && s.who != idle {
		if turn%100 < 20 {
			s.b.Shed(uint32(n))
			s.out.stretched++
			return
		}
		if five := int(s.units(5 * time.Millisecond)); s.who == elastic && turn%3 == 0 {
			s.b.Shed(uint32(five))
			s.left += n - five
			s.out.stretched++
			return
		}
	}
	s.left += n
}

// limits are what a network may do to what is heard, in the second half where
// delays are meant.
type limits struct {
	concealed  float64 // share of time
	mean, most time.Duration
}

func TestNetworks(t *testing.T) {
	const ms = time.Millisecond
	f := func(name string, net network, who owner, length time.Duration, want limits) {
		t.Helper()
		got := simulate(net, who, length)
		share := float64(got.concealed) / float64(length)
		t.Logf("%-34s concealed %5.2f %%  delay mean %3d most %3d ms  late %4d shed %3d stretched %4d", name, share*100,
			got.mean.Milliseconds(), got.most.Milliseconds(), got.books.Late, got.books.Shed, got.stretched)
		if share > want.concealed || got.mean > want.mean || got.most > want.most {
			t.Errorf("%s: want at most %.2f %%, %v, %v", name, want.concealed*100, want.mean, want.most)
		}
		if d := int64(got.books.Lost) - int64(got.lost); d < -3 || d > 3 {
			t.Errorf("%s: %d lost by the books; the network lost %d", name, got.books.Lost, got.lost)
		}
	}
	stall := func(every, long time.Duration) func(int, clock.Time) time.Duration {
		return func(_ int, sent clock.Time) time.Duration {
			if at := time.Duration(sent) % every; at < long {
				return long - at
			}
			return 0
		}
	}
	for _, who := range []owner{idle, elastic} {
		f("clean", network{}, who, time.Minute, limits{0, 30 * ms, 31 * ms})
		f("9 ms of jitter", network{spread: 9 * ms}, who, time.Minute, limits{0.001, 35 * ms, 41 * ms})
		f("5 % lost", network{loss: 0.05}, who, time.Minute, limits{0.06, 20 * ms, 35 * ms})
		f("20 % lost", network{loss: 0.20}, who, time.Minute, limits{0.21, 20 * ms, 35 * ms})
		f("50 ms of jitter", network{spread: 50 * ms}, who, 2*time.Minute, limits{0.02, 75 * ms, 95 * ms})
		f("50 ms of jitter in order", network{spread: 50 * ms, fifo: true}, who, 2*time.Minute, limits{0.02, 75 * ms, 95 * ms})
		f("the lot", network{spread: 50 * ms, loss: 0.05, double: 0.05}, who, 2*time.Minute, limits{0.07, 80 * ms, 121 * ms})
		f("100 ms of jitter", network{spread: 100 * ms}, who, 2*time.Minute, limits{0.03, 130 * ms, 150 * ms})
		f("stops of 100 ms every second", network{late: stall(time.Second, 100*ms), fifo: true}, who, time.Minute, limits{0.03, 130 * ms, 150 * ms})
		f("stops of 150 ms every 10 s", network{late: stall(10*time.Second, 150*ms), fifo: true}, who, 2*time.Minute, limits{0.02, 75 * ms, 185 * ms})
		f("a stop of 2 s each minute", network{late: stall(time.Minute, 2*time.Second), fifo: true}, who, 4*time.Minute, limits{0.045, 35 * ms, 420 * ms})
		for _, ppm := range []float64{-1000, -300, -50, 50, 300, 1000} {
			f("drift", network{ppm: ppm}, who, 10*time.Minute, limits{0.002, 45 * ms, 65 * ms})
			f("drift and jitter", network{ppm: ppm, spread: 20 * ms}, who, 10*time.Minute, limits{0.015, 65 * ms, 90 * ms})
		}
		f("pauses", network{dtx: true}, who, 2*time.Minute, limits{0.31, 20 * ms, 35 * ms})
		f("pauses with noise", network{dtx: true, noise: true}, who, 2*time.Minute, limits{0.31, 20 * ms, 35 * ms})
		f("pauses, jitter, drift", network{dtx: true, spread: 40 * ms, ppm: 1000}, who, 10*time.Minute, limits{0.33, 70 * ms, 100 * ms})
		f("pauses, jitter, drift", network{dtx: true, noise: true, spread: 40 * ms, ppm: -1000}, who, 10*time.Minute, limits{0.33, 70 * ms, 100 * ms})
		for _, rate := range []int{16000, 48000} {
			f("clean, other clock", network{rate: rate}, who, time.Minute, limits{0, 30 * ms, 31 * ms})
			f("jitter, other clock", network{rate: rate, spread: 50 * ms}, who, time.Minute, limits{0.02, 75 * ms, 95 * ms})
		}
		for _, ptime := range []time.Duration{10 * ms, 30 * ms, 40 * ms, 60 * ms} {
			f("clean, other packets", network{ptime: ptime}, who, time.Minute, limits{0, ptime + 20*ms, ptime + 21*ms})
			f("jitter, other packets", network{ptime: ptime, spread: 50 * ms}, who, time.Minute, limits{0.02, ptime + 75*ms, ptime + 95*ms})
			f("drift, other packets", network{ptime: ptime, ppm: 300}, who, 5*time.Minute, limits{0.002, ptime + 45*ms, ptime + 65*ms})
		}
	}
}
