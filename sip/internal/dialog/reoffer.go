package dialog

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/cause"
	"trunkline/sip/internal/digest"
	"trunkline/sip/internal/line"
	"trunkline/sip/internal/refresh"
	"trunkline/sip/internal/reliable"
	"trunkline/sip/internal/wire"
)

// onReoffer takes in a re-INVITE or an UPDATE (RFC 3261 §14.2, RFC 3311 §5.2).
func (d *Dialog) onReoffer(req *gosip.Request, tx *gosip.ServerTx) {
	in := newInbound(req, tx)
	offer, f := wire.SDP(req)
	if f == nil {
		f = wire.CheckContact(req)
	}
	short := d.policy().Check(refresh.Read(req))
	tag, _ := req.From().Params.Get("tag")
	d.do(func() {
		in.delayed = len(offer) == 0
		by := d.lineTo(tag)
		switch {
		case f != nil:
			d.refuseBy(wire.RuleMessage, in, f.Status, f.Extra...)
		case short != nil:
			d.refuseBy(wire.RuleTimer, in, short.Status, short.Extra...)
		case by == nil || d.state == over || d.ended:
			d.refuseBy(wire.RuleNoDialog, in, 481)
		case req.Method == gosip.UPDATE && in.delayed: // a session timer, a moved phone
			by.Refresh(req)
			d.succeed(in, nil)
		default:
			if code, extra := d.mayReoffer(req, tag); code != 0 {
				d.refuseBy(wire.RuleGlare, in, code, extra...)
				return
			}
			by.Refresh(req)
			d.consider(in, offer, tag)
		}
	})
	d.wait(in, tx.Done())
	if d.isOver(in) {
		d.layer.Invites.Release(req)
	}
}

// mayReoffer returns the status that refuses an offer which comes at the wrong time;
// 0: it may be considered. Only within do.
func (d *Dialog) mayReoffer(req *gosip.Request, tag string) (code int, extra []string) {
	update := req.Method == gosip.UPDATE
	later := []string{"Retry-After: " + strconv.Itoa(rand.IntN(11))}
	switch {
	case d.reoffer != nil && d.reoffer.final == nil: // we owe an answer: RFC 3261 §14.2, RFC 3311 §5.2
		return 500, later
	case d.reoffer != nil, d.renew != nil && !d.renew.final: // they owe one: glare
		return 491, nil
	case d.state == up, d.state == answered && update && !d.in.delayed:
		return 0, nil
	case update && d.state == coming && d.in.rings.Agreed():
		return 0, nil
	case update && d.rung.Of(tag).Agreed():
		return 0, nil
	case update && d.state == coming && !d.in.delayed:
		return 500, later
	}
	return 491, nil
}

// consider hands an offer to whoever decides on it. Only within do.
func (d *Dialog) consider(in *inbound, offer []byte, tag string) {
	d.reoffer = in
	if in.req.IsInvite() {
		d.send(in, d.line.Response(in.req, 100, nil))
		if d.layer.Invites.Claim(in.req, d) {
			d.refuseReoffer(487)
			return
		}
	}
	in.offer, in.tag = offer, tag
	d.report(Event{Kind: Reoffered, SDP: offer})
	in.clock = d.after(d.layer.Timers.Reoffer, func() {
		if d.reoffer == in && in.final == nil {
			d.refuseReoffer(488) // nobody above wanted to decide
		}
	})
}

// succeed answers a request other than INVITE with 200. Only within do.
func (d *Dialog) succeed(in *inbound, sdp []byte) {
	res := d.line.Response(in.req, 200, sdp)
	if in.req.Method == gosip.UPDATE && (d.state == up || d.state == answered) {
		d.runTimer(d.policy().Grant(in.req, res, d.session.Terms))
	}
	d.send(in, res)
	d.then(func() { d.do(in.finish) })
}

// isOver reports whether nothing waits for in any more.
func (d *Dialog) isOver(in *inbound) (is bool) {
	d.queue.View(func() { is = d.reoffer != in })
	return is
}

// refuseReoffer refuses the pending offer; the session stays as it was. Only
// within do.
func (d *Dialog) refuseReoffer(code int) {
	in := d.reoffer
	d.reoffer = nil
	if code == 487 { // the far side's own wish, or the call is over
		d.refuse(in, code)
		return
	}
	d.refuseBy(wire.RuleOffer, in, code)
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
			d.sdp = sdp
			d.accept(in, sdp)
		default:
			d.reoffer, d.sdp = nil, sdp
			if b := d.rung.Of(in.tag); b != nil {
				b.SDP = in.offer
			}
			d.updated = d.updated || d.state != up
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
		d.layer.Log.Warn("sip re-invite not sent", "call_id", d.key.CallID, "error", err)
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
		if v, rack := out.rel.Take(res, out.seq); v == reliable.Fresh {
			d.transact(&d.line, d.line.Prack(rack), func(*gosip.Response) {})
		}
		return true
	case res.IsSuccess() && out.final:
		if out.ack != nil {
			d.write(&d.line, out.ack)
		}
		return false
	case out.final:
		return true
	}
	out.final = true
	halt(out.clock)
	if res.IsSuccess() {
		d.line.Refresh(res)
		d.sdp = out.offer
		d.learnTimer(res)
		d.acknowledge(out)
		if d.out == nil { // else responses to the first may still come
			d.branches.Forget(d.layer.roster, out.branch) // a long call has many
		}
		if sdp, _ := wire.SDP(res); !out.refresh {
			d.report(Event{Kind: Reanswered, Status: res.StatusCode, SDP: sdp})
		}
		return false
	}
	again := &outbound{offer: out.offer, refresh: out.refresh, proof: out.proof, glares: out.glares}
	switch status := res.StatusCode; {
	case status == 481 || status == 408: // the far side has no such dialog: RFC 3261 §12.2.1.2
		c := line.Refusal(res)
		d.report(Event{Kind: Ended, Cause: c})
		d.sendBye(c)
		return true
	case (status == 401 || status == 407) && d.tender(again, res):
		return true
	case status == 422 && d.tooShort(res) && d.tender(again, nil):
		return true
	case status == 491 && d.yield(again):
		return true
	}
	if !out.refresh {
		d.report(Event{Kind: Reanswered, Status: res.StatusCode, Cause: line.Refusal(res)})
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
	units := rand.IntN(201) // of 10 ms, 0 to 2 s
	if d.outgoing {
		units = 210 + rand.IntN(191) // 2.1 to 4 s
	}
	d.waiting = out
	out.clock = d.after(time.Duration(units)*d.layer.Timers.Glare, func() {
		d.waiting = nil
		switch {
		case d.state != up || d.ended:
			return
		case d.reoffer == nil && (d.renew == nil || d.renew.final):
			d.offer(out)
			return
		case d.yield(out): // theirs is under way
			return
		}
		if !out.refresh {
			d.report(Event{Kind: Reanswered, Status: 491, Cause: cause.FromStatus(491, "offers crossed")})
		}
	})
	return true
}
