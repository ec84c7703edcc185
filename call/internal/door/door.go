// Package door is where INVITEs come in and go out. It reads those that come as the
// rules of the moment understand them, words those that follow from them, and tells
// of each that a rule keeps out or in.
//
// What a call does with them is not its affair. It has no state of its own; any
// goroutine may use it. Only package call does.
package door

import (
	"cmp"
	"errors"
	"log/slog"
	"time"

	"trunkline/call/event"
	"trunkline/call/gate"
	"trunkline/call/internal/fault"
	"trunkline/call/route"
	"trunkline/sip"
)

// Door is the gate with somebody who tells of it.
type Door struct {
	*gate.Gate
	Bus *event.Bus
	Log *slog.Logger
}

// Arrival is an INVITE with what we make of it.
type Arrival struct {
	*sip.Incoming
	Through        *gate.Trunk
	Number, Called string // of the caller and of whom it calls, as known inside
}

// Read makes an arrival of an INVITE. The error is a sip.Cause; the arrival can be
// refused all the same.
func (d *Door) Read(in *sip.Incoming) (Arrival, error) {
	a := Arrival{Incoming: in, Through: d.Trunk(in.Trunk.Name)}
	if a.Through == nil {
		return a, sip.Refused("no_such_trunk", sip.Failed, 500, "no such trunk: "+in.Trunk.Name)
	}
	a.Number, a.Called = a.Through.Numbers.CallerIn(in.Caller.User), a.Through.Numbers.CalledIn(in.To.User)
	return a, nil
}

// Route returns what happens to an arrival. The error is a sip.Cause.
func (d *Door) Route(a Arrival) (route.Decision, error) {
	headers := map[string]string{}
	for _, t := range a.Taken {
		if _, there := headers[t[0]]; !there {
			headers[t[0]] = t[1]
		}
	}
	return d.Decide(route.Query{
		Trunk: a.Trunk.Name, From: a.Number, To: a.Called, Headers: headers, At: time.Now(),
	})
}

// Refuse turns an arrival away before it becomes a call or a leg of one, and tells.
func (d *Door) Refuse(a Arrival, err error) {
	var cause sip.Cause
	if !errors.As(err, &cause) {
		cause = sip.New(sip.Failed, err.Error())
	}
	d.Log.Warn("call refused", "rule", cause.Rule, "why", cause.Text, "status", cause.Refusal(), "trunk", a.Trunk.Name,
		"source", a.Source, "from", a.From.User, "to", a.To.User)
	d.Bus.Publish("", "", event.CallRefused{
		Direction: event.Inbound, Trunk: a.Trunk.Name, From: a.Number, To: a.Called, Rule: cause.Rule, Status: cause.Refusal(), Text: cause.Text,
	})
	a.Handle(func(sip.Event) {}) // it ends with the refusal; nobody else cares
	a.Hangup(cause)
}

// Keep tells that a rule has kept a leg of a call, or a call that has not begun and
// has no id, from being placed through a trunk.
func (d *Door) Keep(id, through string, r Request, err error) *fault.Error {
	var why sip.Cause
	if errors.As(err, &why) {
		d.Log.Warn("leg refused", "call", id, "rule", why.Rule, "trunk", through, "to", r.To, "why", why.Text)
		d.Bus.Publish(id, "", event.CallRefused{
			Direction: event.Outbound, Trunk: through, From: r.From, To: r.To, Rule: why.Rule, Status: why.Refusal(), Text: why.Text,
		})
	}
	return fault.Rule("dial", err)
}

// Request is a further leg.
type Request struct {
	Trunk   string
	Trunks  []string      // in place of Trunk: one after the other, as long as the trunk is the trouble
	To      string        // number, as known inside
	From    string        // number; "" keeps the caller's, when it can be shown
	Timeout time.Duration // how long one trunk may ring; 0 means the usual
}

// Onward says through which trunks, and as whom, a transfer that a trunk wishes for
// is dialled, from one number to another: as the routes say of a call from that
// trunk, else through it. Whoever is known to another host alone gets a header that
// says whom to replace there. The error is a sip.Cause.
func (d *Door) Onward(trunk, from, to string, r sip.Referral) (Request, [][2]string, error) {
	request := Request{Trunk: trunk, To: to, From: from}
	if r.Replaces != nil {
		at := d.TrunkAt(r.To.Host)
		if at == nil {
			return request, nil, sip.Refused("refer_host", sip.Rejected, 403, r.To.Host+" is no trunk's")
		}
		request.Trunk = at.Data.Name
		return request, [][2]string{{"Replaces", r.Replaces.String()}}, nil
	}
	way, err := d.Decide(route.Query{Trunk: trunk, From: from, To: to, At: time.Now()})
	switch {
	case way.Reject != "":
		return request, nil, err
	case way.Bridge != nil:
		request.Trunk, request.Trunks = "", d.Order(way.Bridge.Group)
		request.To, request.From = way.Bridge.To, cmp.Or(way.Bridge.From, from)
		request.Timeout = way.Bridge.Timeout
	}
	return request, nil, nil
}
