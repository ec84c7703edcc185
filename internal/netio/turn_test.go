package netio

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// onThread runs f on a thread of its own, which ends with it.
func onThread(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked
		f()
	}()
	<-done
}

// TestTurn: a thread that goes before others gives way and comes back; one that
// does not has nothing to give.
func TestTurn(t *testing.T) {
	scheduled := func() unix.SchedAttr {
		attr, err := unix.SchedGetAttr(0, 0)
		if err != nil {
			t.Error(err)
			return unix.SchedAttr{}
		}
		return *attr
	}
	f := func(what string, ask *unix.SchedAttr) {
		onThread(func() {
			ask.Size = unix.SizeofSchedAttr
			permitted := unix.SchedSetAttr(0, ask, 0) == nil
			var turn Turn
			before := scheduled()
			gave := turn.GiveWay()
			between := scheduled()
			if gave != permitted || gave && (between.Policy != unix.SCHED_NORMAL || between.Nice != 0) || !gave && between != before {
				t.Errorf("%s, permitted: %v: gave way: %v, from %+v to %+v", what, permitted, gave, before, between)
			}
			turn.Resume()
			turn.Resume()
			if after := scheduled(); after != before {
				t.Errorf("%s: was %+v, came back as %+v", what, before, after)
			}
		})
	}
	f("real-time", &unix.SchedAttr{Policy: unix.SCHED_FIFO, Priority: realtime})
	f("nice", &unix.SchedAttr{Policy: unix.SCHED_NORMAL, Nice: urgency})
}

// TestTurnCountsItsThread: what this thread works is counted, what others do is not.
func TestTurnCountsItsThread(t *testing.T) {
	onThread(func() {
		var turn Turn
		before := turn.Used()
		onThread(func() {
			var other Turn
			for other.Used() < 20e6 {
			}
		})
		idle := turn.Used()
		for turn.Used() < before+30e6 {
		}
		if idle-before >= 20e6 {
			t.Errorf("%v counted while another thread worked", idle-before)
		}
	})
}

// TestTurnReadsWithoutGarbage: a media thread asks once a second.
func TestTurnReadsWithoutGarbage(t *testing.T) {
	var turn Turn
	if n := testing.AllocsPerRun(100, func() { turn.Used() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
