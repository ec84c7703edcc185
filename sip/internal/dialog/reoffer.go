package dialog

import (
	"bytes"
	"errors"
	"fmt"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/wire"
)

// onReoffer takes in a re-INVITE or an UPDATE (RFC 3261 §14.2, RFC 3311 §5.2).
func (d *Dialog) onReoffer(req *gosip.Request, tx *gosip.ServerTx) {
	in := newInbound(req, tx)
	offer, f := wire.SDP(req)
	if f == nil {
		f = wire.CheckContact(req)
	}
	d.do(func() {
		in.delayed = len(offer) == 0
		switch {
		case f != nil:
			d.refuse(in, f.Status, f.Extra...)
		case d.state == over || d.state == calling || d.state == ringing:
			d.refuse(in, 481)
		case d.reoffer != nil, d.renew != nil && !d.renew.final:
			d.refuse(in, 491) // glare
		case req.Method == gosip.UPDATE && in.delayed:
			d.target = req.Contact().Address // only that: a session timer, a moved phone
			d.send(in, d.response(req, 200, nil))
			d.then(func() { d.do(in.finish) })
		case d.state != up: // our 2xx is not acknowledged yet
			d.refuse(in, 491)
		default:
			d.target = req.Contact().Address
			d.reoffer = in
			if req.IsInvite() {
				d.send(in, d.response(req, 100, nil))
			}
			if d.layer.Invites.Claim(req, d) {
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
	})
	d.wait(in, tx.Done())
	if d.isOver(in) {
		d.layer.Invites.Release(req)
	}
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
			d.reoffer = nil
			d.send(in, d.response(in.req, 200, sdp))
			d.then(func() { d.do(in.finish) })
		}
	})
	return err
}

// Reoffer sends a re-INVITE with a new offer, such as for hold. Reanswered
// follows: with SDP, or with the cause of a refusal, after which the session is
// as it was. One may be under way at a time, in either direction; after a
// refusal with 491 the caller of Reoffer should try again after some seconds
// (RFC 3261 §14.1).
func (d *Dialog) Reoffer(sdp []byte) (err error) {
	d.do(func() {
		switch {
		case len(sdp) == 0:
			err = errors.New("reoffer: no offer")
		case d.state != up || d.ended:
			err = fmt.Errorf("reoffer: %w, or not there yet", ErrPast)
		case d.held != nil || d.renew != nil && !d.renew.final || d.reoffer != nil && d.reoffer.final == nil:
			err = errors.New("reoffer: another offer is under way")
		case d.reoffer != nil:
			d.held = bytes.Clone(sdp) // until our answer is acknowledged
		default:
			d.offer(sdp)
		}
	})
	return err
}

// offer sends a re-INVITE. Only within do.
func (d *Dialog) offer(sdp []byte) {
	d.localSeq++
	out := &outbound{}
	d.renew = out
	d.invite(out, sdp, nil)
	out.clock = d.after(d.layer.Timers.Give, func() { d.giveUp(out, "no response to a re-INVITE") })
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
		d.acknowledge(out)
		sdp, _ := wire.SDP(res)
		d.report(Event{Kind: Reanswered, Status: res.StatusCode, SDP: sdp})
		return false
	}
	c := refusalOf(res)
	if res.StatusCode == 481 || res.StatusCode == 408 { // the far side has no such dialog: RFC 3261 §12.2.1.2
		d.report(Event{Kind: Ended, Cause: c})
		d.sendBye(c)
		return true
	}
	d.report(Event{Kind: Reanswered, Status: res.StatusCode, Cause: c})
	return true
}
