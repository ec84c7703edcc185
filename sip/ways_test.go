package sip

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
)

// everywhere listens with every transport at an address, as name.
func (a *authority) everywhere(ip, name string) Config {
	cert, key, _ := a.issue(name)
	cfg := loopback(nil)
	cfg.Trunks, cfg.Listen = nil, nil
	cfg.Client = ClientTLS{CAFile: a.file, CertFile: cert, KeyFile: key}
	for _, tr := range []Transport{UDP, TCP, TLS, WS, WSS} {
		l := Listener{Transport: tr, Addr: netip.AddrPortFrom(netip.MustParseAddr(ip), 0)}
		if tr == TLS || tr == WSS {
			l.TLS = ServerTLS{CertFile: cert, KeyFile: key, ClientCAFile: a.file}
		}
		cfg.Listen = append(cfg.Listen, l)
	}
	return cfg
}

// hears opens an endpoint whose calls come out of the channel, each with its side.
func hears(t *testing.T, cfg Config) (*Endpoint, chan *Incoming, chan *side) {
	t.Helper()
	calls, sides := make(chan *Incoming, 8), make(chan *side, 8)
	e := open(t, cfg, func(in *Incoming) {
		s := newSide()
		s.Dialog = in.Dialog
		in.Handle(s.sink)
		sides <- s
		calls <- in
	})
	return e, calls, sides
}

// dialled places a call through a trunk.
func dialled(t *testing.T, e *Endpoint, trunk string) *side {
	t.Helper()
	s := newSide()
	d, err := e.Dial(DialRequest{Trunk: trunk, User: "1000", From: Party{User: "2000"}, Offer: []byte(offerSDP)}, s.sink)
	if err != nil {
		t.Fatal(err)
	}
	s.Dialog = d
	return s
}

// talked lets a call be answered and hung up by one of the two.
func talked(t *testing.T, caller, callee *side, in *Incoming, calleeEnds bool) {
	t.Helper()
	if err := in.Answer([]byte(answerSDP)); err != nil {
		t.Fatal(err)
	}
	caller.next(t, Answered)
	callee.next(t, Confirmed)
	first, second := caller, callee
	if calleeEnds {
		first, second = callee, caller
	}
	first.Hangup(New(Normal, ""))
	first.ended(t, Normal, false)
	second.ended(t, Normal, true)
}

// TestEveryTransport holds that calls go over each transport, by IPv4 and IPv6, and
// that either side can end them.
func TestEveryTransport(t *testing.T) {
	a := newAuthority(t)
	for _, ip := range []string{"127.0.0.1", "::1"} {
		b, calls, sides := hears(t, func() Config {
			cfg := a.everywhere(ip, "b.example.com")
			cfg.Trunks = []Trunk{{Name: "a", Networks: []string{"127.0.0.1/32", "::1/128"}}}
			return cfg
		}())
		cfg := a.everywhere(ip, "a.example.com")
		for _, l := range b.Addrs() {
			cfg.Trunks = append(cfg.Trunks, Trunk{Name: l.Transport, Target: l.Addr.String(), Transport: l.Transport})
		}
		e := open(t, cfg, nil)
		for _, tr := range []Transport{UDP, TCP, TLS, WS, WSS} {
			for _, calleeEnds := range []bool{false, true} {
				caller := dialled(t, e, tr)
				in := await(t, calls)
				if in.Trunk.Name != "a" || in.Source.Addr() != netip.MustParseAddr(ip) {
					t.Errorf("%s %s: from %v of trunk %q", ip, tr, in.Source, in.Trunk.Name)
				}
				talked(t, caller, <-sides, in, calleeEnds)
			}
		}
		idle(t, e)
		idle(t, b)
	}
}

// TestCertificateIsATrunk holds that a trunk is known by its certificate, from
// wherever it comes and over TLS and secure WebSocket alike, and that one without is
// nobody.
func TestCertificateIsATrunk(t *testing.T) {
	a := newAuthority(t)
	cfg := a.everywhere("127.0.0.1", "b.example.com")
	cfg.Trunks = []Trunk{{Name: "pbx", Certificates: []string{"PBX.example.com"}}}
	b, calls, sides := hears(t, cfg)
	from := func(cfg Config) *Endpoint {
		cfg.Trunks = nil
		for _, l := range b.Addrs() {
			cfg.Trunks = append(cfg.Trunks, Trunk{Name: l.Transport, Target: l.Addr.String(), Transport: l.Transport})
		}
		return open(t, cfg, nil)
	}
	pbx := from(a.everywhere("127.0.0.1", "pbx.example.com"))
	for _, tr := range []Transport{TLS, WSS} {
		caller := dialled(t, pbx, tr)
		in := await(t, calls)
		if in.Trunk.Name != "pbx" || !in.Caller.Customer {
			t.Errorf("%s: trunk %q", tr, in.Trunk.Name)
		}
		talked(t, caller, <-sides, in, true)
	}
	for _, tr := range []Transport{UDP, TCP, WS} {
		dialled(t, pbx, tr).ended(t, Unreachable, true)
	}
	other := a.everywhere("127.0.0.1", "other.example.com")
	nobody := a.everywhere("127.0.0.1", "pbx.example.com")
	nobody.Client.CertFile, nobody.Client.KeyFile = "", ""
	for _, cfg := range []Config{other, nobody} {
		e := from(cfg)
		dialled(t, e, TLS).ended(t, Unreachable, true)
		dialled(t, e, WSS).ended(t, Unreachable, true)
	}
	if len(calls) > 0 {
		t.Errorf("a call of trunk %q", (<-calls).Trunk.Name)
	}
}

// TestCertificateReload holds that a new certificate is shown after a reload, and
// that calls over the old connection go on.
func TestCertificateReload(t *testing.T) {
	a := newAuthority(t)
	cfg := a.everywhere("127.0.0.1", "b.example.com")
	cfg.Trunks = []Trunk{{Name: "a", Networks: []string{"127.0.0.1/32"}}}
	b, calls, sides := hears(t, cfg)
	mine := a.everywhere("127.0.0.1", "a.example.com")
	mine.Trunks = []Trunk{{Name: "b", Target: addrOf(t, b, TLS), Transport: TLS}}
	e := open(t, mine, nil)
	caller := dialled(t, e, "b")
	in := await(t, calls)

	_, _, serial := a.issue("b.example.com")
	if err := b.ReloadCertificates(); err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	conn, err := tls.Dial("tcp", addrOf(t, b, TLS), &tls.Config{RootCAs: pool})
	if err != nil {
		t.Fatal(err)
	}
	if got := conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64(); got != serial {
		t.Errorf("serial %d, want %d", got, serial)
	}
	conn.Close()
	talked(t, caller, <-sides, in, true)
	idle(t, b)
}

// TestAdvertisedAddress holds what peers read in Via and Contact behind a NAT.
func TestAdvertisedAddress(t *testing.T) {
	e, p, s, invite := dials(t, func(c *Config, _ *peer) { c.Listen[0].Advertise = "203.0.113.7:5070" })
	if c := headerOf(invite, "Contact"); c != "<sip:203.0.113.7:5070>" {
		t.Errorf("Contact: %s", c)
	}
	if via := headerOf(invite, "Via"); !strings.HasPrefix(via, "SIP/2.0/UDP 203.0.113.7:5070;") {
		t.Errorf("Via: %s", via)
	}
	p.send(p.respond(invite, 486, "x"))
	s.ended(t, Busy, true)
	p.recv("ACK ")
	idle(t, e)

	_, p, calls, s := called(t, func(c *Config) { c.Listen[0].Advertise = "sip.example.com" })
	established(t, p, calls, s, "nat")
	s.Hangup(New(Normal, ""))
	bye := p.recv("BYE ")
	if via := headerOf(bye, "Via"); !strings.HasPrefix(via, "SIP/2.0/UDP sip.example.com") {
		t.Errorf("Via: %s", via)
	}
	p.send(p.respond(bye, 200, ""))
	s.ended(t, Normal, false)
}

// TestLargeInviteGoesByTCP holds RFC 3261 §18.1.1, and that a peer which takes no
// TCP gets a datagram.
func TestLargeInviteGoesByTCP(t *testing.T) {
	b, calls, sides := hears(t, loopback(nil))
	cfg := loopback(nil)
	other := newPeer(t, "127.0.0.2") // takes no TCP
	addr, err := net.ResolveTCPAddr("tcp", b.Addrs()[1].Addr.String())
	if err != nil {
		t.Fatal(err)
	}
	cfg.Trunks = append(cfg.Trunks, Trunk{Name: "b", Target: addr.String(), Transport: UDP}, Trunk{Name: "udp", Target: other.addr(), Transport: UDP})
	e := open(t, cfg, nil)
	large := [][2]string{{"X-Large", strings.Repeat("x", 1200)}}
	for trunk, hears := range map[string]func(s *side){
		"b": func(s *side) { // both transports of b listen at ports of their own: this one is TCP's
			in := await(t, calls)
			talked(t, s, <-sides, in, false)
		},
		"udp": func(s *side) {
			invite := other.recv("INVITE ")
			if !strings.Contains(headerOf(invite, "Via"), "/UDP ") {
				t.Errorf("Via: %s", headerOf(invite, "Via"))
			}
			other.send(other.respond(invite, 486, "x"))
			s.ended(t, Busy, true)
			other.recv("ACK ")
		},
	} {
		s := newSide()
		d, err := e.Dial(DialRequest{Trunk: trunk, User: "1000", Offer: []byte(offerSDP), Headers: large}, s.sink)
		if err != nil {
			t.Fatal(err)
		}
		s.Dialog = d
		hears(s)
	}
	if n := metric(e, "sip_connections_total tcp dialled"); n != 1 {
		t.Errorf("%v connections", n)
	}
	idle(t, e)
	idle(t, b)
}

// TestReconnect holds that a request within a call makes a new connection to a
// trunk whose old one has broken.
func TestReconnect(t *testing.T) {
	b, calls, sides := hears(t, func() Config {
		cfg := loopback(nil)
		cfg.Trunks = []Trunk{{Name: "a", Networks: []string{"127.0.0.0/8"}}}
		return cfg
	}())
	cfg := loopback(nil)
	way := newRelay(t, addrOf(t, b, TCP))
	cfg.Trunks = []Trunk{{Name: "b", Networks: []string{"127.0.0.1/32"}, Target: way.Addr().String(), Transport: TCP}}
	e := open(t, cfg, nil)
	caller := dialled(t, e, "b")
	in := await(t, calls)
	callee := <-sides
	if err := in.Answer([]byte(answerSDP)); err != nil {
		t.Fatal(err)
	}
	caller.next(t, Answered)
	callee.next(t, Confirmed)
	way.cut()
	until(t, "the connection to be gone", func() bool { return metric(b, "sip_connections tcp")+metric(e, "sip_connections tcp") == 0 })
	caller.Hangup(New(Normal, ""))
	caller.ended(t, Normal, false)
	callee.ended(t, Normal, true)
	idle(t, e)
	idle(t, b)
}

// relay passes on what connections bring, until they are cut.
type relay struct {
	net.Listener
	mu    sync.Mutex
	conns []net.Conn
}

func newRelay(t *testing.T, to string) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{Listener: l}
	var work sync.WaitGroup
	t.Cleanup(func() {
		l.Close()
		r.cut()
		work.Wait()
	})
	work.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil {
				in.Close()
				continue
			}
			r.mu.Lock()
			r.conns = append(r.conns, in, out)
			r.mu.Unlock()
			work.Go(func() { _, _ = io.Copy(out, in) })
			work.Go(func() { _, _ = io.Copy(in, out) })
		}
	})
	return r
}

// cut closes all connections; new ones may come.
func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.conns {
		c.Close()
	}
	r.conns = nil
}
