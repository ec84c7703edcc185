package call_test

import (
	"context"
	"testing"

	"trunkline/call"
	"trunkline/call/event"
	"trunkline/call/route"
	"trunkline/sip"
)

// connected lets the caller's calls go straight to the callee, under the number
// called, and lets them be transferred the same way.
func connected(c *call.Config) {
	c.Plan.Routes.Routes = []route.Rule{{Match: route.Match{To: "10*"}, Bridge: &route.Bridge{Trunk: "callee"}}}
	for i := range c.Plan.Trunks {
		c.Plan.Trunks[i].Refer = "handle"
	}
}

// pair is a call that the two telephones have with each other.
func pair(r *rig, number string, callerHz, calleeHz float64) (caller, callee *line) {
	r.t.Helper()
	caller = r.caller.dial(r.addr, number)
	callee, in := r.callee.pick()
	callee.accept(in)
	caller.up()
	caller.hum(callerHz)
	callee.hum(calleeHz)
	caller.hears(calleeHz)
	callee.hears(callerHz)
	return caller, callee
}

// refer asks for a transfer.
func (l *line) refer(uri string, r *sip.Replaces) {
	l.t.Helper()
	if err := l.dialog.Refer(uri, "", r); err != nil {
		l.t.Fatal(err)
	}
}

// transferred waits for the last word on a transfer.
func (l *line) transferred() sip.Event {
	l.t.Helper()
	for {
		if e := l.await(sip.Transferred); e.Status >= 200 {
			return e
		}
	}
}

// end hangs up and waits for the record; what ended is heard of by others.
func (l *line) end(others ...*line) {
	l.t.Helper()
	l.dialog.Hangup(sip.New(sip.Normal, ""))
	for _, o := range others {
		o.await(sip.Ended)
	}
}

// transferOf waits for the end of a transfer.
func transferOf(r *rig, status int) {
	r.t.Helper()
	if e := await[event.TransferEnded](r); e.Status != status {
		r.t.Errorf("transfer ended with %d, want %d", e.Status, status)
	}
}

// TestBlindTransferByCallee holds that the callee gives the caller away: the caller
// stays in its call, hears the new one ring, and is recorded on.
func TestBlindTransferByCallee(t *testing.T) {
	results := make(chan call.BridgeResult, 1)
	r := newRig(t, agent(results), func(c *call.Config) { c.Plan.Trunks[1].Refer = "handle" })
	caller, callee := talk(r)
	callee.refer("sip:7000@"+r.addr, nil)
	third, in := r.callee.pick()
	if in.To.User != "7000" {
		t.Errorf("called %s", in.To.User)
	}
	caller.hears(425)
	callee.hearsNothing()
	third.accept(in)
	third.hum(1700)
	caller.hears(1700)
	third.hears(440)
	if e := callee.transferred(); e.Status != 200 {
		t.Errorf("told of %d", e.Status)
	}
	transferOf(r, 200)
	callee.await(sip.Ended) // by us, since it does not do so itself
	third.end()
	<-results
	caller.hears(900) // the flow goes on
	caller.end()
	c := r.record()
	if len(c.Legs) != 3 || c.Legs[1].Cause.Text != "transferred" || c.Recording.Seconds == 0 {
		t.Errorf("record %+v", c)
	}
}

// TestBlindTransferByCaller holds that the caller gives the callee away, hanging up at
// once, and that whoever ends it then ends it for both.
func TestBlindTransferByCaller(t *testing.T) {
	r := newRig(t, nil, connected)
	caller, callee := pair(r, "100", 440, 1000)
	caller.refer("sip:7000@"+r.addr, nil) // by a trunk that cannot be called
	if e := caller.transferred(); e.Status != 403 {
		t.Errorf("told of %d", e.Status)
	}
	caller.hears(1000) // as it was
	callee.hears(440)
	transferOf(r, 403)
	caller.refer("sip:107@"+r.addr, nil) // as the routes say
	third, in := r.callee.pick()
	caller.end()
	callee.hears(425)
	third.accept(in)
	third.hum(1700)
	callee.hears(1700)
	third.hears(1000)
	transferOf(r, 200)
	callee.end(third)
	if c := r.record(); len(c.Legs) != 3 || c.Legs[0].Cause.By != call.ByCaller {
		t.Errorf("record %+v", c)
	}
}

// TestTransferRefused holds that a transfer to somebody who is busy leaves the bridge
// as it was.
func TestTransferRefused(t *testing.T) {
	r := newRig(t, nil, connected)
	caller, callee := pair(r, "100", 440, 1000)
	callee.refer("sip:7000@"+r.addr, nil)
	_, in := r.callee.pick()
	in.Hangup(sip.New(sip.Busy, ""))
	if e := callee.transferred(); e.Status != 486 {
		t.Errorf("told of %d", e.Status)
	}
	caller.hears(1000)
	callee.hears(440)
	caller.end(callee)
	if c := r.record(); len(c.Legs) != 3 || c.Legs[2].Cause.SIP != 486 {
		t.Errorf("record %+v", c)
	}
}

// TestTransferredPersonGives up holds that whoever is being transferred may hang up
// meanwhile: nobody goes on ringing.
func TestTransferredPersonGivesUp(t *testing.T) {
	r := newRig(t, nil, connected)
	caller, callee := pair(r, "100", 440, 1000)
	callee.refer("sip:7000@"+r.addr, nil)
	third, _ := r.callee.pick()
	caller.hears(425)
	caller.end(third, callee)
	transferOf(r, 487)
	r.record()
}

// TestTransferByWhoHasLeft holds that a transfer which fails after its author has
// hung up ends the call for the other one.
func TestTransferByWhoHasLeft(t *testing.T) {
	f := func(name string, who func(caller, callee *line) (by, stays *line)) {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil, connected)
			by, stays := who(pair(r, "100", 440, 1000))
			by.refer("sip:107@"+r.addr, nil)
			_, in := r.callee.pick()
			by.end()
			stays.hears(425)
			in.Hangup(sip.New(sip.Busy, ""))
			stays.await(sip.Ended)
			transferOf(r, 486)
			r.record()
		})
	}
	f("caller", func(caller, callee *line) (by, stays *line) { return caller, callee })
	f("callee", func(caller, callee *line) (by, stays *line) { return callee, caller })
}

// TestTransferOnHold holds that a transfer by somebody who has put the other side on
// hold first, as telephones do, leaves that one in conversation.
func TestTransferOnHold(t *testing.T) {
	r := newRig(t, nil, connected)
	caller, callee := pair(r, "100", 440, 1000)
	callee.reoffer("inactive")
	caller.hearsNothing()
	callee.refer("sip:7000@"+r.addr, nil)
	third, in := r.callee.pick()
	third.accept(in)
	third.hum(1700)
	caller.hears(1700)
	third.hears(440)
	transferOf(r, 200)
	third.end(caller, callee)
	r.record()
}

// TestTransferFromTheFlow holds that a caller who talks with a flow may put somebody
// else in its place.
func TestTransferFromTheFlow(t *testing.T) {
	r := newRig(t, func(ctx context.Context, c *call.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		if err := c.Confer(ctx, call.Conference{Room: "r"}); err != nil {
			return err
		}
		return nil
	}, func(c *call.Config) {
		c.Plan.Trunks[0].Refer, c.Plan.Trunks[0].Target = "handle", c.Plan.Trunks[1].Target
	})
	listener := r.caller.dial(r.addr, "101")
	listener.up()
	listener.hum(500)
	caller := r.caller.dial(r.addr, "100")
	caller.up()
	caller.hears(500)
	caller.refer("sip:7000@"+r.addr, nil)
	third, in := r.callee.pick()
	third.accept(in)
	third.hum(1700)
	third.hears(500)
	listener.hears(1700)
	caller.await(sip.Ended)
	third.end()
	listener.hearsNothing()
	listener.end()
	await[event.CallEnded](r)
	await[event.CallEnded](r)
}

// TestTransferPassedOn holds that a trunk may have its transfers carried out by the
// other side.
func TestTransferPassedOn(t *testing.T) {
	r := newRig(t, nil, connected, func(c *call.Config) { c.Plan.Trunks[1].Refer = "pass" })
	caller, callee := pair(r, "100", 440, 1000)
	callee.refer("sip:7000@elsewhere.example", nil)
	e := caller.await(sip.Referred)
	if e.Refer.To.User != "7000" {
		t.Errorf("asked to call %+v", e.Refer.To)
	}
	caller.dialog.Tell(200)
	if e := callee.transferred(); e.Status != 200 {
		t.Errorf("told of %d", e.Status)
	}
	callee.end(caller)
	r.record()
}

// TestFlowSendsAway holds that a flow may send the caller elsewhere, and goes on when
// nobody wants it there.
func TestFlowSendsAway(t *testing.T) {
	failed := make(chan error, 1)
	r := newRig(t, func(ctx context.Context, c *call.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		failed <- c.Transfer(ctx, call.TransferRequest{To: "7000"})
		for c.Transfer(ctx, call.TransferRequest{To: "7001"}) != nil && ctx.Err() == nil { // 491 while the far side is still busy with the first
		}
		return nil
	})
	caller := r.caller.dial(r.addr, "100")
	caller.up()
	if e := caller.await(sip.Referred); e.Refer.To.User != "7000" {
		t.Errorf("sent to %+v", e.Refer.To)
	}
	caller.dialog.Tell(486)
	if err := <-failed; err == nil || err.(*call.Error).Code != "busy" {
		t.Errorf("the flow was told %v", err)
	}
	if e := caller.await(sip.Referred); e.Refer.To.User != "7001" {
		t.Errorf("sent to %+v", e.Refer.To)
	}
	caller.dialog.Tell(200)
	caller.await(sip.Ended)
	if c := r.record(); c.Cause.By != call.ByFlow || c.Cause.Text != "transferred to 7001" {
		t.Errorf("record %+v", c)
	}
}
