package call_test

import (
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
