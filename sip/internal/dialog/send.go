package dialog

import (
	"net/netip"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/digest"
	"trunkline/sip/internal/wire"
)

// sendCancel cancels our INVITE, which has had a provisional response. Only
// within do.
func (d *Dialog) sendCancel(c Cause) {
	out := d.out
	if out.cancelled || out.final {
		return
	}
	out.cancelled = true
	invite := out.sent
	req := gosip.NewRequest(gosip.CANCEL, invite.Recipient)
	req.AppendHeader(gosip.HeaderClone(invite.Via())) // with its branch: RFC 3261 §9.1
	for _, h := range invite.GetHeaders("Route") {
		req.AppendHeader(gosip.HeaderClone(h))
	}
	max := gosip.MaxForwardsHeader(70)
	req.AppendHeader(&max)
	req.AppendHeader(gosip.HeaderClone(invite.From()))
	req.AppendHeader(gosip.HeaderClone(invite.To()))
	callID := gosip.CallIDHeader(d.callID)
	req.AppendHeader(&callID)
	req.AppendHeader(&gosip.CSeqHeader{SeqNo: invite.CSeq().SeqNo, MethodName: gosip.CANCEL})
	wire.AddReason(req, c.Q850, c.Text)
	req.SetBody(nil)
	req.SetTransport(invite.Transport())
	req.SetDestination(invite.Destination())
	req.Laddr = invite.Laddr
	d.then(func() { d.transact(req, func(*gosip.Response) {}) })
	if out.clock != nil {
		out.clock.Stop()
	}
	out.clock = d.after(d.layer.Timers.Give, func() { d.giveUp(out, "no answer to CANCEL") })
}

// sendBye ends an established dialog. Only within do.
func (d *Dialog) sendBye(c Cause) {
	if d.gone || d.state == over {
		return
	}
	d.state, d.bye = over, false
	for _, in := range []*inbound{d.in, d.reoffer} {
		if in != nil && !in.closed {
			if in.final == nil {
				d.send(in, d.response(in.req, 487, nil))
			}
			d.then(func() { d.do(in.finish) })
		}
	}
	d.localSeq++
	req := d.request(gosip.BYE, d.localSeq)
	wire.AddReason(req, c.Q850, c.Text)
	req.SetBody(nil)
	d.then(func() {
		d.transact(req, func(*gosip.Response) { d.do(d.remove) })
	})
}

// transact sends a request other than INVITE and ACK and calls done with its final
// response; with nil when it is clear that none will come. A challenge of somebody
// we have called is answered.
func (d *Dialog) transact(req *gosip.Request, done func(*gosip.Response)) {
	started := d.layer.Begin(func() {
		var res *gosip.Response
		defer func() { done(res) }()
		var proof digest.Attempt
		for {
			res = d.layer.exchange(req)
			if res == nil || res.StatusCode != 401 && res.StatusCode != 407 || req.Method == gosip.CANCEL {
				return
			}
			next := d.repeated(req)
			if err := d.sign(next, &proof, res); err != nil {
				d.layer.Log.Info("sip challenge not answered", "method", string(req.Method), "call_id", d.callID, "error", err)
				return
			}
			req = next
		}
	})
	if !started {
		done(nil)
	}
}

// repeated is a request of the dialog once more: another transaction with another
// number.
func (d *Dialog) repeated(req *gosip.Request) *gosip.Request {
	next := req.Clone()
	d.mu.Lock()
	d.localSeq++
	next.CSeq().SeqNo = d.localSeq
	d.mu.Unlock()
	next.Via().Params.Add("branch", wire.NewBranch())
	next.SetDestination(req.Destination())
	next.SetTransport(req.Transport())
	next.Laddr = req.Laddr
	return next
}

// exchange sends a request and returns its final response, or nil.
func (l *Layer) exchange(req *gosip.Request) *gosip.Response {
	err := l.ready(req)
	var tx *gosip.ClientTx
	if err == nil {
		tx, err = l.stack.TransactionLayer().Request(l.ctx, req)
	}
	if err != nil {
		l.Log.Info("sip request not sent", "method", string(req.Method), "call_id", req.CallID().Value(), "error", err)
		return nil
	}
	defer tx.Terminate() // repeated answers need nobody to wait for them
	for {
		select {
		case res := <-tx.Responses():
			if !res.IsProvisional() {
				return res
			}
		case <-tx.Done():
			return nil
		case <-l.ctx.Done():
			return nil
		}
	}
}

// write sends an ACK. It may run on the reader of a socket, so what takes time, a
// new connection, gets a goroutine.
func (d *Dialog) write(ack *gosip.Request) {
	if peer, err := netip.ParseAddrPort(ack.Destination()); err == nil && ack.Transport() == "TCP" && !d.layer.sockets.Connected(peer) {
		d.layer.Begin(func() { d.writeNow(ack) })
		return
	}
	d.writeNow(ack)
}

func (d *Dialog) writeNow(ack *gosip.Request) {
	err := d.layer.ready(ack)
	if err == nil {
		err = d.layer.stack.TransportLayer().WriteMsg(ack)
	}
	if err != nil { // the far side will repeat its 2xx, and we our ACK
		d.layer.Log.Info("sip ack not sent", "call_id", d.callID, "error", err)
	}
}

// ready makes the TCP connection that a request needs.
func (l *Layer) ready(req *gosip.Request) error {
	if req.Transport() != "TCP" {
		return nil
	}
	peer, err := netip.ParseAddrPort(req.Destination())
	if err != nil {
		return err
	}
	return l.sockets.Connect(l.ctx, peer)
}
