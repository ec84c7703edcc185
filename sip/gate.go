package sip

import (
	"fmt"
	"net/netip"
	"runtime/debug"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// gate stands between the sockets and everything else: it knows the source,
// holds the message against the limits, parses it once for ourselves, and deals
// with what sipgo must not (CANCEL, the ACK to a 2xx) or need not see.
type gate struct {
	e      *Endpoint
	parser *gosip.Parser
}

// arrival is how a message came.
type arrival struct {
	transport Transport
	from      netip.AddrPort
	reply     func([]byte) // answers without a transaction
}

// admit reports whether sipgo shall see the message. It runs on the reader of
// the socket, so that what it does happens in the order of arrival.
func (g *gate) admit(raw []byte, a arrival) (pass bool) {
	defer func() {
		if p := recover(); p != nil {
			g.e.log.Error("sip gate panicked", "panic", fmt.Sprint(p), "source", a.from, "stack", string(debug.Stack()))
			pass = false
		}
	}()
	isResponse := strings.HasPrefix(string(raw[:min(4, len(raw))]), "SIP/")
	known := g.e.trunks.knows(a.from.Addr())
	if !known && !isResponse {
		g.refuseUnknown(raw, a)
		return false
	}
	if f := checkRaw(raw); f != nil {
		g.refuse(raw, a, f)
		return false
	}
	msg, err := g.parser.ParseSIP(raw)
	if err != nil {
		g.refuse(raw, a, bad("%.100s", err.Error()))
		return false
	}
	switch m := msg.(type) {
	case *gosip.Request:
		m.SetTransport(strings.ToUpper(string(a.transport)))
		m.SetSource(a.from.String())
		return g.request(m, raw, a)
	case *gosip.Response:
		return g.response(m, a, known)
	}
	return false
}

// refuseUnknown applies the policy for sources that no trunk names: the same for
// every method, without a look at the rest of the message.
func (g *gate) refuseUnknown(raw []byte, a arrival) {
	method, _, _ := strings.Cut(string(raw[:min(24, len(raw))]), " ")
	g.e.refusals.say("unknown_source", a.from,
		"transport", a.transport, "method", clean(method), "policy", g.e.cfg.Unknown, "trunks", g.e.trunks.names)
	if g.e.cfg.Unknown != Forbid || len(raw) > maxMessage {
		return
	}
	if answer := refuseRaw(raw, 403, a.from); answer != nil {
		a.reply(answer)
	}
}

// refuse turns down a message that is broken or asks for what we do not have.
func (g *gate) refuse(raw []byte, a arrival, f *fault) {
	g.e.refusals.say("bad_message", a.from, "transport", a.transport, "status", f.status, "why", clean(f.why))
	if f.status == 0 {
		return
	}
	if answer := refuseRaw(raw, f.status, a.from, f.extra...); answer != nil {
		a.reply(answer)
	}
}

func (g *gate) request(req *gosip.Request, raw []byte, a arrival) bool {
	if f := checkRequest(req); f != nil {
		g.refuse(raw, a, f)
		return false
	}
	tag, inDialog := req.To().Params.Get("tag")
	if g.e.trunks.bySource(a.from.Addr()) == nil && !inDialog {
		g.refuseUnknown(raw, a) // we called it; that does not make it a trunk
		return false
	}
	switch req.Method {
	case gosip.CANCEL:
		code := 481
		if g.e.cancel(req, a) {
			code = 200
		}
		if answer := refuseRaw(raw, code, a.from); answer != nil {
			a.reply(answer)
		}
		return false
	case gosip.ACK:
		if d := g.e.dialog(req, a); d != nil && d.onAck(req) {
			return false
		}
		return true // of a refusal: sipgo's transaction waits for it
	case gosip.INVITE:
		if inDialog && tag != "" {
			g.e.expectReinvite(req)
			return true
		}
		if g.e.expect(req) {
			return true
		}
		g.refuse(raw, a, &fault{status: 482, why: "the same INVITE came another way"})
		return false
	}
	return true
}

// response gives an answer to one of our INVITEs to its dialog, here and now, so
// that 180 and 200 stay in order. sipgo sees it as well, for its transaction.
func (g *gate) response(res *gosip.Response, a arrival, known bool) bool {
	if f := checkResponse(res); f != nil {
		g.e.refusals.say("bad_message", a.from, "transport", a.transport, "why", clean(f.why))
		return false
	}
	branch, _ := res.Via().Params.Get("branch")
	d := g.e.dialogOfBranch(branch)
	if d == nil {
		if !known {
			g.e.refusals.say("unknown_source", a.from, "transport", a.transport, "status", res.StatusCode)
		}
		return known
	}
	if res.CSeq().MethodName != gosip.INVITE {
		return true // to our CANCEL, which shares the branch
	}
	return d.onResponse(branch, res)
}
