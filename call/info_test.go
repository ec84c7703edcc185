package call_test

import (
	"testing"
	"time"

	"trunkline/call"
	"trunkline/sip"
)

// Keys cross a bridge between telephone-events and SIP INFO, both ways.
func TestKeysCrossToInfo(t *testing.T) {
	r := newRig(t, agent(make(chan call.BridgeResult, 1)), func(c *call.Config) { c.Plan.Trunks[1].DTMF = "info" })
	caller, callee := talk(r)
	caller.session.SendDigits(1, "17")
	for _, want := range []byte("17") {
		if e := callee.await(sip.Pressed); e.Key != want {
			t.Errorf("%c by INFO, want %c", e.Key, want)
		}
	}
	callee.dialog.Press("#5", 100*time.Millisecond, func() {})
	caller.presses('#')
	caller.presses('5')
	caller.hears(1000)
	callee.hears(440)
	caller.dialog.Hangup(sip.New(sip.Normal, ""))
	r.record()
}
