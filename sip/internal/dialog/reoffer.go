package dialog

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/cause"
	"trunkline/sip/internal/digest"
	"trunkline/sip/internal/wire"
)

// onReoffer takes in a re-INVITE or an UPDATE (RFC 3261 §14.2, RFC 3311 §5.2).
func (d *Dialog) onReoffer(req *gosip.Request, tx *gosip.ServerTx) {
	in := newInbound(req, tx)
	offer, f := wire.SDP(req)
	for _, check := range []func() *wire.Fault{
		func() *wire.Fault { return wire.CheckContact(req) },
		func() *wire.Fault { return checkTimer(d.trunk, req) },
	} {
		if f == nil {
			f = check()
		}
	}
	d.do(func() {
		in.delayed = len(offer) == 0
		switch {
		case f != nil:
			d.refuse(in, f.Status, f.Extra...)
		case d.state == over || d.state == calling || d.state == ringing:
			d.refuse(in, 481)
		case req.Method == gosip.UPDATE && in.delayed: // a session timer, a moved phone
			d.target = req.Contact().Address
			d.succeed(in, nil)
		case d.reoffer != nil, d.renew != nil && !d.renew.final:
			d.refuse(in, 491) // glare
		case d.state != up: // our 2xx is not acknowledged yet
			d.refuse(in, 491)
		default:
			d.target = req.Contact().Address
			d.consider(in, offer)
		}
	})
	d.wait(in, tx.Done())
	if d.isOver(in) {
		d.layer.Invites.Release(req)
	}
}

// consider hands an offer to whoever decides on it. Only within do.
func (d *Dialog) consider(in *inbound, offer []byte) {
	d.reoffer = in
	if in.req.IsInvite() {
		d.send(in, d.response(in.req, 100, nil))
	}
	if d.layer.Invites.Claim(in.req, d) {
		d.refuseReoffer(487)
		return
	}
	d.report(Event{Kind: Reoffered, SDP: offer})
	in.clock = d.after(d.layer.Timers.Reoffer, func() {
		if d.reoffer == in && in.final == nil {
			d.refuseReoffer(488) // nobody above wanted to decide
		}
	})
}

// succeed answers a request other than INVITE with 200. Only within do.
func (d *Dialog) succeed(in *inbound, sdp []byte) {
	res := d.response(in.req, 200, sdp)
	d.acceptTimer(in.req, res)
	d.send(in, res)
	d.then(func() { d.do(in.finish) })
}

// isOver reports whether nothing waits for in any more.
func (d *Dialog) isOver(in *inbound) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.reoffer != in
}

// refuse answers a request of the dialog with a refusal. Only within do.
func (d *Dialog) refuse(in *inbound, code int, extra ...string) {
	d.then(func() {
		d.layer.Answer(in.tx, in.req, code, extra...)
		d.do(in.finish)
	})
}

// refuseReoffer refuses the pending offer; the session stays as it was. Only
// within do.
func (d *Dialog) refuseReoffer(code int) {
	in := d.reoffer
	d.reoffer = nil
	d.refuse(in, code)
}

// AnswerReoffer answers the peer's pending re-INVITE or UPDATE (see Reoffered).
// A nil sdp refuses it with 488 and leaves the session as it was.
func (d *Dialog) AnswerReoffer(sdp []byte) (err error) {
	d.do(func() {
		in := d.reoffer
		switch {
		case in == nil || in.final != nil || d.ended:
			err = errors.New("answer reoffer: none is pending")
		case sdp == nil:
			d.refuseReoffer(488)
		case in.req.IsInvite():
			d.accept(in, sdp)
		default:
			d.reoffer, d.sdp = nil, sdp
			d.succeed(in, sdp)
		}
	})
	return err
}

// Reoffer sends a re-INVITE with a new offer, such as for hold. Reanswered
// follows: with SDP, or with the cause of a refusal, after which the session is
// as it was. One may be under way at a time, in either direction; when both sides
// meet with one (491), ours is sent again after a while (RFC 3261 §14.1).
func (d *Dialog) Reoffer(sdp []byte) (err error) {
	d.do(func() {
		switch {
		case len(sdp) == 0:
			err = errors.New("reoffer: no offer")
		case d.state != up || d.ended:
			err = fmt.Errorf("reoffer: %w, or not there yet", ErrPast)
		case d.held != nil || d.waiting != nil || d.renew != nil && !d.renew.final || d.reoffer != nil && d.reoffer.final == nil:
			err = errors.New("reoffer: another offer is under way")
		case d.reoffer != nil:
			d.held = bytes.Clone(sdp) // until our answer is acknowledged
		default:
			d.offer(&outbound{offer: bytes.Clone(sdp)})
		}
	})
	return err
}

// offer sends a re-INVITE. Only within do.
func (d *Dialog) offer(out *outbound) {
	d.tender(out, nil)
}

// tender sends a re-INVITE, and with it the answer to a challenge of the one before.
// It reports whether there was an answer. Only within do.
func (d *Dialog) tender(out *outbound, challenge *gosip.Response) bool {
	if out.proof == nil {
		out.proof = new(digest.Attempt)
	}
	if err := d.invite(out, challenge); err != nil {
		d.layer.Log.Warn("sip re-invite not sent", "call_id", d.callID, "error", err)
		return false
	}
	d.renew = out
	out.clock = d.after(d.layer.Timers.Give, func() { d.giveUp(out, "no response to a re-INVITE") })
	return true
}

// onRenewed takes in a response to our re-INVITE.
func (d *Dialog) onRenewed(out *outbound, res *gosip.Response) (pass bool) {
	switch {
	case res.IsProvisional():
		return true
	case res.IsSuccess() && out.final:
		if out.ack != "" {
			d.acknowledge(out)
		}
		return false
	case out.final:
		return true
	}
	out.final = true
	out.clock.Stop()
	if res.IsSuccess() {
		if wire.CheckContact(res) == nil {
			d.target = res.Contact().Address
		}
		d.sdp = out.offer
		d.learnTimer(res)
		d.acknowledge(out)
		sdp, _ := wire.SDP(res)
		d.report(Event{Kind: Reanswered, Status: res.StatusCode, SDP: sdp})
		return false
	}
	again := &outbound{offer: out.offer, refresh: out.refresh, proof: out.proof, glares: out.glares}
	switch status := res.StatusCode; {
	case status == 481 || status == 408: // the far side has no such dialog: RFC 3261 §12.2.1.2
		c := refusalOf(res)
		d.report(Event{Kind: Ended, Cause: c})
		d.sendBye(c)
		return true
	case (status == 401 || status == 407) && d.tender(again, res):
		return true
	case status == 491 && d.yield(again):
		return true
	}
	if !out.refresh {
		d.report(Event{Kind: Reanswered, Status: res.StatusCode, Cause: refusalOf(res)})
	}
	return true
}

// maxGlares is how often a re-INVITE is sent again because the far side's crossed
// it.
const maxGlares = 5

// yield sends a re-INVITE again after the wait that RFC 3261 §14.1 sets: whoever
// has made the Call-ID waits longer, so that the same does not happen again. Only
// within do.
func (d *Dialog) yield(out *outbound) bool {
	if out.glares++; out.glares > maxGlares {
		return false
	}
	units := rand.IntN(201) // of 10 ms: 0 to 2 s
	if d.outgoing {
		units = 210 + rand.IntN(191) // 2.1 to 4 s
	}
	d.waiting = out
	out.clock = d.after(time.Duration(units)*d.layer.Timers.Glare, func() {
		d.waiting = nil
		if d.state == up && !d.ended && (d.reoffer == nil && (d.renew == nil || d.renew.final)) {
			d.offer(out)
			return
		}
		if !out.refresh {
			d.report(Event{Kind: Reanswered, Status: 491, Cause: cause.FromStatus(491, "offers crossed")})
		}
	})
	return true
}
