package dialog

import (
	"context"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/digest"
	"trunkline/sip/internal/line"
)

// leave hangs up, when what is to be told of a transfer has been told: nobody
// listens after the BYE. Only within do.
func (d *Dialog) leave(c Cause) {
	if d.told == nil || !d.told.Busy() || d.state == over {
		d.sendBye(c)
		return
	}
	if d.bye == nil {
		d.bye = &c
		d.parting = d.after(d.layer.Timers.T2, func() { d.sendBye(c) })
	}
}

// sendBye ends an established dialog. Only within do.
func (d *Dialog) sendBye(c Cause) {
	if d.gone || d.state == over {
		return
	}
	d.state, d.bye = over, nil
	for _, in := range []*inbound{d.in, d.reoffer} {
		if in != nil && !in.closed {
			if in.final == nil {
				d.send(in, d.line.Response(in.req, 487, nil))
			}
			d.then(func() { d.do(in.finish) })
		}
	}
	req := d.line.Request(gosip.BYE)
	line.Tell(req, c)
	req.SetBody(nil)
	d.transact(&d.line, req, func(*gosip.Response) { d.do(d.remove) })
}

// transact sends a request other than INVITE and ACK and calls done with its final
// response; with nil when it is clear that none will come. A challenge of somebody
// we have called is answered. by is the line that wrote it. Only within do.
func (d *Dialog) transact(by *line.Line, req *gosip.Request, done func(*gosip.Response)) {
	d.transactFor(d.ctx, by, req, done)
}

// transactFor is transact with another end than the dialog's.
func (d *Dialog) transactFor(ctx context.Context, by *line.Line, req *gosip.Request, done func(*gosip.Response)) {
	way := by.Way(req)
	var proof digest.Attempt
	again := func(req *gosip.Request, res *gosip.Response) (next *gosip.Request) {
		if req.Method == gosip.CANCEL {
			return nil
		}
		d.do(func() { next = by.Again(req) })
		if err := d.sign(next, &proof, res); err != nil {
			d.layer.Log.Info("sip challenge not answered", "method", string(req.Method), "call_id", d.key.CallID, "error", err)
			return nil
		}
		return next
	}
	ask := func() {
		if err := d.sign(req, nil, nil); err != nil {
			d.layer.Log.Warn("sip request not signed", "method", string(req.Method), "call_id", d.key.CallID, "error", err)
		}
		res, err := d.layer.client.Ask(ctx, req, way, again)
		if err != nil && ctx.Err() == nil {
			d.layer.Log.Info("sip request without response", "call_id", d.key.CallID, "error", err)
		}
		d.queue.Guard(func() { done(res) })
	}
	d.then(func() {
		if !d.layer.Begin(ask) {
			done(nil)
		}
	})
}

// write sends an ACK. It may run on the reader of a socket, so what takes time, a
// new connection, gets a goroutine. Only within do.
func (d *Dialog) write(by *line.Line, ack *gosip.Request) {
	way := by.Way(ack)
	now := func() {
		if err := d.layer.client.Write(d.layer.ctx, ack, way); err != nil {
			// the far side will repeat its 2xx, and we our ACK
			d.layer.Log.Info("sip ack not sent", "call_id", d.key.CallID, "error", err)
		}
	}
	d.then(func() {
		if d.layer.client.Prompt(ack, way) {
			now()
		} else {
			d.layer.Begin(now)
		}
	})
}

// refuse answers a request of the dialog with a refusal. Only within do.
func (d *Dialog) refuse(in *inbound, code int, extra ...string) {
	d.then(func() {
		d.layer.Answer(in.tx, in.req, code, extra...)
		d.do(in.finish)
	})
}

// refuseBy refuses a request and says which rule of ours does. Only within do.
func (d *Dialog) refuseBy(rule string, in *inbound, code int, extra ...string) {
	from := d.line.Peer
	d.then(func() {
		d.layer.Refused(rule, from, "method", string(in.req.Method), "status", code, "call_id", d.key.CallID)
	})
	d.refuse(in, code, append(extra[:len(extra):len(extra)], line.Ruled(rule, code))...)
}
