package call_test

import (
	"strings"
	"testing"

	"trunkline/call"
	"trunkline/call/event"
	"trunkline/call/negotiate"
	"trunkline/codecs"
	"trunkline/media/msg"
	"trunkline/sip"
)

// again sends an offer of the line's own making, changed, and takes in the answer.
func (l *line) again(change func(sdp string) string) sip.Event {
	l.t.Helper()
	l.local.Version++
	offer, err := negotiate.Offer(l.local)
	if err != nil {
		l.t.Fatal(err)
	}
	if err := l.dialog.Reoffer([]byte(change(string(offer)))); err != nil {
		l.t.Fatal(err)
	}
	return l.await(sip.Reanswered)
}

// agree starts the sound as an answer says.
func (l *line) agree(e sip.Event) {
	l.t.Helper()
	p, err := negotiate.Accept(l.local, e.SDP)
	if err != nil {
		l.t.Fatal(err)
	}
	l.session.Start(p)
}

func asItIs(sdp string) string { return sdp }

// TestHoldInABridge holds that each way of holding stops and lets go what it says, on
// both sides, and that after it both are heard again.
func TestHoldInABridge(t *testing.T) {
	r := newRig(t, nil, connected)
	caller, callee := pair(r, "100", 440, 1000)
	f := func(holds, held *line, own, other float64, way string, change func(string) string, music bool) {
		t.Helper()
		e := holds.again(change)
		if e.Status != 200 {
			t.Fatalf("%s: %d", way, e.Status)
		}
		holds.agree(e)
		holds.hearsNothing()
		held.forget()
		if music { // who holds us may be heard all the same
			held.hears(own)
		} else {
			held.hearsNothing()
		}
		holds.agree(holds.again(asItIs))
		holds.hears(other)
		held.hears(own)
	}
	direction := func(d string) func(string) string {
		return func(sdp string) string { return strings.Replace(sdp, "a=sendrecv", "a="+d, 1) }
	}
	zero := func(sdp string) string { return strings.ReplaceAll(sdp, "c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0") }
	f(caller, callee, 440, 1000, "sendonly", direction("sendonly"), true)
	f(caller, callee, 440, 1000, "inactive", direction("inactive"), false)
	f(callee, caller, 1000, 440, "sendonly", direction("sendonly"), true)
	f(callee, caller, 1000, 440, "inactive", direction("inactive"), false)
	f(caller, callee, 440, 1000, "0.0.0.0", zero, true)
	caller.end(callee)
	r.record()
}

// TestCodecAndPortChangeInABridge holds that a leg may change codec and address while
// it talks.
func TestCodecAndPortChangeInABridge(t *testing.T) {
	r := newRig(t, nil, connected)
	caller, callee := pair(r, "100", 440, 1000)
	caller.local.Codecs = []codecs.ID{codecs.PCMA}
	caller.agree(caller.again(asItIs))
	caller.hears(1000)
	callee.hears(440)
	moved := r.caller.line()
	caller.session.Close()
	caller.session, caller.ear, caller.local.Addr = moved.session, moved.ear, moved.local.Addr
	caller.agree(caller.again(asItIs))
	caller.hum(700)
	caller.hears(1000)
	callee.hears(700)
	caller.end(callee)
	if c := r.record(); c.Legs[0].Codec != "PCMA" {
		t.Errorf("record %+v", c.Legs[0])
	}
}

// image is a line that offers T.38.
const image = "m=image 4000 udptl t38\r\nc=IN IP4 127.0.0.1\r\na=T38FaxVersion:0\r\n"

// TestFaxIsDeclined holds that an offer of T.38 (RFC 6913) leaves the call as it was,
// and that beside sound the image alone is refused.
func TestFaxIsDeclined(t *testing.T) {
	r := newRig(t, nil, connected)
	caller, callee := pair(r, "100", 440, 1000)
	only := func(sdp string) string {
		head, _, _ := strings.Cut(sdp, "m=audio")
		return head + image
	}
	if e := callee.again(only); e.Status != 488 {
		t.Errorf("T.38 alone: %d", e.Status)
	}
	caller.hears(1000)
	callee.hears(440)
	e := callee.again(func(sdp string) string { return sdp + image })
	if e.Status != 200 || !strings.Contains(string(e.SDP), "m=image 0 udptl t38") {
		t.Errorf("sound and T.38: %d %s", e.Status, e.SDP)
	}
	caller.hears(1000)
	callee.hears(440)
	caller.end(callee)
	r.record()
}

// TestFaxIsLeftAlone holds that after T.38 was declined nothing is looked for in the
// sound of either side, and that it is again when they have parted.
func TestFaxIsLeftAlone(t *testing.T) {
	f := func(name string, offers func(caller, callee *line) *line) {
		t.Run(name, func(t *testing.T) {
			results := make(chan call.BridgeResult, 1)
			r := newRig(t, agent(results), func(c *call.Config) { c.Plan.Trunks[0].DTMF = "inband" })
			caller := r.caller.dial(r.addr, "100")
			caller.local.Keys = msg.KeyTones
			callee, in := r.callee.pick()
			callee.accept(in)
			caller.up()
			caller.hum(440)
			callee.hears(440)
			press := func(digits string) {
				t.Helper()
				caller.session.SendDigits(1, digits)
				for e := range caller.media {
					if e.Kind == msg.DigitsSent {
						return
					}
				}
			}
			press("1")
			if e := await[event.Digit](r); e.Digit != "1" {
				t.Errorf("pressed 1, got %s", e.Digit)
			}
			offers(caller, callee).again(func(sdp string) string { return sdp + image })
			press("2")
			callee.hearsKey('2') // as it is, and what comes after it: nothing of it is still to come
			callee.hears(440)
			callee.end()
			<-results
			caller.hears(900)
			press("3")
			if e := await[event.Digit](r); e.Digit != "3" {
				t.Errorf("pressed 2 as a fax and 3 afterwards, got %s", e.Digit)
			}
			caller.end()
			r.record()
		})
	}
	f("caller offers", func(caller, callee *line) *line { return caller })
	f("callee offers", func(caller, callee *line) *line { return callee })
}

// TestCauseCrossesTheBridge holds that what one side hangs up with reaches the other,
// and is in the record of both legs.
func TestCauseCrossesTheBridge(t *testing.T) {
	f := func(name string, who func(caller, callee *line) (ends, hears *line)) {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil, connected)
			ends, hears := who(pair(r, "100", 440, 1000))
			ends.dialog.Hangup(sip.Cause{Code: sip.Normal, Q850: 27, Text: "out of order"})
			if e := hears.hungUp(); e.Cause.Q850 != 27 {
				t.Errorf("the other side was told %+v", e.Cause)
			}
			c := r.record()
			if c.Cause.Q850 != 27 || c.Legs[0].Cause.Q850 != 27 || c.Legs[1].Cause.Q850 != 27 {
				t.Errorf("record %+v", c)
			}
		})
	}
	f("caller", func(caller, callee *line) (ends, hears *line) { return caller, callee })
	f("callee", func(caller, callee *line) (ends, hears *line) { return callee, caller })
}
