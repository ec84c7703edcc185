package sip

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	parties "trunkline/sip/internal/journey"
	"trunkline/sip/internal/sockets"
	"trunkline/sip/internal/wire"
)

// stranger returns an endpoint that trusts 127.0.0.1 only, a peer at another
// address, and what the endpoint logs.
func stranger(t *testing.T, policy UnknownPolicy) (*Endpoint, *peer, *logged) {
	t.Helper()
	log := &logged{}
	cfg := loopback(log)
	cfg.Unknown = policy
	cfg.Trunks[0].Networks = []string{"127.0.0.1/32"}
	e := open(t, cfg, func(in *Incoming) { t.Errorf("a stranger's call came through: %+v", in.From) })
	return e, newPeer(t, "127.0.0.2").calls(e), log
}

func methods() []string {
	return []string{"INVITE", "OPTIONS", "REGISTER", "MESSAGE", "SUBSCRIBE", "BYE", "CANCEL", "INFO", "UPDATE", "REFER", "FROB"}
}

// alive wants the endpoint to answer a friend, after all that came before.
func alive(t *testing.T, e *Endpoint) {
	t.Helper()
	conn, err := net.Dial("udp", e.Addrs()[0].Addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	seq := conn.LocalAddr().(*net.UDPAddr).Port // a transaction of its own
	mustWrite(t, conn, []byte(options(seq, "UDP 127.0.0.1")))
	awaitLine(t, conn, "SIP/2.0 200 OK")
}

func TestStrangersGetNothing(t *testing.T) {
	e, p, log := stranger(t, Drop)
	for i, m := range methods() {
		p.send(p.request(m, fmt.Sprint("s", i), "", 1))
	}
	alive(t, e)
	if msg := p.any(10 * time.Millisecond); msg != "" {
		t.Errorf("answered\n%s", msg)
	}
	conn, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}).Dial("tcp", e.Addrs()[1].Addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	awaitEnd(t, conn)
	text := log.String()
	if n := strings.Count(text, "rule=unknown_source"); n != 1 {
		t.Errorf("%d log lines, want one\n%s", n, text)
	}
	for _, part := range []string{"source=127.0.0.2:", "method=INVITE", `trunks="local=127.0.0.1/32"`, "policy=drop"} {
		if !strings.Contains(text, part) {
			t.Errorf("the log does not say %s\n%s", part, text)
		}
	}
}

// TestStrangersGet403 holds that the refusal is the same for every method, is no
// amplifier, and goes to nobody but the sender.
func TestStrangersGet403(t *testing.T) {
	e, p, log := stranger(t, Forbid)
	victim := newPeer(t, "127.0.0.8")
	shape := ""
	for i, m := range methods() {
		req := p.request(m, fmt.Sprint("f", i), "", 1)
		req = strings.Replace(req, p.addr()+";branch", victim.addr()+";branch", 1) // Via names the victim
		p.send(req)
		got := p.recv("SIP/2.0 403 Forbidden\r\n")
		if len(got) > 2*len(req) {
			t.Errorf("%s: %d bytes for %d", m, len(got), len(req))
		}
		var names []string
		for line := range strings.SplitSeq(got, "\r\n") {
			name, _, _ := strings.Cut(line, ":")
			names = append(names, name)
		}
		if s := strings.Join(names, ","); shape == "" {
			shape = s
		} else if s != shape {
			t.Errorf("%s: shape %s, others %s", m, s, shape)
		}
	}
	p.send(p.request("ACK", "none", "", 1))
	p.send("SIP/2.0 200 OK\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKguess\nFrom: <sip:a@b>;tag=1\nTo: <sip:a@b>;tag=2\nCall-ID: x\nCSeq: 1 INVITE")
	p.send("rubbish")
	alive(t, e)
	if msg := p.any(10 * time.Millisecond); msg != "" {
		t.Errorf("answered\n%s", msg)
	}
	if msg := victim.any(10 * time.Millisecond); msg != "" {
		t.Errorf("the victim got\n%s", msg)
	}
	conn, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}).Dial("tcp", e.Addrs()[1].Addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	mustWrite(t, conn, []byte(options(1, "TCP 127.0.0.2")))
	awaitLine(t, conn, "SIP/2.0 403 Forbidden")
	awaitEnd(t, conn)
	if n := strings.Count(log.String(), "rule=unknown_source"); n != 1 {
		t.Errorf("%d log lines, want one", n)
	}
}

// TestSymmetricResponse holds RFC 3581: with rport to where the request came
// from, without it to where the Via says, on the same host.
func TestSymmetricResponse(t *testing.T) {
	e := open(t, loopback(nil), nil)
	p, other := newPeer(t, "127.0.0.1").calls(e), newPeer(t, "127.0.0.1")
	req := strings.Replace(p.request("OPTIONS", "rport", "", 1), p.addr()+";branch", other.addr()+";rport;branch", 1)
	p.send(req)
	via := headerOf(p.recv("SIP/2.0 200"), "Via")
	if _, port, _ := net.SplitHostPort(p.addr()); !strings.Contains(via, "rport="+port) || !strings.Contains(via, "received=127.0.0.1") {
		t.Errorf("Via: %s", via)
	}
	for _, method := range []string{"OPTIONS", "CANCEL", "REGISTER"} { // by a transaction, and without
		p.send(strings.Replace(p.request(method, "via"+method, "", 1), p.addr()+";branch", "host.example:"+portOf(other)+";branch", 1))
		if via := headerOf(other.recv("SIP/2.0 "), "Via"); !strings.Contains(via, "received=127.0.0.1") {
			t.Errorf("Via: %s", via)
		}
	}
}

func portOf(p *peer) string {
	_, port, _ := net.SplitHostPort(p.addr())
	return port
}

// TestSlowStream holds that a message that has begun must end soon, and that an
// idle connection may stay.
func TestSlowStream(t *testing.T) {
	e := open(t, loopback(nil), nil)
	idle, err := net.Dial("tcp", e.Addrs()[1].Addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	mustWrite(t, idle, []byte("\r\n\r\n")) // a ping, and its pong
	buf := make([]byte, 2)
	if _, err := idle.Read(buf); err != nil || string(buf) != "\r\n" {
		t.Errorf("pong %q, %v", buf, err)
	}
	slow, err := net.Dial("tcp", e.Addrs()[1].Addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	mustWrite(t, slow, []byte("OPTIONS sip:x@127.0.0.1 SIP/2.0\r\nVia: "))
	awaitEnd(t, slow)
	two := options(5, "TCP 127.0.0.1") + "\r\n" + options(6, "TCP 127.0.0.1")
	mustWrite(t, idle, []byte(two)) // two in one segment
	awaitLine(t, idle, "CSeq: 5 OPTIONS")
}

// TestBadStreams sends what has no message boundary: refused where that is
// possible, and closed.
func TestBadStreams(t *testing.T) {
	e := open(t, loopback(nil), nil)
	f := func(change func(string) string, want string) {
		t.Helper()
		conn, err := net.Dial("tcp", e.Addrs()[1].Addr.String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		mustWrite(t, conn, []byte(change(options(7, "TCP 127.0.0.1"))))
		if want != "" {
			awaitLine(t, conn, want)
		}
		awaitEnd(t, conn)
		alive(t, e)
	}
	length := func(with string) func(string) string {
		return func(s string) string { return strings.Replace(s, "Content-Length: 0", with, 1) }
	}
	f(length("X: y"), "SIP/2.0 400")
	f(length("Content-Length: 4294967296"), "SIP/2.0 400")
	f(length("Content-Length: 2147483647"), "SIP/2.0 513")
	f(length("Content-Length: 70000"), "SIP/2.0 513")
	f(length("Content-Length: 0\r\nl: 5"), "SIP/2.0 400")
	f(length("Content-Length: +5"), "SIP/2.0 400")
	f(func(string) string { return strings.Repeat("x", 70000) }, "")
}

// TestPeersTCPGone holds that an answer whose connection is gone goes nowhere:
// no host named in a Via is dialled.
func TestPeersTCPGone(t *testing.T) {
	trap, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer trap.Close()
	came := make(chan struct{})
	calls := make(chan *Incoming, 1)
	e := open(t, loopback(nil), func(in *Incoming) { in.Handle(func(Event) {}); calls <- in })
	conn, err := net.Dial("tcp", e.Addrs()[1].Addr.String())
	if err != nil {
		t.Fatal(err)
	}
	p := newPeer(t, "127.0.0.1").calls(e)
	text := strings.Replace(p.request("INVITE", "trap", "", 1), "UDP "+p.addr(), "TCP "+trap.Addr().String(), 1)
	text = strings.Replace(text, "Contact: <sip:2000@"+p.addr(), "Contact: <sip:2000@"+trap.Addr().String()+";transport=udp", 1)
	mustWrite(t, conn, []byte(strings.ReplaceAll(text, "\n", "\r\n")+"\r\nContent-Length: 0\r\n\r\n"))
	in := <-calls
	conn.Close()
	until(t, "the connection to be forgotten", func() bool { return !e.sockets.Connected(addrPortOf(conn.LocalAddr())) })
	go func() {
		if c, err := trap.Accept(); err == nil {
			c.Close()
			close(came)
		}
	}()
	_ = in.Ring()
	in.Hangup(New(Busy, ""))
	idle(t, e)
	alive(t, e)
	select {
	case <-came:
		t.Error("the host in the Via was dialled")
	default:
	}
}

// TestForeignSourceInDialog holds that another trunk cannot speak in a call, even
// when it knows the tags.
func TestForeignSourceInDialog(t *testing.T) {
	log := &logged{}
	e, p, calls, s := called(t, func(c *Config) {
		c.Log = slog.New(slog.NewTextHandler(log, nil))
		c.Trunks = []Trunk{
			{Name: "one", Networks: []string{"127.0.0.1/32"}},
			{Name: "two", Networks: []string{"127.0.0.2/32"}},
		}
	})
	tag := established(t, p, calls, s, "mine")
	thief := newPeer(t, "127.0.0.2").calls(e)
	thief.send(thief.request("BYE", "mine", tag, 2))
	thief.recv("SIP/2.0 481")
	s.quiet(t)
	if !strings.Contains(log.String(), "rule=foreign_source_in_dialog") {
		t.Errorf("not logged: %s", log)
	}
	hungUp(t, e, p, s)
}

// FuzzMessage holds: whatever a trunk sends, the gate does not panic, answers at
// most once and briefly, and lets only through what sipgo and the handlers can
// stand. Seeds are the torture messages and the hostile ones.
func FuzzMessage(f *testing.F) {
	list := readTorture(f)
	for _, m := range list {
		f.Add(m.text)
	}
	for _, m := range hostiles() {
		f.Add([]byte(m.text))
	}
	f.Add([]byte(options(1, "UDP 127.0.0.1")))
	log := &logged{}
	e, err := listen(loopback(log), func(in *Incoming) {
		in.Handle(func(Event) {})
		in.Hangup(New(Busy, ""))
	}, quick())
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { e.Close() })
	from := netip.MustParseAddrPort("127.0.0.1:9")
	f.Fuzz(func(t *testing.T, raw []byte) {
		replies := 0
		pass := e.gate.admit(raw, arrivalFor(from, func(answer []byte) {
			replies++
			if len(answer) > 3*len(raw) {
				t.Errorf("%d bytes for %d", len(answer), len(raw))
			}
		}))
		if replies > 1 || pass && replies > 0 {
			t.Errorf("%d answers, passed on: %v", replies, pass)
		}
		if strings.Contains(log.String(), "panicked") {
			t.Fatal(log.String())
		}
		if pass {
			handleParsed(t, e, raw)
		}
	})
}

func arrivalFor(from netip.AddrPort, reply func([]byte)) sockets.Arrival {
	return sockets.Arrival{Network: sockets.UDP, From: from, Reply: reply}
}

// handleParsed reads a message that the gate let through the way the handlers do.
func handleParsed(t *testing.T, e *Endpoint, raw []byte) {
	msg, err := e.gate.parser.ParseSIP(raw)
	if err != nil {
		t.Fatalf("the gate passed on what cannot be parsed: %v", err)
	}
	req, ok := msg.(*gosip.Request)
	if !ok {
		return // only a dialog that waits for it would look at it
	}
	req.SetSource("127.0.0.1:9")
	wire.SDP(req)
	for _, p := range []Party{parties.PartyOf(req.From().Address, req.From().DisplayName), parties.PartyOf(req.Recipient, "")} {
		if wire.HasControl(p.User) || wire.HasControl(p.Display) {
			t.Errorf("control characters reach the flow: %+v", p)
		}
	}
	e.dialogs.Invites.Release(req)
}

// TestFloodLeavesNothing holds that what opens no call takes no memory once it is
// answered, however much of it comes.
func TestFloodLeavesNothing(t *testing.T) {
	e := open(t, loopback(nil), nil)
	p := newPeer(t, "127.0.0.1").calls(e)
	filler := "X: " + strings.Repeat("y", 6000)
	before := heap()
	for i, method := range slices.Repeat([]string{"OPTIONS", "MESSAGE", "BYE", "FROB"}, 500) {
		p.send(p.request(method, fmt.Sprintf("flood%d", i), "", 1, filler))
		p.recv("SIP/2.0 ")
	}
	if kept := int64(heap()) - int64(before); kept > 2<<20 {
		t.Errorf("%d bytes kept of 2000 requests", kept)
	}
}
