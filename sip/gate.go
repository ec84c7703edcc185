package sip

import (
	"cmp"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/guard"
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

// arrival is a message and how it came.
type arrival struct {
	sockets.Arrival
	raw   []byte
	at    time.Time
	known bool // by its source, whatever that then may do
}

// admit reports whether sipgo shall see the message. It runs on the reader of
// the socket, so that what it does happens in the order of arrival.
func (g *gate) admit(raw []byte, from sockets.Arrival) (pass bool) {
	defer func() {
		if p := recover(); p != nil {
			g.e.log.Error("sip gate panicked", "panic", fmt.Sprint(p), "source", from.From, "stack", string(debug.Stack()))
			pass = false
		}
	}()
	a := arrival{Arrival: from, raw: raw, at: time.Now()}
	source := g.e.sourceOf(from, a.at)
	a.known = source.Known
	if rule := g.e.guard.Arrive(a.at, source, raw); rule != guard.Pass {
		g.turnAway(a, rule)
		return false
	}
	isResponse := strings.HasPrefix(string(raw[:min(4, len(raw))]), "SIP/")
	if !a.known && !isResponse && !g.e.mayProve() {
		g.refuseUnknown(a)
		return false
	}
	if f := wire.CheckText(raw); f != nil {
		g.refuse(a, f)
		return false
	}
	msg, err := g.parser.ParseSIP(raw)
	if err != nil {
		g.refuse(a, &wire.Fault{Status: 400, Why: fmt.Sprintf("%.100s", err.Error())})
		return false
	}
	switch m := msg.(type) {
	case *gosip.Request:
		m.SetTransport(strings.ToUpper(a.Network))
		m.SetSource(a.From.String())
		return g.request(m, a, source)
	case *gosip.Response:
		return g.response(m, a)
	}
	return false
}

// turnAway drops what the guard does not let through; some of it is told so.
func (g *gate) turnAway(a arrival, rule guard.Rule) {
	g.e.refused(rule.String(), a.From, "transport", a.Network)
	if code := rule.Status(); code != 0 {
		a.answer(code, fmt.Sprintf("Retry-After: %d", g.e.load.RetryAfter()/time.Second), reason(rule.String(), code))
	}
}

// refuseUnknown applies the policy for sources that no trunk names: the same for
// every method, without a look at the rest of the message.
func (g *gate) refuseUnknown(a arrival) {
	method, _, _ := strings.Cut(string(a.raw[:min(24, len(a.raw))]), " ")
	g.e.refused(ruleUnknown, a.From,
		"transport", a.Network, "method", wire.Clean(method), "policy", g.e.cfg.Unknown)
	g.e.guard.Offend(a.at, g.e.sourceOf(a.Arrival, a.at), guard.Stranger)
	if g.e.cfg.Unknown == Forbid && len(a.raw) <= wire.MaxMessage {
		a.answer(403, reason(ruleUnknown, 403))
	}
}

// turnDown refuses a request that would change nothing here: where it belongs there
// is nothing, or we do not do such things.
func (g *gate) turnDown(req *gosip.Request, a arrival, rule string, code int, extra ...string) {
	g.e.refused(rule, a.From, "transport", a.Network, "method", wire.Clean(string(req.Method)), "status", code)
	a.answer(code, append(extra[:len(extra):len(extra)], reason(rule, code))...)
}

// reason is the header line that names the rule of a refusal.
func reason(rule string, status int) string { return "Reason: " + guard.ReasonOf(rule, status) }

// refuse turns down a message that is broken or asks for what we do not have.
func (g *gate) refuse(a arrival, f *wire.Fault) {
	rule := cmp.Or(f.Rule, ruleMessage)
	g.e.refused(rule, a.From, "transport", a.Network, "status", f.Status, "why", wire.Clean(f.Why))
	if f.Status == 400 || f.Status == 0 {
		g.e.guard.Offend(a.at, g.e.sourceOf(a.Arrival, a.at), guard.BadMessage)
	}
	if f.Status != 0 {
		a.answer(f.Status, append(f.Extra[:len(f.Extra):len(f.Extra)], reason(rule, f.Status))...)
	}
}

// answer answers a request without a transaction, if it can be answered at all.
func (a arrival) answer(code int, extra ...string) {
	if text := wire.Refuse(a.raw, code, a.From, extra...); text != nil {
		a.Reply(text)
	}
}

func (g *gate) request(req *gosip.Request, a arrival, source guard.Source) bool {
	f := wire.CheckRequest(req)
	if f == nil {
		f = wire.CheckLoop(req, g.e.dialogs.Sent)
	}
	if f != nil {
		g.refuse(a, f)
		return false
	}
	tag, inDialog := req.To().Params.Get("tag")
	switch {
	case req.Method == gosip.CANCEL:
		g.cancel(req, a)
		return false
	case req.Method == gosip.ACK:
		if d := g.e.dialogs.Of(req, a.Arrival); d != nil && d.OnAck(req) {
			return false
		}
		return true // of a refusal: sipgo's transaction waits for it
	case inDialog && tag != "" && g.e.dialogs.Of(req, a.Arrival) == nil:
		// Without a transaction: sipgo would keep one for anybody who invents a tag,
		// and repeat the refusal of an INVITE to whomever he names as its sender.
		g.turnDown(req, a, ruleNoDialog, 481)
		return false
	case req.Method == gosip.INVITE && inDialog && tag != "":
		g.e.dialogs.Invites.Expect(req, nil)
		return true
	case req.Method == gosip.INVITE:
		return g.invite(req, a, source)
	case !inDialog:
		g.plain(req, a)
		return false
	}
	return true
}

// invite lets a new call in, if it is welcome: who calls is proven, nobody calls
// too much, and there is room for one more.
func (g *gate) invite(req *gosip.Request, a arrival, source guard.Source) bool {
	switch g.e.dialogs.Invites.Look(req) {
	case pending.Expected:
		return true // it repeats one that is being dealt with
	case pending.Strayed:
		g.refuse(a, &wire.Fault{Rule: "loop", Status: 482, Why: "the same INVITE came another way"})
		return false
	case pending.Settled:
		return false // it was under way while our answer was
	case pending.Fresh:
	}
	who, ok := g.identify(req, a)
	if !ok {
		return false
	}
	if rule := g.e.guard.Invite(a.at, source); rule != guard.Pass {
		g.turnAway(a, rule)
		return false
	}
	if g.e.full.Load() {
		g.turnDown(req, a, ruleDraining, 503, "Retry-After: 30")
		return false
	}
	place, ok := g.e.load.Begin(a.at, a.at)
	if !ok {
		g.turnAway(a, guard.Overload)
		return false
	}
	who.begun = sync.OnceFunc(func() { g.e.load.End(time.Now(), place) })
	g.e.dialogs.Invites.Expect(req, &who)
	return true
}

// cancel answers a CANCEL, with the tag of all responses to its INVITE.
func (g *gate) cancel(req *gosip.Request, a arrival) {
	tag := g.e.dialogs.Invites.Tag(req)
	d, claimed, found := g.e.dialogs.Invites.Cancel(req)
	if !found {
		g.turnDown(req, a, ruleNoDialog, 481)
		return
	}
	if text := wire.Answer(a.raw, 200, tag, a.From); text != nil {
		a.Reply(text)
	}
	if claimed {
		d.OnCancel(req)
	}
}

// plain answers what changes nothing here, without a transaction (RFC 3261
// §8.2.7): sipgo would keep each for half a minute, and a flood of them would fill
// the memory.
func (g *gate) plain(req *gosip.Request, a arrival) {
	if req.Method == gosip.REGISTER && g.e.phones != nil {
		g.register(req, a)
		return
	}
	if _, ok := g.identify(req, a); !ok {
		return
	}
	code, rule, extra := g.e.plainly(req)
	if rule != "" {
		g.turnDown(req, a, rule, code, extra...)
		return
	}
	a.answer(code, extra...)
}

// register hands a REGISTER to the registrar, which asks for the password itself.
func (g *gate) register(req *gosip.Request, a arrival) {
	r := g.e.phones.Handle(req, source(a.Arrival))
	if r.Status == 200 {
		g.e.phones.heard(a.From.Addr(), a.at)
	}
	if r.Rule != "" {
		g.offended(r.Rule, a)
	}
	var lines []string
	for _, h := range r.Headers {
		lines = append(lines, h.Name()+": "+h.Value())
	}
	a.answer(r.Status, lines...)
}

// response gives an answer to one of our INVITEs to its dialog, here and now, so
// that 180 and 200 stay in order. sipgo sees it as well, for its transaction.
func (g *gate) response(res *gosip.Response, a arrival) bool {
	if f := wire.CheckResponse(res); f != nil {
		g.e.refused(ruleMessage, a.From, "transport", a.Network, "why", wire.Clean(f.Why))
		return false
	}
	branch, _ := res.Via().Params.Get("branch")
	d := g.e.dialogs.OfBranch(branch)
	if d == nil {
		if !a.known {
			g.e.refused(ruleUnknown, a.From, "transport", a.Network, "status", res.StatusCode)
		}
		return a.known
	}
	if res.CSeq().MethodName != gosip.INVITE {
		return true // to our CANCEL, which shares the branch
	}
	return d.OnResponse(branch, res)
}
