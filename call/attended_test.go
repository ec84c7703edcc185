package call_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"trunkline/call"
	"trunkline/call/event"
	"trunkline/call/negotiate"
	"trunkline/call/route"
	"trunkline/sip"
	"trunkline/store"
)

// consultation is an agent who talks with a caller and asks somebody else in a second
// call: both ends of the agent's, and those it talks with.
func consultation(r *rig) (customer, agent, asking, asked *line) {
	r.t.Helper()
	customer, agent = pair(r, "100", 440, 1000)
	asking = r.callee.dial(r.addr, "107")
	asked, in := r.callee.pick()
	asked.accept(in)
	asking.up()
	asking.hum(1000)
	asked.hum(1700)
	asking.hears(1700)
	asked.hears(1000)
	return customer, agent, asking, asked
}

// TestAttendedTransfer holds that two calls are joined: the far ends hear each other,
// both legs of whoever wished it are ended, and either end ends the whole.
func TestAttendedTransfer(t *testing.T) {
	f := func(name string, end func(customer, asked *line)) {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil, connected)
			customer, agent, asking, asked := consultation(r)
			agent.reoffer("sendonly")
			replaces := asking.dialog.Replaces()
			agent.refer("sip:107@"+r.addr, &replaces)
			if e := agent.transferred(); e.Status != 200 {
				t.Errorf("told of %d", e.Status)
			}
			customer.hears(1700)
			asked.hears(440)
			asking.await(sip.Ended)
			agent.await(sip.Ended)
			end(customer, asked)
			cdrs := bothRecords(r)
			if c := cdrs["107"]; !strings.HasPrefix(c.Cause.Text, "transferred to call "+cdrs["100"].ID) || c.Legs[1].Cause.Text != c.Cause.Text {
				t.Errorf("the consultation's record %+v", c)
			}
			if c := cdrs["100"]; len(c.Legs) != 3 || c.Legs[1].Cause.Text != "transferred" {
				t.Errorf("the customer's record %+v", c)
			}
		})
	}
	f("customer hangs up", func(customer, asked *line) { customer.end(asked) })
	f("asked hangs up", func(customer, asked *line) { asked.end(customer) })
}

// bothRecords waits for the end of two calls; their records are by the number called.
func bothRecords(r *rig) map[string]store.CDR {
	r.t.Helper()
	await[event.CallEnded](r)
	await[event.CallEnded](r)
	r.cdrs.mu.Lock()
	defer r.cdrs.mu.Unlock()
	by := map[string]store.CDR{}
	for _, c := range r.cdrs.list {
		by[c.To] = c
	}
	return by
}

// TestAttendedTransferToAFlow holds that a customer is put into the flow's call that
// the agent has placed.
func TestAttendedTransferToAFlow(t *testing.T) {
	r := newRig(t, tone(900), connected, func(c *call.Config) {
		c.Plan.Routes.Routes = append([]route.Rule{{Match: route.Match{To: "108"}, Flow: "f"}}, c.Plan.Routes.Routes...)
	})
	customer, agent := pair(r, "100", 440, 1000)
	asking := r.callee.dial(r.addr, "108")
	asking.up()
	asking.hears(900)
	replaces := asking.dialog.Replaces()
	agent.refer("sip:108@"+r.addr, &replaces)
	if e := agent.transferred(); e.Status != 200 {
		t.Errorf("told of %d", e.Status)
	}
	asking.await(sip.Ended)
	agent.await(sip.Ended)
	customer.end()
	cdrs := bothRecords(r)
	if c := cdrs["100"]; !strings.HasPrefix(c.Cause.Text, "transferred to call "+cdrs["108"].ID) {
		t.Errorf("the customer's record %+v", c)
	}
	if c := cdrs["108"]; len(c.Legs) != 2 || c.Cause.Code != "normal" {
		t.Errorf("the flow's record %+v", c)
	}
}

// TestReplacingInvite holds that an INVITE with Replaces takes the place of the leg it
// names (RFC 3891): the bridge goes on with the new one.
func TestReplacingInvite(t *testing.T) {
	f := func(name string, who func(caller, callee *line) (gone, stays *line)) {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil, connected)
			gone, stays := who(pair(r, "100", 440, 1000))
			replaces := gone.dialog.Replaces()
			l := r.caller.line()
			offer, err := negotiate.Offer(l.local)
			if err != nil {
				t.Fatal(err)
			}
			l.dialog, err = r.caller.ep.Dial(sip.DialRequest{
				URI: "sip:100@" + r.addr, From: sip.Party{User: "bob"}, Offer: offer,
				Headers: [][2]string{{"Replaces", replaces.String()}},
			}, func(e sip.Event) { l.events <- e })
			if err != nil {
				t.Fatal(err)
			}
			l.up()
			l.hum(1700)
			stays.hears(1700)
			gone.await(sip.Ended)
			stays.end(l)
			if c := r.record(); len(c.Legs) != 3 {
				t.Errorf("record %+v", c)
			}
		})
	}
	f("caller", func(caller, callee *line) (gone, stays *line) { return caller, callee })
	f("callee", func(caller, callee *line) (gone, stays *line) { return callee, caller })
}

// gives answers, dials the callee and has the caller's side talk to it without us; when
// that comes to nothing it connects the two here.
func gives(failed chan<- error) flow {
	return func(ctx context.Context, c *call.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		leg, err := c.Dial(ctx, call.DialRequest{Trunk: "callee", To: "agent"})
		if err != nil {
			return err
		}
		if err = c.Transfer(ctx, call.TransferRequest{To: "7000", Leg: leg}); err == nil {
			return nil
		}
		failed <- err
		_, err = c.Bridge(ctx, leg)
		return err
	}
}

// consulted brings a call to where the caller's side is asked to talk to the callee
// without us; replaces is what it shall do that with.
func consulted(r *rig) (caller, callee *line, replaces sip.Replaces) {
	r.t.Helper()
	caller = r.caller.dial(r.addr, "100")
	caller.up()
	callee, in := r.callee.pick()
	callee.accept(in)
	asked := caller.await(sip.Referred).Refer
	if asked.To.User != "7000" || asked.Replaces == nil {
		r.t.Fatalf("asked to call %+v, in place of %v", asked.To, asked.Replaces)
	}
	if e := await[event.TransferRequested](r); e.To != "7000" || !e.Attended || e.Handling != "sent" {
		r.t.Errorf("requested: %+v", e)
	}
	return caller, callee, *asked.Replaces
}

// TestFlowGivesAway holds that a flow's caller is connected with somebody whom the flow
// has dialled, and that both sides are rid of us then, whoever hangs up.
func TestFlowGivesAway(t *testing.T) {
	f := func(name string, leaves bool) {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, gives(nil))
			caller, callee, replaces := consulted(r)
			direct := r.caller.line()
			offer, err := negotiate.Offer(direct.local)
			if err != nil {
				t.Fatal(err)
			}
			direct.dialog, err = r.caller.ep.Dial(sip.DialRequest{
				URI: "sip:7000@" + r.callee.addr, From: sip.Party{User: "alice"}, Offer: offer,
				Headers: [][2]string{{"Replaces", replaces.String()}},
			}, func(e sip.Event) { direct.events <- e })
			if err != nil {
				t.Fatal(err)
			}
			answers, in := r.callee.pick()
			if in.Replaces != callee.dialog {
				t.Fatal("it is another dialog that is to be replaced")
			}
			answers.accept(in)
			direct.up()
			direct.hum(440)
			answers.hum(1000)
			direct.hears(1000)
			answers.hears(440)
			if leaves {
				callee.dialog.Hangup(sip.New(sip.Normal, ""))
				await[event.LegEnded](r)
			}
			caller.dialog.Tell(200)
			caller.await(sip.Ended)
			callee.await(sip.Ended)
			transferOf(r, 200)
			c := r.record()
			if c.Cause.Code != "normal" || c.Cause.By != call.ByFlow || c.Cause.Text != "transferred to 7000" || len(c.Legs) != 2 {
				t.Errorf("record %+v", c)
			}
			if by := c.Legs[1].Cause.By; leaves != (by == call.ByCallee) {
				t.Errorf("the second leg was ended by %s", by)
			}
			direct.end(answers)
		})
	}
	f("the one who is replaced hangs up", true)
	f("we do", false)
}

// TestFlowKeepsWhomNobodyWants holds that the flow still has both when the caller's side
// does not do as it is asked, and that whoever hangs up ends it for all.
func TestFlowKeepsWhomNobodyWants(t *testing.T) {
	f := func(name string, end func(caller, callee *line)) {
		t.Run(name, func(t *testing.T) {
			failed := make(chan error, 1)
			r := newRig(t, gives(failed))
			caller, callee, _ := consulted(r)
			caller.dialog.Tell(486)
			if err := <-failed; err.(*call.Error).Code != "busy" {
				t.Errorf("the flow was told %v", err)
			}
			transferOf(r, 486)
			caller.hum(440)
			callee.hum(1000)
			caller.hears(1000)
			callee.hears(440)
			end(caller, callee)
			r.record()
		})
	}
	f("caller hangs up", func(caller, callee *line) { caller.end(callee) })
	f("callee hangs up", func(caller, callee *line) { callee.end(caller) })
}

// TestHangUpWhileGivenAway holds that a caller who hangs up while its side still has to
// do something leaves nobody behind.
func TestHangUpWhileGivenAway(t *testing.T) {
	r := newRig(t, gives(make(chan error, 1)))
	caller, callee, _ := consulted(r)
	caller.end(callee)
	if c := r.record(); c.Cause.By != call.ByCaller {
		t.Errorf("record %+v", c)
	}
}

// TestGivingAwayMistakes holds that nobody can be given away who is not there.
func TestGivingAwayMistakes(t *testing.T) {
	lent, gone := make(chan *call.Leg, 1), make(chan error, 2)
	r := newRig(t, func(ctx context.Context, c *call.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		if c.Info().To == "101" {
			gone <- c.Transfer(ctx, call.TransferRequest{To: "7000", Leg: <-lent}) // of another call
			return nil
		}
		leg, err := c.Dial(ctx, call.DialRequest{Trunk: "callee", To: "agent"})
		if err != nil {
			return err
		}
		lent <- leg
		b, err := c.Bridge(ctx, leg)
		if err != nil || b.Cause.By != call.ByCallee {
			return fmt.Errorf("the bridge ended with %+v, %w", b.Cause, err)
		}
		gone <- c.Transfer(ctx, call.TransferRequest{To: "7000", Leg: leg})
		return nil
	})
	refused := func() {
		t.Helper()
		if err := <-gone; err == nil || err.(*call.Error).Code != call.CodeInvalid {
			t.Errorf("the flow was told %v", err)
		}
	}
	caller := r.caller.dial(r.addr, "100")
	caller.up()
	callee, in := r.callee.pick()
	callee.accept(in)
	other := r.caller.dial(r.addr, "101")
	refused()
	other.await(sip.Ended)
	callee.end()
	refused()
	caller.await(sip.Ended)
	await[event.CallEnded](r)
	await[event.CallEnded](r)
}
