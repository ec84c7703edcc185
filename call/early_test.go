package call_test

import (
	"context"
	"testing"

	"trunkline/call"
	"trunkline/call/event"
	"trunkline/call/negotiate"
	"trunkline/call/route"
	"trunkline/sip"
)

// preview lets a picked call hear us before it is answered.
func (l *line) preview(in *sip.Incoming) {
	l.t.Helper()
	answer, params, err := negotiate.Answer(in.Offer, l.local)
	if err != nil {
		l.t.Fatal(err)
	}
	if err := in.Progress(answer); err != nil {
		l.t.Fatal(err)
	}
	l.session.Start(params)
}

// early waits for early media and starts the sound.
func (l *line) early() {
	l.t.Helper()
	for {
		e := l.await(sip.Ringing)
		if len(e.SDP) == 0 {
			continue
		}
		params, err := negotiate.Accept(l.local, e.SDP)
		if err != nil {
			l.t.Fatal(err)
		}
		l.session.Start(params)
		return
	}
}

// bridging lets every call to 100 be connected with the callee.
func bridging(c *call.Config) {
	c.Plan.Routes.Routes = []route.Rule{{Match: route.Match{To: "100"}, Bridge: &route.Bridge{Trunk: "callee", To: "agent"}}}
}

// TestEarlyMediaBothWays holds that what a ringing far side plays is heard before
// anybody has answered, and that it hears the caller; the answer changes nothing.
func TestEarlyMediaBothWays(t *testing.T) {
	r := newRig(t, nil, bridging)
	caller := r.caller.dial(r.addr, "100")
	callee, in := r.callee.pick()
	callee.preview(in)
	caller.early()
	caller.hum(440)
	callee.hum(1000)
	caller.hears(1000)
	callee.hears(440)
	if e := await[event.LegEarlyMedia](r); e.Codec != "PCMA" {
		t.Errorf("early media by %s", e.Codec)
	}
	callee.accept(in)
	caller.up()
	caller.hears(1000)
	callee.hears(440)
	callee.dialog.Hangup(sip.New(sip.Normal, ""))
	caller.await(sip.Ended)
	if c := r.record(); c.AnsweredAt == nil || c.Cause.By != call.ByCallee {
		t.Errorf("record %+v", c)
	}
}

// TestEarlyMediaThenBusy holds that an announcement is heard and that the refusal
// behind it reaches the caller.
func TestEarlyMediaThenBusy(t *testing.T) {
	r := newRig(t, nil, bridging)
	caller := r.caller.dial(r.addr, "100")
	callee, in := r.callee.pick()
	callee.preview(in)
	callee.hum(600)
	caller.early()
	caller.hears(600)
	in.Hangup(sip.New(sip.Busy, ""))
	if e := caller.await(sip.Ended); e.Cause.Status != 486 {
		t.Errorf("ended with %+v", e.Cause)
	}
	if c := r.record(); c.AnsweredAt != nil || c.Cause.Code != "busy" {
		t.Errorf("record %+v", c)
	}
}

// TestEarlyMediaToAnAnsweredCaller holds that a flow's caller hears the other side's
// own tone in place of ours.
func TestEarlyMediaToAnAnsweredCaller(t *testing.T) {
	r := newRig(t, func(ctx context.Context, c *call.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		leg, err := c.Dial(ctx, call.DialRequest{Trunk: "callee", To: "agent"})
		if err != nil {
			return err
		}
		_, err = c.Bridge(ctx, leg)
		return err
	})
	caller := r.caller.dial(r.addr, "100")
	caller.up()
	callee, in := r.callee.pick()
	caller.hears(425) // ours
	callee.preview(in)
	callee.hum(600)
	caller.hears(600) // theirs
	callee.accept(in)
	caller.hum(440)
	callee.hears(440)
	caller.dialog.Hangup(sip.New(sip.Normal, ""))
	callee.await(sip.Ended)
	r.record()
}

// TestEarlyMediaIgnored holds that a trunk whose early media means nothing is not
// heard before its answer.
func TestEarlyMediaIgnored(t *testing.T) {
	r := newRig(t, nil, bridging, func(c *call.Config) { c.Plan.Trunks[1].EarlyMedia = "ignore" })
	caller := r.caller.dial(r.addr, "100")
	callee, in := r.callee.pick()
	callee.preview(in)
	callee.hum(600)
	if e := caller.await(sip.Ringing); len(e.SDP) > 0 {
		t.Error("early media reached the caller")
	}
	callee.accept(in)
	caller.up()
	caller.hears(600)
	caller.dialog.Hangup(sip.New(sip.Normal, ""))
	callee.await(sip.Ended)
	r.record()
}
