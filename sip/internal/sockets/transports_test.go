package sockets

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"trunkline/sip/internal/sockets/certs"
)

// TestEveryTransport asks and answers over each transport, of both families, in
// both directions over one connection, with sipgo on both sides.
func TestEveryTransport(t *testing.T) {
	pki := newPKI(t)
	f := func(network string, bind netip.AddrPort) {
		t.Run(network+" "+bind.Addr().String(), func(t *testing.T) {
			server := open(t, Config{}, Listener{Network: network, Addr: bind, TLS: pki.server("sip.example.com")})
			client := open(t, Config{Client: certs.Client{CAFile: pki.ca}}, pki.listener(network, bind))
			to := Peer{Network: network, Addr: server.addr(0), Name: "sip.example.com"}
			at, status := client.ask(to, "")
			if status != 200 || at.Network != network || at.Bound.Addr() != bind.Addr() {
				t.Errorf("asked: %d from %+v", status, at)
			}
			if at.Host != hostOf(bind.Addr()) || at.Port != int(client.addr(0).Port()) {
				t.Errorf("reached at %s:%d, not %s", at.Host, at.Port, client.addr(0))
			}
			gate, handler := server.last()
			if gate.Network != network || gate.From != at.Bound || gate.Local != server.addr(0) {
				t.Errorf("arrived by %+v", gate)
			}
			if handler.Network != network || handler.From != gate.From || handler.Local != gate.Local {
				t.Errorf("handled as %+v", handler)
			}
			// Back again, over the connection that is there.
			if _, status := server.ask(Peer{Network: network, Addr: at.Bound}, strings.Repeat("x", 30000)); status != 200 {
				t.Errorf("asked back: %d", status)
			}
			there, _ := server.held()
			if here, _ := client.held(); network != UDP && (here != 1 || there != 1) {
				t.Errorf("%d and %d connections", here, there)
			}
			counted := func() (in, out Traffic) {
				return server.Stats().Transports[network], client.Stats().Transports[network]
			}
			until(t, "all to be counted", func() bool { in, out := counted(); return in.MessagesOut == 2 && out.MessagesOut == 2 })
			in, out := counted()
			if in.MessagesIn != 2 || in.MessagesOut != 2 || in.BytesIn != out.BytesOut || in.BytesOut != out.BytesIn || out.BytesIn < 30000 {
				t.Errorf("counted %+v and %+v", in, out)
			}
			if network != UDP && (in.Accepted != 1 || in.Connections != 1 || out.Dialled != 1 || out.Connections != 1) {
				t.Errorf("connections counted as %+v and %+v", in, out)
			}
		})
	}
	for _, network := range []string{UDP, TCP, TLS, WS, WSS} {
		f(network, home)
		f(network, home6)
	}
}

// TestNoAnswerElsewhere holds rule 8: when the connection that a request came by
// is gone, nothing connects to its Via.
func TestNoAnswerElsewhere(t *testing.T) {
	other := open(t, Config{}, Listener{Network: TCP, Addr: home})
	b := open(t, Config{}, Listener{Network: TCP, Addr: home})
	c := dialTCP(t, b.addr(0))
	text := options(TCP, "gone")
	text = strings.Replace(text, "192.0.2.1:9", other.addr(0).String(), 1)
	if _, err := c.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	hear(t, c, "\r\n\r\n")
	c.Close()
	until(t, "the connection to be forgotten", func() bool { return !b.Connected(addrPort(c.LocalAddr())) })
	late := b.request(Place{Network: TCP, Host: "127.0.0.1", Port: 1}, other.addr(0), "")
	if err := b.stack.TransportLayer().WriteMsg(late); err == nil {
		t.Error("sipgo made a connection")
	}
	late.SetTransport("TLS")
	if err := b.stack.TransportLayer().WriteMsg(late); err == nil {
		t.Error("sipgo made a TLS connection")
	}
	if n := other.Stats().Transports[TCP].Accepted; n != 0 {
		t.Errorf("%d connections came", n)
	}
}

// TestPlaces holds what goes into Via and Contact.
func TestPlaces(t *testing.T) {
	b := open(t, Config{},
		Listener{Network: UDP, Addr: netip.MustParseAddrPort("0.0.0.0:0")},
		Listener{Network: TCP, Addr: home, Advertise: "sip.example.com"},
		Listener{Network: UDP, Addr: home6, Advertise: "[2001:db8::1]:5070"})
	f := func(network string, local, peer, host string, port int, reach string) {
		t.Helper()
		p, err := b.PlaceOf(network, netip.MustParseAddrPort(local), netip.MustParseAddrPort(peer))
		if err != nil || p.Host != host || p.Port != port || p.Reach.String() != reach {
			t.Errorf("%s %s toward %s: %+v, %v", network, local, peer, p, err)
		}
	}
	port := func(i int) string { return b.addr(i).String()[strings.LastIndex(b.addr(i).String(), ":"):] }
	f(UDP, b.addr(0).String(), "127.0.0.1:9", "127.0.0.1", int(b.addr(0).Port()), "127.0.0.1"+port(0))
	f(TCP, "127.0.0.1:1", "127.0.0.1:9", "sip.example.com", int(b.addr(1).Port()), "127.0.0.1"+port(1))
	f(UDP, b.addr(2).String(), "[::1]:9", "[2001:db8::1]", 5070, "[2001:db8::1]:5070")
	f(TLS, "[::1]:7", "[::1]:9", "[::1]", 7, "[::1]:7")

	if _, err := b.To(t.Context(), Peer{Network: UDP, Addr: netip.MustParseAddrPort("[fe80::1%lo]:5060")}); err == nil || !strings.Contains(err.Error(), "zone") {
		t.Errorf("to a zone: %v", err)
	}
	if _, err := b.To(t.Context(), Peer{Network: "sctp", Addr: home}); err == nil {
		t.Error("sctp is spoken")
	}
	var got []string
	for _, a := range b.Addrs() {
		got = append(got, a.Network)
	}
	if !slices.Equal(got, []string{UDP, TCP, UDP}) {
		t.Errorf("bound %v", got)
	}
}

// TestOpenRefuses holds that a listener that cannot work says so.
func TestOpenRefuses(t *testing.T) {
	f := func(l Listener, want string) {
		t.Helper()
		s := New(Config{})
		if err := s.Open(l); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", l, err, want)
		}
	}
	f(Listener{Network: UDP, Addr: netip.MustParseAddrPort("[fe80::1%lo]:0")}, "zone")
	f(Listener{Network: TCP, Addr: home, Advertise: "a b"}, "want host or host:port")
	f(Listener{Network: "sctp", Addr: home}, "no such transport")
	f(Listener{Network: TLS, Addr: home}, "no certificate and key")
	f(Listener{Network: TLS, Addr: home, TLS: certs.Server{CertFile: "none", KeyFile: "none"}}, "read certificate")
	f(Listener{Network: WS, Addr: home, Origins: []string{"["}}, "origin")
}

func TestAdvertised(t *testing.T) {
	f := func(text, host string, port int) {
		t.Helper()
		h, p, err := advertised(text)
		if h != host || p != port || (err == nil) != (host != "") {
			t.Errorf("%q: %q, %d, %v", text, h, p, err)
		}
	}
	f("sip.example.com", "sip.example.com", 0)
	f("sip.example.com:5070", "sip.example.com", 5070)
	f("192.0.2.1:5060", "192.0.2.1", 5060)
	f("2001:db8::1", "[2001:db8::1]", 0)
	f("[2001:DB8::1]", "[2001:db8::1]", 0)
	f("[2001:db8::1]:5060", "[2001:db8::1]", 5060)
	f("::ffff:192.0.2.1", "192.0.2.1", 0)
	for _, bad := range []string{"", ":5060", "a:0", "a:65536", "a b", "a\r\nX: y", "[a]", "[::1", "fe80::1%lo", "[fe80::1%lo]:1", "a;b", "[192.0.2.1]:1"} {
		f(bad, "", 0)
	}
}

// FuzzAdvertised holds that nothing breaks out of a header by it.
func FuzzAdvertised(f *testing.F) {
	f.Add("sip.example.com:5060")
	f.Add("[2001:db8::1]:5060")
	f.Fuzz(func(t *testing.T, text string) {
		host, port, err := advertised(text)
		if err == nil && (host == "" || strings.ContainsAny(host, " \r\n\t;,<>@\"%") || port < 0 || port > 65535) {
			t.Errorf("%q: %q, %d", text, host, port)
		}
	})
}

// TestReachable holds that a socket bound to every address tells each peer the
// one that it can answer to.
func TestReachable(t *testing.T) {
	f := func(bound, peer, want string) {
		t.Helper()
		got, err := reachable(netip.MustParseAddrPort(bound), netip.MustParseAddrPort(peer))
		if err != nil || got.String() != want {
			t.Errorf("%s toward %s: %s, %v, want %s", bound, peer, got, err, want)
		}
	}
	f("0.0.0.0:5060", "127.0.0.1:9", "127.0.0.1:5060")
	f("192.0.2.1:5060", "127.0.0.1:9", "192.0.2.1:5060")
	f("[::]:5060", "[::1]:9", "[::1]:5060")
}
