package sip

import (
	"fmt"
	"runtime/debug"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/count"
	"trunkline/sip/internal/dialog"
	"trunkline/sip/internal/sockets"
	"trunkline/sip/internal/wire"
)

// onRequest is where sipgo hands over a request with its transaction, on a
// goroutine of its own. The transaction ends when it returns, except that sipgo
// repeats final responses over UDP.
func (e *Endpoint) onRequest(req *gosip.Request, tx *gosip.ServerTx) {
	defer tx.TerminateGracefully()
	leave, ok := e.dialogs.Enter()
	if !ok {
		return
	}
	defer leave()
	e.counts.TransactionBegun(count.Server)
	defer e.counts.TransactionEnded(count.Server)
	defer func() {
		if p := recover(); p != nil {
			e.log.Error("sip handler panicked", "method", string(req.Method), "call_id", wire.Clean(req.CallID().Value()),
				"panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			e.dialogs.Answer(tx, req, 500)
		}
	}()
	if req.IsAck() { // an ACK here acknowledges nothing we know
		return
	}
	a, err := e.sockets.ArrivalOf(req, tx)
	if err != nil { // its connection is gone
		return
	}
	e.handle(req, tx, a)
}

func (e *Endpoint) handle(req *gosip.Request, tx *gosip.ServerTx, a sockets.Arrival) {
	if !req.To().Params.Has("tag") { // an INVITE: the gate answers the others
		e.onNewCall(req, tx, a)
		return
	}
	d := e.dialogs.Of(req, a)
	if d == nil {
		if req.IsInvite() {
			e.dialogs.Invites.Release(req)
		}
		e.dialogs.Answer(tx, req, 481, reason(ruleNoDialog, 481))
		return
	}
	if !d.HandleRequest(req, tx) {
		code, rule, headers := e.plainly(req)
		if rule != "" {
			e.refused(rule, a.From, "method", wire.Clean(string(req.Method)), "status", code)
			headers = append(headers, reason(rule, code))
		}
		e.dialogs.Answer(tx, req, code, headers...)
	}
}

// onNewCall lets an INVITE become a call, if anybody wants calls. The gate has found
// out who calls.
func (e *Endpoint) onNewCall(req *gosip.Request, tx *gosip.ServerTx, a sockets.Arrival) {
	who, ok := e.dialogs.Invites.From(req).(*sender)
	if !ok {
		return // a repetition that came too late
	}
	if e.onInvite == nil {
		who.begun()
		e.dialogs.Invites.Release(req)
		e.dialogs.Answer(tx, req, 480, reason("no_calls", 480))
		return
	}
	e.dialogs.Invited(req, tx, a, &who.peer.Trunk, func(in *Incoming) {
		who.begun()
		in.User, in.Caller.Customer = who.user, who.proven
		if e.phones.are(&who.peer.Trunk) && e.phones.has(who.user) { // whoever From says it is
			in.Caller.User, in.Caller.Asserted = who.user, true
		}
		if e.verify(in, req) {
			e.onInvite(in)
		}
	})
	who.begun()
}

// plainly says how to answer a request that changes nothing here. When it belongs
// to no dialog, the gate does that without a transaction (RFC 3261 §8.2.7): sipgo
// would keep each for half a minute, and a flood of them would fill the memory. rule
// names what refuses it; "": it is granted.
func (e *Endpoint) plainly(req *gosip.Request) (code int, rule string, headers []string) {
	switch req.Method {
	case gosip.BYE, gosip.UPDATE, gosip.INFO, gosip.PRACK, gosip.REFER, gosip.NOTIFY:
		return 481, ruleNoDialog, nil
	case gosip.OPTIONS: // what we can do, and that we are alive (RFC 3261 §11.2)
		if e.full.Load() && !req.To().Params.Has("tag") || e.dialogs.Closing() {
			return 503, ruleDraining, []string{"Retry-After: 30"}
		}
		return 200, "", []string{"Allow: " + dialog.Allow, "Accept: application/sdp", "Accept-Encoding: identity", "Supported: " + wire.Supported()}
	}
	return 405, ruleMethod, []string{"Allow: " + dialog.Allow}
}
