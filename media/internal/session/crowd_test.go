package session

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/internal/clock"
	"trunkline/media/mix"
	"trunkline/media/msg"
)

// crowd is a room of phones of all kinds.
type crowd struct {
	room   *mix.Room
	phones []*phone
	talks  []func(clock.Time)
	next   []clock.Time
	now    clock.Time
}

// newCrowd makes one in which the first of n phones talks and the others listen.
func newCrowd(t testing.TB, roomRate, n int, ids []codecs.ID, ptimes ...time.Duration) *crowd {
	x := &crowd{room: mix.New(roomRate), next: make([]clock.Time, n)}
	for i := range n {
		p := newPhone(t, netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i + 1)}), uint16(4000+i)),
			ids[i%len(ids)], ptimes[i%len(ptimes)]*time.Millisecond, 300)
		if i > 0 {
			p.tone = nil
		}
		m := p.params()
		m.Rate = []int{0, 8000, 16000, 48000}[i%4] // the codec's choice where it has no such
		p.s.Start(0, m)
		p.s.Enter(0, x.room, msg.Member{})
		x.phones = append(x.phones, p)
		begin := clock.Time(3 * i % 20 * int(time.Millisecond))
		talk := every(p.ptime, p.speak)
		x.talks = append(x.talks, func(now clock.Time) {
			if now >= begin {
				talk(now)
			}
		})
		x.next[i] = begin
	}
	return x
}

// run lives for d; stall says for how long the thread is away at a moment.
func (x *crowd) run(d time.Duration, stall func() time.Duration) {
	for end := x.now.Add(d); x.now < end; {
		for away := time.Millisecond + stall(); away > 0; away -= time.Millisecond {
			x.now = x.now.Add(time.Millisecond)
			for _, talk := range x.talks {
				talk(x.now)
			}
		}
		for x.tick() {
		}
	}
}

// tick runs the session that is due first, as the shard does.
func (x *crowd) tick() bool {
	first := 0
	for i := range x.next {
		if x.next[i] < x.next[first] {
			first = i
		}
	}
	if x.next[first] > x.now {
		return false
	}
	x.next[first] = x.phones[first].s.Tick(x.now)
	return true
}

func never() time.Duration { return 0 }

// Everybody hears the one who talks, whatever codecs, rates (of room, codec and leg) and packet times meet.
func TestCrowds(t *testing.T) {
	f := func(roomRate, members int, stalls time.Duration, ids []codecs.ID, ptimes ...time.Duration) {
		t.Run(fmt.Sprintf("%d at %d Hz, late by %v", members, roomRate, stalls), func(t *testing.T) {
			x := newCrowd(t, roomRate, members, ids, ptimes...)
			rnd := rand.New(rand.NewPCG(1, 1))
			stall := func() time.Duration {
				if stalls > 0 && rnd.IntN(200) == 0 {
					return time.Duration(rnd.Int64N(int64(stalls)))
				}
				return 0
			}
			x.run(2*time.Second, stall) // jitter buffers find out about the stalls
			for _, p := range x.phones {
				p.heard = nil
			}
			x.run(time.Second, stall)
			if l := dsp.Level(x.phones[0].heard); l > -50 {
				t.Errorf("the talker hears itself at %.1f dBov", l)
			}
			for _, p := range x.phones[1:] {
				clean(t, p.heard, p.rate, 300, -12, fidelity(x.phones[0].codec.ID, p.codec.ID))
				p.sequences()
				if p.gaps > 0 {
					t.Errorf("%d timestamps do not follow", p.gaps)
				}
			}
		})
	}
	all := []codecs.ID{codecs.PCMU, codecs.G722, codecs.L16Wide, codecs.Opus, codecs.PCMA, codecs.L16}
	for _, rate := range []int{8000, 16000, 48000} {
		f(rate, 3, 0, all, 20)
		f(rate, 10, 0, all, 20, 30, 10, 60, 40)
	}
	f(8000, 50, 0, all, 20)
	f(16000, 6, 80*time.Millisecond, []codecs.ID{codecs.PCMU, codecs.L16Wide}, 20, 30)
}

// Members come, go, fall silent and are heard again without a click, also for
// others, and so do frames that are given up.
func TestComingAndGoing(t *testing.T) {
	for seed := range uint64(10) {
		x := newCrowd(t, 8000, 4, []codecs.ID{codecs.PCMU, codecs.L16}, 20, 30)
		for i, p := range x.phones {
			p.tone = dsp.NewTone(100+50*float64(i), -18, p.rate)
		}
		rnd := rand.New(rand.NewPCG(seed, 4))
		for range 100 {
			x.run(time.Duration(5+rnd.IntN(100))*time.Millisecond, never)
			s := x.phones[rnd.IntN(4)].s
			m := msg.Member{Mute: rnd.IntN(3) == 0, Deaf: rnd.IntN(3) == 0, Gain: -6 * float32(rnd.IntN(2))}
			switch rnd.IntN(4) {
			case 0:
				s.Leave(x.now)
			default:
				s.Enter(x.now, x.room, m)
			}
		}
		for n, p := range x.phones {
			p.sequences()
			for i := 1; i < len(p.heard); i++ {
				// Three tones of at most 250 Hz at −18 dBov and what eases them move by less.
				if d := int(p.heard[i]) - int(p.heard[i-1]); d > 3200 || d < -3200 {
					t.Fatalf("seed %d: member %d hears a jump by %d, %d ms in", seed, n, d, i/8)
				}
			}
		}
	}
}

// Stalls of any length are survived, and cost no more than they last.
func TestLongStalls(t *testing.T) {
	x := newCrowd(t, 8000, 4, []codecs.ID{codecs.PCMU}, 20, 10, 60)
	rnd := rand.New(rand.NewPCG(1, 7))
	x.run(10*time.Second, func() time.Duration {
		if rnd.IntN(100) == 0 {
			return time.Duration(rnd.IntN(1000)) * time.Millisecond
		}
		return 0
	})
	x.run(3*time.Second, never)
	for _, p := range x.phones {
		p.heard = nil
	}
	x.run(time.Second, never)
	for _, p := range x.phones[1:] {
		clean(t, p.heard, p.rate, 300, -12, -28)
		p.sequences()
	}
}

func BenchmarkRoom(b *testing.B) {
	for _, n := range []int{3, 10, 50} {
		b.Run(fmt.Sprintf("%d-members", n), func(b *testing.B) {
			x := newCrowd(b, 8000, n, []codecs.ID{codecs.PCMU}, 20)
			payload, pkt := make([]byte, 160), make([]byte, 172)
			for _, p := range x.phones {
				p.s.wire, p.s.out = &deaf{}, &deaf{}
			}
			step := func() {
				for _, p := range x.phones {
					putNext(p, pkt, payload)
					p.s.Receive(x.now, pkt, p.addr)
					p.s.Tick(x.now)
				}
				x.now = x.now.Add(frame20)
			}
			for range 20 {
				step()
			}
			b.ReportAllocs()
			for b.Loop() {
				step()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/member")
		})
	}
}
