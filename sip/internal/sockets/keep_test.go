package sockets

import (
	"bytes"
	"encoding/hex"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// TestPings holds that connections we made are pinged while they are silent, and
// those of others only on request; that pings are answered, and not traced.
func TestPings(t *testing.T) {
	trace := func(_ bool, _ string, _, _ netip.AddrPort, message []byte) {
		if len(bytes.TrimSpace(message)) == 0 {
			t.Errorf("traced %q", message)
		}
	}
	every := 5 * time.Millisecond
	for _, network := range []string{TCP, WS} {
		counted := func(b *bench) Traffic { return b.Stats().Transports[network] }
		server := open(t, Config{PingStream: every, Trace: trace}, Listener{Network: network, Addr: home})
		to := Peer{Network: network, Addr: server.addr(0)}
		eager := open(t, Config{PingStream: every, Trace: trace}, Listener{Network: network, Addr: home})
		eager.ask(to, "")
		until(t, "pings", func() bool { return counted(server).PingsIn > 3 })
		if n := counted(server).PingsOut; n != 0 {
			t.Errorf("%s: %d pings where nobody asked for them", network, n)
		}
		quiet := open(t, Config{Trace: trace}, Listener{Network: network, Addr: home})
		at, _ := quiet.ask(to, "")
		stop := server.KeepAlive(network, at.Bound)
		until(t, "pings on request", func() bool { return counted(quiet).PingsIn > 3 })
		stop()
		stop()
		if c := server.hub.find(at.Bound); c == nil || c.kept.Load() != 0 {
			t.Errorf("%s: still kept: %+v", network, c)
		}
		for _, b := range []*bench{eager, quiet} {
			if _, status := b.ask(to, ""); status != 200 || counted(b).Dialled != 1 {
				t.Errorf("%s: status %d after pings", network, status)
			}
		}
		server.KeepAlive(network, netip.MustParseAddrPort("127.0.0.1:1"))() // nobody is there
	}
}

// TestDeadFlow holds that a peer that answered pings and no longer does is given
// up, and one that never did is not.
func TestDeadFlow(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	b := open(t, Config{PingStream: 5 * time.Millisecond, Message: 100 * time.Millisecond})
	peer := addrPort(l.Addr())
	if _, err := b.To(t.Context(), Peer{Network: TCP, Addr: peer}); err != nil {
		t.Fatal(err)
	}
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 50 { // for longer than a message may take
		hear(t, c, "\r\n\r\n")
	}
	if !b.Connected(peer) {
		t.Fatal("given up though it never answered")
	}
	if _, err := io.WriteString(c, "\r\n"); err != nil {
		t.Fatal(err)
	}
	ended(t, c)
	if n := b.Stats().Transports[TCP].PingsLost; n != 1 {
		t.Errorf("%d counted", n)
	}
}

// TestDatagramPings holds that a way by UDP is kept open from the listener itself
// for as long as somebody wants it.
func TestDatagramPings(t *testing.T) {
	b := open(t, Config{PingDatagram: 2 * time.Millisecond}, Listener{Network: UDP, Addr: home})
	p := dialUDP(t, b.addr(0))
	one := b.KeepAlive(UDP, addrPort(p.LocalAddr()))
	two := b.KeepAlive(UDP, addrPort(p.LocalAddr()))
	one()
	one()
	buf := make([]byte, 100)
	for range 3 {
		if n, err := p.Read(buf); err != nil || string(buf[:n]) != "\r\n\r\n" {
			t.Fatalf("heard %q, %v", buf[:n], err)
		}
	}
	two()
	if len(b.keeper.udp) != 0 {
		t.Errorf("still kept: %v", b.keeper.udp)
	}
	until(t, "the pings to be counted", func() bool { return b.Stats().Transports[UDP].PingsOut >= 3 })
}

func dialUDP(t *testing.T, addr netip.AddrPort) net.Conn {
	t.Helper()
	p, err := net.Dial("udp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	if err := p.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return p
}

const stunBinding = "000100002112a442b7e7a701bc34d686fa87dfae"

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestSTUN asks for our address on the SIP port. The transaction and the answer's
// attribute are those of RFC 5769 §2.2 and §2.3.
func TestSTUN(t *testing.T) {
	f := func(request, from, want string) {
		t.Helper()
		if got := hex.EncodeToString(bindingAnswer(unhex(t, request), netip.MustParseAddrPort(from))); got != want {
			t.Errorf("%s: %s, want %s", request, got, want)
		}
	}
	f(stunBinding, "192.0.2.1:32853", "0101000c2112a442b7e7a701bc34d686fa87dfae"+"002000080001a147e112a643")
	f(stunBinding, "[2001:db8:1234:5678:11:2233:4455:6677]:32853",
		"010100182112a442b7e7a701bc34d686fa87dfae"+"002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9")
	f("00010008"+stunBinding[8:]+"8022000141000000", "192.0.2.1:32853", "0101000c2112a442b7e7a701bc34d686fa87dfae002000080001a147e112a643")
	silent := func(request string) { t.Helper(); f(request, "192.0.2.1:1", "") }
	silent("")
	silent("0011" + stunBinding[4:])                             // an indication
	silent("00010004" + stunBinding[8:])                         // too long
	silent("00010000" + "00000000" + stunBinding[16:])           // another cookie
	silent("00010008" + stunBinding[8:] + "0006000141000000")    // insists on a user
	silent("00010004" + stunBinding[8:] + "80220005")            // attribute without end
	silent("00010003" + stunBinding[8:] + "802200")              // not in fours
	silent("00010008" + stunBinding[8:] + "8022ffff" + "000000") // longer than it is

	b := open(t, Config{}, Listener{Network: UDP, Addr: home})
	p := dialUDP(t, b.addr(0))
	if _, err := p.Write(unhex(t, stunBinding)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 100)
	n, err := p.Read(buf)
	if want := bindingAnswer(unhex(t, stunBinding), addrPort(p.LocalAddr())); err != nil || !bytes.Equal(buf[:n], want) {
		t.Errorf("answered %x, %v, want %x", buf[:n], err, want)
	}
	if len(b.arrivals) != 0 {
		t.Error("the gate saw it")
	}
}

// TestKeepalivesOfStrangers holds that an unknown source hears nothing.
func TestKeepalivesOfStrangers(t *testing.T) {
	b := open(t, Config{Known: func(netip.Addr) bool { return false }, Admit: func(_ []byte, a Arrival) bool {
		a.Reply([]byte("last"))
		return false
	}}, Listener{Network: UDP, Addr: home})
	p := dialUDP(t, b.addr(0))
	for _, raw := range [][]byte{unhex(t, stunBinding), []byte("\r\n\r\n"), {0, 0, 0, 0}, []byte("a message")} {
		if _, err := p.Write(raw); err != nil {
			t.Fatal(err)
		}
	}
	buf := make([]byte, 100)
	if n, err := p.Read(buf); err != nil || string(buf[:n]) != "last" {
		t.Errorf("heard %q, %v", buf[:n], err)
	}
	if n := b.Stats().Transports[UDP].PingsIn; n != 3 {
		t.Errorf("%d keep-alives counted", n)
	}
}

func FuzzSTUN(f *testing.F) {
	f.Add(unhex(f, stunBinding))
	f.Add(unhex(f, "00010008"+stunBinding[8:]+"8022000141000000"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		answer := bindingAnswer(raw, netip.MustParseAddrPort("[2001:db8::1]:5060"))
		if answer != nil && (len(answer) != 44 || !bytes.Equal(answer[4:20], raw[4:20]) || !isSTUN(answer)) {
			t.Errorf("%x answered by %x", raw, answer)
		}
	})
}

func TestKeepalive(t *testing.T) {
	f := func(raw string, want bool) {
		t.Helper()
		if got := isKeepalive([]byte(raw)); got != want {
			t.Errorf("%q: %v", raw, got)
		}
	}
	f("", true)
	f("\r\n\r\n", true)
	f("\x00\x00\x00\x00", true)
	f("\r\nOPTIONS", false)
}

// TestLargeDatagrams holds that datagrams come whole up to the largest there is,
// and that what is too large for sipgo is answered all the same.
func TestLargeDatagrams(t *testing.T) {
	b := open(t, Config{}, Listener{Network: UDP, Addr: home})
	f := func(size int, want string) {
		t.Helper()
		p := dialUDP(t, b.addr(0))
		head := options(UDP, "1")
		if _, err := io.WriteString(p, head+strings.Repeat("x", size-len(head))); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 2000)
		if n, err := p.Read(buf); err != nil || !strings.HasPrefix(string(buf[:n]), want) {
			t.Errorf("%d bytes: heard %q, %v", size, buf[:n], err)
		}
	}
	const largest = 65507 // RFC 768 over IPv4
	limit := min(int(gosip.TransportBufferReadSize), largest)
	f(limit, "SIP/2.0 200")
	for _, size := range []int{limit + 1, largest} {
		if size > limit && size <= largest {
			f(size, "SIP/2.0 513")
		}
	}
}

// TestFit moves what is too large for UDP to TCP, where the peer takes it.
func TestFit(t *testing.T) {
	with := open(t, Config{}, Listener{Network: TCP, Addr: home})
	without := netip.MustParseAddrPort("127.0.0.1:1")
	b := open(t, Config{}, Listener{Network: UDP, Addr: home}, Listener{Network: TCP, Addr: home})
	f := func(b *bench, size int, peer netip.AddrPort, want string, failures uint64) Place {
		t.Helper()
		at, err := b.To(t.Context(), Peer{Network: UDP, Addr: peer})
		if err != nil {
			t.Fatal(err)
		}
		got := b.Fit(t.Context(), size, at, peer)
		if got.Network != want || want == UDP && got != at {
			t.Errorf("%d bytes to %s go by %+v", size, peer, got)
		}
		if n := b.Stats().Transports[TCP].DialFailures; n != failures {
			t.Errorf("%d bytes to %s: TCP failed %d times, want %d", size, peer, n, failures)
		}
		return got
	}
	f(b, 1300, without, UDP, 0)
	f(b, 1301, without, UDP, 1)
	f(b, 1301, without, UDP, 1) // it is remembered
	f(b, 1300, with.addr(0), UDP, 1)
	b.noTCP.hold(with.addr(0), time.Now())
	f(b, 1301, with.addr(0), UDP, 1)
	b.noTCP.keep = 0
	b.noTCP.hold(with.addr(0), time.Now()) // and forgiven
	moved := f(b, 1301, with.addr(0), TCP, 1)
	if status := b.askFrom(moved, with.addr(0), strings.Repeat("x", 5000)); status != 200 {
		t.Errorf("status %d", status)
	}
	if moved.Port != int(b.addr(1).Port()) {
		t.Errorf("reached at port %d, want %s", moved.Port, b.addr(1))
	}
	alone := open(t, Config{}, Listener{Network: UDP, Addr: home})
	f(alone, 9999, with.addr(0), UDP, 0) // it could not be called back
}

// TestGrudges holds how long they are held, and how many.
func TestGrudges(t *testing.T) {
	g := newGrudge(time.Minute)
	peer := func(i int) netip.AddrPort { return netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), uint16(i)) }
	now := time.Unix(0, 0)
	g.hold(peer(1), now)
	if !g.held(peer(1), now.Add(time.Minute-1)) || g.held(peer(2), now) || g.held(peer(1), now.Add(time.Minute)) {
		t.Error("held for another time than a minute")
	}
	for i := range 2 * maxGrudges {
		g.hold(peer(i), now)
	}
	if len(g.until) != maxGrudges {
		t.Errorf("%d held", len(g.until))
	}
	g.hold(peer(5000), now.Add(time.Hour))
	if len(g.until) != 1 {
		t.Errorf("%d held after an hour", len(g.until))
	}
}

// TestAllocations holds what a datagram costs here, beside what the gate and sipgo
// do with it: the function that answers it.
func TestAllocations(t *testing.T) {
	e := &env{Config: Config{
		Log: slog.New(slog.DiscardHandler), Known: func(netip.Addr) bool { return true },
		Admit: func([]byte, Arrival) bool { return true },
	}}
	c, err := listenUDP(e, home)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	p := dialUDP(t, c.at)
	text, buf := []byte(options(UDP, "1")), make([]byte, 65535)
	allocs := testing.AllocsPerRun(200, func() {
		if _, err := p.Write(text); err != nil {
			t.Fatal(err)
		}
		if n, _, err := c.ReadFrom(buf); err != nil || n != len(text) {
			t.Fatalf("%d bytes, %v", n, err)
		}
	})
	if allocs > 1 {
		t.Errorf("%v allocations for a datagram", allocs)
	}
	to := net.UDPAddrFromAddrPort(addrPort(p.LocalAddr()))
	if allocs := testing.AllocsPerRun(100, func() { _, _ = c.WriteTo(text, to) }); allocs > 0 {
		t.Errorf("%v allocations to send a datagram", allocs)
	}
}
