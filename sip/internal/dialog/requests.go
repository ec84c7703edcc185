package dialog

import (
	"strings"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/cause"
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
	if f != nil {
		l.Refused(RuleMessage, a.From, "status", f.Status, "why", wire.Clean(f.Why))
		l.Answer(tx, req, f.Status, f.Extra...)
		return
	}
	d := in.Dialog
	if !l.add(d) {
		l.Answer(tx, req, 503, "Retry-After: 30")
		return
	}
	d.do(func() {
		d.send(d.in, l.Response(req, 100))
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
	d.guard(func() { onInvite(in) })
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
		d.layer.Answer(tx, req, 500, "Retry-After: 1")
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

// Answer sends a response outside any dialog. extra are whole header lines.
func (l *Layer) Answer(tx *gosip.ServerTx, req *gosip.Request, code int, extra ...string) {
	res := l.Response(req, code)
	for _, line := range extra {
		name, value, _ := strings.Cut(line, ": ")
		res.AppendHeader(gosip.NewHeader(name, value))
	}
	if err := tx.Respond(res); err != nil {
		l.Log.Warn("sip response not sent", "status", code, "method", string(req.Method), "peer", req.Source(), "error", err)
	}
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

// inOrder notes the sequence number of a request (RFC 3261 §12.2.2). Equal ones
// pass: some devices do not count their BYE.
func (d *Dialog) inOrder(req *gosip.Request) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	seq := req.CSeq().SeqNo
	if seq < d.remoteSeq {
		return false
	}
	d.remoteSeq = seq
	return true
}

// onBye ends the dialog at the far side's wish.
func (d *Dialog) onBye(req *gosip.Request, tx *gosip.ServerTx) {
	done := make(chan struct{})
	d.do(func() {
		d.then(func() { d.layer.Answer(tx, req, 200) })
		c := cause.New(cause.Normal, "the far side hung up")
		c.Status, c.Remote = 0, true
		if q := wire.ReasonQ850(req); q != 0 {
			c.Q850 = q
		}
		switch {
		case d.state == coming: // a caller may end an early dialog so (RFC 3261 §15)
			c = cause.FromStatus(487, "the caller hung up")
			c.Remote = true
			if !d.ended {
				d.end(c)
			}
		case d.state == over: // it crossed our own BYE, which will end this
		default:
			d.report(Event{Kind: Ended, Cause: c})
			d.then(func() { d.do(d.remove) })
		}
		d.then(func() { close(done) })
	})
	<-done
}
