//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestSIPpTrust: what must not happen, and does not.
func TestSIPpTrust(t *testing.T) {
	play(t, sippServer(t, setup{}),
		behaviour{caller: "fax", to: "echo", hears: true, ends: byCaller},
		behaviour{caller: "bridged", name: "topology", callee: "uas_answers", to: "through", ends: byCaller, leg: byCaller, check: hidden},
	)
}

// unauthorized wants no credentials in what the caller was sent.
func unauthorized(o outcome) error {
	messages, err := os.ReadFile(o.caller.messages)
	if err != nil || strings.Contains(string(messages), "Proxy-Authorization:") {
		return fmt.Errorf("credentials were given away (%v):\n%s", err, messages)
	}
	return nil
}

// hidden wants nothing of either side's signalling, but for the numbers, to be seen at
// the other: not its address, not its Call-ID, not its Via (RFC 7092 §3.2).
func hidden(o outcome) error {
	return errors.Join(o.caller.hiddenFrom(o.callee), o.callee.hiddenFrom(o.caller))
}

// hiddenFrom wants nothing of this side at the other. SIPp puts its process number
// into all that it makes up.
func (p *sippSide) hiddenFrom(other *sippSide) error {
	messages, err := os.ReadFile(other.messages)
	if err != nil {
		return err
	}
	ours := p.cmd.Process.Pid
	for _, secret := range []string{p.at, fmt.Sprintf("-%d@", ours), fmt.Sprintf("z9hG4bK-%d-", ours), fmt.Sprintf("tag=%da", ours), fmt.Sprintf("tag=%db", ours)} {
		if strings.Contains(string(messages), secret) {
			return fmt.Errorf("%s sees %q:\n%s", other.scenario, secret, messages)
		}
	}
	return nil
}
