package guard

import (
	"net/netip"
	"testing"
	"time"
)

func TestBanAndExpiry(t *testing.T) {
	g := New(Config{Bans: Bans{Sentences: Sentences{BadAuth: {3, time.Minute}}, Longest: 3 * time.Minute}}, start())
	now, s := start(), stranger("192.0.2.1")
	offend := func() {
		for range 3 {
			g.Offend(now, s, BadAuth)
		}
	}
	holds := func(length time.Duration) {
		t.Helper()
		if got := g.Arrive(now.Add(length-time.Second), s, request); got != Banned {
			t.Errorf("shortly before %v: %v", length, got)
		}
		if got := g.Arrive(now.Add(length), s, request); got != Pass {
			t.Errorf("after %v: %v", length, got)
		}
		now = now.Add(10 * time.Minute)
	}
	g.Offend(now, s, BadAuth)
	g.Offend(now, s, BadAuth)
	if g.Arrive(now, s, request) != Pass {
		t.Error("banned for two")
	}
	now = now.Add(2 * time.Minute) // those two are forgotten
	offend()
	if list := g.Bans(now); len(list) != 1 || list[0].Reason != "failed_authentication" || !list[0].Until.Equal(now.Add(time.Minute)) {
		t.Errorf("bans: %+v", list)
	}
	holds(time.Minute)
	offend()
	holds(2 * time.Minute) // a repeated one is twice as long
	offend()
	holds(3 * time.Minute) // but has an end
	if list := g.Bans(now); len(list) != 0 {
		t.Errorf("bans that are over: %+v", list)
	}
}

// TestUDPProvesNothing holds who may be banned for what.
func TestUDPProvesNothing(t *testing.T) {
	f := func(offender Source, o Offence, target Source, want Rule) {
		t.Helper()
		g := New(Config{}, start())
		g.SetTrunks([]string{"carrier"})
		for range 1000 {
			g.Offend(start(), offender, o)
		}
		if got := g.Arrive(start(), target, request); got != want {
			t.Errorf("%+v for %v: %v, want %v", offender, o, got, want)
		}
	}
	udp := stranger("192.0.2.1")
	tcp, trunk := udp, udp
	tcp.Proven = true
	trunk.Known, trunk.Trunk = true, "carrier"
	trunkTCP := trunk
	trunkTCP.Proven = true
	f(udp, BadMessage, udp, Banned)
	f(udp, BadMessage, tcp, Pass) // it may have been somebody else
	f(udp, BadMessage, trunk, Pass)
	f(tcp, BadMessage, udp, Banned)
	f(tcp, BadMessage, tcp, Banned)
	for o := range offences {
		f(trunk, o, trunk, Pass)
		f(trunk, o, trunkTCP, Pass)
	}
	f(trunkTCP, BadAuth, trunkTCP, Banned)
	f(trunkTCP, UnknownNumber, trunkTCP, Pass)
}

func TestManualBans(t *testing.T) {
	g := New(Config{Bans: Bans{Size: 8}}, start())
	net := netip.MustParsePrefix
	g.Allow([]netip.Prefix{net("192.0.2.8/32")})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	must(g.Ban(start(), net("192.0.2.7/24"), 0, "by hand"))
	must(g.Ban(start(), net("2001:db8::/32"), time.Hour, "too"))
	must(g.Ban(start(), net("::ffff:198.51.100.1/128"), time.Hour, "mapped"))
	f := func(addr string, want Rule) {
		t.Helper()
		if got := g.Arrive(start(), stranger(addr), request); got != want {
			t.Errorf("%s: %v, want %v", addr, got, want)
		}
	}
	f("192.0.2.200", Banned)
	f("192.0.2.8", Pass) // allowed, though in a banned network
	f("2001:db8:ffff::1", Banned)
	f("198.51.100.1", Banned)
	f("198.51.100.2", Pass)
	if err := g.Ban(start(), net("192.0.2.8/32"), 0, "no"); err == nil {
		t.Error("the allow list can be banned")
	}
	if err := g.Ban(start(), netip.Prefix{}, 0, ""); err == nil {
		t.Error("nothing can be banned")
	}
	if list := g.Bans(start()); len(list) != 3 || !list[0].Manual || list[0].Hits+list[1].Hits+list[2].Hits != 3 {
		t.Errorf("bans: %+v", list)
	}
	if !g.Unban(net("192.0.2.0/24")) || g.Unban(net("192.0.2.0/24")) {
		t.Error("unban")
	}
	f("192.0.2.200", Pass)
	must(g.Ban(start(), net("203.0.113.1/32"), 0, "three"))
	must(g.Ban(start(), net("203.0.113.2/32"), 0, "four"))
	if err := g.Ban(start(), net("203.0.113.3/32"), 0, "five"); err == nil {
		t.Error("more than half of the list by hand")
	}
	for i := range 1000 { // each a scanner
		g.Offend(start(), Source{Addr: nth(i)}, Scan)
	}
	if list := g.Bans(start()); len(list) != 8 {
		t.Errorf("%d bans on a list of 8", len(list))
	}
	f("203.0.113.2", Banned)
}
