package dialog

import (
	"net/netip"

	gosip "github.com/emiago/sipgo/sip"

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
	d.then(func() { d.layer.transact(req, func() {}) })
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
		d.layer.transact(req, func() { d.do(d.remove) })
	})
}

// transact sends a request other than INVITE and ACK and calls done when it was
// answered, or when it is clear that it never will be.
func (l *Layer) transact(req *gosip.Request, done func()) {
	started := l.Begin(func() {
		defer done()
		if err := l.ready(req); err != nil {
			l.Log.Info("sip request not sent", "method", string(req.Method), "call_id", req.CallID().Value(), "error", err)
			return
		}
		tx, err := l.stack.TransactionLayer().Request(l.ctx, req)
		if err != nil {
			l.Log.Info("sip request not sent", "method", string(req.Method), "call_id", req.CallID().Value(), "error", err)
			return
		}
		defer tx.Terminate() // repeated answers need nobody to wait for them
		for {
			select {
			case res := <-tx.Responses():
				if !res.IsProvisional() {
					return
				}
			case <-tx.Done():
				return
			case <-l.ctx.Done():
				return
			}
		}
	})
	if !started {
		done()
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
