//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sippFlows are what the behaviours are played against.
var sippFlows = map[string]string{
	"echo":    "call:answer()\ncall:echo{}",
	"ringing": "call:ring()\ncall:sleep(\"50s\")",
	"silent":  "call:sleep(\"50s\")",
	"unheard": "call:ring()\ncall:sleep(\"1s\")\ncall:reject(\"no_answer\")",
	"parting": "call:answer()\ncall:sleep(\"500ms\")",
	"patient": "call:answer()\nlocal leg = assert(call:dial{ trunk = \"agents\", to = \"agent\" })\ncall:bridge(leg)",
	"keys":    "call:answer()\nlocal r = call:ask{ say = \"\", digits = 4, speech = false, timeout = \"20s\" }\ncall:log(\"keys \" .. r.digits)",
}

// sippServer starts a server that behaviours can be played against: each flow is
// called by its name, and "through" leads to the callee.
func sippServer(t *testing.T, s setup) *server {
	t.Helper()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "flows"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, lua := range sippFlows {
		write(t, filepath.Join(dir, "flows", name+".lua"), []byte("local call = ...\n"+lua+"\n"))
		s.routes += fmt.Sprintf("  - {to: %s, flow: %s}\n", name, name)
	}
	s.bare, s.scripts = true, dir
	s.inner += "  digest: {algorithms: [SHA-256, MD5]}\n"
	s.caller += ", identity: {accept: pai}, headers: {accept: [Diversion, User-to-User]}, refer: handle"
	s.callee += ", identity: {send: pai}, headers: {pass: [Diversion, User-to-User]}"
	trunks, routes := trunksAside(t)
	s.trunks += trunks
	s.routes += through + routes
	return serve(t, s)
}

const (
	byCaller  = "normal by caller"
	cancelled = "cancelled by caller"
)

// TestSIPpAnswering: what callers do to a server that answers.
func TestSIPpAnswering(t *testing.T) {
	play(t, sippServer(t, setup{}),
		behaviour{caller: "basic", to: "echo", hears: true, ends: byCaller},
		behaviour{caller: "basic", name: "basic over TCP", to: "echo", args: []string{"-t", "t1"}, hears: true, ends: byCaller},
		behaviour{caller: "large_offer", to: "echo", args: []string{"-t", "t1"}, hears: true, ends: byCaller},
		behaviour{caller: "delayed_offer", to: "echo", hears: true, ends: byCaller},
		behaviour{caller: "bye_by_server", to: "parting", ends: "normal by flow"},
		behaviour{caller: "bye_with_reason", to: "echo", ends: byCaller, check: released(27)},
		behaviour{caller: "invite_repeated", to: "echo", args: []string{"-nr"}, ends: byCaller},
		behaviour{caller: "ack_lost", to: "echo", ends: byCaller},
		behaviour{caller: "cancel_before_180", to: "silent", ends: cancelled},
		behaviour{caller: "cancel_after_180", to: "ringing", ends: cancelled},
		behaviour{caller: "cancel_crosses_200", to: "echo", ends: byCaller},
		behaviour{caller: "early_bye", to: "ringing", ends: cancelled},
		behaviour{caller: "prack_required", to: "ringing", ends: cancelled},
		behaviour{caller: "ring_timeout", to: "unheard", ends: "no_answer by flow"},
	)
}

// TestSIPpSessions: what callers do to a session that is up.
func TestSIPpSessions(t *testing.T) {
	play(t, sippServer(t, setup{}),
		behaviour{caller: "hold_sendonly", to: "echo", hears: true, pauses: 1, ends: byCaller},
		behaviour{caller: "hold_inactive", to: "echo", hears: true, pauses: 1, ends: byCaller},
		behaviour{caller: "hold_zero", to: "echo", hears: true, pauses: 1, ends: byCaller},
		behaviour{caller: "reinvite_bare", to: "echo", hears: true, ends: byCaller},
		behaviour{caller: "port_change", to: "echo", hears: true, moved: true, ends: byCaller},
		behaviour{caller: "codec_change", to: "echo", hears: true, ends: byCaller},
		behaviour{caller: "update", to: "echo", hears: true, ends: byCaller},
		behaviour{caller: "session_timer", to: "echo", ends: byCaller},
		behaviour{caller: "glare", to: "echo", ends: byCaller},
		behaviour{caller: "bye_meets_reinvite", to: "echo", ends: byCaller},
		behaviour{caller: "wrong_tag", to: "echo", hears: true, ends: byCaller},
		behaviour{caller: "info_dtmf", to: "keys", ends: "normal by flow", check: logged("keys 4711")},
	)
}

// TestSIPpRefused: requests that are turned down before they are a call.
func TestSIPpRefused(t *testing.T) {
	play(t, sippServer(t, setup{}),
		behaviour{caller: "max_forwards_0", to: "echo"},
		behaviour{caller: "method_unknown", to: "echo"},
		behaviour{caller: "require_unknown", to: "echo"},
		behaviour{caller: "session_timer_small", to: "echo"},
		behaviour{caller: "replaces_unknown", to: "echo"},
		behaviour{caller: "options", to: "echo"},
		behaviour{caller: "message", to: "echo"},
		behaviour{caller: "subscribe", to: "echo"},
	)
}

// TestSIPpNoACK: an answer that nobody acknowledges, which takes half a minute.
func TestSIPpNoACK(t *testing.T) {
	play(t, sippServer(t, setup{}),
		behaviour{caller: "ack_never", to: "echo", args: []string{"-recv_timeout", "40000"}, ends: "unreachable by caller"},
		behaviour{caller: "ack_late", to: "echo", hears: true, ends: byCaller},
	)
}

// TestSIPpIPv6: calls over IPv6, sound and all.
func TestSIPpIPv6(t *testing.T) {
	play(t, sippServer(t, setup{six: true}),
		behaviour{caller: "basic", to: "echo", ip: "::1", hears: true, ends: byCaller},
		behaviour{
			caller: "bridged", callee: "uas_answers", to: "through", ip: "::1", hears: true, isHeard: true,
			ends: byCaller, leg: byCaller,
		},
	)
}

// TestSIPpLimit: a call above the limit of calls.
func TestSIPpLimit(t *testing.T) {
	s := sippServer(t, setup{calls: 1})
	first := s.dial("echo")
	s.await("the one call is up", func() bool { return strings.Contains(first.out.String(), "200 OK") })
	b := behaviour{caller: "limit", to: "echo"}
	limited, err := startSIPp(t, s, b.caller, address(t), callerHums, "-s", b.to)
	if err != nil {
		t.Fatal(err)
	}
	if err := limited.ends(); err != nil {
		t.Error(err)
	}
	first.hangup()
	ended(t, first)
}

// released wants a Q.850 value in the record.
func released(q850 int) func(outcome) error {
	return func(o outcome) error {
		if o.cdr.Cause.Q850 != q850 {
			return fmt.Errorf("released for Q.850 %d, want %d", o.cdr.Cause.Q850, q850)
		}
		return nil
	}
}

// logged wants the server to have said something.
func logged(text string) func(outcome) error {
	return func(o outcome) error {
		if !strings.Contains(o.log, text) {
			return fmt.Errorf("the log does not say %q:\n%s", text, o.log)
		}
		return nil
	}
}
