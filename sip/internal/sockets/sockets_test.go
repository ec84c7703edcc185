package sockets

import (
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"trunkline/sip/internal/wire"
)

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

// TestFrames cuts a stream at every place and wants the same messages.
func TestFrames(t *testing.T) {
	stream := "\r\nA\r\nl: 3\r\n\r\nabcB\r\nContent-Length:\r\n 0\r\n\r\n\r\n\r\nC\r\nl: 1\r\n\r\n\r"
	want := []string{"A\r\nl: 3\r\n\r\nabc", "B\r\nContent-Length:\r\n 0\r\n\r\n", "C\r\nl: 1\r\n\r\n\r"}
	for cut := range len(stream) {
		conn, far := net.Pipe()
		go func() { // takes the pongs until the pipe closes
			buf := make([]byte, 16)
			for {
				if _, err := far.Read(buf); err != nil {
					return
				}
			}
		}()
		c := &tcpConn{Conn: conn, hub: newTCPHub(&Config{Message: time.Second})}
		var got []string
		for _, part := range []string{stream[:cut], stream[cut:]} {
			c.buf = append(c.buf, part...)
			for {
				raw, f := c.frame()
				if f != nil {
					t.Fatalf("cut at %d: %+v", cut, f)
				}
				if raw == nil {
					break
				}
				got = append(got, string(raw))
			}
		}
		if strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("cut at %d: got %q", cut, got)
		}
		far.Close()
		conn.Close()
	}
}

// TestFrameFaults holds that a length is never believed before it is checked.
func TestFrameFaults(t *testing.T) {
	f := func(stream, want string) {
		t.Helper()
		c := &tcpConn{buf: []byte(stream)}
		_, fault := c.frame()
		if fault == nil || !strings.Contains(fault.Why, want) {
			t.Errorf("%.40q: %+v, want %q", stream, fault, want)
		}
	}
	f("A\r\nX: y\r\n\r\n", "no Content-Length")
	f("A\r\nl: 3\r\nContent-Length: 4\r\n\r\n", "two different")
	f("A\r\nl: -3\r\n\r\n", `"-3"`)
	f("A\r\nl: 4294967299\r\n\r\n", `"4294967299"`)
	f("A\r\nl: 2147483647\r\n\r\n", "more than")
	f(strings.Repeat("x", wire.MaxMessage+1), "no end of the headers")
}
