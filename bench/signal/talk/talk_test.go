package talk

import (
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// TestTalk: callers and callees, with no server between them, hear each other.
func TestTalk(t *testing.T) {
	free, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := free.LocalAddr().String()
	free.Close()
	var out strings.Builder
	if err := Talk(t.Context(), netip.MustParseAddrPort(at), at, 2, 300*time.Millisecond, &out); err != nil {
		t.Fatal(err)
	}
	if s := out.String(); !strings.HasPrefix(s, "up\nend {") || strings.Contains(s, `"came":0,`) || !strings.Contains(s, `"lost":0,`) {
		t.Errorf("got %q", s)
	}
	if err := Serve([]string{"-server", "nowhere"}); err == nil {
		t.Error("no complaint about a server that is none")
	}
}

// TestTally: who hears nothing is quiet.
func TestTally(t *testing.T) {
	var p parties
	defer p.close()
	if p.add() == nil {
		t.Fatal(p.err)
	}
	if got := p.tally(time.Second); got != (Tally{Quiet: 1}) {
		t.Errorf("%+v", got)
	}
}
