package lookup

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"trunkline/sip/internal/locate/dnstest"
)

const zone = `
	pbx.example.com. 60 IN A 192.0.2.1
	pbx.example.com. 60 IN A 192.0.2.2
	pbx.example.com. 60 IN AAAA 2001:db8::1
	alias.example.com. 60 IN CNAME pbx.example.com.
	bad.example.com. 60 IN A 0.0.0.0
	bad.example.com. 60 IN A 224.0.0.1
	bad.example.com. 60 IN A 255.255.255.255
	bad.example.com. 60 IN AAAA ::
	mixed.example.com. 60 IN A 0.0.0.0
	mixed.example.com. 60 IN A 192.0.2.3
	_sip._udp.example.com. 60 IN SRV 10 60 5070 PBX.example.com.
	_sip._udp.example.com. 60 IN SRV 20 0 5060 alias.example.com.
	_sip._tcp.example.com. 60 IN SRV 0 0 0 .
	example.com. 60 IN NAPTR 50 40 "s" "sips+d2t" "" _sips._tcp.example.com.
	example.com. 60 IN NAPTR 90 50 "s" "SIP+D2U" "" _sip._udp.example.com.
	www.example.com. 60 IN CNAME example.com.
`

func newResolver(t *testing.T, s *dnstest.Server) *Resolver {
	t.Helper()
	r := New(Config{
		Dial: s.Dial, Servers: func() []string { return []string{s.Addr} },
		Negative: time.Nanosecond, Deadline: 5 * time.Second,
	})
	t.Cleanup(r.Close)
	return r
}

func TestAddresses(t *testing.T) {
	r := newResolver(t, dnstest.New(t, zone))
	f := func(ask func(context.Context, string) ([]netip.Addr, error), host, want, fault string) {
		t.Helper()
		got, err := ask(t.Context(), host)
		slices.SortFunc(got, netip.Addr.Compare)
		if text := fmt.Sprint(got); text != want {
			t.Errorf("%s: got %s, want %s", host, text, want)
		}
		if text := fmt.Sprint(err); text != fault {
			t.Errorf("%s: got error %q, want %q", host, text, fault)
		}
	}
	f(r.IPv4, "pbx.example.com", "[192.0.2.1 192.0.2.2]", "<nil>")
	f(r.IPv4, "PBX.Example.com.", "[192.0.2.1 192.0.2.2]", "<nil>")
	f(r.IPv6, "pbx.example.com", "[2001:db8::1]", "<nil>")
	f(r.IPv4, "mixed.example.com", "[192.0.2.3]", "<nil>")
	f(r.IPv4, "bad.example.com", "[]", "look up bad.example.com: 3 addresses, none that one may send to")
	f(r.IPv6, "bad.example.com", "[]", "look up bad.example.com: 1 addresses, none that one may send to")
	f(r.IPv6, "mixed.example.com", "[]", "look up mixed.example.com: no such record")
	f(r.IPv4, "none.example.com", "[]", "look up none.example.com: no such record")
}

func TestSendable(t *testing.T) {
	f := func(addr string, want bool) {
		t.Helper()
		if got := Sendable(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: got %t, want %t", addr, got, want)
		}
	}
	f("192.0.2.1", true)
	f("127.0.0.1", true)
	f("2001:db8::1", true)
	f("fe80::1%eth0", true)
	f("0.0.0.0", false)
	f("::", false)
	f("::ffff:0.0.0.0", false)
	f("224.0.0.5", false)
	f("::ffff:224.0.0.5", false)
	f("ff02::1", false)
	f("255.255.255.255", false)
	f("::ffff:255.255.255.255", false)
	if Sendable(netip.Addr{}) {
		t.Error("no address at all is sendable")
	}
}

func TestSRV(t *testing.T) {
	r := newResolver(t, dnstest.New(t, zone))
	f := func(name, want string) {
		t.Helper()
		got, err := r.SRV(t.Context(), name)
		slices.SortFunc(got, func(a, b SRV) int { return int(a.Priority) - int(b.Priority) })
		if text := fmt.Sprint(got, err); text != want {
			t.Errorf("%s: got %s, want %s", name, text, want)
		}
	}
	f("_sip._udp.example.com", "[{pbx.example.com 5070 10 60} {alias.example.com 5060 20 0}] <nil>")
	f("_sip._tcp.example.com", "[{ 0 0 0}] <nil>")
	f("_sips._tcp.example.com", "[] look up _sips._tcp.example.com: no such record")
}

func TestNAPTR(t *testing.T) {
	r := newResolver(t, dnstest.New(t, zone))
	f := func(name, want string) {
		t.Helper()
		got, err := r.NAPTR(t.Context(), name)
		if text := fmt.Sprint(got, err); text != want {
			t.Errorf("%s: got %s, want %s", name, text, want)
		}
	}
	const both = "[{50 40 S SIPS+D2T  _sips._tcp.example.com} {90 50 S SIP+D2U  _sip._udp.example.com}] <nil>"
	f("example.com", both)
	f("EXAMPLE.com.", both)
	f("pbx.example.com", "[] look up pbx.example.com: no such record")
	f("none.example.com", "[] look up none.example.com: no such record")
}

func TestNAPTRThroughAnAlias(t *testing.T) {
	s := dnstest.New(t, zone)
	s.Bend(func(_ dns.ResponseWriter, _, reply *dns.Msg) bool {
		for _, line := range []string{
			`www.example.com. 60 IN CNAME web.example.com.`,
			`web.example.com. 60 IN NAPTR 1 1 "s" "SIP+D2U" "" right.example.com.`,
			`evil.example.net. 60 IN NAPTR 0 0 "s" "SIP+D2U" "" wrong.example.net.`,
			`loop.example.com. 60 IN CNAME loop.example.com.`,
		} {
			rr, err := dns.NewRR(line)
			if err != nil {
				t.Error(err)
			}
			reply.Answer = append(reply.Answer, rr)
		}
		reply.Rcode = dns.RcodeSuccess
		return true
	})
	got, err := newResolver(t, s).NAPTR(t.Context(), "www.example.com")
	if err != nil || len(got) != 1 || got[0].Replacement != "right.example.com" {
		t.Fatalf("got %v, %v; want the record of the alias alone", got, err)
	}
	if got, err := newResolver(t, s).NAPTR(t.Context(), "loop.example.com"); !errors.Is(err, ErrNotFound) {
		t.Fatalf("got %v, %v; want nothing from an alias of itself", got, err)
	}
}

// all asks everything there is to ask, and returns the errors.
func all(ctx context.Context, r *Resolver) (errs []error) {
	_, err := r.IPv4(ctx, "pbx.example.com")
	errs = append(errs, err)
	_, err = r.SRV(ctx, "_sip._udp.example.com")
	errs = append(errs, err)
	_, err = r.NAPTR(ctx, "example.com")
	return append(errs, err)
}

func TestAServerThatMisbehaves(t *testing.T) {
	s := dnstest.New(t, zone)
	r := newResolver(t, s)
	f := func(name string, bend func(w dns.ResponseWriter, query, reply *dns.Msg) bool) {
		t.Helper()
		s.Bend(bend)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		for i, err := range all(ctx, r) {
			if err == nil || errors.Is(err, ErrNotFound) {
				t.Errorf("%s, question %d: got %v, want a failure", name, i, err)
			}
		}
		r.Close()
		r = newResolver(t, s)
	}
	f("silence", func(dns.ResponseWriter, *dns.Msg, *dns.Msg) bool { return false })
	f("server failure", func(_ dns.ResponseWriter, _, reply *dns.Msg) bool {
		reply.Rcode, reply.Answer = dns.RcodeServerFailure, nil
		return true
	})
	f("refused", func(_ dns.ResponseWriter, _, reply *dns.Msg) bool {
		reply.Rcode, reply.Answer = dns.RcodeRefused, nil
		return true
	})
	f("another id", func(_ dns.ResponseWriter, _, reply *dns.Msg) bool {
		reply.Id++
		return true
	})
	f("another question", func(_ dns.ResponseWriter, _, reply *dns.Msg) bool {
		reply.Question[0].Name = "other.example.com."
		return true
	})
	f("no question", func(_ dns.ResponseWriter, _, reply *dns.Msg) bool {
		reply.Question = nil
		return true
	})
	f("the query itself", func(_ dns.ResponseWriter, _, reply *dns.Msg) bool {
		reply.Response = false
		return true
	})
	f("noise", func(w dns.ResponseWriter, _, _ *dns.Msg) bool {
		_, _ = w.Write([]byte("no DNS message at all"))
		return false
	})
	f("a message cut short", func(w dns.ResponseWriter, _, reply *dns.Msg) bool {
		raw, err := reply.Pack()
		if err != nil {
			t.Error(err)
		}
		_, _ = w.Write(raw[:20])
		return false
	})
	if s.Bend(nil); !slices.Equal(all(t.Context(), r), []error{nil, nil, nil}) {
		t.Error("a server that has come to its senses is not believed")
	}
}

func TestTheTrueAnswerAfterForgedOnes(t *testing.T) {
	s := dnstest.New(t, zone)
	s.Bend(func(w dns.ResponseWriter, query, reply *dns.Msg) bool {
		forged := new(dns.Msg).SetReply(query)
		forged.Rcode = dns.RcodeNameError
		forged.Id++
		_ = w.WriteMsg(forged)
		forged.Id--
		forged.Question[0].Name = "other.example.com."
		_ = w.WriteMsg(forged)
		_, _ = w.Write([]byte("noise"))
		return true
	})
	for i, err := range all(t.Context(), newResolver(t, s)) {
		if err != nil {
			t.Errorf("question %d: %v", i, err)
		}
	}
}

// huge is a zone with more of everything than anybody wants.
func huge() string {
	var b strings.Builder
	for i := range 300 {
		fmt.Fprintf(&b, "pbx.example.com. 60 IN A 192.0.%d.%d\n", 2+i/256, i%256)
		fmt.Fprintf(&b, "_sip._udp.example.com. 60 IN SRV 1 1 5060 host%d.example.com.\n", i)
		fmt.Fprintf(&b, "example.com. 60 IN NAPTR 1 %d \"s\" \"SIP+D2U\" \"\" _sip._udp.example.com.\n", i)
	}
	return b.String()
}

func TestHugeAnswersComeByTCPAndAreBounded(t *testing.T) {
	s := dnstest.New(t, huge())
	tcp := make(chan string, 16)
	s.Bend(func(w dns.ResponseWriter, query, _ *dns.Msg) bool {
		if w.LocalAddr().Network() == "tcp" {
			tcp <- dns.TypeToString[query.Question[0].Qtype]
		}
		return true
	})
	r := newResolver(t, s)
	addrs, err := r.IPv4(t.Context(), "pbx.example.com")
	if len(addrs) != maxAddrs || err != nil {
		t.Errorf("got %d addresses, %v", len(addrs), err)
	}
	srvs, err := r.SRV(t.Context(), "_sip._udp.example.com")
	if len(srvs) != maxRecords || err != nil {
		t.Errorf("got %d SRV records, %v", len(srvs), err)
	}
	naptrs, err := r.NAPTR(t.Context(), "example.com")
	if len(naptrs) != maxRecords || err != nil {
		t.Errorf("got %d NAPTR records, %v", len(naptrs), err)
	}
	if len(tcp) != 3 {
		t.Errorf("%d questions came by TCP, want 3", len(tcp))
	}
}

func TestOversizedDatagramIsIgnored(t *testing.T) {
	s := dnstest.New(t, huge())
	s.Bend(func(w dns.ResponseWriter, _, reply *dns.Msg) bool {
		_ = w.WriteMsg(reply) // all 12 kB of it, whatever was asked
		return false
	})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if got, err := newResolver(t, s).NAPTR(ctx, "example.com"); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %d records, %v; want none", len(got), err)
	}
}

func TestAnotherNAPTRServerIsAsked(t *testing.T) {
	s := dnstest.New(t, zone)
	closed, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	r := New(Config{Servers: func() []string { return []string{closed.LocalAddr().String(), s.Addr} }})
	defer r.Close()
	if got, err := r.NAPTR(t.Context(), "example.com"); len(got) != 2 || err != nil {
		t.Fatalf("got %v, %v; want two records of the second server", got, err)
	}
	none := New(Config{Servers: func() []string { return nil }})
	defer none.Close()
	if _, err := none.NAPTR(t.Context(), "example.com"); err == nil || errors.Is(err, ErrNotFound) {
		t.Fatalf("got %v, want that nobody can be asked", err)
	}
}

// FuzzReply feeds whole messages to what reads NAPTR answers.
func FuzzReply(f *testing.F) {
	query := new(dns.Msg).SetQuestion("example.com.", dns.TypeNAPTR)
	query.Id = 1
	reply := new(dns.Msg).SetReply(query)
	rr, err := dns.NewRR(`example.com. 60 IN NAPTR 50 40 "s" "sips+d2t" "" _sips._tcp.example.com.`)
	if err != nil {
		f.Fatal(err)
	}
	reply.Answer = []dns.RR{rr}
	raw, err := reply.Pack()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add(raw[:20])
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := new(dns.Msg)
		if m.Unpack(raw) != nil || !answers(m, query) {
			return
		}
		if got := naptrs(m); len(got) > maxRecords || len(got) > len(m.Answer) {
			t.Fatalf("%d records from %d", len(got), len(m.Answer))
		}
	})
}
