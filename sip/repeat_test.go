package sip

import (
	"strings"
	"testing"

	gosip "github.com/emiago/sipgo/sip"
)

// TestRepetitionOutlivesItsTransaction holds that an INVITE sent twice is one call,
// even when the second was on its way to us while the first was acknowledged.
func TestRepetitionOutlivesItsTransaction(t *testing.T) {
	e, p, calls, s := called(t, nil)
	invite := p.request("INVITE", "twice", "", 1, sdpType+offerSDP)
	p.send(invite)
	if err := (<-calls).Answer([]byte(answerSDP)); err != nil {
		t.Fatal(err)
	}
	ok := p.recv("SIP/2.0 200")
	p.send(p.request("ACK", "twice", tagOf(headerOf(ok, "To")), 1))
	s.next(t, Confirmed)
	msg, err := e.gate.parser.ParseSIP([]byte(strings.ReplaceAll(invite, "\n", "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	e.onNewCall(msg.(*gosip.Request), nil, arrivalFor(e.Addrs()[0].Addr, nil)) // as sipgo does
	if n := e.Usage().Dialogs; n != 1 {
		t.Errorf("%d dialogs", n)
	}
	hungUp(t, e, p, s)
}
