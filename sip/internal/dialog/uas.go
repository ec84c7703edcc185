package dialog

import (
	"cmp"
	"fmt"
	"net/netip"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/cause"
	"trunkline/sip/internal/exchange"
	"trunkline/sip/internal/journey"
	"trunkline/sip/internal/line"
	"trunkline/sip/internal/refresh"
	"trunkline/sip/internal/reliable"
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

	rings   provisional
	delayed bool            // it held no offer: ours goes into the 2xx, the answer comes in the ACK
	answer  []byte          // or it has come before
	offer   []byte          // of a re-INVITE or UPDATE that waits for an answer
	tag     string          // and whose it is
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
	halt(in.clock)
	in.rings.halt()
	if !in.closed {
		in.closed = true
		close(in.released)
	}
}

// fault is why an INVITE is refused, and by which rule.
type fault struct {
	*wire.Fault
	rule string
}

// newIncoming makes the dialog of an INVITE.
func (l *Layer) newIncoming(req *gosip.Request, tx *gosip.ServerTx, a sockets.Arrival, t *trunk.Trunk) (*Incoming, fault) {
	offer, f := wire.SDP(req)
	if f != nil {
		return nil, fault{f, wire.RuleMessage}
	}
	if f := refresh.PolicyOf(t).Check(refresh.Read(req)); f != nil {
		return nil, fault{f, wire.RuleTimer}
	}
	demand, f := reliable.Check(t, req)
	if f != nil {
		return nil, fault{f, wire.RuleReliable}
	}
	replaced, f := l.replacing(req, a.From.Addr())
	if f != nil {
		return nil, fault{f, wire.RuleReplaces}
	}
	by := line.Incoming(&l.net, req, t, a.From)
	by.LocalTag = cmp.Or(l.Invites.Tag(req), by.LocalTag)
	local, err := netip.ParseAddrPort(tx.Connection().LocalAddr().String())
	if err == nil {
		by.At, err = l.sockets.PlaceOf(a.Network, netip.AddrPortFrom(local.Addr().Unmap(), local.Port()), a.From)
	}
	if err != nil {
		return nil, fault{&wire.Fault{Status: 500, Why: err.Error()}, wire.RuleMessage}
	}
	d := l.begin(coming, by)
	d.peerUpdates = wire.Has(req, "Allow", "UPDATE")
	d.in = newInbound(req, tx)
	d.in.delayed, d.in.rings.Demand = len(offer) == 0, demand
	caller, taken := journey.CallerOf(req, t)
	in := &Incoming{
		Caller: caller, Taken: taken,
		Dialog: d, Trunk: t, Source: a.From, Offer: offer, Replaces: replaced, MaxForwards: 69,
		From: journey.PartyOf(by.Remote, by.RemoteName), To: journey.PartyOf(req.Recipient, ""),
	}
	if mf := req.MaxForwards(); mf != nil {
		in.MaxForwards = max(0, min(70, int(mf.Val()))-1)
	}
	return in, fault{}
}

func (d *Dialog) progress(code int, sdp []byte) (err error) {
	d.do(func() {
		if d.in == nil || d.state != coming || d.ended {
			err = fmt.Errorf("send %d: %w", code, ErrPast)
			return
		}
		d.ring(code, sdp)
	})
	return err
}

// Answer sends 200 OK with sdp, again and again until the ACK (RFC 3261
// §13.3.1.4). It returns an error when the dialog is past answering.
func (d *Dialog) Answer(sdp []byte) (err error) {
	d.do(func() {
		if d.in == nil || d.state != coming || d.ended {
			err = fmt.Errorf("answer: %w", ErrPast)
			return
		}
		if d.in.rings.Owes() { // RFC 3262 §3
			d.in.rings.next = func() { d.answer(sdp) }
			return
		}
		d.answer(sdp)
	})
	return err
}

// answer accepts the INVITE that made the dialog. Only within do.
func (d *Dialog) answer(sdp []byte) {
	in := d.in
	in.rings.halt()
	d.state = answered
	d.meter.Answered(time.Now())
	if in.answer != nil || in.rings.Agreed() && d.updated {
		d.accept(in, nil) // offer and answer have been made, and sdp may be old (RFC 3261 §13.2.1)
		return
	}
	d.sdp = sdp
	d.accept(in, sdp)
}

// accept sends the 2xx to an INVITE and begins to repeat it. From now on the
// table of invites absorbs repetitions: sipgo would keep INVITE and answer for
// half a minute to do so. Only within do.
func (d *Dialog) accept(in *inbound, sdp []byte) {
	halt(in.clock)
	in.final, in.accepted = d.line.Response(in.req, 200, sdp), true
	d.runTimer(d.policy().Grant(in.req, in.final, d.session.Terms))
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
		if !in.closed { // not a repeated ACK
			d.acknowledged(in, req)
		}
	})
	return ours
}

// acknowledged is the end of an INVITE that we have accepted. Only within do.
func (d *Dialog) acknowledged(in *inbound, ack *gosip.Request) {
	in.finish()
	if in == d.reoffer {
		d.reoffer = nil
	} else if d.state == answered {
		d.state = up
		d.remember()
	}
	ev := Event{Kind: Confirmed, SDP: in.answer}
	if in.delayed && ev.SDP == nil {
		ev.SDP, _ = wire.SDP(ack)
	}
	if d.state == up && (in == d.in || in.delayed) {
		d.report(ev)
	}
	d.forget(in)
	switch {
	case d.bye != nil && in == d.in:
		d.sendBye(*d.bye)
	case d.held != nil:
		out := &outbound{offer: d.held}
		d.held = nil
		if d.state == up && !d.ended {
			d.offer(out)
		}
	}
}

// forget lets go of an INVITE that is acknowledged. Only within do.
func (d *Dialog) forget(in *inbound) {
	d.then(in.tx.Terminate)
	in.tx, in.req, in.final, in.answer = nil, nil, nil, nil
	in.rings = provisional{Sender: in.rings.Sender}
}

// reject refuses the INVITE that made the dialog. Only within do.
func (d *Dialog) reject(c Cause) {
	res := d.line.Response(d.in.req, c.Refusal(), nil)
	line.Tell(res, c)
	if c.Code == cause.Overload {
		res.AppendHeader(gosip.NewHeader("Retry-After", "5"))
	}
	d.send(d.in, res)
	network, from := d.line.At.Network, d.line.Peer
	d.then(func() {
		d.do(func() { d.remove() })
		d.layer.Rejected(network, from, c)
	})
}

// OnCancel takes in a CANCEL of an INVITE that we have.
func (d *Dialog) OnCancel(cancel *gosip.Request) {
	d.do(func() {
		if r := d.reoffer; r != nil && r.final == nil && r.req.IsInvite() && r.seq == cancel.CSeq().SeqNo {
			d.refuseReoffer(487)
			return
		}
		if d.state != coming || d.ended {
			return // it crossed our answer: the peer will send ACK and BYE
		}
		d.end(line.Ending(cancel, "cancelled by the caller"))
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
		err := exchange.Reply(res, write)
		if err == nil {
			return
		}
		d.layer.Log.Warn("sip response not sent", "call_id", d.key.CallID, "status", res.StatusCode, "error", err)
		d.do(func() {
			if d.gone || d.state == up || in != d.in {
				return // the ACK or its time-out will tell
			}
			d.lost("response cannot be sent: " + err.Error())
			d.remove()
		})
	})
}
