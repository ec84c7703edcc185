package health

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"trunkline/sip/internal/locate"
	"trunkline/sip/trunk"
)

var one, two = hopAt("192.0.2.1:5060"), hopAt("192.0.2.2:5060")

func TestRounds(t *testing.T) {
	inBubble(t, func(t *testing.T, m *Monitor, peer *far) {
		peer.set(one, Outcome{Status: 200})
		m.Set([]Trunk{places("a", one, two)})
		pass(1100 * time.Millisecond)
		expect(t, peer.told(), "192.0.2.1 unknown→up, trunk unknown→up")
		pass(time.Minute)
		expect(t, peer.told(), "192.0.2.2 unknown→down, trunk up→degraded")
		peer.set(one, Outcome{Err: errors.New("refused")})
		pass(time.Minute)
		expect(t, peer.told(), "192.0.2.1 up→down, trunk degraded→down")
		peer.set(one, Outcome{Status: 404})
		peer.set(two, Outcome{Status: 405})
		pass(time.Minute)
		got := peer.told()
		if !strings.HasSuffix(got, "trunk degraded→up") || strings.Count(got, ",") != 3 {
			t.Fatalf("got %q, want both up again", got)
		}

		s := m.Status()
		if len(s) != 1 || s[0].Trunk != "a" || s[0].State != Up || len(s[0].Hops) != 2 {
			t.Fatalf("got %+v", s)
		}
		h := s[0].Hops[0]
		if h.Hop != one || h.State != Up || h.RoundTrip != 20*time.Millisecond || h.Failures != 0 || h.Cause != "" || time.Since(h.Since) > time.Minute {
			t.Fatalf("got %+v", h)
		}
	})
}

func TestWhatCountsAsAlive(t *testing.T) {
	f := func(o Outcome, want State) {
		t.Helper()
		inBubble(t, func(t *testing.T, m *Monitor, peer *far) {
			peer.set(one, o)
			m.Set([]Trunk{places("a", one)})
			pass(time.Minute)
			if got := m.Watch("a").Status().State; got != want {
				t.Errorf("%+v: trunk is %v, want %v", o, got, want)
			}
		})
	}
	for _, status := range []int{200, 202, 302, 401, 403, 404, 405, 407, 420, 481, 483, 486, 500, 501, 504, 600} {
		f(Outcome{Status: status}, Up)
	}
	f(Outcome{Status: 408}, Down)
	f(Outcome{Status: 503}, Down)
	f(Outcome{Status: 503, RetryAfter: time.Hour}, Down)
	f(Outcome{Err: errors.New("refused")}, Down)
	f(Outcome{}, Down)
}

func TestRetryAfterIsWaitedOut(t *testing.T) {
	inBubble(t, func(t *testing.T, m *Monitor, peer *far) {
		peer.set(one, Outcome{Status: 200})
		m.Set([]Trunk{places("a", one)})
		pass(7 * time.Second)
		peer.told()
		asked := peer.askedFor(one)
		m.Watch("a").Report(one, Outcome{Status: 503, RetryAfter: time.Minute})
		expect(t, peer.told(), "192.0.2.1 up→down, trunk up→down")
		if until := m.Status()[0].Hops[0].Until; time.Until(until) != time.Minute {
			t.Fatalf("until %v, want in a minute", until)
		}
		pass(59 * time.Second)
		if n := peer.askedFor(one); n != asked {
			t.Fatalf("asked %d times in the meantime", n-asked)
		}
		pass(11 * time.Second)
		expect(t, peer.told(), "192.0.2.1 down→up, trunk down→up")
		if until := m.Status()[0].Hops[0].Until; !until.IsZero() {
			t.Fatalf("until %v, want no such time", until)
		}
	})
}

func TestCallsCount(t *testing.T) {
	inBubble(t, func(t *testing.T, m *Monitor, peer *far) {
		silent := places("a", one, two)
		silent.Health = trunk.Health{} // no OPTIONS
		m.Set([]Trunk{silent})
		w := m.Watch("a")
		pass(5 * time.Second)
		if s := w.Status(); s.State != Unknown || len(s.Hops) != 2 {
			t.Fatalf("got %+v, want two hops that nobody knows", s)
		}
		w.Report(one, Outcome{Status: 486})
		expect(t, peer.told(), "192.0.2.1 unknown→up, trunk unknown→up")
		w.Report(one, Outcome{})
		w.Report(one, Outcome{Status: 503})
		w.Report(one, Outcome{Status: 408}) // he who was called has not answered
		expect(t, peer.told(), "")
		for range 1000 {
			w.Report(one, Outcome{Err: errors.New("refused")})
		}
		expect(t, peer.told(), "192.0.2.1 up→down, trunk up→degraded")
		if w.Admit(one) || !w.Admit(two) {
			t.Fatal("calls go where nobody is")
		}
		pass(rest)
		if !w.Admit(one) || w.Admit(one) {
			t.Fatal("not exactly one call may try")
		}
		w.Report(one, Outcome{Status: 180})
		w.Report(one, Outcome{Status: 200})
		expect(t, peer.told(), "192.0.2.1 down→up, trunk degraded→up")
		if n := len(peer.takeTimes()); n != 0 {
			t.Fatalf("%d OPTIONS were sent, want none", n)
		}
	})
}

func TestReloadKeepsWhatIsKnown(t *testing.T) {
	inBubble(t, func(t *testing.T, m *Monitor, peer *far) {
		peer.set(one, Outcome{Status: 200})
		m.Set([]Trunk{places("a", one), places("b", one)})
		pass(time.Minute)
		gone, stays := m.Watch("b"), m.Watch("a")
		peer.told()
		m.Set([]Trunk{places("a", one, two), places("c", two)})
		synctest.Wait()
		if s := m.Watch("a").Status(); m.Watch("a") != stays || s.State != Up || s.Hops[0].RoundTrip == 0 {
			t.Fatalf("got %+v, want what was known", s)
		}
		if m.Watch("b") != nil {
			t.Fatal("a trunk that is gone is watched")
		}
		for range 5 {
			gone.Report(one, Outcome{})
		}
		pass(time.Minute)
		if got := peer.told(); strings.Contains(got, "192.0.2.1") {
			t.Fatalf("got %q, want nothing of the hop that stays", got)
		}
		if got := m.Status(); len(got) != 2 || got[0].State != Degraded || got[1].State != Down {
			t.Fatalf("got %+v", got)
		}
	})
}

func TestHopsComeAndGo(t *testing.T) {
	inBubble(t, func(t *testing.T, m *Monitor, peer *far) {
		peer.set(two, Outcome{Status: 200})
		var mu sync.Mutex
		var hops []locate.Hop
		var fault error
		leadsTo := func(err error, h ...locate.Hop) {
			mu.Lock()
			defer mu.Unlock()
			hops, fault = h, err
		}
		tr := places("a")
		tr.Locate = func(context.Context) ([]locate.Hop, error) {
			mu.Lock()
			defer mu.Unlock()
			return hops, fault
		}
		leadsTo(errors.New("no such name"))
		m.Set([]Trunk{tr})
		pass(time.Minute)
		expect(t, peer.told(), "trunk unknown→down")
		expect(t, m.Status()[0].Fault, "no such name")

		leadsTo(nil, one, two)
		pass(time.Minute)
		peer.told()
		leadsTo(nil, two)
		pass(time.Minute)
		expect(t, peer.told(), "trunk degraded→up")
		if w := m.Watch("a"); len(w.Status().Hops) != 1 || w.Admit(one) {
			t.Fatal("the hop is not gone, or is forgotten at once")
		}
		pass(time.Minute)
		if !m.Watch("a").Admit(one) {
			t.Fatal("the hop is never forgotten")
		}
		leadsTo(errors.New("the DNS is gone"))
		pass(time.Minute)
		expect(t, peer.told(), "") // who is there is there
		if n := peer.askedFor(two); n < 15 {
			t.Fatalf("asked %d times, want all the time", n)
		}
	})
}

func TestHopsAreBounded(t *testing.T) {
	inBubble(t, func(t *testing.T, m *Monitor, _ *far) {
		m.Set([]Trunk{places("a", one)})
		pass(2 * time.Second)
		w := m.Watch("a")
		for i := range 1000 {
			w.Report(hopAt(fmt.Sprintf("198.51.100.1:%d", 1000+i)), Outcome{Status: 200})
		}
		if n := len(w.hops); n > maxHops {
			t.Fatalf("%d hops are known, want at most %d", n, maxHops)
		}
	})
}

func TestManyTrunksDoNotBeatInStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer := newFar()
		peer.set(one, Outcome{Status: 200})
		var mu sync.Mutex
		rnd := rand.New(rand.NewPCG(1, 2))
		m := New(Config{Probe: peer.probe, Random: func() float64 {
			mu.Lock()
			defer mu.Unlock()
			return rnd.Float64()
		}})
		defer m.Close()
		var trunks []Trunk
		for i := range 100 {
			trunks = append(trunks, places(fmt.Sprint(i), one))
		}
		m.Set(trunks)
		pass(time.Minute)
		peer.takeTimes()
		begin := time.Now()
		pass(10 * time.Second)
		perSecond := map[int]int{}
		for _, at := range peer.takeTimes() {
			perSecond[int(at.Sub(begin)/time.Second)]++
		}
		for s := range 10 {
			if n := perSecond[s]; n < 2 || n > 25 {
				t.Errorf("in second %d there were %d OPTIONS, want about 10", s, n)
			}
		}
	})
}

func TestCloseEndsEverything(t *testing.T) {
	inBubble(t, func(t *testing.T, m *Monitor, peer *far) {
		before := runtime.NumGoroutine()
		m.Set([]Trunk{places("a", one), places("b", two)})
		w := m.Watch("a")
		pass(1500 * time.Millisecond) // in the middle of a probe
		m.Close()
		m.Set([]Trunk{places("c", one)})
		for range 5 {
			w.Report(one, Outcome{})
		}
		synctest.Wait()
		if n := runtime.NumGoroutine(); n != before {
			t.Fatalf("%d goroutines, want %d", n, before)
		}
		if expect(t, peer.told(), ""); m.Watch("c") != nil {
			t.Fatal("it watches on")
		}
	})
}

func TestSetWaitsForNobodyButItsOwn(t *testing.T) {
	inBubble(t, func(t *testing.T, m *Monitor, _ *far) {
		slow := places("a", one)
		release := make(chan struct{})
		slow.Locate = func(context.Context) ([]locate.Hop, error) {
			<-release // does not mind its context
			return nil, nil
		}
		m.Set([]Trunk{slow})
		pass(2 * time.Second)
		done := make(chan struct{})
		go func() {
			defer close(done)
			m.Set(nil)
		}()
		synctest.Wait()
		if w := m.Watch("a"); w == nil || !w.Admit(one) || len(m.Status()) != 1 {
			t.Fatal("calls are kept waiting")
		}
		close(release)
		<-done
	})
}

func TestNobodyWatches(t *testing.T) {
	var w *Watch
	w.Report(one, Outcome{})
	if !w.Admit(one) {
		t.Fatal("a trunk that nobody watches takes no calls")
	}
}

func TestACallCostsNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, m *Monitor, _ *far) {
		m.Set([]Trunk{places("a", one)})
		pass(2 * time.Second)
		w := m.Watch("a")
		n := testing.AllocsPerRun(100, func() {
			if w.Admit(one) {
				w.Report(one, Outcome{Status: 200})
			}
		})
		if n != 0 {
			t.Fatalf("%v allocations, want none", n)
		}
	})
}
