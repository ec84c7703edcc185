package guard

import (
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

func start() time.Time { return time.Unix(1e9, 0) }

func stranger(addr string) Source { return Source{Addr: netip.MustParseAddr(addr)} }

var request = []byte("OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: <sip:c@d>;tag=1\r\nUser-Agent: Telefon 3\r\n\r\n")

// nth is a source of its own for every n.
func nth(n int) netip.Addr { return netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}) }

// passed counts how many of n messages, evenly spread over a time, pass.
func passed(g *Guard, from time.Time, over time.Duration, n int, s Source) (count int) {
	for i := range n {
		if g.Arrive(from.Add(over*time.Duration(i)/time.Duration(n)), s, request) == Pass {
			count++
		}
	}
	return count
}

func TestASourcesRate(t *testing.T) {
	g := New(Config{Source: Rates{{10, 5}, {1, 2}}, Bans: Bans{Sentences: Sentences{Flood: {After: -1}}}}, start())
	a := stranger("192.0.2.1")
	if n := passed(g, start(), 10*time.Second, 1000, a); n < 100 || n > 106 {
		t.Errorf("%d messages in 10 s of 10 per second", n)
	}
	if n := passed(g, start().Add(time.Minute), time.Millisecond, 50, a); n != 5 {
		t.Errorf("%d at once: want the burst", n)
	}
	if g.Arrive(start().Add(time.Minute), stranger("192.0.2.2"), request) != Pass {
		t.Error("another source pays for it")
	}
	b := stranger("192.0.2.3")
	got := []Rule{g.Invite(start(), b), g.Invite(start(), b), g.Invite(start(), b)}
	if got[0] != Pass || got[1] != Pass || got[2] != SourceInvites || got[2].Status() != 503 {
		t.Errorf("INVITEs: %v", got)
	}
	if c := g.Counts(); c["source_invite_rate"] != 1 || c["source_rate"] == 0 || c["banned"] != 0 {
		t.Errorf("counts: %v", c)
	}
}

// TestASlash64IsOneSource holds that nobody escapes into the other addresses of
// his IPv6 network, and that a mapped IPv4 address is the IPv4 address.
func TestASlash64IsOneSource(t *testing.T) {
	g := New(Config{Source: Rates{{1, 3}}}, start())
	n := 0
	for i := range 100 {
		if g.Arrive(start(), stranger(fmt.Sprintf("2001:db8::%x", i+1)), request) == Pass {
			n++
		}
	}
	if n != 3 || g.Arrive(start(), stranger("2001:db8:0:1::1"), request) != Pass {
		t.Errorf("%d of one /64 pass, or its neighbour does not", n)
	}
	passed(g, start(), 0, 3, stranger("192.0.2.1"))
	if g.Arrive(start(), stranger("::ffff:192.0.2.1"), request) != SourceRate {
		t.Error("a mapped address is another source")
	}
}

func TestTrunksRate(t *testing.T) {
	g := New(Config{Source: Rates{{1, 1}, {1, 1}}, Trunk: Rates{{100, 50}, {10, 5}}}, start())
	g.SetTrunks([]string{"carrier", "other"})
	s := Source{Addr: netip.MustParseAddr("192.0.2.1"), Known: true, Trunk: "carrier"}
	if n := passed(g, start(), 0, 200, s); n != 50 {
		t.Errorf("%d at once", n)
	}
	s.Addr = netip.MustParseAddr("192.0.2.2")
	if got := g.Arrive(start(), s, request); got != TrunkRate {
		t.Errorf("another of its addresses: %v", got)
	}
	g.SetTrunks([]string{"carrier", "third"})
	if got := g.Arrive(start(), s, request); got != TrunkRate {
		t.Errorf("after a reload: %v", got)
	}
	s.Trunk = "third"
	for i := range 6 {
		if got := g.Invite(start(), s); (got == Pass) != (i < 5) {
			t.Errorf("INVITE %d: %v", i, got)
		}
	}
}

// TestForgedSources holds that what comes in somebody's name over UDP takes no
// token from his connections, and nothing from anybody when it comes in two
// hundred thousand names.
func TestForgedSources(t *testing.T) {
	g := New(Config{Sources: 1024, Strangers: Rate{1000, 1000}}, start())
	g.SetTrunks([]string{"carrier"})
	trunk := Source{Addr: netip.MustParseAddr("192.0.2.1"), Known: true, Trunk: "carrier"}
	phone := Source{Addr: netip.MustParseAddr("192.0.2.2"), Known: true}
	phone.Proven = true
	forged := phone
	forged.Proven = false
	passed(g, start(), 0, 10000, forged)
	if g.Arrive(start(), phone, request) != Pass {
		t.Error("a forged flood takes the tokens of the connection")
	}
	passed(g, start(), 0, 195, phone) // of a burst of 200 not much is left
	n := 0
	for i := range 200000 {
		if g.Arrive(start(), Source{Addr: nth(i)}, request) == Pass {
			n++
		}
	}
	if n > 1000 {
		t.Errorf("%d of the flood pass", n)
	}
	if g.Arrive(start(), trunk, request) != Pass {
		t.Error("the trunk is refused")
	}
	if n := passed(g, start(), 0, 100, phone); n > 5 {
		t.Errorf("the flood pushed the phone out of the table: %d pass", n)
	}
}

// TestACrowdedTable holds that a flood of sources does not give each of them a
// burst of its own.
func TestACrowdedTable(t *testing.T) {
	g := New(Config{Sources: 128, Source: Rates{{3, 20}}, Strangers: Rate{PerSecond: -1}}, start())
	n := 0
	for i := range 10000 {
		n += passed(g, start(), 0, 20, Source{Addr: nth(i)})
	}
	if n > 128*20+10000 || n < 10000 {
		t.Errorf("%d messages of 10000 sources pass: want hardly more than one of each", n)
	}
}

func TestScanners(t *testing.T) {
	g := New(Config{Scanners: []string{"EvilProbe"}}, start())
	f := func(line string, want Rule) {
		t.Helper()
		raw := []byte("OPTIONS sip:100@h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n" + line + "\r\n\r\nUser-Agent: sipvicious\r\n")
		g := New(g.cfg, start())
		if got := g.Arrive(start(), stranger("192.0.2.1"), raw); got != want {
			t.Errorf("%s: %v, want %v", line, got, want)
		}
		if got := g.Arrive(start(), stranger("192.0.2.1"), request); want == Scanner && got != Banned {
			t.Errorf("%s: not banned", line)
		}
	}
	f("User-Agent: friendly-scanner", Scanner)
	f("USER-AGENT : Friendly-Scanner", Scanner)
	f("User-Agent: sipcli/v1.8", Scanner)
	f("User-Agent: VaxSIPUserAgent/3.1", Scanner)
	f("User-Agent: sundayddr", Scanner)
	f("User-Agent: sip-scan", Scanner)
	f("User-Agent: an evilprobe", Scanner)
	f(`From: "sipvicious"<sip:100@1.1.1.1>;tag=1`, Scanner)
	f(`f: <sip:nm@nm>;tag=1`, Scanner)
	f("User-Agent: Telefon", Pass)
	f("X-Note: sipvicious", Pass)
	f("User-Agent: "+strings.Repeat("x", 9000)+"sipcli", Pass) // far behind
	known := Source{Addr: netip.MustParseAddr("192.0.2.1"), Known: true}
	if g.Arrive(start(), known, []byte("OPTIONS x\r\nUser-Agent: sipcli\r\n\r\n")) != Pass {
		t.Error("a known source may test with what it likes")
	}
}

// TestFloods is 100k messages of one source and 200k forged sources: next to
// nothing passes, and nothing is kept.
func TestFloods(t *testing.T) {
	g := New(Config{}, start())
	now := start()
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	if n := passed(g, now, time.Second, 100000, stranger("192.0.2.1")); n > 260 {
		t.Errorf("%d of one source's flood pass", n)
	}
	if list := g.Bans(now); len(list) != 1 || list[0].Reason != "flood" || list[0].Hits < 90000 {
		t.Errorf("bans: %+v", list)
	}
	scanner := []byte("OPTIONS sip:100@h SIP/2.0\r\nUser-Agent: friendly-scanner\r\n\r\n")
	for i := range 200000 {
		g.Arrive(now.Add(2*time.Second+time.Duration(i)*5*time.Microsecond), Source{Addr: nth(i)}, scanner)
	}
	if n := len(g.Bans(now.Add(3 * time.Second))); n == 0 || n > 4096 {
		t.Errorf("%d bans", n)
	}
	if kept := heap() - before; kept > 4<<20 { // the ban list, full
		t.Errorf("%d bytes kept", kept)
	}
	runtime.KeepAlive(g)
}

func TestArriveAllocatesNothing(t *testing.T) {
	g := New(Config{}, start())
	g.SetTrunks([]string{"carrier"})
	if err := g.Ban(start(), netip.MustParsePrefix("203.0.113.0/24"), 0, "x"); err != nil {
		t.Fatal(err)
	}
	sources := []Source{
		stranger("192.0.2.1"), stranger("2001:db8::1"), stranger("203.0.113.1"),
		{Addr: netip.MustParseAddr("192.0.2.2"), Known: true, Trunk: "carrier"},
	}
	now := start()
	n := testing.AllocsPerRun(1000, func() {
		now = now.Add(time.Second)
		for _, s := range sources {
			g.Arrive(now, s, request)
			g.Invite(now, s)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations per round", n)
	}
}

func TestRuleNames(t *testing.T) {
	seen := map[string]bool{}
	for r := range rules {
		if r.String() == "" || seen[r.String()] {
			t.Errorf("rule %d: %q", r, r)
		}
		seen[r.String()] = true
	}
	for o := range offences {
		if o.String() == "" || seen[o.String()] && o != Scan {
			t.Errorf("offence %d: %q", o, o)
		}
	}
	if Rule(99).String() != "unknown" || Rule(99).Status() != 0 || Offence(99).String() != "unknown" {
		t.Error("a rule that is none")
	}
}

// TestReasons holds that what is wrong with credentials cannot be told from
// outside.
func TestReasons(t *testing.T) {
	f := func(rule string, status int, want string) {
		t.Helper()
		if got := ReasonOf(rule, status); got != want {
			t.Errorf("%s: %s, want %s", rule, got, want)
		}
	}
	f(Overload.String(), 503, `SIP;cause=503;text="overload"`)
	f("unknown_source", 403, `SIP;cause=403;text="unknown_source"`)
	f("auth-user", 403, `SIP;cause=403;text="auth"`)
	f("auth-password", 403, `SIP;cause=403;text="auth"`)
	f("register-domain", 403, `SIP;cause=403;text="register"`)
	f("register-foreign-user", 403, `SIP;cause=403;text="register"`)
	f("register-brief", 423, `SIP;cause=423;text="register-brief"`)
}

// TestManyAtOnce is for the race detector: everything from everywhere.
func TestManyAtOnce(t *testing.T) {
	g := New(Config{Sources: 128, Bans: Bans{Size: 16}}, start())
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 500 {
				now := start().Add(time.Duration(i) * time.Millisecond)
				s := Source{Addr: nth(i * worker), Proven: i%2 == 0, Known: i%3 == 0}
				if i%5 == 0 {
					s.Trunk = "carrier"
				}
				g.Arrive(now, s, request)
				g.Invite(now, s)
				g.Offend(now, s, Offence(i%int(offences)))
				switch i % 50 {
				case 1:
					g.SetTrunks([]string{"carrier"})
				case 2:
					g.Bans(now)
				case 3:
					g.Unban(prefixOf(s.Addr))
				case 4:
					g.Allow([]netip.Prefix{prefixOf(nth(7))})
				}
			}
		})
	}
	all.Wait()
	if n := len(g.Bans(start())); n > 16 {
		t.Errorf("%d bans on a list of 16", n)
	}
	if g.Counts()["source_rate"]+g.Counts()["banned"] == 0 {
		t.Error("nothing was refused")
	}
}

// FuzzScans holds that no message stops the look for scanners, and that who gives
// himself away is found.
func FuzzScans(f *testing.F) {
	f.Add(request)
	f.Add([]byte("OPTIONS x\nUser-Agent\t:sipcli"))
	g := New(Config{Sources: 128}, start())
	f.Fuzz(func(t *testing.T, raw []byte) {
		before := string(raw)
		g.scans(raw)
		if string(raw) != before {
			t.Error("the message was changed")
		}
		if !g.scans(append([]byte("OPTIONS x\r\nUser-Agent: SIPVicious\r\n"), raw...)) {
			t.Error("not found")
		}
	})
}

func BenchmarkArrive(b *testing.B) {
	trunk := Source{Addr: netip.MustParseAddr("192.0.2.2"), Known: true, Trunk: "carrier"}
	bench := func(name string, source func(i int) Source) {
		b.Run(name, func(b *testing.B) {
			g := New(Config{}, start())
			g.SetTrunks([]string{"carrier"})
			now := start()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				now = now.Add(50 * time.Microsecond)
				g.Arrive(now, source(i), request)
			}
		})
	}
	bench("trunk", func(int) Source { return trunk })
	somebody := stranger("192.0.2.1")
	bench("stranger", func(int) Source { return somebody })
	bench("forged", func(i int) Source { return Source{Addr: nth(i)} })
}
