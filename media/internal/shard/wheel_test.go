package shard

import (
	"math/rand/v2"
	"testing"
	"time"

	"trunkline/internal/clock"
	"trunkline/internal/netio"
)

const ms = clock.Time(time.Millisecond)

func TestWheelCallsOnTimeAndOnlyThen(t *testing.T) {
	var w wheel
	rng := rand.New(rand.NewPCG(1, 2))
	due := map[netio.Leg]clock.Time{}
	for l := range netio.Leg(50) {
		due[l] = clock.Time(rng.Int64N(int64(40 * ms)))
		w.add(l, due[l])
	}
	for now := clock.Time(0); now < 500*ms; now += ms + clock.Time(rng.Int64N(int64(3*ms))) {
		for first := w.due(now); first != none; first = w.due(now) {
			for turn := first; turn != none; {
				next, l := w.after(turn), turn.leg()
				if now < due[l] {
					t.Fatalf("called at %v, due at %v", now, due[l])
				}
				if late := now.Sub(due[l]); late > 7*time.Millisecond {
					t.Fatalf("called at %v, due at %v", now, due[l])
				}
				due[l] = now + clock.Time(rng.Int64N(int64(60*ms)))
				w.add(l, due[l])
				turn = next
			}
		}
	}
	size := 0
	for _, n := range w.sizes {
		size += n
	}
	if size != 50 {
		t.Fatalf("the wheel counts %d legs, want 50", size)
	}
	for l := range due {
		w.remove(l)
		w.remove(l) // again: nothing
	}
	if first := w.due(5000 * ms); first != none || w.sizes != [slots]int{} {
		t.Fatal("removed legs are still on the wheel")
	}
}

func TestWheelForgivesAVeryLateLap(t *testing.T) {
	var w wheel
	for l := range netio.Leg(30) {
		w.add(l, clock.Time(l)*2*ms)
	}
	got := 0
	for first := w.due(10 * 1000 * ms); first != none; first = w.due(10 * 1000 * ms) {
		for t := first; t != none; t = w.after(t) {
			got++
		}
	}
	if got != 30 {
		t.Fatalf("ten seconds late, %d of 30 legs were called", got)
	}
}

func TestLegsOpenedTogetherAreSpread(t *testing.T) {
	var w wheel
	for l := range netio.Leg(100) {
		w.spread(l, 5*ms)
	}
	for i, n := range w.sizes {
		if n > 5 {
			t.Errorf("millisecond %d has %d of 100 legs, want 5", i, n)
		}
	}
}

func TestWhatIsTooFarComesEarlyNotNever(t *testing.T) {
	var w wheel
	w.add(7, clock.Time(time.Hour))
	calls := 0
	for now := clock.Time(0); now < 3*slots*ms; now += ms {
		if w.due(now) != none {
			calls++
			w.add(7, clock.Time(time.Hour))
		}
	}
	if calls != 3 {
		t.Fatalf("called %d times in three turns, want once per turn of the wheel", calls)
	}
}
