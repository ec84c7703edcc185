package failover

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"trunkline/sip/internal/health"
	"trunkline/sip/internal/locate"
	"trunkline/sip/trunk"
)

// hops are n hops, the ports of which are 1 to n.
func hops(n int) []locate.Hop {
	var all []locate.Hop
	for i := range n {
		addr := netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), uint16(i+1))
		all = append(all, locate.Hop{Transport: "udp", Addr: addr})
	}
	return all
}

// way plays a call whose attempts end like this, and returns the ports of the hops
// that it tried.
func way(c *Course, outcomes ...health.Outcome) string {
	var ports []string
	for hop, ok := c.Next(); ok; hop, ok = c.Next() {
		o := outcomes[min(len(ports), len(outcomes)-1)]
		ports = append(ports, fmt.Sprint(hop.Addr.Port()))
		if !c.After(o) {
			break
		}
	}
	return strings.Join(ports, " ")
}

var (
	silence = health.Outcome{}
	refused = health.Outcome{Err: errors.New("connection refused")}
	answer  = health.Outcome{Status: 200}
)

func TestPolicy(t *testing.T) {
	p := PolicyOf(trunk.Failover{})
	if p.Timeout != 4*time.Second || p.Attempts != 4 || !slices.Equal(p.Statuses, []int{500, 502, 503, 504}) {
		t.Errorf("got %+v, want the defaults", p)
	}
	p = PolicyOf(trunk.Failover{Timeout: trunk.Duration(time.Second), Statuses: []int{480}, Attempts: 2})
	if p.Timeout != time.Second || p.Attempts != 2 || !slices.Equal(p.Statuses, []int{480}) {
		t.Errorf("got %+v, want what is written", p)
	}
}

func TestWhatLeadsOn(t *testing.T) {
	f := func(policy trunk.Failover, o health.Outcome, want bool) {
		t.Helper()
		c := New(PolicyOf(policy), hops(2), nil)
		if _, ok := c.Next(); !ok {
			t.Fatal("no hop")
		}
		if got := c.After(o); got != want {
			t.Errorf("%+v: another is tried: %t, want %t", o, got, want)
		}
	}
	none := trunk.Failover{}
	f(none, silence, true)
	f(none, refused, true)
	f(none, health.Outcome{Err: context.DeadlineExceeded}, true)
	f(none, health.Outcome{Err: fmt.Errorf("send: %w", context.Canceled)}, false)
	for _, status := range []int{500, 502, 503, 504} {
		f(none, health.Outcome{Status: status}, true)
	}
	for _, status := range []int{180, 183, 200, 302, 401, 403, 404, 408, 480, 486, 487, 488, 501, 513, 600, 603} {
		f(none, health.Outcome{Status: status}, false)
	}
	mine := trunk.Failover{Statuses: []int{200, 302, 408, 480, 603}}
	f(mine, health.Outcome{Status: 408}, true)
	f(mine, health.Outcome{Status: 480}, true)
	f(mine, health.Outcome{Status: 503}, false)
	f(mine, health.Outcome{Status: 200}, false)
	f(mine, health.Outcome{Status: 302}, false)
	f(mine, health.Outcome{Status: 603}, false)
}

func TestFromHopToHop(t *testing.T) {
	f := func(n, attempts int, want string, outcomes ...health.Outcome) {
		t.Helper()
		if got := way(New(PolicyOf(trunk.Failover{Attempts: attempts}), hops(n), nil), outcomes...); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	f(3, 0, "1", answer)
	f(3, 0, "1 2", silence, answer)
	f(3, 0, "1 2 3", silence, refused, answer)
	f(3, 0, "1 2 3", silence)
	f(9, 0, "1 2 3 4", silence)
	f(9, 2, "1 2", silence)
	f(0, 0, "", silence)
}

// watched runs a test with a watch over n hops, some of which are down, on
// simulated time and without OPTIONS.
func watched(t *testing.T, n int, f func(w *health.Watch, all []locate.Hop), down ...int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		all := hops(n)
		m := health.New(health.Config{})
		defer m.Close()
		m.Set([]health.Trunk{{Name: "a", Locate: func(context.Context) ([]locate.Hop, error) { return all, nil }}})
		w := m.Watch("a")
		for _, i := range down {
			for range 3 {
				w.Report(all[i], silence)
			}
		}
		f(w, all)
	})
}

func TestWhatIsDownComesLast(t *testing.T) {
	policy := PolicyOf(trunk.Failover{Attempts: 9})
	watched(t, 4, func(w *health.Watch, all []locate.Hop) {
		before := slices.Clone(all)
		if got := way(New(policy, all, w), silence, answer); got != "2 4" {
			t.Errorf("got %s, want those that live", got)
		}
		if got := way(New(policy, all, w), health.Outcome{Status: 500}); got != "2 4 1 3" {
			t.Errorf("got %s, want those that are down as well, at the end", got)
		}
		if !slices.Equal(all, before) {
			t.Error("the hops of all calls were changed")
		}
	}, 0, 2)
}

func TestWhenAllAreDownTheyAreTriedAllTheSame(t *testing.T) {
	watched(t, 2, func(w *health.Watch, all []locate.Hop) {
		if got := way(New(PolicyOf(trunk.Failover{}), all, w), silence, answer); got != "1 2" {
			t.Errorf("got %s, want all", got)
		}
	}, 0, 1)
}

func TestOneCallTriesWhetherItIsBack(t *testing.T) {
	watched(t, 2, func(w *health.Watch, all []locate.Hop) {
		<-time.After(time.Minute)
		policy := PolicyOf(trunk.Failover{})
		first, second := New(policy, all, w), New(policy, all, w)
		if hop, _ := first.Next(); hop != all[0] {
			t.Errorf("the first call tries %v, want the one that was down", hop)
		}
		if hop, _ := second.Next(); hop != all[1] {
			t.Errorf("the second call tries %v, want the one that lives", hop)
		}
		first.After(health.Outcome{Status: 183})
		first.After(answer)
		if hop, _ := New(policy, all, w).Next(); hop != all[0] {
			t.Errorf("the next call tries %v, want the one that has answered", hop)
		}
		if s := w.Status(); s.Hops[0].State != health.Down {
			t.Errorf("one call has counted twice: %+v", s.Hops[0])
		}
	}, 0)
}

func TestHealthHearsOfEachAttempt(t *testing.T) {
	watched(t, 2, func(w *health.Watch, all []locate.Hop) {
		policy := PolicyOf(trunk.Failover{})
		pause := health.Outcome{Status: 503, RetryAfter: 10 * time.Second}
		if got := way(New(policy, all, w), pause, answer); got != "1 2" {
			t.Errorf("got %s", got)
		}
		if got := way(New(policy, all, w), answer); got != "2" {
			t.Errorf("got %s, want nothing for who wants to be left alone", got)
		}
		if s := w.Status(); s.State != health.Degraded || s.Hops[0].State != health.Down || s.Hops[1].State != health.Up {
			t.Errorf("got %+v", s)
		}
		<-time.After(10 * time.Second)
		if got := way(New(policy, all, w), answer); got != "1" {
			t.Errorf("got %s, want the one whose time is over", got)
		}
		c := New(policy, all, w) // a wish that comes after early media counts, too
		hop, _ := c.Next()
		c.After(health.Outcome{Status: 183})
		if !c.After(pause) || w.Admit(hop) {
			t.Errorf("%v is not left alone", hop)
		}
		c.Next()
		c.After(health.Outcome{Err: context.Canceled})
		if s := w.Status(); s.Hops[1].Failures != 0 {
			t.Errorf("a caller who hangs up counts against the hop: %+v", s.Hops[1])
		}
	})
}

func TestACourseIsCheap(t *testing.T) {
	all, policy := hops(3), PolicyOf(trunk.Failover{})
	n := testing.AllocsPerRun(100, func() {
		c := New(policy, all, nil)
		if _, ok := c.Next(); !ok || c.After(answer) {
			t.Fatal("no hop takes the call")
		}
	})
	if n > 1 {
		t.Fatalf("%v allocations, want at most the course itself", n)
	}
}
