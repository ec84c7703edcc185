package sip

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCrashIsTold holds that the far side of a call that was up when the process
// died gets a BYE from the next one, within the dialog, and that no call which ended
// as it should is told anything.
func TestCrashIsTold(t *testing.T) {
	dir := t.TempDir()
	path, copied := filepath.Join(dir, "dialogs"), filepath.Join(dir, "crashed")
	e, p, calls, s := called(t, func(c *Config) { c.Journal = path })
	first := established(t, p, calls, s, "ends")
	hungUp(t, e, p, s)
	tag := established(t, p, calls, s, "crashes")
	text, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(text), first) {
		t.Fatalf("%v: an ended call is remembered:\n%s", err, text)
	}
	if err := os.WriteFile(copied, text, 0o600); err != nil { // as kill -9 would leave it
		t.Fatal(err)
	}
	cfg := loopback(nil)
	cfg.Journal = copied
	next := open(t, cfg, nil)
	bye := p.recv("BYE sip:2000@" + p.addr())
	for name, want := range map[string]string{
		"Call-ID": "crashes", "From": fmt.Sprintf("<sip:1000@%s>;tag=%s", e.Addrs()[0].Addr, tag),
		"To": "<sip:2000@" + p.addr() + ">;tag=peertag", "CSeq": "10000 BYE",
	} {
		if got := headerOf(bye, name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if !strings.Contains(headerOf(bye, "Reason"), "cause=41") {
		t.Errorf("Reason: %q", headerOf(bye, "Reason"))
	}
	p.to = next.Addrs()[0].Addr
	p.send(p.respond(bye, 200, ""))
	p.to = e.Addrs()[0].Addr
	s.Hangup(New(Normal, ""))
	p.send(p.respond(p.recv("BYE "), 200, ""))
	s.ended(t, Normal, false)
	idle(t, e)
	if text, err = os.ReadFile(path); err != nil || strings.Contains(string(text), "{") {
		t.Errorf("%v: left in the journal: %q", err, text)
	}
}
