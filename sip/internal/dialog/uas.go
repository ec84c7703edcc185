package dialog

import (
	"fmt"
	"net/netip"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/cause"
	"trunkline/sip/internal/sockets"
	"trunkline/sip/internal/wire"
	"trunkline/sip/trunk"
)

// inbound is an INVITE or UPDATE of the peer with its server transaction.
type inbound struct {
	tx       *gosip.ServerTx // nil, with all messages, once the call is up
	req      *gosip.Request
	seq      uint32
	released chan struct{} // closed when the handler may let go of the transaction
	closed   bool
	accepted bool // by a 2xx

	rel     *reliance       // nil: provisional responses are not acknowledged
	delayed bool            // it held no offer: ours goes into the 2xx, the answer comes in the ACK
	last    *gosip.Response // provisional, repeated now and then
	final   *gosip.Response // 2xx, repeated until the ACK
	wait    time.Duration   // until the next repetition
	since   time.Time       // when the 2xx was first sent
	clock   *time.Timer
}

func newInbound(req *gosip.Request, tx *gosip.ServerTx) *inbound {
	return &inbound{tx: tx, req: req, seq: req.CSeq().SeqNo, released: make(chan struct{})}
}

// finish lets the handler go. Only within do.
func (in *inbound) finish() {
	if in.clock != nil {
		in.clock.Stop()
	}
	if in.rel != nil && in.rel.clock != nil {
		in.rel.clock.Stop()
	}
	if !in.closed {
		in.closed = true
		close(in.released)
	}
}

// newIncoming makes the dialog of an INVITE.
func (l *Layer) newIncoming(req *gosip.Request, tx *gosip.ServerTx, a sockets.Arrival, t *trunk.Trunk) (*Incoming, *wire.Fault) {
	offer, f := wire.SDP(req)
	if f == nil {
		f = checkTimer(t, req)
	}
	var rel *reliance
	if f == nil {
		rel, f = reliableBy(t, req)
	}
	var replaced *Dialog
	if f == nil {
		replaced, f = l.replacing(req, a.From.Addr())
	}
	if f != nil {
		return nil, f
	}
	from, to := req.From(), req.To()
	tag, _ := from.Params.Get("tag")
	d := &Dialog{
		layer: l, callID: req.CallID().Value(), localTag: wire.NewToken(), trunk: t, state: coming,
		local: to.Address, remote: from.Address, localName: to.DisplayName, remoteName: from.DisplayName,
		remoteTag: tag, target: req.Contact().Address, remoteSeq: req.CSeq().SeqNo, peer: a.From,
		peerUpdates: lists(req, "Allow", "UPDATE"),
	}
	d.routes = recorded(req)
	local, err := netip.ParseAddrPort(tx.Connection().LocalAddr().String())
	if err == nil {
		d.at, err = l.sockets.PlaceOf(a.Network, netip.AddrPortFrom(local.Addr().Unmap(), local.Port()), a.From)
	}
	if err != nil {
		return nil, &wire.Fault{Status: 500, Why: err.Error()}
	}
	d.in = newInbound(req, tx)
	d.in.delayed, d.in.rel = len(offer) == 0, rel
	caller, taken := callerOf(req, t)
	return &Incoming{
		Caller: caller, Taken: taken,
		Dialog: d, Trunk: t, Source: a.From, Offer: offer, Replaces: replaced,
		From: PartyOf(from.Address, from.DisplayName), To: PartyOf(req.Recipient, ""),
	}, nil
}

// Ring sends 180 Ringing.
func (d *Dialog) Ring() error { return d.progress(180, nil) }

// Progress sends 183 Session Progress with sdp: early media.
func (d *Dialog) Progress(sdp []byte) error { return d.progress(183, sdp) }

func (d *Dialog) progress(code int, sdp []byte) (err error) {
	d.do(func() {
		if d.in == nil || d.state != coming || d.ended {
			err = fmt.Errorf("send %d: %w", code, ErrPast)
			return
		}
		if r := d.in.rel; r != nil && (r.always || len(sdp) > 0 || r.open != nil) {
			d.assure(d.in, code, sdp)
			return
		}
		d.in.last = d.response(d.in.req, code, sdp)
		d.send(d.in, d.in.last)
		if d.in.clock == nil {
			d.in.clock = d.after(d.layer.Timers.Ring, d.ringOn)
		}
	})
	return err
}

// ringOn repeats the provisional response, so that proxies on the way do not
// give up (RFC 3261 §13.3.1.1).
func (d *Dialog) ringOn() {
	if d.state != coming {
		return
	}
	d.send(d.in, d.in.last)
	d.in.clock.Reset(d.layer.Timers.Ring)
}

// Answer sends 200 OK with sdp, again and again until the ACK (RFC 3261
// §13.3.1.4). It returns an error when the dialog is past answering.
func (d *Dialog) Answer(sdp []byte) (err error) {
	d.do(func() {
		if d.in == nil || d.state != coming || d.ended {
			err = fmt.Errorf("answer: %w", ErrPast)
			return
		}
		if r := d.in.rel; r != nil && r.open != nil && r.sdp { // RFC 3262 §3: not before its PRACK
			r.next = func() { d.answer(sdp) }
			return
		}
		d.answer(sdp)
	})
	return err
}

// answer accepts the INVITE that made the dialog. Only within do.
func (d *Dialog) answer(sdp []byte) {
	d.state = answered
	d.accept(d.in, sdp)
}

// accept sends the 2xx to an INVITE and begins to repeat it. From now on the
// table of invites absorbs repetitions: sipgo would keep INVITE and answer for
// half a minute to do so. Only within do.
func (d *Dialog) accept(in *inbound, sdp []byte) {
	if in.clock != nil {
		in.clock.Stop()
	}
	in.final, in.accepted = d.response(in.req, 200, sdp), true
	d.acceptTimer(in.req, in.final)
	d.sdp = sdp
	in.wait, in.since = d.layer.Timers.T1, time.Now()
	d.layer.Invites.Settle(in.req)
	d.send(in, in.final)
	in.clock = d.after(in.wait, func() { d.again(in) })
}

// again repeats a 2xx that was not acknowledged, or gives up.
func (d *Dialog) again(in *inbound) {
	if in.closed {
		return
	}
	if time.Since(in.since) >= d.layer.Timers.Give {
		in.finish()
		d.lost("our answer was never acknowledged")
		d.sendBye(cause.New(cause.Failed, "no ACK"))
		return
	}
	d.send(in, in.final)
	in.wait = min(2*in.wait, d.layer.Timers.T2)
	in.clock.Reset(in.wait)
}

// OnAck takes in the ACK to a 2xx of ours. It reports false when the ACK must be
// for something else.
func (d *Dialog) OnAck(req *gosip.Request) (ours bool) {
	d.do(func() {
		in := d.in
		if d.reoffer != nil && d.reoffer.accepted && d.reoffer.seq == req.CSeq().SeqNo {
			in = d.reoffer
		}
		if in == nil || !in.accepted || in.seq != req.CSeq().SeqNo {
			return
		}
		ours = true
		if in.closed {
			return // a repeated ACK
		}
		in.finish()
		if in == d.reoffer {
			d.reoffer = nil
		} else {
			d.state = up
		}
		delayed := in.delayed
		d.forget(in)
		if d.bye {
			d.sendBye(Cause{})
			return
		}
		if held := d.held; held != nil {
			d.held = nil
			d.offer(&outbound{offer: held})
		}
		ev := Event{Kind: Confirmed}
		if delayed {
			ev.SDP, _ = wire.SDP(req)
		}
		if in == d.in || delayed {
			d.report(ev)
		}
	})
	return ours
}

// forget lets go of an INVITE that is acknowledged. Only within do.
func (d *Dialog) forget(in *inbound) {
	d.then(in.tx.Terminate)
	in.tx, in.req, in.last, in.final = nil, nil, nil, nil
}

// reject refuses the INVITE that made the dialog. Only within do.
func (d *Dialog) reject(c Cause) {
	res := d.response(d.in.req, c.Refusal(), nil)
	wire.AddReason(res, c.Q850, c.Text)
	if c.Code == cause.Overload {
		res.AppendHeader(gosip.NewHeader("Retry-After", "5"))
	}
	d.send(d.in, res)
	d.then(func() {
		d.do(func() { d.remove() })
	})
}

// OnCancel takes in a CANCEL of an INVITE that we have.
func (d *Dialog) OnCancel(cancel *gosip.Request) {
	d.do(func() {
		if r := d.reoffer; r != nil && r.final == nil && r.req.CSeq().SeqNo == cancel.CSeq().SeqNo {
			d.refuseReoffer(487)
			return
		}
		if d.state != coming || d.ended {
			return // it crossed our answer: the peer will send ACK and BYE
		}
		c := cause.FromStatus(487, "cancelled by the caller")
		c.Remote = true
		if q := wire.ReasonQ850(cancel); q != 0 {
			c.Q850 = q
		}
		d.end(c)
	})
}

// send writes a response of a transaction in its turn. sipgo's transaction does
// not see a 2xx to an INVITE, which only we repeat. Only within do.
func (d *Dialog) send(in *inbound, res *gosip.Response) {
	write := in.tx.Respond
	if in.accepted {
		conn := in.tx.Connection()
		write = func(res *gosip.Response) error { return conn.WriteMsg(res) }
	}
	d.then(func() {
		err := write(res)
		if err == nil {
			return
		}
		d.layer.Log.Warn("sip response not sent", "call_id", d.callID, "status", res.StatusCode, "peer", d.peer.String(), "error", err)
		d.do(func() {
			if d.gone || d.state == up || in != d.in {
				return // the ACK or its time-out will tell
			}
			d.lost("response cannot be sent: " + err.Error())
			d.remove()
		})
	})
}
