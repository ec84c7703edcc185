package signal

import (
	"bytes"
	"net"
	"net/netip"
	"testing"
	"time"
)

// bouncer answers calls as a Callee does, but for the first ones: those it refuses
// with each of lines.
func bouncer(t *testing.T, lines ...string) netip.AddrPort {
	t.Helper()
	conn, err := listen(anyPort)
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		buf := make([]byte, 65536)
		for {
			n, from, err := conn.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			m, line := buf[:n], "200 OK"
			switch {
			case bytes.HasPrefix(m, []byte("ACK ")):
				continue
			case bytes.HasPrefix(m, []byte("INVITE ")) && len(lines) > 0:
				line, lines = lines[0], lines[1:]
			}
			conn.WriteToUDPAddrPort(answerTo(m, line, conn.LocalAddr().String(), ""), from)
		}
	}()
	t.Cleanup(func() { conn.Close(); <-over })
	return conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

// TestRefused: who is refused is counted as that, and comes again when he was told
// to, or after a while; who was to stand stands in the end.
func TestRefused(t *testing.T) {
	const busy = "503 Service Unavailable"
	f := func(name string, l Load, want Tally, lines ...string) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := bouncer(t, lines...)
			got, caller := run(t, l, func(string) netip.AddrPort { return at })
			if got.Refused != want.Refused || got.Rude != want.Rude || got.Failed != want.Failed || got.Done == 0 || want.Refused > 0 && got.No99 <= 0 {
				t.Errorf("%+v, want as in %+v and some that are done", got, want)
			}
			if n := len(caller.calls) + len(caller.kept); n > 0 {
				t.Errorf("%d calls are left", n)
			}
		})
	}
	second := Load{Window: 1, For: time.Second}
	f("told to come at once", second, Tally{Refused: 1}, busy+"\r\nRetry-After: 0")
	f("not told", Load{Window: 2, For: time.Second}, Tally{Refused: 1, Rude: 1}, busy)
	f("another refusal", second, Tally{Failed: 1}, "486 Busy Here")
}

// TestRefusedStanding: who was to stand does in the end.
func TestRefusedStanding(t *testing.T) {
	t.Parallel()
	c, err := NewCaller(anyPort, bouncer(t, "503 Service Unavailable\r\nRetry-After: 0"), "b2b")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.stand(1)
	if tally := c.count(); len(c.kept) != 1 || tally.Refused != 1 {
		t.Errorf("%d stand, %+v; want one, refused once", len(c.kept), tally)
	}
	c.leave()
}
