package limit

import (
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"trunkline/sip/trunk"
)

// rig is a limiter on a clock that the test moves.
type rig struct {
	*testing.T
	*Limiter
	clock time.Time
}

func newRig(t *testing.T, trunks ...trunk.Trunk) *rig {
	r := &rig{T: t, clock: time.Unix(1e9, 0)}
	r.Limiter = New(func() time.Time { return r.clock })
	r.Set(trunks)
	return r
}

func (r *rig) take(name string, d Direction) *Hold {
	r.Helper()
	h, err := r.Acquire(name, d)
	if err != nil {
		r.Errorf("refused: %v", err)
	}
	return h
}

func (r *rig) refused(name string, d Direction, want string) *Refusal {
	r.Helper()
	h, err := r.Acquire(name, d)
	var refusal *Refusal
	if h != nil || !errors.As(err, &refusal) {
		r.Fatalf("not refused: %v", err)
	}
	if err.Error() != want {
		r.Errorf("%v; want %s", err, want)
	}
	return refusal
}

func limited(name string, in, out trunk.Limit) trunk.Trunk {
	return trunk.Trunk{Name: name, Limits: trunk.Limits{Inbound: in, Outbound: out}}
}

func TestCalls(t *testing.T) {
	r := newRig(t, limited("a", trunk.Limit{Calls: 2}, trunk.Limit{Calls: 1}), trunk.Trunk{Name: "b"})
	one, two := r.take("a", Inbound), r.take("a", Inbound)
	r.refused("a", Inbound, "trunk a: limits.inbound.calls: 2 of 2")
	out := r.take("a", Outbound)
	r.refused("a", Outbound, "trunk a: limits.outbound.calls: 1 of 1")
	if n := r.Usage("a"); n != 3 {
		t.Errorf("%d legs; want 3", n)
	}
	for range 100 {
		r.take("b", Inbound)
	}
	one.Release()
	one.Release()
	(*Hold)(nil).Release()
	one = r.take("a", Inbound)
	r.refused("a", Inbound, "trunk a: limits.inbound.calls: 2 of 2")
	for _, h := range []*Hold{one, two, out} {
		h.Release()
	}
	if n := r.Usage("a"); n != 0 {
		t.Errorf("%d legs are left", n)
	}
}

func TestPerSecond(t *testing.T) {
	r := newRig(t, limited("a", trunk.Limit{PerSecond: 2, Burst: 3}, trunk.Limit{PerSecond: 0.5}))
	for range 3 {
		r.take("a", Inbound)
	}
	refusal := r.refused("a", Inbound, "trunk a: limits.inbound.per_second: more than 2 a second after a burst of 3")
	if refusal.Wait != 500*time.Millisecond {
		t.Errorf("wait %v", refusal.Wait)
	}
	r.clock = r.clock.Add(499 * time.Millisecond)
	r.refused("a", Inbound, refusal.Error())
	r.clock = r.clock.Add(time.Millisecond)
	r.take("a", Inbound)
	r.refused("a", Inbound, refusal.Error())
	r.clock = r.clock.Add(time.Hour) // brings no more than a burst
	for range 3 {
		r.take("a", Inbound)
	}
	r.refused("a", Inbound, refusal.Error())
	r.clock = r.clock.Add(-time.Hour) // neither brings nor takes
	r.refused("a", Inbound, refusal.Error())

	r.take("a", Outbound) // less than one a second: one at once
	r.refused("a", Outbound, "trunk a: limits.outbound.per_second: more than 0.5 a second after a burst of 1")
}

// A leg that is refused for its number takes nothing from the rate.
func TestRefusalsCostNothing(t *testing.T) {
	r := newRig(t, limited("a", trunk.Limit{Calls: 1, PerSecond: 1, Burst: 2}, trunk.Limit{}))
	h := r.take("a", Inbound)
	for range 5 {
		r.refused("a", Inbound, "trunk a: limits.inbound.calls: 1 of 1")
	}
	h.Release()
	h = r.take("a", Inbound)
	h.Release()
	r.refused("a", Inbound, "trunk a: limits.inbound.per_second: more than 1 a second after a burst of 2")
	in := r.Status()[0]
	if in.RefusedCalls != 5 || in.RefusedRate != 1 {
		t.Errorf("refused %d and %d; want 5 and 1", in.RefusedCalls, in.RefusedRate)
	}
}

func TestSetTouchesNothingHeld(t *testing.T) {
	r := newRig(t, limited("a", trunk.Limit{Calls: 3}, trunk.Limit{PerSecond: 1, Burst: 2}))
	var holds []*Hold
	for range 3 {
		holds = append(holds, r.take("a", Inbound))
	}
	r.take("a", Outbound)

	r.Set([]trunk.Trunk{limited("a", trunk.Limit{Calls: 2}, trunk.Limit{PerSecond: 1, Burst: 2})})
	r.refused("a", Inbound, "trunk a: limits.inbound.calls: 3 of 2")
	holds[0].Release()
	r.refused("a", Inbound, "trunk a: limits.inbound.calls: 2 of 2")
	holds[1].Release()
	holds[1] = r.take("a", Inbound)
	r.take("a", Outbound) // the second of the burst, which did not begin anew
	r.refused("a", Outbound, "trunk a: limits.outbound.per_second: more than 1 a second after a burst of 2")

	r.Set(nil) // the trunk goes, its legs live on and count
	if n := r.Usage("a"); n != 4 {
		t.Errorf("%d legs; want 4", n)
	}
	r.Set([]trunk.Trunk{limited("a", trunk.Limit{Calls: 2}, trunk.Limit{PerSecond: 5, Burst: 5})})
	r.refused("a", Inbound, "trunk a: limits.inbound.calls: 2 of 2")
	for range 5 {
		r.take("a", Outbound)
	}
	r.refused("a", Outbound, "trunk a: limits.outbound.per_second: more than 5 a second after a burst of 5")
	r.Set([]trunk.Trunk{limited("a", trunk.Limit{}, trunk.Limit{})})
	for range 50 {
		r.take("a", Outbound)
	}
}

func TestNamesThatAreGoneLeaveNothing(t *testing.T) {
	r := newRig(t)
	h := r.take("unheard of", Outbound)
	if r.Usage("unheard of") != 1 || len(r.Status()) != 2 {
		t.Errorf("status %v", r.Status())
	}
	h.Release()
	if len(r.Status()) != 0 || r.Usage("unheard of") != 0 {
		t.Errorf("left: %v", r.Status())
	}
	r.Set([]trunk.Trunk{{Name: "b"}, limited("a", trunk.Limit{Calls: 7}, trunk.Limit{PerSecond: 2.5})})
	r.take("a", Outbound)
	got := r.Status()
	want := []Status{
		{Trunk: "a", Direction: Inbound, Limit: trunk.Limit{Calls: 7}},
		{Trunk: "a", Direction: Outbound, Live: 1, Limit: trunk.Limit{PerSecond: 2.5, Burst: 2}},
		{Trunk: "b", Direction: Inbound}, {Trunk: "b", Direction: Outbound},
	}
	if len(got) != len(want) {
		t.Fatalf("status %v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("status %+v; want %+v", got[i], want[i])
		}
	}
}

// Legs that begin, end, end twice and live on through new limits, on many
// goroutines: at every quiet moment the counts are those of the legs that live,
// and no limit was ever passed.
func TestCountsAreThoseOfLiveLegs(t *testing.T) {
	const people, rounds, steps = 8, 20, 200
	names := []string{"a", "b", "c"}
	l := New(func() time.Time { return time.Unix(1e9, 0) })
	held := make([][]*Hold, people)
	for round := range rounds {
		var trunks []trunk.Trunk
		for i, name := range names[:1+round%3] { // c and b come and go
			trunks = append(trunks, limited(name, trunk.Limit{Calls: 5 + (round+i)%7}, trunk.Limit{}))
		}
		before := map[string]int{}
		for _, s := range l.Status() {
			if s.Direction == Inbound {
				before[s.Trunk] = s.Live
			}
		}
		l.Set(trunks)
		var all sync.WaitGroup
		for i := range people {
			all.Go(func() { held[i] = live(l, names, held[i], rand.New(rand.NewPCG(uint64(round), uint64(i))), steps) })
		}
		all.Wait()
		want := map[string]int{}
		for _, mine := range held {
			for _, h := range mine {
				want[h.trunk]++
			}
		}
		for _, name := range names {
			if got := l.Usage(name); got != want[name] {
				t.Fatalf("round %d: %s has %d legs; %d live", round, name, got, want[name])
			}
		}
		for _, s := range l.Status() {
			if s.Limit.Calls > 0 && s.Live > max(s.Limit.Calls, before[s.Trunk]) {
				t.Fatalf("round %d: %+v, before %d", round, s, before[s.Trunk])
			}
		}
	}
	for _, mine := range held {
		for _, h := range mine {
			h.Release()
		}
	}
	for _, s := range l.Status() {
		if s.Live != 0 {
			t.Errorf("left: %+v", s)
		}
	}
}

// live begins and ends legs and returns those it has.
func live(l *Limiter, names []string, held []*Hold, random *rand.Rand, steps int) []*Hold {
	for range steps {
		if len(held) > 0 && random.IntN(2) == 0 {
			i := random.IntN(len(held))
			held[i].Release()
			if random.IntN(3) == 0 {
				held[i].Release()
			}
			held = append(held[:i], held[i+1:]...)
			continue
		}
		if h, err := l.Acquire(names[random.IntN(len(names))], Direction(random.IntN(2))); err == nil {
			held = append(held, h)
		}
	}
	return held
}

func BenchmarkAcquire(b *testing.B) {
	l := New(time.Now)
	l.Set([]trunk.Trunk{limited("a", trunk.Limit{Calls: 1000}, trunk.Limit{PerSecond: 1e9, Burst: 1e9})})
	b.ReportAllocs()
	for b.Loop() {
		h, _ := l.Acquire("a", Outbound)
		h.Release()
	}
}
