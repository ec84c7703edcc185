package keypad

import (
	"testing"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

func TestKeysGoAndCome(t *testing.T) {
	text, got := "1x#aé*", ""
	for key, rest := Next(text); key != 0; key, rest = Next(rest) {
		req := gosip.NewRequest(gosip.INFO, gosip.Uri{Scheme: "sip", Host: "h"})
		if k, status, _ := Read(req); k != 0 || status != 200 {
			t.Errorf("an empty INFO: %q, %d", k, status)
		}
		Write(req, key, 100*time.Millisecond)
		k, status, _ := Read(req)
		if k != key || status != 200 {
			t.Errorf("key %q comes as %q, %d", key, k, status)
		}
		got += string(rune(k))
	}
	if got != "1#A*" {
		t.Errorf("pressed %q", got)
	}
}

func TestNoKeys(t *testing.T) {
	f := func(kind, body string, want int) {
		t.Helper()
		req := gosip.NewRequest(gosip.INFO, gosip.Uri{Scheme: "sip", Host: "h"})
		req.AppendHeader(gosip.NewHeader("Content-Type", kind))
		req.SetBody([]byte(body))
		if key, status, extra := Read(req); key != 0 || status != want || (len(extra) > 0) != (want == 415) {
			t.Errorf("%s %q: %q, %d, %q", kind, body, key, status, extra)
		}
	}
	f("text/plain", "5", 415)
	f("application/dtmf", "55", 400)
	f("application/dtmf-relay", "Duration=5", 400)
}
