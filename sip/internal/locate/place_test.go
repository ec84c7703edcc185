package locate

import (
	"slices"
	"sync"
	"testing"
	"time"

	"trunkline/sip/internal/locate/dnstest"
	"trunkline/sip/internal/locate/lookup"
	"trunkline/sip/trunk"
)

func TestWhatWasLocatedAMomentAgoIsUsedAgain(t *testing.T) {
	s := dnstest.New(t, zone)
	names := lookup.New(lookup.Config{Dial: s.Dial, Fresh: time.Nanosecond, Negative: time.Nanosecond})
	t.Cleanup(names.Close)
	l := New(Config{Names: names, Reach: Reach{"udp": {IPv4: true}}})
	p, err := l.Place([]trunk.Target{{Host: "four.example.com:5060"}})
	if err != nil {
		t.Fatal(err)
	}
	asked := func(want int) {
		t.Helper()
		if hops, err := p.Hops(t.Context()); len(hops) != 1 || err != nil {
			t.Fatal(hops, err)
		}
		if n := s.Asked("four.example.com. A"); n != want {
			t.Fatalf("asked %d times, want %d", n, want)
		}
	}
	asked(1)
	asked(1)
	p.recent.Store(&recent{p.recent.Load().sites, time.Now()}) // the moment is over
	asked(2)

	p, err = l.Place([]trunk.Target{{Host: "192.0.2.1"}, {Host: "none.example.com:5060"}})
	if err != nil {
		t.Fatal(err)
	}
	if hops, err := p.Hops(t.Context()); len(hops) != 1 || err != nil || p.recent.Load() != nil {
		t.Fatalf("got %v, %v; want one hop, and that the other is looked for again", hops, err)
	}
}

func TestCallsDrawForThemselves(t *testing.T) {
	s := dnstest.New(t, `
		_sip._udp.example.com. 60 IN SRV 1 1 5060 a.example.com.
		_sip._udp.example.com. 60 IN SRV 1 1 5061 a.example.com.
		_sip._udp.example.com. 60 IN SRV 2 1 5062 a.example.com.
		a.example.com. 60 IN A 192.0.2.1
	`)
	l := newLocator(t, s, Reach{"udp": {IPv4: true}})
	l = New(Config{Names: l.cfg.Names, Reach: l.cfg.Reach}) // by chance
	p, err := l.Place([]trunk.Target{{Host: "example.com", Transport: "udp", Priority: 1}, {Host: "192.0.2.7"}, {Host: "192.0.2.8"}})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	orders := map[string]int{}
	var calls sync.WaitGroup
	for range 8 {
		calls.Go(func() {
			for range 100 {
				hops, err := p.Hops(t.Context())
				if err != nil || len(hops) != 5 || hops[4].Addr.Port() != 5062 || hops[0].Target == 0 || hops[1].Target == 0 {
					t.Errorf("got %v, %v", hops, err)
					return
				}
				mu.Lock()
				orders[hops[0].String()+" "+hops[2].String()]++
				mu.Unlock()
			}
		})
	}
	calls.Wait()
	if len(orders) != 4 {
		t.Fatalf("got %v, want each target and each record to be the first at times", orders)
	}
}

func TestDrawLeavesWhatItIsGiven(t *testing.T) {
	items := []int{3, 2, 1}
	got := draw(items, func(i int) (int, int) { return i, 0 }, func(int) int { return 0 })
	if !slices.Equal(got, []int{1, 2, 3}) || !slices.Equal(items, []int{3, 2, 1}) {
		t.Fatalf("got %v from %v", got, items)
	}
}
