package shard

import (
	"math/rand/v2"
	"testing"
	"time"

	"trunkline/internal/clock"
)

const ms = clock.Time(time.Millisecond)

func TestWheelCallsOnTimeAndOnlyThen(t *testing.T) {
	var w wheel
	rng := rand.New(rand.NewPCG(1, 2))
	due := map[*leg]clock.Time{}
	for range 50 {
		l := &leg{slot: unscheduled}
		due[l] = clock.Time(rng.Int64N(int64(40 * ms)))
		w.add(l, due[l])
	}
	for now := clock.Time(0); now < 500*ms; now += ms + clock.Time(rng.Int64N(int64(3*ms))) {
		for first := w.due(now); first != nil; first = w.due(now) {
			for l := first; l != nil; {
				next := l.next
				if now < due[l] {
					t.Fatalf("called at %v, due at %v", now, due[l])
				}
				if late := now.Sub(due[l]); late > 7*time.Millisecond {
					t.Fatalf("called at %v, due at %v", now, due[l])
				}
				due[l] = now + clock.Time(rng.Int64N(int64(60*ms)))
				w.add(l, due[l])
				l = next
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
	if first := w.due(5000 * ms); first != nil || w.sizes != [slots]int{} {
		t.Fatal("removed legs are still on the wheel")
	}
}

func TestWheelForgivesAVeryLateLap(t *testing.T) {
	var w wheel
	legs := make([]leg, 30)
	for i := range legs {
		legs[i].slot = unscheduled
		w.add(&legs[i], clock.Time(i)*2*ms)
	}
	got := 0
	for first := w.due(10 * 1000 * ms); first != nil; first = w.due(10 * 1000 * ms) {
		for l := first; l != nil; l = l.next {
			got++
		}
	}
	if got != 30 {
		t.Fatalf("ten seconds late, %d of 30 legs were called", got)
	}
}

func TestLegsOpenedTogetherAreSpread(t *testing.T) {
	var w wheel
	for range 100 {
		w.spread(&leg{slot: unscheduled}, 5*ms)
	}
	for i, n := range w.sizes {
		if n > 5 {
			t.Errorf("millisecond %d has %d of 100 legs, want 5", i, n)
		}
	}
}

func TestWhatIsTooFarComesEarlyNotNever(t *testing.T) {
	var w wheel
	l := &leg{slot: unscheduled}
	w.add(l, clock.Time(time.Hour))
	calls := 0
	for now := clock.Time(0); now < 3*slots*ms; now += ms {
		if first := w.due(now); first != nil {
			calls++
			w.add(first, clock.Time(time.Hour))
		}
	}
	if calls != 3 {
		t.Fatalf("called %d times in three turns, want once per turn of the wheel", calls)
	}
}
