package netio

import (
	"fmt"
	"net/netip"
	"runtime"
	"testing"

	"trunkline/internal/netio/frame"
	"trunkline/internal/netio/nexthop"
)

// newWays starts ways that end with the test.
func newWays(t *testing.T) *ways {
	t.Helper()
	w := &ways{}
	if err := w.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.finder.Close)
	return w
}

// until hears news until q's answer is as wanted; if it never is, the test hangs
// and its time-out speaks.
func (w *ways) until(q nexthop.Query, wanted func(h nexthop.Hop) bool) {
	for s := w.find(q); !s.known || !wanted(s.hop); w.hear() {
		runtime.Gosched()
	}
}

func query(from, to string) nexthop.Query {
	return nexthop.Query{From: netip.MustParseAddr(from), To: netip.MustParseAddr(to)}
}

func TestWaysFollowTheNetwork(t *testing.T) {
	there := cable(t)
	if there == nil {
		return
	}
	w := newWays(t)
	one, two := frame.MAC{2, 0, 0, 0, 0, 1}, frame.MAC{2, 0, 0, 0, 0, 2}
	f := func(from, to, neighbour string) {
		t.Helper()
		q := query(from, to)
		via := func(mac frame.MAC) func(nexthop.Hop) bool {
			return func(h nexthop.Hop) bool {
				return h.Ethernet && h.Next == mac && h.Local == there.mac && h.Source == q.From && !h.Own
			}
		}
		unknown := func(h nexthop.Hop) bool { return !h.Ethernet }
		w.until(q, unknown)
		there.ip("neigh replace " + neighbour + " lladdr 02:00:00:00:00:01 nud permanent dev near")
		w.until(q, via(one))
		there.ip("neigh replace " + neighbour + " lladdr 02:00:00:00:00:02 nud permanent dev near")
		w.until(q, via(two))
		there.ip("neigh del " + neighbour + " dev near")
		w.until(q, unknown)
		there.ip("neigh replace " + neighbour + " lladdr 02:00:00:00:00:01 nud stale dev near")
		w.until(q, via(one))
		there.ip("link set near mtu 1279") // our largest packet would be fragmented; IPv6 is off
		w.until(q, func(h nexthop.Hop) bool { return !h.Ethernet })
		there.ip("link set near mtu 1500")
		there.ip("addr replace " + near6 + "/64 dev near nodad")
		there.ip("neigh flush dev near")
	}
	there.ip("route add 198.51.100.0/24 via " + far4)
	there.ip("route add 203.0.113.0/24 via inet6 " + far6)
	f(near4, far4, far4)
	f(near4, "198.51.100.9", far4)
	f(near4, "203.0.113.9", far6)
	f(near6, far6, far6)
	there.ip("neigh replace " + far4 + " lladdr 02:00:00:00:00:01 nud permanent dev near")
	w.until(query(near4, far4), func(h nexthop.Hop) bool { return h.Ethernet })
	there.ip("link set near down")
	w.until(query(near4, far4), func(h nexthop.Hop) bool { return !h.Ethernet })
}

func TestWaysThatAreNone(t *testing.T) {
	there := cable(t)
	if there == nil {
		return
	}
	w := newWays(t)
	there.ip("route add unreachable 198.51.100.0/24")
	f := func(from, to string, ethernet, own bool, source string) {
		t.Helper()
		q := query(from, to)
		w.until(q, func(nexthop.Hop) bool { return true })
		h := w.find(q).hop
		if h.Ethernet != ethernet || h.Own != own || source != "" && h.Source != netip.MustParseAddr(source) {
			t.Errorf("from %s to %s: %+v", from, to, h)
		}
	}
	f(near4, "10.77.0.255", false, false, "") // broadcast
	f(near4, "224.0.0.1", false, false, "")
	f(near4, "198.51.100.1", false, false, "")
	f(near4, "192.0.2.1", false, false, "") // no route
	f(near6, "2001:db8::1", false, false, "")
	f("0.0.0.0", far4, false, false, near4) // neighbour unknown
	f("0.0.0.0", near4, false, true, near4)
	f(near4, near4, false, true, near4)
	f("0.0.0.0", "127.0.0.1", false, true, "127.0.0.1")
	f("::", "::1", true, true, "::1")
	f("::", near6, true, true, near6)
	q := query("0.0.0.0", near4)
	there.ip("addr del " + near4 + "/24 dev near")
	w.until(q, func(h nexthop.Hop) bool { return !h.Own })
}

func TestWaysBeginAnewWhenFull(t *testing.T) {
	w := newWays(t)
	at := func(i int) nexthop.Query { return query("127.0.0.1", fmt.Sprintf("127.1.%d.%d", i/256, i%256)) }
	first := w.find(at(0))
	version := first.version
	for i := range nexthop.Capacity {
		if s := w.find(at(i)); s == nil {
			t.Fatalf("no room for question %d", i)
		}
	}
	if first.version != version {
		t.Fatal("the table was emptied before it was full")
	}
	w.until(at(nexthop.Capacity-1), func(h nexthop.Hop) bool { return h.Own })
	next := w.find(at(nexthop.Capacity))
	if next != first || first.version == version || len(w.index) != 1 {
		t.Fatalf("not begun anew: %d questions, version %d then %d", len(w.index), version, first.version)
	}
	w.until(at(nexthop.Capacity), func(h nexthop.Hop) bool { return h.Own })
	w.until(at(7), func(h nexthop.Hop) bool { return h.Own })
}

// TestNewPeersDoNotAllocate: the media process has no garbage collector.
func TestNewPeersDoNotAllocate(t *testing.T) {
	everyTier(t, func(t *testing.T, p Packets) {
		l := add(t, p, pairOn(t, "127.0.0.1"))
		out := []Datagram{{Leg: l, Data: make([]byte, 172)}}
		n := 0
		allocs := testing.AllocsPerRun(2*nexthop.Capacity, func() {
			n++
			out[0].Peer = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 1, byte(n >> 8), byte(n)}), 9)
			p.Send(out)
		})
		if allocs != 0 {
			t.Errorf("a new peer costs %v allocations, want 0", allocs)
		}
	})
}
