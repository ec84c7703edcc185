package access

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestTrunkOfASource(t *testing.T) {
	nets := func(list ...string) (p []netip.Prefix) {
		for _, n := range list {
			p = append(p, netip.MustParsePrefix(n))
		}
		return p
	}
	table := NewTable([]Trunk{
		{"wide", nets("10.0.0.0/8")},
		{"narrow", nets("10.1.0.0/16", "192.0.2.7/32")},
		{"twin", nets("10.1.0.0/16")},
		{"none", nil},
		{"six", nets("2001:db8::/32")},
	})
	f := func(source, want string) {
		t.Helper()
		got, _ := table.Trunk(netip.MustParseAddr(source))
		if got != want {
			t.Errorf("%s is %q, want %q", source, got, want)
		}
		if table.Knows(netip.MustParseAddr(source)) != (want != "") {
			t.Errorf("%s: known or not?", source)
		}
	}
	f("10.2.3.4", "wide")
	f("10.1.3.4", "narrow")
	f("::ffff:10.1.3.4", "narrow")
	f("192.0.2.7", "narrow")
	f("192.0.2.8", "")
	f("2001:db8::5", "six")
	f("2001:db9::5", "")
	f("127.0.0.1", "")
	if got, want := table.String(), "wide=10.0.0.0/8 narrow=10.1.0.0/16,192.0.2.7/32 twin=10.1.0.0/16 none= six=2001:db8::/32"; got != want {
		t.Errorf("got %s", got)
	}
}

func TestPeersAreCounted(t *testing.T) {
	table := NewTable([]Trunk{{Name: "out"}})
	a := netip.MustParseAddr("192.0.2.1")
	table.AddPeer(a)
	table.AddPeer(netip.MustParseAddr("::ffff:192.0.2.1"))
	table.DropPeer(a)
	if !table.Knows(a) || table.Peers() != 1 {
		t.Error("forgotten with one dialog left")
	}
	table.DropPeer(a)
	if table.Knows(a) || table.Peers() != 0 {
		t.Error("still known")
	}
	table.AddTarget(a, "a")
	if !table.Knows(a) || isTrunk(table, a) {
		t.Error("a target is known, but is no trunk")
	}
	for i := range 3 * minTargets {
		table.AddTarget(netip.AddrFrom4([4]byte{198, 51, byte(i >> 8), byte(i)}), "a")
	}
	if table.Target(a) != "" || len(table.targets) > minTargets {
		t.Errorf("%d targets of one trunk", len(table.targets))
	}
}

// TestHostileLogs holds that no source can fill the log, whatever it does.
func TestHostileLogs(t *testing.T) {
	var out bytes.Buffer
	r := NewRefusals(slog.New(slog.NewTextHandler(&out, nil)))
	source := func(i int) netip.AddrPort {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, byte(i >> 8), byte(i)}), 5060)
	}
	for i := range 10000 {
		r.Say("a", source(0), "i", i)
		r.Say("a", source(i))
	}
	if n := strings.Count(out.String(), "\n"); n != refusalsPerMinute {
		t.Errorf("%d lines", n)
	}
	hidden, ok := r.turn(refusal{"a", source(0).Addr()}, time.Now().Add(time.Minute))
	for part := range strings.SplitSeq(out.String(), "not_logged=") {
		var n int
		if _, err := fmt.Sscan(part, &n); err == nil {
			hidden += n
		}
	}
	if !ok || hidden != 20000-refusalsPerMinute {
		t.Errorf("a minute later: %v, %d counted as not logged", ok, hidden)
	}
	if len(r.seen) > refusalsPerMinute {
		t.Errorf("remembers %d", len(r.seen))
	}
}

func isTrunk(table *Table, a netip.Addr) bool {
	_, ok := table.Trunk(a)
	return ok
}
