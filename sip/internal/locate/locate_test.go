package locate

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"trunkline/sip/internal/locate/dnstest"
	"trunkline/sip/internal/locate/lookup"
	"trunkline/sip/trunk"
)

// everywhere is a reach without limits.
func everywhere() Reach {
	both := Families{IPv4: true, IPv6: true}
	return Reach{"udp": both, "tcp": both, "tls": both, "ws": both, "wss": both}
}

// newLocator makes a locator whose random numbers are all the lowest, before a DNS
// server of the test, if any.
func newLocator(t *testing.T, s *dnstest.Server, reach Reach) *Locator {
	t.Helper()
	cfg := lookup.Config{}
	if s != nil {
		cfg = lookup.Config{Dial: s.Dial, Servers: func() []string { return []string{s.Addr} }}
	}
	names := lookup.New(cfg)
	t.Cleanup(names.Close)
	return New(Config{Names: names, Reach: reach, Below: func(int) int { return 0 }})
}

// hopsOf returns what targets lead to, or the error, as text.
func hopsOf(ctx context.Context, l *Locator, targets ...trunk.Target) string {
	p, err := l.Place(targets)
	if err != nil {
		return err.Error()
	}
	hops, err := p.Hops(ctx)
	if err != nil {
		return err.Error()
	}
	var text []string
	for _, h := range hops {
		text = append(text, h.String())
	}
	return strings.Join(text, " ")
}

func TestLiteralsAndDefaults(t *testing.T) {
	l := newLocator(t, nil, everywhere())
	f := func(host, transport, want string) {
		t.Helper()
		if got := hopsOf(t.Context(), l, trunk.Target{Host: host, Transport: transport}); got != want {
			t.Errorf("%q by %q: got %s, want %s", host, transport, got, want)
		}
	}
	f("192.0.2.1", "", "udp:192.0.2.1:5060")
	f("192.0.2.1:5080", "", "udp:192.0.2.1:5080")
	f("192.0.2.1", "tcp", "tcp:192.0.2.1:5060")
	f("192.0.2.1", "tls", "tls:192.0.2.1:5061")
	f("192.0.2.1", "ws", "ws:192.0.2.1:80")
	f("192.0.2.1", "wss", "wss:192.0.2.1:443")
	f("192.0.2.1:5060", "tls", "tls:192.0.2.1:5060")
	f("2001:db8::1", "", "udp:[2001:db8::1]:5060")
	f("[2001:db8::1]", "", "udp:[2001:db8::1]:5060")
	f("[2001:db8::1]:5070", "tcp", "tcp:[2001:db8::1]:5070")
	f("[fe80::1%eth0]:5070", "", "udp:[fe80::1%eth0]:5070")
	f("::ffff:192.0.2.1", "", "udp:192.0.2.1:5060")

	f("", "", `target "": want host or host:port`)
	f("192.0.2.1", "sctp", `target "192.0.2.1": nothing listens on sctp`)
	f("192.0.2.1:0", "", `target "192.0.2.1:0": port "0" is not a port`)
	f("pbx.example.com:", "", `target "pbx.example.com:": port "" is not a port`)
	f("pbx.example.com:99999", "", `target "pbx.example.com:99999": port "99999" is not a port`)
	f("[192.0.2.1]", "", `target "[192.0.2.1]": want host or host:port`)
	f("[::1", "", `target "[::1": port ":1" is not a port`)
	f("::1]", "", `target "::1]": port ":1]" is not a port`)
	f("0.0.0.0", "", `target "0.0.0.0": not the address of one host`)
	f("[::]:5060", "", `target "[::]:5060": not the address of one host`)
	f("224.0.1.75", "", `target "224.0.1.75": not the address of one host`)
	f("::ffff:224.0.1.75", "", `target "::ffff:224.0.1.75": not the address of one host`)
	for _, odd := range []string{"2130706433", "0x7f.1", "127.1", "192.0.2.300", "a b", "a/b", "-a.com", "a..b", "a@b", "münchen.de", "a\r\nb", strings.Repeat("a", 64)} {
		f(odd, "", fmt.Sprintf("target %q: want host or host:port", odd))
	}
}

func TestReach(t *testing.T) {
	f := func(reach Reach, host, transport, want string) {
		t.Helper()
		if got := hopsOf(t.Context(), newLocator(t, nil, reach), trunk.Target{Host: host, Transport: transport}); got != want {
			t.Errorf("%q by %q: got %s, want %s", host, transport, got, want)
		}
	}
	onlyTLS := Reach{"tls": {IPv4: true}}
	f(onlyTLS, "192.0.2.1", "", "tls:192.0.2.1:5061")
	f(onlyTLS, "192.0.2.1", "udp", `target "192.0.2.1": nothing listens on udp`)
	f(onlyTLS, "::1", "", `target "::1": nothing listens on tls for such addresses`)
	f(nil, "192.0.2.1", "", `target "192.0.2.1": nothing listens on any transport`)
	f(nil, "example.com", "", `target "example.com": nothing listens on any transport`)
	if _, err := newLocator(t, nil, onlyTLS).Place(nil); err == nil {
		t.Error("a place of no targets")
	}
}

func TestWhatIsWrittenIsWhatCertificatesMustShow(t *testing.T) {
	s := dnstest.New(t, `
		_sips._tcp.example.com. 60 IN SRV 1 1 5061 edge7.carrier.net.
		edge7.carrier.net. 60 IN A 192.0.2.7
	`)
	p, err := newLocator(t, s, everywhere()).Place([]trunk.Target{{Host: "192.0.2.1", Priority: 2}, {Host: "Example.com.", Transport: "tls"}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.Hops(t.Context())
	want := "[{tls 192.0.2.7:5061 example.com 1} {udp 192.0.2.1:5060 192.0.2.1 0}]"
	type plain Hop // without its String
	var all []plain
	for _, h := range got {
		all = append(all, plain(h))
	}
	if text := fmt.Sprint(all); err != nil || text != want {
		t.Fatalf("got %s, %v; want %s", text, err, want)
	}
}

const zone = `
	host.example.com. 60 IN A 192.0.2.1
	host.example.com. 60 IN AAAA 2001:db8::1
	four.example.com. 60 IN A 192.0.2.4
	srv.example.com. 60 IN A 192.0.2.99
	_sip._udp.srv.example.com. 60 IN SRV 20 0 5062 four.example.com.
	_sip._udp.srv.example.com. 60 IN SRV 10 0 5061 host.example.com.
	_sip._tcp.srv.example.com. 60 IN SRV 10 0 5063 four.example.com.
	_sip._tcp.srv.example.com. 60 IN SRV 11 0 5063 four.example.com.
	_sips._tcp.srv.example.com. 60 IN SRV 10 0 5064 four.example.com.
	ptr.example.com. 60 IN A 192.0.2.98
	ptr.example.com. 60 IN NAPTR 90 50 "s" "SIP+D2U" "" _sip._udp.srv.example.com.
	ptr.example.com. 60 IN NAPTR 50 20 "s" "SIP+D2T" "" _sip._tcp.srv.example.com.
	ptr.example.com. 60 IN NAPTR 50 10 "s" "SIPS+D2T" "" _sips._tcp.srv.example.com.
	ptr.example.com. 60 IN NAPTR 10 10 "s" "SIP+D2S" "" _sip._sctp.srv.example.com.
	ptr.example.com. 60 IN NAPTR 10 10 "u" "E2U+sip" "!^.*$!sip:x@y!" .
	foreign.example.com. 60 IN NAPTR 10 10 "u" "E2U+sip" "!^.*$!sip:x@y!" .
	foreign.example.com. 60 IN A 192.0.2.97
	broken.example.com. 60 IN NAPTR 10 10 "s" "SIP+D2U" "" _sip._udp.nowhere.example.com.
	broken.example.com. 60 IN A 192.0.2.96
	closed.example.com. 60 IN A 192.0.2.95
	_sip._udp.closed.example.com. 60 IN SRV 0 0 0 .
	hollow.example.com. 60 IN A 192.0.2.94
	_sip._udp.hollow.example.com. 60 IN SRV 0 0 5060 nowhere.example.com.
	zero.example.com. 60 IN A 0.0.0.0
`

func TestNamesAreLocated(t *testing.T) {
	s := dnstest.New(t, zone)
	l := newLocator(t, s, everywhere())
	f := func(host, transport, want string) {
		t.Helper()
		if got := hopsOf(t.Context(), l, trunk.Target{Host: host, Transport: transport}); got != want {
			t.Errorf("%q by %q: got %s, want %s", host, transport, got, want)
		}
	}
	// A port needs no more than addresses, and neither do transports without SRV.
	f("host.example.com:5070", "", "udp:[2001:db8::1]:5070 udp:192.0.2.1:5070")
	f("srv.example.com:5070", "tls", "tls:192.0.2.99:5070")
	f("host.example.com", "wss", "wss:[2001:db8::1]:443 wss:192.0.2.1:443")
	if n := s.Asked("host.example.com. NAPTR") + s.Asked("_sip._udp.host.example.com. SRV"); n != 0 {
		t.Errorf("%d questions too many were asked", n)
	}
	// Nothing but a name: NAPTR, SRV, addresses.
	f("host.example.com", "", "udp:[2001:db8::1]:5060 udp:192.0.2.1:5060")
	f("HOST.example.com.", "tls", "tls:[2001:db8::1]:5061 tls:192.0.2.1:5061")
	f("srv.example.com", "", "udp:[2001:db8::1]:5061 udp:192.0.2.1:5061 udp:192.0.2.4:5062 tcp:192.0.2.4:5063 tls:192.0.2.4:5064")
	f("srv.example.com", "tcp", "tcp:192.0.2.4:5063")
	f("ptr.example.com", "", "tls:192.0.2.4:5064 tcp:192.0.2.4:5063")
	f("ptr.example.com", "udp", "udp:192.0.2.98:5060") // NAPTR is not asked
	f("foreign.example.com", "", "udp:192.0.2.97:5060")
	// What the DNS says that there is not.
	f("broken.example.com", "", "locate broken.example.com: no service of it can be reached: look up _sip._udp.nowhere.example.com: no such record")
	f("closed.example.com", "udp", "locate closed.example.com: no service of it can be reached: the DNS says that it is not offered")
	f("closed.example.com", "tcp", "tcp:192.0.2.95:5060")
	f("hollow.example.com", "", "locate hollow.example.com: no service of it can be reached: look up nowhere.example.com: no such record")
	f("zero.example.com", "", "locate zero.example.com: look up zero.example.com: 1 addresses, none that one may send to")
	f("none.example.com", "", "locate none.example.com: look up none.example.com: no such record")
}

func TestOnlyWhatCanBeReachedIsLookedUp(t *testing.T) {
	s := dnstest.New(t, zone)
	f := func(reach Reach, host, want string) {
		t.Helper()
		if got := hopsOf(t.Context(), newLocator(t, s, reach), trunk.Target{Host: host}); got != want {
			t.Errorf("%s: got %s, want %s", host, got, want)
		}
	}
	udp4 := Reach{"udp": {IPv4: true}}
	f(udp4, "srv.example.com", "udp:192.0.2.1:5061 udp:192.0.2.4:5062")
	f(udp4, "ptr.example.com", "udp:192.0.2.1:5061 udp:192.0.2.4:5062")
	f(Reach{"tcp": {IPv4: true}}, "ptr.example.com", "tcp:192.0.2.4:5063")
	f(Reach{"udp": {IPv6: true}}, "host.example.com:5060", "udp:[2001:db8::1]:5060")
	f(Reach{"udp": {IPv6: true}}, "four.example.com", "locate four.example.com: look up four.example.com: no such record")
	if n := s.Asked("four.example.com. AAAA"); n != 1 {
		t.Errorf("AAAA was asked %d times, want once: by the one who has IPv6 alone", n)
	}
}

func TestTargetsThatCannotBeLocatedAreLeftOut(t *testing.T) {
	s := dnstest.New(t, zone)
	l := newLocator(t, s, everywhere())
	got := hopsOf(t.Context(), l, trunk.Target{Host: "none.example.com"}, trunk.Target{Host: "four.example.com"}, trunk.Target{Host: "192.0.2.5"})
	if want := "udp:192.0.2.4:5060 udp:192.0.2.5:5060"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestOfAServiceTheNAPTRsOfTheLowestOrderOnly(t *testing.T) {
	l := newLocator(t, nil, everywhere())
	f := func(want string, records ...lookup.NAPTR) {
		t.Helper()
		var names []string
		for _, s := range l.usable(records) {
			names = append(names, s.kind.transport+"="+s.name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	udp := lookup.NAPTR{Order: 10, Preference: 5, Flags: "S", Service: "SIP+D2U", Replacement: "u"}
	tcp := lookup.NAPTR{Order: 10, Preference: 1, Flags: "S", Service: "SIP+D2T", Replacement: "t"}
	tls := lookup.NAPTR{Order: 20, Preference: 1, Flags: "S", Service: "SIPS+D2T", Replacement: "s"}
	f("tcp=t udp=u", udp, tls, tcp)
	f("tls=s", tls)
	f("wss=w", lookup.NAPTR{Flags: "S", Service: "SIPS+D2W", Replacement: "w"})
	f("", lookup.NAPTR{Flags: "U", Service: "SIP+D2U", Replacement: "u"})
	f("", lookup.NAPTR{Flags: "S", Service: "SIP+D2U", Replacement: "u", Regexp: "!a!b!"})
	f("", lookup.NAPTR{Flags: "S", Service: "SIP+D2U"})
	f("")
}

func TestABrokenDNSStopsNobodyLong(t *testing.T) {
	s := dnstest.New(t, zone)
	f := func(want string, deaf ...string) {
		t.Helper()
		s.Bend(func(_ dns.ResponseWriter, query, reply *dns.Msg) bool {
			for _, kind := range deaf {
				if dns.TypeToString[query.Question[0].Qtype] == kind {
					reply.Rcode, reply.Answer = dns.RcodeServerFailure, nil
				}
			}
			return true
		})
		l := newLocator(t, s, Reach{"udp": {IPv4: true}})
		if got := hopsOf(t.Context(), l, trunk.Target{Host: "ptr.example.com"}); !strings.HasPrefix(got, want) {
			t.Errorf("without %s: got %s, want %s", deaf, got, want)
		}
	}
	f("udp:192.0.2.1:5061 udp:192.0.2.4:5062")
	f("udp:192.0.2.98:5060", "NAPTR")
	f("udp:192.0.2.98:5060", "NAPTR", "SRV")
	f("locate ptr.example.com: no service of it can be reached: look up _sip._udp.srv.example.com", "SRV")
	f("locate ptr.example.com: look up ptr.example.com: ", "NAPTR", "SRV", "A")

	s.Bend(func(dns.ResponseWriter, *dns.Msg, *dns.Msg) bool { return false })
	l := newLocator(t, s, everywhere())
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	got := hopsOf(ctx, l, trunk.Target{Host: "host.example.com"}, trunk.Target{Host: "192.0.2.5"})
	if want := "udp:192.0.2.5:5060"; got != want {
		t.Errorf("got %s, want the target that needs no DNS", got)
	}
	if got := hopsOf(ctx, l, trunk.Target{Host: "four.example.com"}); !strings.Contains(got, context.DeadlineExceeded.Error()) {
		t.Errorf("got %s, want the end of the context", got)
	}
}

func TestOneCallIsNotOfferedTheWorld(t *testing.T) {
	var zone strings.Builder
	for i := range 20 {
		for j := range 10 {
			fmt.Fprintf(&zone, "h%d.example.com. 60 IN A 192.0.%d.%d\n", i, i, j+1)
		}
		fmt.Fprintf(&zone, "_sip._udp.example.com. 60 IN SRV %d 0 5060 h%d.example.com.\n", i, i)
	}
	l := newLocator(t, dnstest.New(t, zone.String()), Reach{"udp": {IPv4: true}})
	if got := strings.Fields(hopsOf(t.Context(), l, trunk.Target{Host: "example.com", Transport: "udp"})); len(got) != maxHops {
		t.Errorf("got %d hops, want %d", len(got), maxHops)
	}
}

func TestALiteralCostsNothing(t *testing.T) {
	l := New(Config{Reach: everywhere()}) // without names: they are not asked
	f := func(most float64, targets ...trunk.Target) {
		t.Helper()
		p, err := l.Place(targets)
		if err != nil {
			t.Fatal(err)
		}
		allocs := testing.AllocsPerRun(100, func() {
			if hops, err := p.Hops(t.Context()); len(hops) != len(targets) || err != nil {
				t.Fatal(hops, err)
			}
		})
		if allocs > most {
			t.Errorf("%d targets: %v allocations, want %v", len(targets), allocs, most)
		}
	}
	f(0, trunk.Target{Host: "192.0.2.1"})
	f(2, trunk.Target{Host: "192.0.2.1"}, trunk.Target{Host: "192.0.2.2"}, trunk.Target{Host: "192.0.2.3", Priority: 1})
}

func TestDraw(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	type item struct {
		name         string
		rank, weight int
	}
	// first returns how often, of 10,000 draws, each name comes first.
	first := func(items ...item) map[string]int {
		n := map[string]int{}
		for range 10_000 {
			drawn := draw(items, func(i item) (int, int) { return i.rank, i.weight }, rnd.IntN)
			n[drawn[0].name]++
			seen := map[string]bool{}
			for i, it := range drawn {
				seen[it.name] = true
				if i > 0 && it.rank < drawn[i-1].rank {
					t.Fatalf("%v: a higher rank comes first", drawn)
				}
			}
			if len(seen) != len(items) {
				t.Fatalf("%v: somebody is lost", drawn)
			}
		}
		return n
	}
	near := func(got map[string]int, name string, want int) {
		t.Helper()
		if d := got[name] - want; d > 300 || d < -300 {
			t.Errorf("%s is first %d times, want about %d", name, got[name], want)
		}
	}
	n := first(item{"a", 0, 60}, item{"b", 0, 30}, item{"c", 0, 10}, item{"d", 1, 1000})
	near(n, "a", 6000)
	near(n, "b", 3000)
	near(n, "c", 1000)
	if n["d"] != 0 {
		t.Error("priority comes after weight")
	}
	n = first(item{"a", 5, 0}, item{"b", 5, 0}, item{"c", 5, 0})
	near(n, "a", 3333)
	near(n, "b", 3333)
	n = first(item{"a", 0, 0}, item{"b", 0, 1})
	near(n, "b", 9900)
	if n["a"] == 0 {
		t.Error("without weight there is no chance at all")
	}
}

// FuzzTarget: whatever is written, it is refused or understood in one way.
func FuzzTarget(f *testing.F) {
	for _, s := range []string{"pbx.example.com", "pbx:5060", "192.0.2.1:5060", "[2001:db8::1]:5060", "2001:db8::1", "[fe80::1%eth0]", "a:b:c", "[", "::", "0x7f.1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := split(s)
		if err != nil {
			if got != (target{}) {
				t.Fatalf("%q: both a target and an error", s)
			}
			return
		}
		if _, err := netip.ParseAddr(got.host); got.addr.IsValid() != (err == nil) {
			t.Fatalf("%q: host %q and address %v do not agree", s, got.host, got.addr)
		}
		if !got.addr.IsValid() && (!isName(got.host) || strings.ContainsAny(got.host, ":[]% \r\n\x00")) {
			t.Fatalf("%q: %q is no name", s, got.host)
		}
		again, err := split(got.host)
		if err != nil || again.host != got.host || again.addr != got.addr.WithZone("") || again.port != 0 {
			t.Fatalf("%q: %q is read as %v, %v", s, got.host, again, err)
		}
	})
}
