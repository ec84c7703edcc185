package sip

import (
	"fmt"
	"runtime/debug"
	"strings"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/pending"
	"trunkline/sip/internal/sockets"
	"trunkline/sip/internal/wire"
)

// gate stands between the sockets and everything else: it knows the source,
// holds the message against the limits, parses it once for ourselves, and deals
// with what sipgo must not (CANCEL, the ACK to a 2xx) or need not see.
type gate struct {
	e      *Endpoint
	parser *gosip.Parser
}

// admit reports whether sipgo shall see the message. It runs on the reader of
// the socket, so that what it does happens in the order of arrival.
func (g *gate) admit(raw []byte, a sockets.Arrival) (pass bool) {
	defer func() {
		if p := recover(); p != nil {
			g.e.log.Error("sip gate panicked", "panic", fmt.Sprint(p), "source", a.From, "stack", string(debug.Stack()))
			pass = false
		}
	}()
	isResponse := strings.HasPrefix(string(raw[:min(4, len(raw))]), "SIP/")
	known := g.e.table.Knows(a.From.Addr())
	if !known && !isResponse {
		g.refuseUnknown(raw, a)
		return false
	}
	if f := wire.CheckText(raw); f != nil {
		g.refuse(raw, a, f)
		return false
	}
	msg, err := g.parser.ParseSIP(raw)
	if err != nil {
		g.refuse(raw, a, &wire.Fault{Status: 400, Why: fmt.Sprintf("%.100s", err.Error())})
		return false
	}
	switch m := msg.(type) {
	case *gosip.Request:
		m.SetTransport(strings.ToUpper(a.Network))
		m.SetSource(a.From.String())
		return g.request(m, raw, a)
	case *gosip.Response:
		return g.response(m, a, known)
	}
	return false
}

// refuseUnknown applies the policy for sources that no trunk names: the same for
// every method, without a look at the rest of the message.
func (g *gate) refuseUnknown(raw []byte, a sockets.Arrival) {
	method, _, _ := strings.Cut(string(raw[:min(24, len(raw))]), " ")
	g.e.refused(ruleUnknown, a.From,
		"transport", a.Network, "method", wire.Clean(method), "policy", g.e.cfg.Unknown)
	if g.e.cfg.Unknown != Forbid || len(raw) > wire.MaxMessage {
		return
	}
	reply(raw, a, 403)
}

// refuse turns down a message that is broken or asks for what we do not have.
func (g *gate) refuse(raw []byte, a sockets.Arrival, f *wire.Fault) {
	g.e.refused(ruleMessage, a.From, "transport", a.Network, "status", f.Status, "why", wire.Clean(f.Why))
	if f.Status == 0 {
		return
	}
	reply(raw, a, f.Status, f.Extra...)
}

// reply answers a request without a transaction, if it can be answered at all.
func reply(raw []byte, a sockets.Arrival, code int, extra ...string) {
	if answer := wire.Refuse(raw, code, a.From, extra...); answer != nil {
		a.Reply(answer)
	}
}

func (g *gate) request(req *gosip.Request, raw []byte, a sockets.Arrival) bool {
	if f := wire.CheckRequest(req); f != nil {
		g.refuse(raw, a, f)
		return false
	}
	tag, inDialog := req.To().Params.Get("tag")
	if g.e.trunkOf(a.From.Addr()) == nil && !inDialog {
		g.refuseUnknown(raw, a) // we called it; that does not make it a trunk
		return false
	}
	switch req.Method {
	case gosip.CANCEL:
		d, claimed, found := g.e.dialogs.Invites.Cancel(req)
		code := 481
		if found {
			code = 200
		}
		reply(raw, a, code)
		if claimed {
			d.OnCancel(req)
		}
		return false
	case gosip.ACK:
		if d := g.e.dialogs.Of(req, a); d != nil && d.OnAck(req) {
			return false
		}
		return true // of a refusal: sipgo's transaction waits for it
	case gosip.INVITE:
		if inDialog && tag != "" {
			g.e.dialogs.Invites.Expect(req)
			return true
		}
		switch g.e.dialogs.Invites.Expect(req) {
		case pending.Strayed:
			g.refuse(raw, a, &wire.Fault{Status: 482, Why: "the same INVITE came another way"})
			return false
		case pending.Settled:
			return false // it was under way while our answer was
		}
		return true
	}
	if !inDialog {
		code, extra := g.e.plainly(req)
		reply(raw, a, code, extra...)
		return false
	}
	return true
}

// response gives an answer to one of our INVITEs to its dialog, here and now, so
// that 180 and 200 stay in order. sipgo sees it as well, for its transaction.
func (g *gate) response(res *gosip.Response, a sockets.Arrival, known bool) bool {
	if f := wire.CheckResponse(res); f != nil {
		g.e.refused(ruleMessage, a.From, "transport", a.Network, "why", wire.Clean(f.Why))
		return false
	}
	branch, _ := res.Via().Params.Get("branch")
	d := g.e.dialogs.OfBranch(branch)
	if d == nil {
		if !known {
			g.e.refused(ruleUnknown, a.From, "transport", a.Network, "status", res.StatusCode)
		}
		return known
	}
	if res.CSeq().MethodName != gosip.INVITE {
		return true // to our CANCEL, which shares the branch
	}
	return d.OnResponse(branch, res)
}
