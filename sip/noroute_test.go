package sip

import (
	"fmt"
	"testing"
	"time"

	"trunkline/sip/internal/guard"
)

// TestManyNumbersAreTooMany holds that an account from anywhere which tries number
// after number that leads nowhere is not heard for a while, and that a trunk which is
// known by its address is.
func TestManyNumbersAreTooMany(t *testing.T) {
	f := func(networks []string, bans int) {
		t.Helper()
		e, p, calls, s := guarded(t, "127.0.0.2", networks, func(c *Config) {
			c.Guard.Bans.Sentences[guard.UnknownNumber] = guard.Sentence{After: 3, For: time.Hour}
		})
		for n := range 3 {
			id := fmt.Sprint("number", n)
			p.send(p.request("INVITE", id, "", 1, sdpType+offerSDP))
			challenge := p.recv("SIP/2.0 401")
			p.send(p.request("INVITE", id, "", 2, p.proof(challenge, "INVITE", "anna", "tree"), sdpType+offerSDP))
			await(t, calls).Hangup(Refused(noRoute, NotFound, 404, "no route"))
			p.recv("SIP/2.0 404")
			s.ended(t, NotFound, false)
			idle(t, e)
		}
		if bans > 0 {
			until(t, "the ban", func() bool { return len(e.Bans()) == bans })
			return
		}
		for range 3 {
			p.send(p.request("OPTIONS", "heard", "", 1))
			p.recv("SIP/2.0 401")
		}
	}
	f(nil, 1)
	f([]string{"127.0.0.2/32"}, 0)
}
