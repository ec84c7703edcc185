package doctor

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"trunkline/cmd/trunkline/internal/phone"
	"trunkline/sip/trunk"
)

// free returns a port of loopback where nobody is.
func free(t *testing.T) netip.AddrPort {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).AddrPort()
}

// examine runs the doctor and returns the findings by what they are about.
func examine(t *testing.T, tr trunk.Trunk) (lines []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cfg := Config{
		Trunk: tr, To: "100", Bind: netip.MustParseAddr("127.0.0.1"),
		Ring: 10 * time.Second, Talk: 500 * time.Millisecond, Probe: 30 * time.Second,
	}
	if err := Run(ctx, cfg, func(f Finding) { lines = append(lines, f.String()) }); err != nil {
		t.Fatal(err)
	}
	return lines
}

// expect looks for findings by verdict and beginning of their text.
func expect(t *testing.T, lines []string, want ...string) {
	t.Helper()
	all := strings.Join(lines, "\n")
	for _, w := range want {
		verdict, rest, _ := strings.Cut(w, " ")
		what, text, _ := strings.Cut(rest, ": ")
		line := fmt.Sprintf("%-4s  %-14s %s", verdict, what, text)
		if !strings.Contains("\n"+all, "\n"+line) {
			t.Errorf("no %q in\n%s", line, all)
		}
	}
	if strings.Contains(all, "panic") {
		t.Error(all)
	}
}

// pickUp lets a phone of ours take one call at an address.
func pickUp(t *testing.T, cfg phone.Config) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = phone.Run(ctx, cfg) // what came of it, the doctor says
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
}

// TestHealthyTrunk: a phone that answers, sounds and takes re-INVITEs is in good
// health.
func TestHealthyTrunk(t *testing.T) {
	at := free(t)
	pickUp(t, phone.Config{Bind: at, Calls: 1, Actions: []phone.Action{{Kind: phone.Tone, Text: "440"}}})
	lines := examine(t, trunk.Trunk{Name: "phone", Target: at.String(), Codecs: []string{"PCMU", "G722"}})
	expect(t, lines,
		"ok names: 1 addresses were found", "ok reach: udp:"+at.String()+" answers OPTIONS",
		"ok call: 100 was answered", "ok ringing: 180", "ok codecs: spoken: PCMU; not taken: G722", "ok keys: pressed keys travel as events",
		"note encryption: sound is in the clear", "ok sound: ", "ok hold: a re-INVITE with sendonly was answered with recvonly",
		"ok resume: sound goes both ways", "ok nat: its SDP has an address that can be reached: 127.0.0.1")
	for _, l := range lines {
		if strings.HasPrefix(l, "fail") || strings.Contains(l, "nothing was to be heard") {
			t.Errorf("found %q", l)
		}
	}
}

// TestSickTrunks: who does not answer OPTIONS is not called; a refusal is told in
// words.
func TestSickTrunks(t *testing.T) {
	nobody := free(t)
	expect(t, examine(t, trunk.Trunk{Name: "nobody", Target: nobody.String()}),
		"fail reach: udp:"+nobody.String()+" does not answer", "fail call: not placed")
	busy := free(t)
	pickUp(t, phone.Config{Bind: busy, Calls: 1, Answer: phone.Answer{Reject: 486}})
	expect(t, examine(t, trunk.Trunk{Name: "busy", Target: busy.String()}), "ok reach: ", "fail call: 100 was not answered: ")
}
