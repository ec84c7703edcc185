package dialog

import (
	"net/netip"
	"slices"
	"strings"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/cause"
	"trunkline/sip/internal/digest"
	"trunkline/sip/internal/wire"
)

// OnResponse takes in a response to an INVITE of ours. It reports whether sipgo
// must see it too.
func (d *Dialog) OnResponse(branch string, res *gosip.Response) (pass bool) {
	d.do(func() {
		switch {
		case d.renew != nil && d.renew.branch == branch:
			pass = d.onRenewed(d.renew, res)
		case d.out != nil && d.out.branch == branch:
			pass = d.onDialled(d.out, res)
		default:
			pass = d.onPast(branch, res)
		}
	})
	return pass
}

func (d *Dialog) onDialled(out *outbound, res *gosip.Response) (pass bool) {
	switch {
	case res.IsProvisional():
		d.onProvisional(out, res)
		return true
	case res.IsSuccess():
		return d.onSuccess(out, res)
	}
	if out.final {
		return true // repeated: sipgo acknowledges again
	}
	out.final = true
	out.clock.Stop()
	if d.detour(out, res) {
		return true
	}
	d.state = over
	d.report(Event{Kind: Ended, Cause: refusalOf(res)})
	d.remove()
	return true
}

// onPast takes in a response to an INVITE that another has followed. A 2xx comes
// too late: it is thanked and hung up.
func (d *Dialog) onPast(branch string, res *gosip.Response) (pass bool) {
	for _, out := range d.past {
		if out.branch != branch {
			continue
		}
		if tag, _ := res.To().Params.Get("tag"); res.IsSuccess() {
			d.hangFork(out, res, tag)
			return false
		}
	}
	return true
}

func (d *Dialog) onProvisional(out *outbound, res *gosip.Response) {
	if out.final {
		return
	}
	if d.state == calling {
		d.state = ringing
		out.clock.Stop()
	}
	if out.cancel != nil {
		d.sendCancel(*out.cancel)
		return
	}
	if res.StatusCode > 100 && d.onEarly(out, res) {
		sdp, _ := wire.SDP(res)
		d.report(Event{Kind: Ringing, Status: res.StatusCode, SDP: sdp})
	}
}

// onSuccess takes in a 2xx: the first makes the dialog, the same again gets its
// ACK again, one from another branch of a fork is thanked and hung up
// (RFC 3261 §13.2.2.4).
func (d *Dialog) onSuccess(out *outbound, res *gosip.Response) (pass bool) {
	tag, _ := res.To().Params.Get("tag")
	switch {
	case !out.final:
		out.final = true
		out.clock.Stop()
		d.establish(res, tag)
		d.sdp, d.way, d.rung = out.offer, nil, nil
		d.learnTimer(res)
		d.acknowledge(out)
		d.state = up
		if d.ended { // the answer crossed our CANCEL
			d.sendBye(*out.cancel)
			return false
		}
		sdp, _ := wire.SDP(res)
		d.report(Event{Kind: Answered, Status: res.StatusCode, SDP: sdp})
	case out.ack != "" && tag == d.remoteTag:
		d.acknowledge(out)
	default:
		d.hangFork(out, res, tag)
	}
	return false
}

// establish learns the far side from its 2xx (RFC 3261 §12.1.2).
func (d *Dialog) establish(res *gosip.Response, tag string) {
	d.remoteTag = tag
	d.peerUpdates = lists(res, "Allow", "UPDATE")
	d.routes = recorded(res)
	slices.Reverse(d.routes)
	if wire.CheckContact(res) == nil {
		d.target = res.Contact().Address
	}
	if d.trunk != nil {
		return
	}
	for _, uri := range append([]gosip.Uri{d.target}, d.routes...) { // its BYE may come from there
		if addr, err := netip.ParseAddr(strings.Trim(uri.Host, "[]")); err == nil && d.mayGo(addr.Unmap()) {
			d.knowPeer(addr)
		}
	}
}

// recorded returns the route that a message has recorded, as it stands there.
func recorded(m gosip.Message) (routes []gosip.Uri) {
	for _, h := range m.GetHeaders("Record-Route") {
		if rr, ok := h.(*gosip.RecordRouteHeader); ok {
			routes = append(routes, rr.Address)
		}
	}
	return routes
}

// acknowledge sends the ACK to a 2xx: the same each time it comes (RFC 3261
// §13.2.2.4), written anew.
func (d *Dialog) acknowledge(out *outbound) {
	ack := d.request(gosip.ACK, out.seq)
	ack.SetBody(nil)
	if out.sent != nil {
		digest.Repeat(ack, out.sent)
	}
	if out.ack == "" {
		out.ack, _ = ack.Via().Params.Get("branch")
		d.settle(out)
	}
	ack.Via().Params.Add("branch", out.ack)
	d.then(func() { d.write(ack) })
}

// hangFork ends a second dialog that a fork has made of our INVITE.
func (d *Dialog) hangFork(out *outbound, res *gosip.Response, tag string) {
	if ack := out.forks[tag]; ack != nil {
		d.then(func() { d.write(ack) })
		return
	}
	if len(out.forks) >= 16 || tag == "" {
		return
	}
	f := d.branchOf(out, res, tag)
	ack := f.request(gosip.ACK, out.seq)
	ack.SetBody(nil)
	bye := f.request(gosip.BYE, f.localSeq)
	bye.SetBody(nil)
	if out.forks == nil {
		out.forks = map[string]*gosip.Request{}
	}
	out.forks[tag] = ack
	d.then(func() {
		d.write(ack)
		f.transact(bye, func(*gosip.Response) {})
	})
}

// refusalOf returns the cause that a final refusal stands for.
func refusalOf(res *gosip.Response) Cause {
	text := wire.Clean(res.Reason)
	switch {
	case res.StatusCode >= 300 && res.StatusCode < 400:
		text = "redirected, which is not followed"
		if c := res.Contact(); c != nil {
			text = wire.Clean("redirected to " + c.Address.String() + ", which is not followed")
		}
	case res.StatusCode == 401 || res.StatusCode == 407:
		text = "the far side wants a password that we do not have, or refuses ours"
	}
	c := cause.FromStatus(res.StatusCode, text)
	c.Remote = true
	if q := wire.ReasonQ850(res); q != 0 {
		c.Q850 = q
	}
	return c
}
