package shard

import (
	"testing"
	"time"

	"trunkline/internal/clock"
)

// strainSim is a thread and one other that share a processor.
type strainSim struct {
	strain     strain
	now        clock.Time
	used, idle time.Duration
}

// second lets the thread want a part of a second, and the other one another. As
// long as it does not give way it gets all it wants; else they share.
func (s *strainSim) second(wants, other float64) {
	gets := min(wants, 1)
	left := 1 - gets
	if s.strain.giving {
		gets = min(wants, max(0.5, 1-other))
		left = 1 - gets - min(other, 1-gets)
		if wants > gets {
			left = 0 // it never waits
		}
	}
	s.now = s.now.Add(time.Second)
	s.used += time.Duration(gets * float64(time.Second))
	s.idle += time.Duration(left * float64(time.Second))
}

// TestStrain: who has far too much to do gives way, for as long as that is so,
// and whoever else wants the processor does not change the verdict.
func TestStrain(t *testing.T) {
	s := &strainSim{}
	f := func(what string, seconds int, wants, other float64, changes int, giving bool) {
		t.Helper()
		n := 0
		for range seconds {
			s.second(wants, other)
			if s.strain.judge(s.now, s.used, s.idle) {
				n++
			}
		}
		if n != changes || s.strain.giving != giving {
			t.Errorf("%s: %d changes, giving way: %v; want %d, %v", what, n, s.strain.giving, changes, giving)
		}
	}
	f("a usual day", 60, 0.6, 0.3, 0, false)
	f("a busy one", 60, 0.93, 1, 0, false)
	f("one second of too much", 1, 1.5, 0, 1, true)
	f("much too much, and others hungry", 60, 1.5, 1, 0, true)
	f("too much, and nobody else", 60, 1.1, 0, 0, true)
	f("nearly sane", 60, 0.9, 0.05, 0, true)
	f("sane for two seconds", 2, 0.5, 0.3, 0, true)
	f("too much again", 1, 1.2, 0.3, 0, true)
	f("sane", 3, 0.5, 0.3, 1, false)
	f("and still so", 60, 0.9, 1, 0, false)
	f("nothing to do", 10, 0, 1, 0, false)
	f("too much", 1, 1.5, 0, 1, true)
	if !s.strain.rest() || s.strain.giving || s.strain.rest() {
		t.Error("gives way, having nothing to do")
	}
}

// TestStarvedIsNotStrained: a thread that never waits because others hardly let it
// run has nothing to give.
func TestStarvedIsNotStrained(t *testing.T) {
	var s strain
	for second := range time.Duration(10) {
		if s.judge(clock.Time((second+1)*time.Second), (second+1)*300*time.Millisecond, 0) {
			t.Fatalf("gives way after %d seconds", second+1)
		}
	}
}

// TestStrainTakesItsTime: there is no verdict before a second is over.
func TestStrainTakesItsTime(t *testing.T) {
	var s strain
	for ms := range clock.Time(999) {
		if s.judge(ms*clock.Time(time.Millisecond), time.Duration(ms)*time.Millisecond, 0) {
			t.Fatalf("a verdict after %d ms", ms)
		}
	}
	if !s.judge(clock.Time(time.Second), time.Second, 0) {
		t.Error("no verdict after a second without a pause")
	}
}

// fakeTurn is a thread's turn that notes what became of it.
type fakeTurn struct {
	used          time.Duration
	front, behind int
	fixed         bool
}

func (f *fakeTurn) Used() time.Duration { return f.used }
func (f *fakeTurn) Resume()             { f.front++ }
func (f *fakeTurn) GiveWay() bool {
	if !f.fixed {
		f.behind++
	}
	return !f.fixed
}

// TestShardGivesWay: a shard that has no time left gives way once, says so, and
// takes its turn back when it has rested; a thread that has none to give says
// nothing.
func TestShardGivesWay(t *testing.T) {
	r := newRig(t)
	turn := &fakeTurn{}
	r.sh.turn = turn
	r.open(1)
	r.start(1)
	f := func(what string, seconds int, busy time.Duration, behind, front int, giving uint64) {
		t.Helper()
		for range seconds {
			turn.used += busy
			r.sh.count.Busy += busy
			r.run(time.Second)
		}
		if turn.behind != behind || turn.front != front || r.count.GivingWay != giving || r.count.GaveWay != uint64(behind) {
			t.Errorf("%s: gave way %d times, took its turn back %d times; counted: %d, now %d",
				what, turn.behind, turn.front, r.count.GaveWay, r.count.GivingWay)
		}
	}
	f("sane", 5, 500*time.Millisecond, 0, 0, 0)
	f("too much", 5, 1001*time.Millisecond, 1, 0, 1)
	f("sane again", 6, 500*time.Millisecond, 1, 1, 0)
	f("too much again", 2, 1001*time.Millisecond, 2, 1, 1)
	r.post(&Close{Session: 1})
	f("nothing", 1, 0, 2, 2, 0)
	r.open(2)
	turn.fixed = true
	f("too much, like any other", 5, 1001*time.Millisecond, 2, 2, 0)
}
