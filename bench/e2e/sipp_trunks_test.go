//go:build e2e

package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// secret is the password of everybody who has one.
const secret = "twixt-cup-and-lip"

// Whence callers come: all of 127.0.0.0/8 may call, but guests must prove who they
// are, and with creditors we have an account.
const (
	guest    = "127.0.0.2"
	creditor = "127.0.0.3"
)

// trunksAside are trunks beside the two that every server has; "through-" and its
// name leads to each.
func trunksAside(t *testing.T) (trunks, routes string) {
	password := filepath.Join(t.TempDir(), "password")
	write(t, password, []byte(secret+"\n"))
	words := strings.Repeat("word", 200)
	login := fmt.Sprintf(`{user: "4711", password_file: %s}`, password)
	trunks = fmt.Sprintf("  - {name: guests, networks: [%s/32], accounts: [%s]}\n", guest, login)
	trunks += fmt.Sprintf("  - {name: creditors, networks: [%s/32], credentials: %s, target: 'AGENT'}\n", creditor, login)
	for name, keys := range map[string]string{
		"carrier": "target: 'AGENT', redirect: follow, credentials: " + login,
		"pair":    "targets: [{host: 'AGENT'}, {host: 'SPARE', priority: 1}], failover: {timeout: 1s}",
		"streams": "targets: [{host: 'AGENT', transport: tcp}, {host: 'SPARE', priority: 1}]",
		"wordy":   "target: 'AGENT', headers: {add: {X-1: " + words + ", X-2: " + words + "}}",
		"tcp":     "target: 'AGENT', transport: tcp",
		"spare":   "target: 'SPARE'",
	} {
		trunks += fmt.Sprintf("  - {name: %s, %s}\n", name, keys)
		routes += fmt.Sprintf("  - {to: through-%s, bridge: {trunk: %[1]s}}\n", name)
	}
	return trunks, routes + "  - {to: through-briefly, bridge: {trunk: agents, timeout: 2s}}\n"
}

// TestSIPpTrunks: how calls find their way through trunks that want proof, send
// elsewhere, or fail.
func TestSIPpTrunks(t *testing.T) {
	play(t, sippServer(t, setup{}),
		behaviour{caller: "challenged", to: "echo", ip: guest},
		behaviour{caller: "bridged", callee: "uas_challenges_sha_256", to: "through-carrier", ends: byCaller},
		behaviour{caller: "bridged", callee: "uas_challenges_md5", to: "through-carrier", ends: byCaller},
		behaviour{caller: "refused_403", callee: "uas_challenge_loop", to: "through-carrier", ends: "rejected by callee"},
		behaviour{caller: "bridged", callee: "uas_redirects_on", to: "through-carrier", ends: byCaller, leg: byCaller},
		behaviour{caller: "digest_leak", ip: creditor, to: "parting", ends: "normal by flow", check: unauthorized},
		behaviour{
			caller: "bridged", callee: "uas_refuses_503", spare: "uas_answers", to: "through-pair",
			hears: true, isHeard: true, ends: byCaller,
		},
		behaviour{
			caller: "bridged", callee: "uas_silent", spare: "uas_answers", to: "through-pair",
			hears: true, isHeard: true, ends: byCaller,
		},
		behaviour{
			caller: "bridged", name: "nobody listens, and uas_answers", spare: "uas_answers", to: "through-streams",
			hears: true, isHeard: true, ends: byCaller,
		},
		behaviour{caller: "refused_502", callee: "uas_refuses_503", spare: "uas_refuses_503", to: "through-pair", ends: "unreachable by callee"},
		behaviour{caller: "refused_486", callee: "uas_refuses_486", to: "through-pair", ends: "busy by callee"},
		behaviour{
			caller: "bridged", name: "bridged over TCP", callee: "uas_answers", calleeArgs: overTCP, to: "through-tcp",
			hears: true, isHeard: true, ends: byCaller, leg: byCaller,
		},
		behaviour{ // RFC 3261 §18.1.1
			caller: "bridged", name: "large INVITE moves to TCP", callee: "uas_answers", calleeArgs: overTCP, to: "through-wordy",
			hears: true, isHeard: true, ends: byCaller, leg: byCaller,
		},
	)
}

var overTCP = []string{"-t", "t1"}

// TestSIPpRinging: what a caller hears, and for how long, before somebody answers.
func TestSIPpRinging(t *testing.T) {
	play(t, sippServer(t, setup{}),
		behaviour{caller: "ring_timeout", callee: "uas_rings", to: "through-briefly", ends: "no_answer by system"},
		behaviour{
			caller: "talked", callee: "uas_rings_on", to: "patient", hears: true, isHeard: true, ends: byCaller,
			check: hearsRinging,
		},
	)
}

// hearsRinging wants ringback at the caller's.
func hearsRinging(o outcome) error {
	const ringback = 425
	if got := humming(o.caller.ear.heard(0), ringback); got < 0.8 {
		return fmt.Errorf("the caller heard %.1f s of ringback, want 0.8 s", got)
	}
	return nil
}
