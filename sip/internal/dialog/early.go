package dialog

import (
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/cause"
	"trunkline/sip/internal/reliable"
	"trunkline/sip/internal/wire"
)

// How we ring. Responses that are acknowledged are those of RFC 3262.

// Ring sends 180 Ringing.
func (d *Dialog) Ring() error { return d.progress(180, nil) }

// Progress sends 183 Session Progress with sdp: early media.
func (d *Dialog) Progress(sdp []byte) error { return d.progress(183, sdp) }

// provisional is how an INVITE that came to us rings.
type provisional struct {
	reliable.Sender
	code  int
	sdp   []byte
	open  *gosip.Response // not acknowledged yet, and so repeated
	wait  time.Duration
	since time.Time
	clock *time.Timer // of the repetition
	again *time.Timer // of the next one, for the proxies on the way
	next  func()      // what had to wait for the acknowledgement; the last of it counts
}

func (p *provisional) halt() {
	halt(p.clock)
	halt(p.again)
}

// ring sends a provisional response. Only within do.
func (d *Dialog) ring(code int, sdp []byte) {
	p := &d.in.rings
	if p.Wants(len(sdp) > 0) && p.Open() { // one at a time: RFC 3262 §3
		p.next = func() { d.ring(code, sdp) }
		return
	}
	p.code, p.sdp = code, sdp
	d.meter.Rang(time.Now())
	res := d.line.Response(d.in.req, code, sdp)
	if p.Wants(len(sdp) > 0) {
		p.Number(res, len(sdp) > 0)
		p.open, p.wait, p.since = res, d.layer.Timers.T1, time.Now()
		p.clock = d.after(p.wait, func() { d.ringAgain(res) })
	}
	d.send(d.in, res)
	halt(p.again)
	p.again = d.after(d.layer.Timers.Ring, d.ringOn)
}

// ringOn rings anew, so that proxies on the way do not give up (RFC 3261 §13.3.1.1).
func (d *Dialog) ringOn() {
	if p := &d.in.rings; d.state == coming && !p.Open() {
		d.ring(p.code, p.sdp)
	}
}

// ringAgain repeats a response that is not acknowledged, or gives the call up.
func (d *Dialog) ringAgain(res *gosip.Response) {
	p := &d.in.rings
	if p.open != res || d.state != coming || d.ended {
		return
	}
	if time.Since(p.since) >= d.layer.Timers.Give {
		d.end(cause.FromStatus(504, "our ringing was never acknowledged"))
		return
	}
	d.send(d.in, res)
	p.wait *= 2 // not capped at T2: RFC 3262 §3
	p.clock.Reset(p.wait)
}

// onPrack takes in the acknowledgement of a provisional response.
func (d *Dialog) onPrack(req *gosip.Request, tx *gosip.ServerTx) {
	in := newInbound(req, tx)
	body, f := wire.SDP(req)
	d.do(func() {
		var p *provisional
		if d.in != nil {
			p = &d.in.rings
		}
		switch {
		case f != nil:
			d.refuseBy(wire.RuleMessage, in, f.Status, f.Extra...)
			return
		case p == nil || !p.Acknowledged(req, d.in.seq):
			d.refuseBy(wire.RuleNoDialog, in, 481)
			return
		case len(body) > 0 && d.in.delayed && p.Agreed() && d.in.answer == nil:
			d.in.answer = body // to the offer in our response
			d.succeed(in, nil)
		case len(body) > 0: // an offer; it may be made again by UPDATE
			d.refuseBy(wire.RuleOffer, in, 488)
		default:
			d.succeed(in, nil)
		}
		p.open = nil
		halt(p.clock)
		if next := p.next; next != nil && d.state == coming && !d.ended {
			p.next = nil
			next()
		}
	})
	d.wait(in, tx.Done())
}
