package shard

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"trunkline/media/internal/wire"
)

func TestLatenessQuantiles(t *testing.T) {
	var l Lateness
	if l.Quantile(0.5) != 0 || l.Max() != 0 {
		t.Error("no laps, and something to say")
	}
	rng := rand.New(rand.NewPCG(1, 2))
	var all []time.Duration
	for range 100000 {
		d := time.Duration(rng.ExpFloat64() * float64(200*time.Microsecond))
		all = append(all, d)
		l.add(d)
	}
	slices.Sort(all)
	for _, q := range []float64{0.5, 0.9, 0.99, 0.999} {
		want := all[int(q*float64(len(all)))-1]
		if got := l.Quantile(q); got < want*95/100 || got > want*115/100+2*time.Microsecond {
			t.Errorf("quantile %v is %v, want about %v", q, got, want)
		}
	}
	if l.Quantile(1) != all[len(all)-1] || l.Max() != all[len(all)-1] {
		t.Errorf("the worst is %v, want %v", l.Quantile(1), all[len(all)-1])
	}
	l.add(time.Hour)
	l.add(-time.Second)
	if l.Max() != time.Hour {
		t.Errorf("the worst is %v", l.Max())
	}
}

func TestStepsMeet(t *testing.T) {
	for i := range lateSteps - 1 {
		if step(upTo(i)-time.Microsecond) != i || step(upTo(i)) != i+1 {
			t.Fatalf("step %d reaches to %v, which is counted in %d and %d", i, upTo(i), step(upTo(i)-time.Microsecond), step(upTo(i)))
		}
	}
}

func TestBeatFindsItsPhase(t *testing.T) {
	var b beat
	f := func(nowMicros int64, want time.Duration) {
		t.Helper()
		if got := b.late(nowMicros * 1000); got != want*time.Microsecond {
			t.Errorf("at %d µs: %v late, want %d µs", nowMicros, got, want)
		}
	}
	f(10_300, 0) // all there is to go by
	f(11_100, 0) // earlier than thought: that is the beat
	f(12_100, 0)
	f(13_400, 300)
	f(17_200, 3100) // three beats were missed
	f(18_100, 0)
	b.rest()
	f(90_777, 0)
}

func TestCountersAddUpAndTravel(t *testing.T) {
	var a Counters
	for i, n := range a.sums() {
		*n = uint64(i + 1)
	}
	a.LongestLap, a.Busy = 7*time.Millisecond, time.Second
	a.Lateness.add(time.Millisecond)
	v := reflect.ValueOf(a)
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			t.Errorf("%s is added to nothing", v.Type().Field(i).Name)
		}
	}
	for i := range v.Field(0).NumField() {
		if v.Field(0).Field(i).IsZero() {
			t.Errorf("%s is added to nothing", v.Field(0).Type().Field(i).Name)
		}
	}
	sum := a
	sum.Add(a)
	if sum.In != 2*a.In || sum.Sessions != 2*a.Sessions || sum.LongestLap != a.LongestLap || sum.Busy != 2*a.Busy ||
		sum.Lateness.laps[step(time.Millisecond)] != 2 {
		t.Errorf("twice %+v is %+v", a, sum)
	}
	x := wire.Writer(nil, nil)
	a.fields(&x)
	var b Counters
	y := wire.Reader(x.Written(), nil)
	if b.fields(&y); !y.OK() || b != a {
		t.Errorf("%+v came out as %+v", a, b)
	}
}

func TestLatenessSince(t *testing.T) {
	var before, l Lateness
	for _, late := range []time.Duration{3 * time.Microsecond, 14 * time.Millisecond} {
		before.add(late)
		l.add(late)
	}
	l.add(50 * time.Microsecond)
	got := l.Since(before)
	if got.Max() < 50*time.Microsecond || got.Max() > 55*time.Microsecond || got.Quantile(0) != got.Max() {
		t.Errorf("one lap 50 µs late: the worst is %v, the first %v", got.Max(), got.Quantile(0))
	}
	if l.Max() != 14*time.Millisecond {
		t.Errorf("in all the worst is %v", l.Max())
	}
}
