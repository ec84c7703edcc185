package health

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"trunkline/sip/internal/locate"
	"trunkline/sip/trunk"
)

// far is what is at the other end: what it answers, and how often it was asked.
type far struct {
	mu      sync.Mutex
	answers map[string]Outcome // by hop; without one there is silence
	asked   map[string]int
	times   []time.Time
	changes []string
}

func newFar() *far { return &far{answers: map[string]Outcome{}, asked: map[string]int{}} }

func (f *far) set(h locate.Hop, o Outcome) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers[h.String()] = o
}

func (f *far) probe(ctx context.Context, _ string, h locate.Hop) Outcome {
	f.mu.Lock()
	o, there := f.answers[h.String()]
	f.asked[h.String()]++
	f.times = append(f.times, time.Now())
	f.mu.Unlock()
	if !there {
		<-ctx.Done()
		return Outcome{Err: ctx.Err()}
	}
	<-time.After(20 * time.Millisecond)
	return o
}

// askedFor returns how many OPTIONS a hop got.
func (f *far) askedFor(h locate.Hop) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked[h.String()]
}

// takeTimes returns when there were OPTIONS since it was asked last.
func (f *far) takeTimes() []time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	times := f.times
	f.times = nil
	return times
}

func (f *far) changed(c Change) {
	f.mu.Lock()
	defer f.mu.Unlock()
	who := "trunk"
	if c.Hop != (locate.Hop{}) {
		who = c.Hop.Addr.Addr().String()
	}
	f.changes = append(f.changes, fmt.Sprintf("%s %s→%s", who, c.From, c.To))
}

// told returns the transitions since it was asked last.
func (f *far) told() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := strings.Join(f.changes, ", ")
	f.changes = nil
	return s
}

func hopAt(addr string) locate.Hop {
	a := netip.MustParseAddrPort(addr)
	return locate.Hop{Transport: "udp", Addr: a, Host: a.Addr().String()}
}

// places is a trunk that leads to these hops, asked every ten seconds.
func places(name string, hops ...locate.Hop) Trunk {
	return Trunk{
		Name: name, Health: trunk.Health{Interval: trunk.Duration(10 * time.Second), Timeout: trunk.Duration(time.Second)},
		Locate: func(context.Context) ([]locate.Hop, error) { return hops, nil },
	}
}

// inBubble runs a test on simulated time. The monitor's random numbers are all in
// the middle: the first round is after a second, the next five later, then every ten.
func inBubble(t *testing.T, f func(t *testing.T, m *Monitor, peer *far)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		peer := newFar()
		m := New(Config{Probe: peer.probe, Changed: peer.changed, Random: func() float64 { return 0.5 }})
		defer m.Close()
		f(t, m, peer)
	})
}

func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func expect(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
}
