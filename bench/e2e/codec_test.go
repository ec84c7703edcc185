//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// everyCodec is the key of a trunk that speaks all there is.
const everyCodec = `codecs: [PCMU, PCMA, G722, opus, L16, "L16/16000"]`

// through is the route of callers who are connected with the agents trunk.
const through = "  - {to: through, bridge: {trunk: agents}}\n"

// converse asserts that two phones heard each other's hum and not their own.
func converse(t *testing.T, caller, callee *phone) {
	t.Helper()
	hums(t, "the caller", caller.heard(), high, low)
	hums(t, "the callee", callee.heard(), low, high)
}

// hums asserts that one tone is in sound for a second, and others are not.
func hums(t *testing.T, who string, sound []int16, want float64, never ...float64) {
	t.Helper()
	if got := tone(sound, want); got < 1 {
		t.Errorf("%s heard %v Hz for %.1f s in %.1f s of sound, want 1 s", who, want, got, float64(len(sound))/8000)
	}
	for _, hz := range never {
		if got := tone(sound, hz); got > 0 {
			t.Errorf("%s heard %v Hz for %.1f s, want none", who, hz, got)
		}
	}
}

// ended waits until the phones' calls have ended, well.
func ended(t *testing.T, phones ...*phone) {
	t.Helper()
	for _, p := range phones {
		if !p.ends() {
			t.Errorf("a call did not go well:\n%s", p.out.String())
		}
	}
}

// TestEveryCodecBridged: two phones talk through the server, each in a codec of
// its own: passed on as it is where they share one, and decoded where not.
func TestEveryCodecBridged(t *testing.T) {
	pairs := [][2]string{
		{"PCMU", "PCMU"}, {"PCMU", "PCMA"}, {"G722", "PCMU"}, {"opus", "PCMU"}, {"L16", "opus"},
		{"L16/16000", "G722"}, {"opus", "opus"},
	}
	trunks, routes, at := "", "", make([]string, len(pairs))
	for i := range pairs {
		at[i] = address(t)
		trunks += fmt.Sprintf("  - {name: t%d, target: %s, %s}\n", i, at[i], everyCodec)
		routes += fmt.Sprintf("  - {to: pair%d, bridge: {trunk: t%d}}\n", i, i)
	}
	s := serve(t, setup{bare: true, trunks: trunks, routes: routes, caller: ", " + everyCodec})
	var callers, callees []*phone
	for i, p := range pairs {
		callees = append(callees, s.answerAt(at[i], "--codecs", p[1], "--tone", "1000@0s"))
		callers = append(callers, s.dial(fmt.Sprintf("pair%d", i), "--codecs", p[0], "--tone", "440@0s"))
	}
	s.hearMore(2, append(callers, callees...)...)
	for _, p := range callers {
		p.hangup()
	}
	for i, p := range pairs {
		t.Run(p[0]+" to "+p[1], func(t *testing.T) {
			ended(t, callers[i], callees[i])
			converse(t, callers[i], callees[i])
		})
	}
	for _, c := range s.cdrs(len(pairs)) {
		var i int
		if _, err := fmt.Sscanf(c.To, "pair%d", &i); err != nil {
			t.Fatalf("record of a call to %q", c.To)
		}
		spoke(t, c, pairs[i][0], pairs[i][1])
	}
}

// spoke asserts that the legs of a call had these codecs, that each received
// and was sent sound, and that the caller ended it.
func spoke(t *testing.T, c cdr, codecs ...string) {
	t.Helper()
	if c.Cause.Code != "normal" || c.Cause.By != "caller" || len(c.Legs) != len(codecs) {
		t.Fatalf("%s ended with %+v, %d legs; want %d, ended by the caller", c.To, c.Cause, len(c.Legs), len(codecs))
	}
	for i, l := range c.Legs {
		if name, _, _ := strings.Cut(codecs[i], "/"); l.Codec != name || l.PacketsIn < 50 || l.PacketsOut < 50 {
			t.Errorf("%s: leg %s spoke %s, %d packets in, %d out; want %s, more than 50 each way",
				c.To, l.ID, l.Codec, l.PacketsIn, l.PacketsOut, name)
		}
		if same := len(codecs) == 2 && codecs[0] == codecs[1]; same && l.Relayed < l.PacketsIn/2 || !same && l.Relayed > 0 {
			t.Errorf("%s: leg %s passed %d of %d packets on undecoded", c.To, l.ID, l.Relayed, l.PacketsIn)
		}
		if l.Refused > 2 { // what came before its keys did
			t.Errorf("%s: leg %s refused %d packets", c.To, l.ID, l.Refused)
		}
	}
}

// TestSRTPRequired: a phone that encrypts talks to one that does not, which the
// server keeps apart; to one that does too; and a phone that does not encrypt
// is refused.
func TestSRTPRequired(t *testing.T) {
	s := serve(t, setup{bare: true, routes: through, caller: ", srtp: required", callee: ", srtp: optional"})
	f := func(callee string) {
		t.Helper()
		agent := s.answer("--srtp", callee, "--tone", "1000@0s")
		caller := s.dial("through", "--srtp", "required", "--tone", "440@0s")
		s.hearMore(2, caller, agent)
		caller.hangup()
		ended(t, caller, agent)
		converse(t, caller, agent)
	}
	f("off")
	f("required")
	plain := s.dial("through", "--hangup", "3s")
	if plain.ends() || !strings.Contains(plain.out.String(), "488") {
		t.Errorf("a phone that does not encrypt was not refused with 488:\n%s", plain.out.String())
	}
	for _, c := range s.cdrs(2) {
		spoke(t, c, "PCMU", "PCMU")
	}
}
