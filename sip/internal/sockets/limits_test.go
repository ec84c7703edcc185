package sockets

import (
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// TestStreamInPieces sends messages byte by byte, and several in one segment.
func TestStreamInPieces(t *testing.T) {
	b := open(t, Config{}, Listener{Network: TCP, Addr: home})
	c := dialTCP(t, b.addr(0))
	for _, piece := range strings.SplitAfter("\r\n\r\n"+options(TCP, "1"), "") {
		if _, err := io.WriteString(c, piece); err != nil {
			t.Fatal(err)
		}
	}
	hear(t, c, "\r\n")
	hear(t, c, "\r\n\r\n")
	if _, err := io.WriteString(c, options(TCP, "2")+"\r\n\r\n"+options(TCP, "3")); err != nil {
		t.Fatal(err)
	}
	first := hear(t, c, "\r\n\r\n") // and the answer to the ping, somewhere before the end
	if second := hear(t, c, "Content-Length: 0\r\n"); strings.Contains(first, "Call-ID: 2") == strings.Contains(second, "Call-ID: 2") {
		t.Errorf("answered %q and %q", first, second)
	}
	if got := b.Stats().Transports[TCP]; got.PingsIn != 2 || got.MessagesIn != 3 {
		t.Errorf("counted %+v", got)
	}
}

// TestSlowOnes closes what takes too long, in each state.
func TestSlowOnes(t *testing.T) {
	pki := newPKI(t)
	b := open(t, Config{Message: 50 * time.Millisecond, Idle: 100 * time.Millisecond},
		Listener{Network: TCP, Addr: home}, pki.listener(TLS, home), Listener{Network: WS, Addr: home})
	f := func(listener int, text string) {
		t.Helper()
		c := dialTCP(t, b.addr(listener))
		if _, err := io.WriteString(c, text); err != nil {
			t.Fatal(err)
		}
		ended(t, c)
	}
	f(0, "")
	f(0, "OPT")
	f(0, options(TCP, "1"))
	f(0, options(TCP, "2")+"OPT")
	f(0, strings.Replace(options(TCP, "3"), "Length: 0", "Length: 9", 1))
	f(1, "")
	f(1, "\x16\x03\x01")
	f(2, "")
	f(2, "GET / HT")
	if got := b.Stats().Transports[TCP]; got.IdleClosed != 5 || got.Accepted != 5 {
		t.Errorf("counted %+v", got)
	}
	until(t, "the handshakes to fail", func() bool {
		s := b.Stats().Transports
		return s[TLS].HandshakeFailures == 2 && s[WS].HandshakeFailures == 2
	})
}

// TestResets takes a connection away in each state.
func TestResets(t *testing.T) {
	pki := newPKI(t)
	b := open(t, Config{}, Listener{Network: TCP, Addr: home}, pki.listener(TLS, home), Listener{Network: WS, Addr: home})
	b.torn = true
	for i := range 3 {
		for _, text := range []string{"", "\r", "OPT", options(TCP, "1"), "GET / HTTP/1.1\r\n", "\x16\x03\x01\x00\xff"} {
			c := dialTCP(t, b.addr(i))
			if _, err := io.WriteString(c, text); err != nil {
				t.Fatal(err)
			}
			if err := c.(*net.TCPConn).SetLinger(0); err != nil { // close sends RST
				t.Fatal(err)
			}
			c.Close()
		}
	}
	until(t, "all to be forgotten", func() bool { links, conns := b.held(); return links+conns == 0 })
}

// TestStrangers holds that an unknown source has one message and no longer than
// that takes, or not even a connection.
func TestStrangers(t *testing.T) {
	none := func(netip.Addr) bool { return false }
	b := open(t, Config{Known: none, Message: 50 * time.Millisecond, Admit: func(raw []byte, a Arrival) bool {
		a.Reply([]byte("SIP/2.0 403 Forbidden\r\n\r\n"))
		return false
	}}, Listener{Network: TCP, Addr: home})
	ended(t, dialTCP(t, b.addr(0)))
	c := dialTCP(t, b.addr(0))
	if _, err := io.WriteString(c, "\r\n\r\n"+options(TCP, "1")+options(TCP, "2")); err != nil {
		t.Fatal(err)
	}
	if got := hear(t, c, "SIP/2.0 403 Forbidden\r\n\r\n"); !strings.HasPrefix(got, "SIP") {
		t.Errorf("a ping was answered: %q", got)
	}
	ended(t, c)
	if n := b.Stats().Transports[TCP].MessagesIn; n != 1 {
		t.Errorf("%d messages heard", n)
	}
}

// TestConnectionLimits holds that no source takes all connections, and all
// sources not all memory.
func TestConnectionLimits(t *testing.T) {
	b := open(t, Config{MaxConns: 5, MaxPerSource: 3}, Listener{Network: TCP, Addr: home})
	keep := func(from string) net.Conn {
		t.Helper()
		d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(from), 0))}
		c, err := d.Dial("tcp", b.addr(0).String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		return c
	}
	first := keep("127.0.0.2")
	keep("127.0.0.2")
	keep("127.0.0.2")
	ended(t, keep("127.0.0.2"))
	keep("127.0.0.3")
	keep("127.0.0.3")
	ended(t, keep("127.0.0.3"))
	if n := b.Stats().Refused["too_many_connections"]; n != 2 {
		t.Errorf("%d refused", n)
	}
	first.Close()
	until(t, "a place to be free", func() bool { links, _ := b.held(); return links == 4 })
	again := keep("127.0.0.2")
	if _, err := io.WriteString(again, options(TCP, "1")); err != nil {
		t.Fatal(err)
	}
	hear(t, again, "\r\n\r\n")
}

// TestThousandIdle holds that connections that say nothing cost sipgo nothing,
// and that one among them is served as before.
func TestThousandIdle(t *testing.T) {
	b := open(t, Config{MaxPerSource: 2000}, Listener{Network: TCP, Addr: home})
	for range 1000 {
		dialTCP(t, b.addr(0))
	}
	c := dialTCP(t, b.addr(0))
	if _, err := io.WriteString(c, options(TCP, "1")); err != nil {
		t.Fatal(err)
	}
	hear(t, c, "\r\n\r\n")
	if got := b.stack.TransportLayer().Pool(TCP).Size(); got != 2 { // one by both its ends
		t.Errorf("sipgo knows of %d addresses", got)
	}
	if got := b.Stats().Transports[TCP]; got.Connections != 1 {
		t.Errorf("counted %+v", got)
	}
}

// TestDeafPeer holds that a peer that does not read is given up.
func TestDeafPeer(t *testing.T) {
	b := open(t, Config{Message: 100 * time.Millisecond}, Listener{Network: TCP, Addr: home})
	c := dialTCP(t, b.addr(0))
	if _, err := io.WriteString(c, options(TCP, "1")); err != nil {
		t.Fatal(err)
	}
	hear(t, c, "\r\n\r\n")
	peer := addrPort(c.LocalAddr())
	at, err := b.To(t.Context(), Peer{Network: TCP, Addr: peer})
	if err != nil {
		t.Fatal(err)
	}
	large := strings.Repeat("x", 60000)
	for b.stack.TransportLayer().WriteMsg(b.request(at, peer, large)) == nil {
	}
	until(t, "the connection to be closed", func() bool { return !b.Connected(peer) })
}

// TestBadStreams holds what ends a stream.
func TestBadStreams(t *testing.T) {
	b := open(t, Config{}, Listener{Network: TCP, Addr: home})
	f := func(text, answer string) {
		t.Helper()
		c := dialTCP(t, b.addr(0))
		if _, err := io.WriteString(c, text); err != nil {
			t.Fatal(err)
		}
		if answer != "" {
			hear(t, c, answer)
		}
		ended(t, c)
	}
	f(strings.Replace(options(TCP, "1"), "Content-Length: 0", "l: 0\r\nContent-Length: 5", 1), "SIP/2.0 400")
	f(strings.Replace(options(TCP, "2"), "Content-Length: 0", "l: 4294967299", 1), "SIP/2.0 400")
	f(strings.Replace(options(TCP, "3"), "Content-Length: 0", "l: 99999", 1), "SIP/2.0 513")
	f(strings.Repeat("x", 70000), "")
	if n := b.Stats().Refused["bad_stream"]; n != 4 {
		t.Errorf("%d refused", n)
	}
}

// TestConnectingTogether holds that many who want a connection to one peer at one
// time get the same.
func TestConnectingTogether(t *testing.T) {
	server := open(t, Config{}, Listener{Network: TCP, Addr: home})
	b := open(t, Config{}, Listener{Network: TCP, Addr: home})
	places := make(chan Place, 10)
	for range cap(places) {
		go func() {
			at, err := b.To(t.Context(), Peer{Network: TCP, Addr: server.addr(0)})
			if err != nil {
				t.Error(err)
			}
			places <- at
		}()
	}
	first := <-places
	for range cap(places) - 1 {
		if at := <-places; at != first {
			t.Errorf("places %+v and %+v", first, at)
		}
	}
	if n := b.Stats().Transports[TCP].Dialled; n != 1 {
		t.Errorf("%d connections made", n)
	}
	if err := b.Connect(t.Context(), netip.MustParseAddrPort("127.0.0.1:1")); err == nil {
		t.Error("connected to nobody")
	}
	if n := b.Stats().Transports[TCP].DialFailures; n != 1 {
		t.Errorf("%d failures", n)
	}
}

// TestOnePerAddress holds that sipgo, which finds connections by the address of
// the peer, never finds another one than it looks for.
func TestOnePerAddress(t *testing.T) {
	b := open(t, Config{}, Listener{Network: TCP, Addr: home}, Listener{Network: WS, Addr: home})
	peer := netip.MustParseAddrPort("192.0.2.1:5060")
	f := func(network string, at netip.AddrPort, dialled bool) (*conn, error) {
		t.Helper()
		under, far := net.Pipe()
		t.Cleanup(func() { under.Close(); far.Close() })
		c := newConn(b.hub, network, masked{under, peer, at}, &stream{})
		c.dialled = dialled
		t.Cleanup(func() { c.Close() })
		return c, b.hub.register(c)
	}
	want := func(what string, c *conn, err error, taken bool) {
		t.Helper()
		if got := b.hub.find(peer) == c; got != taken || (err == nil) != taken {
			t.Errorf("%s: taken %v, %v", what, got, err)
		}
	}
	c, err := f(TCP, b.addr(0), false)
	want("the first", c, err, true)
	c, err = f(WS, b.addr(1), false)
	want("one of another transport", c, err, false)
	c, err = f(TCP, b.addr(0), false)
	want("the same ends, so the other is dead", c, err, true)
	c, err = f(TCP, home, true)
	want("one of ours", c, err, true)
	if n := b.Stats().Transports[TCP].Connections; n != 1 {
		t.Errorf("%d counted", n)
	}
}

// TestOrigin holds whom connections are counted by.
func TestOrigin(t *testing.T) {
	f := func(addr, want string) {
		t.Helper()
		if got := origin(netip.MustParseAddr(addr)); got.String() != want {
			t.Errorf("%s: %s", addr, got)
		}
	}
	f("192.0.2.1", "192.0.2.1")
	f("2001:db8:0:1:2:3:4:5", "2001:db8:0:1::")
	f("fe80::1%lo", "fe80::")
}
