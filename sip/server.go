package sip

import (
	"fmt"
	"net/netip"
	"runtime/debug"
	"strings"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/sockets"
	"trunkline/sip/internal/wire"
)

// onRequest is where sipgo hands over a request with its transaction, on a
// goroutine of its own. The transaction ends when it returns, except that sipgo
// repeats final responses over UDP.
func (e *Endpoint) onRequest(req *gosip.Request, tx *gosip.ServerTx) {
	defer tx.TerminateGracefully()
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return
	}
	e.work.Add(1)
	e.mu.Unlock()
	defer e.work.Done()
	defer func() {
		if p := recover(); p != nil {
			e.log.Error("sip handler panicked", "method", string(req.Method), "call_id", wire.Clean(req.CallID().Value()),
				"panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			e.answer(tx, req, 500)
		}
	}()
	from, err := netip.ParseAddrPort(req.Source())
	if err != nil || req.IsAck() { // an ACK here acknowledges nothing we know
		return
	}
	e.handle(req, tx, sockets.Arrival{Network: strings.ToLower(req.Transport()), From: from})
}

func (e *Endpoint) handle(req *gosip.Request, tx *gosip.ServerTx, a sockets.Arrival) {
	if !req.To().Params.Has("tag") { // an INVITE: the gate answers the others
		e.onNewCall(req, tx, a)
		return
	}
	d := e.dialog(req, a)
	if d == nil {
		if req.IsInvite() {
			e.invites.Release(req)
		}
		e.answer(tx, req, 481)
		return
	}
	if !d.inOrder(req) {
		e.answer(tx, req, 500, "Retry-After: 1")
		return
	}
	switch req.Method {
	case gosip.INVITE, gosip.UPDATE:
		d.onReoffer(req, tx)
	case gosip.BYE:
		d.onBye(req, tx)
	case gosip.INFO:
		e.onInfo(d, req, tx)
	default:
		code, headers := e.plainly(req)
		e.answer(tx, req, code, headers...)
	}
}

// answer sends a response outside any dialog. extra are whole header lines.
func (e *Endpoint) answer(tx *gosip.ServerTx, req *gosip.Request, code int, extra ...string) {
	res := e.response(req, code)
	for _, line := range extra {
		name, value, _ := strings.Cut(line, ": ")
		res.AppendHeader(gosip.NewHeader(name, value))
	}
	if err := tx.Respond(res); err != nil {
		e.log.Warn("sip response not sent", "status", code, "method", string(req.Method), "peer", req.Source(), "error", err)
	}
}

// plainly says how to answer a request that changes nothing here. When it belongs
// to no dialog, the gate does that without a transaction (RFC 3261 §8.2.7): sipgo
// would keep each for half a minute, and a flood of them would fill the memory.
func (e *Endpoint) plainly(req *gosip.Request) (code int, headers []string) {
	switch req.Method {
	case gosip.BYE, gosip.UPDATE, gosip.INFO:
		return 481, nil
	case gosip.OPTIONS: // what we can do, and that we are alive (RFC 3261 §11.2)
		e.mu.Lock()
		defer e.mu.Unlock()
		if e.closing {
			return 503, []string{"Retry-After: 30"}
		}
		return 200, []string{"Allow: " + allow, "Accept: application/sdp", "Accept-Encoding: identity", "Supported: "}
	}
	return 405, []string{"Allow: " + allow}
}

// onNewCall makes a dialog of an INVITE and hands it over.
func (e *Endpoint) onNewCall(req *gosip.Request, tx *gosip.ServerTx, a sockets.Arrival) {
	if e.invites.Repeats(req) {
		return
	}
	defer e.invites.Release(req)
	if e.onInvite == nil {
		e.answer(tx, req, 480)
		return
	}
	in, f := e.newIncoming(req, tx, a)
	if f != nil {
		e.refused(ruleMessage, a.From, "status", f.Status, "why", wire.Clean(f.Why))
		e.answer(tx, req, f.Status, f.Extra...)
		return
	}
	d := in.Dialog
	if !e.add(d) {
		e.answer(tx, req, 503, "Retry-After: 30")
		return
	}
	d.do(func() {
		d.send(d.in, e.response(req, 100))
		if !e.invites.Claim(req, d) {
			return
		}
		c := FromStatus(487, "cancelled by the caller")
		c.Remote = true
		d.end(c)
	})
	e.begin(func() { e.handOver(in) })
	e.wait(d, d.in, tx.Done())
}

// handOver gives the call to whoever wants calls.
func (e *Endpoint) handOver(in *Incoming) {
	d := in.Dialog
	d.guard(func() { e.onInvite(in) })
	d.do(func() {
		if d.sink == nil && !d.ended {
			d.end(New(Failed, "nobody took the call"))
		}
	})
}

// wait keeps the transaction of an INVITE until it is over.
func (e *Endpoint) wait(d *Dialog, in *inbound, over <-chan struct{}) {
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
		d.then(func() { d.e.answer(tx, req, 200) })
		c := New(Normal, "the far side hung up")
		c.Status, c.Remote = 0, true
		if q := wire.ReasonQ850(req); q != 0 {
			c.Q850 = q
		}
		switch {
		case d.state == coming: // a caller may end an early dialog so (RFC 3261 §15)
			c = FromStatus(487, "the caller hung up")
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
