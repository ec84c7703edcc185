package health

import (
	"testing"
	"time"

	"trunkline/sip/trunk"
)

// bench is a circuit with a clock in hand.
type bench struct {
	*testing.T
	circuit
	rules rules
	now   time.Time
}

func newBench(t *testing.T, h trunk.Health) *bench {
	return &bench{T: t, rules: rulesOf(h), now: time.Unix(1e9, 0)}
}

func (b *bench) pass(d time.Duration) { b.now = b.now.Add(d) }
func (b *bench) ok()                  { b.alive(b.now, b.rules) }
func (b *bench) fail()                { b.dead(b.now, b.rules, "test") }

func (b *bench) is(want State) {
	b.Helper()
	if b.state != want {
		b.Fatalf("is %v, want %v", b.state, want)
	}
}

func (b *bench) admitted(want bool) {
	b.Helper()
	if got := b.admits(b.now, b.rules); got != want {
		b.Fatalf("a call is admitted: %t, want %t", got, want)
	}
}

var watched = trunk.Health{Interval: trunk.Duration(30 * time.Second)}

func TestOneFailureChangesNothing(t *testing.T) {
	b := newBench(t, watched)
	b.is(Unknown)
	b.ok()
	b.is(Up)
	for range 10 {
		b.fail()
		b.fail()
		b.ok()
	}
	b.is(Up)
	if b.since != b.now || b.cause != "" {
		t.Fatalf("since %v because of %q, want since the first answer and no cause", b.since, b.cause)
	}
}

func TestFailuresInARowAndBack(t *testing.T) {
	b := newBench(t, watched)
	b.ok()
	b.fail()
	b.fail()
	b.is(Up)
	b.fail()
	b.is(Down)
	b.ok()
	b.is(Down)
	b.fail()
	b.ok()
	b.is(Down)
	b.ok()
	b.is(Up)
}

func TestThresholdsAreTheTrunks(t *testing.T) {
	b := newBench(t, trunk.Health{Interval: watched.Interval, Down: 1, Up: 4})
	b.fail()
	b.is(Down)
	for range 3 {
		b.ok()
		b.is(Down)
	}
	b.ok()
	b.is(Up)
}

func TestWhatIsWatchedIsNotTriedWhileDown(t *testing.T) {
	b := newBench(t, watched)
	for range 3 {
		b.admitted(true)
		b.fail()
	}
	b.admitted(false)
	b.pass(time.Hour)
	b.admitted(false)
	if !b.mayProbe(b.now) {
		t.Fatal("OPTIONS are not sent to what is down")
	}
	b.ok()
	b.ok()
	b.admitted(true)
	b.admitted(true)
}

func TestWithoutOptionsSingleCallsTry(t *testing.T) {
	b := newBench(t, trunk.Health{})
	for range 3 {
		b.fail()
	}
	b.is(Down)
	b.pass(rest - 1)
	b.admitted(false)
	for _, wait := range []time.Duration{1, 60 * time.Second, 120 * time.Second, 240 * time.Second, maxRest, maxRest} {
		b.pass(wait)
		b.admitted(true)
		b.admitted(false) // one is enough
		b.fail()
		for range 100 { // those who had nothing else do not make it worse
			b.fail()
		}
		b.admitted(false)
	}
	b.pass(maxRest)
	b.admitted(true)
	b.ok()
	b.is(Down)
	b.admitted(true)
	b.ok()
	b.is(Up)
	if b.rest != 0 || b.trial {
		t.Fatal("what was, is not forgotten")
	}
}

func TestATrialThatNobodyReports(t *testing.T) {
	b := newBench(t, trunk.Health{})
	for range 3 {
		b.fail()
	}
	b.pass(rest)
	b.admitted(true) // and then its caller hangs up
	b.pass(rest - 1)
	b.admitted(false)
	b.pass(1)
	b.admitted(true)
}

func TestRetryAfterIsHonoured(t *testing.T) {
	for _, h := range []trunk.Health{{}, watched} {
		b := newBench(t, h)
		b.ok()
		b.refused(b.now, 20*time.Second)
		b.is(Down)
		b.admitted(false)
		b.ok() // of a call that was on its way
		b.ok()
		b.is(Down)
		b.pass(20*time.Second - 1)
		b.admitted(false)
		if b.mayProbe(b.now) {
			t.Fatal("OPTIONS are sent to one who has asked for none")
		}
		b.pass(1)
		if !b.mayProbe(b.now) {
			t.Fatal("OPTIONS are not sent when the time is over")
		}
		b.admitted(true)
		b.admitted(false)
		b.ok()
		b.is(Up)
	}
}

func TestRetryAfterAgainAndAgain(t *testing.T) {
	b := newBench(t, trunk.Health{})
	for range 3 {
		b.fail()
	}
	b.refused(b.now, 24*time.Hour)
	b.pass(maxRetryAfter - 1)
	b.admitted(false)
	b.pass(1)
	b.admitted(true)
	b.refused(b.now, time.Second)
	b.admitted(false)
	b.pass(time.Second)
	b.admitted(true)
	b.fail() // it had asked for a second, and now it is gone
	b.is(Down)
	b.pass(2 * rest)
	b.admitted(true)
	b.ok()
	b.is(Down)
	b.ok()
	b.is(Up)
}
