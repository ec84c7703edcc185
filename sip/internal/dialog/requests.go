package dialog

import (
	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/cause"
	"trunkline/sip/internal/count"
	"trunkline/sip/internal/line"
	"trunkline/sip/internal/sockets"
	"trunkline/sip/internal/wire"
	"trunkline/sip/trunk"
)

// Invited makes a dialog of an INVITE and hands it to onInvite. It returns when
// the INVITE is dealt with.
func (l *Layer) Invited(req *gosip.Request, tx *gosip.ServerTx, a sockets.Arrival, from *trunk.Trunk, onInvite func(*Incoming)) {
	if l.Invites.Repeats(req) {
		return
	}
	defer l.Invites.Release(req)
	in, f := l.newIncoming(req, tx, a, from)
	if f.Fault != nil {
		l.Refused(f.rule, a.From, "status", f.Status, "why", wire.Clean(f.Why))
		l.Answer(tx, req, f.Status, append(f.Extra[:len(f.Extra):len(f.Extra)], line.Ruled(f.rule, f.Status))...)
		return
	}
	d := in.Dialog
	if !l.roster.Add(d.key, d) {
		d.stop()
		l.Refused(wire.RuleClosing, a.From)
		l.Answer(tx, req, 503, "Retry-After: 30", line.Ruled(wire.RuleClosing, 503))
		return
	}
	d.do(func() {
		d.meter = l.counted(from, count.In)
		d.guests.Add(l.Table, a.From.Addr()) // no trunk may name him, or not for as long as the call lasts
		d.send(d.in, l.net.Response(req, 100))
		if !l.Invites.Claim(req, d) {
			return
		}
		c := cause.FromStatus(487, "cancelled by the caller")
		c.Remote = true
		d.end(c)
	})
	l.Begin(func() { d.handOver(in, onInvite) })
	d.wait(d.in, tx.Done())
}

// handOver gives the call to whoever wants calls.
func (d *Dialog) handOver(in *Incoming, onInvite func(*Incoming)) {
	d.queue.Guard(func() { onInvite(in) })
	d.do(func() {
		if d.sink == nil && !d.ended {
			d.end(cause.New(cause.Failed, "nobody took the call"))
		}
	})
}

// HandleRequest takes a request within the dialog, other than ACK and CANCEL. It returns
// when the request is dealt with. false: it is none that means anything to a
// dialog.
func (d *Dialog) HandleRequest(req *gosip.Request, tx *gosip.ServerTx) bool {
	if !d.inOrder(req) {
		d.layer.Answer(tx, req, 500, "Retry-After: 1", line.Ruled(wire.RuleOrder, 500))
		return true
	}
	switch req.Method {
	case gosip.INVITE, gosip.UPDATE:
		d.onReoffer(req, tx)
	case gosip.REFER:
		d.onRefer(req, tx)
	case gosip.NOTIFY:
		d.onNotify(req, tx)
	case gosip.PRACK:
		d.onPrack(req, tx)
	case gosip.BYE:
		d.onBye(req, tx)
	case gosip.INFO:
		d.onInfo(req, tx)
	default:
		return false
	}
	return true
}

// wait keeps the transaction of an INVITE until it is over.
func (d *Dialog) wait(in *inbound, over <-chan struct{}) {
	select {
	case <-in.released:
		return
	case <-over:
	}
	d.do(func() {
		if d.state == coming && in == d.in {
			d.lost("the connection is gone")
			d.remove()
		}
	})
	<-in.released // a 2xx is still being repeated
}

// inOrder notes the sequence number of a request, which counts for the branch of a
// fork that it comes from.
func (d *Dialog) inOrder(req *gosip.Request) (in bool) {
	tag, _ := req.From().Params.Get("tag")
	d.queue.View(func() {
		by := d.lineTo(tag)
		in = by != nil && by.Heard(req)
	})
	return in
}

// onBye ends the dialog at the far side's wish.
func (d *Dialog) onBye(req *gosip.Request, tx *gosip.ServerTx) {
	done := make(chan struct{})
	d.do(func() {
		c := line.Ending(req, "the far side hung up")
		c.Status = 0
		code := 200
		switch d.state {
		case calling, ringing: // not before the answer (RFC 3261 §15)
			code = 481
		case over, coming, answered, up:
		}
		d.then(func() { d.layer.Answer(tx, req, code) })
		switch d.state {
		case coming: // a caller may end an early dialog so
			c = cause.FromStatus(487, "the caller hung up")
			c.Remote = true
			if !d.ended {
				d.end(c)
			}
		case calling, ringing:
		case over: // it crossed our own BYE, which will end this
		case answered, up:
			d.report(Event{Kind: Ended, Cause: c})
			d.then(func() { d.do(d.remove) })
		}
		d.then(func() { close(done) })
	})
	<-done
}
