//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestSIPpTransfers: a caller who is in a bridge hands the far side on.
func TestSIPpTransfers(t *testing.T) {
	play(t, sippServer(t, setup{}),
		behaviour{caller: "refer_blind", callee: "uas_answers", spare: "uas_hangs_up", to: "through", ends: byCallee, check: connected},
	)
}

// TestSIPpAttendedTransfer: somebody who is in two calls connects the far sides of
// both, who then hear each other, and is let go himself.
func TestSIPpAttendedTransfer(t *testing.T) {
	s := sippServer(t, setup{})
	callee, spare := sippAt(t, s, "uas_answers", s.agent, calleeHums), sippAt(t, s, "uas_answers", s.spare, callerHums)
	second := sippAt(t, s, "consults", address(t), callerHums, "-s", "through-spare")
	s.await("the second call is up", func() bool { return second.dialog() != "" })
	first := sippAt(t, s, "refer_attended", address(t), callerHums, "-s", "through", "-key", "replaces", url.QueryEscape(second.dialog()))
	for _, side := range []*sippSide{first, second} {
		if err := side.ends(); err != nil {
			t.Fatal(err)
		}
	}
	for who, want := range map[*sippSide]float64{callee: callerHums, spare: calleeHums} {
		s.await(fmt.Sprintf("%v Hz is heard", want), func() bool { return humming(who.ear.heard(0), want) >= 1 })
	}
	s.hangupAll()
	for _, side := range []*sippSide{callee, spare} {
		if err := side.ends(); err != nil {
			t.Error(err)
		}
	}
}

// TestSIPpReplaces: a phone takes a call over that another has.
func TestSIPpReplaces(t *testing.T) {
	s := sippServer(t, setup{})
	callee := sippAt(t, s, "uas_answers", s.agent, calleeHums)
	first := sippAt(t, s, "consults", address(t), callerHums, "-s", "through")
	s.await("the call is up", func() bool { return first.dialog() != "" })
	taking := sippAt(t, s, "replaces", address(t), callerHums, "-s", "through", "-key", "replaces", first.dialog())
	for _, side := range []*sippSide{first, taking, callee} {
		if err := side.ends(); err != nil {
			t.Error(err)
		}
	}
	if err := hearsOf("who took the call over", taking.ear.heard(0), calleeHums); err != nil {
		t.Error(err)
	}
}

// connected wants the callee and the one in his place to have heard each other.
func connected(o outcome) error {
	return errors.Join(
		hearsOf("the callee", o.callee.ear.heard(0), calleeHums),
		hearsOf("to whom he was handed on", o.spare.ear.heard(0), calleeHums),
	)
}

// sippAt starts SIPp, which is to go well.
func sippAt(t *testing.T, s *server, scenario, at string, hz float64, args ...string) *sippSide {
	t.Helper()
	p, err := startSIPp(t, s, scenario, at, hz, args...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var answerOf = regexp.MustCompile(`(?s)SIP/2.0 200 OK\n.*?From: [^\n]*tag=(\w+)\n.*?To: [^\n]*tag=(\w+)\n.*?Call-ID: (\S+)\n.*?CSeq: 1 INVITE`)

// dialog is what names the dialog of a caller to whoever wants to replace it
// (RFC 3891): "" while there is none. Our far side's tag is the callee's.
func (p *sippSide) dialog() string {
	raw, _ := os.ReadFile(p.messages) // not there yet: no dialog
	m := answerOf.FindStringSubmatch(strings.ReplaceAll(string(raw), "\r", ""))
	if m == nil {
		return ""
	}
	return fmt.Sprintf("%s;to-tag=%s;from-tag=%s", m[3], m[2], m[1])
}
