// Package gate holds what is known of trunks, routes and numbers at the moment, and
// is what every leg passes: an INVITE that comes in has room on its trunk and a
// route; one that goes out, whoever wished for it, leads to a number that may be
// called, through a trunk that has room. What it refuses it names by a rule, in the
// sip.Cause that is its error.
//
// Everything is replaced at once by Reload, or not at all. A Trunk that was handed
// out never changes: legs keep the one they began with. Any goroutine may use a
// Gate; it starts none and never waits. Only call does.
package gate

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"

	"trunkline/call/limit"
	"trunkline/call/number"
	"trunkline/call/route"
	"trunkline/sip"
	"trunkline/sip/trunk"
)

// Plan is everything that may be replaced while calls live.
type Plan struct {
	Trunks  []trunk.Trunk
	Routes  route.Plan
	Dialing number.DialingRules
}

// Gate is the rules of the moment and the legs that they count.
type Gate struct {
	rules  atomic.Pointer[rules]
	limits *limit.Limiter
	up     func(trunk string) bool
}

// rules are a Plan made ready.
type rules struct {
	trunks map[string]*Trunk
	order  []*Trunk
	table  *route.Table
	policy *number.Policy
}

// New returns a gate. up tells whether a trunk lives; nil: all do.
func New(p Plan, up func(trunk string) bool) (*Gate, error) {
	if up == nil {
		up = func(string) bool { return true }
	}
	g := &Gate{limits: limit.New(time.Now), up: up}
	return g, g.Reload(p)
}

// Reload replaces all rules by those of p. An error changes nothing. Legs that live
// stay counted.
func (g *Gate) Reload(p Plan) error {
	r := &rules{trunks: map[string]*Trunk{}}
	for _, t := range p.Trunks {
		known, err := understand(t)
		if err != nil {
			return fmt.Errorf("trunk %s: %w", t.Name, err)
		}
		r.trunks[t.Name] = known
		r.order = append(r.order, known)
	}
	if found := p.Dialing.Check(p.Trunks); len(found) > 0 {
		return fmt.Errorf("dialing: %s", found[0])
	}
	var err error
	if r.table, err = route.Compile(p.Routes); err != nil {
		return err
	}
	r.policy = number.NewPolicy(p.Dialing, p.Trunks)
	g.limits.Set(p.Trunks)
	g.rules.Store(r)
	return nil
}

// Trunk returns the trunk with that name, or nil.
func (g *Gate) Trunk(name string) *Trunk { return g.rules.Load().trunks[name] }

// TrunkAt returns the first trunk one of whose targets is that host, or nil.
func (g *Gate) TrunkAt(host string) *Trunk {
	for _, t := range g.rules.Load().order {
		for _, target := range t.Data.Targets {
			if strings.EqualFold(hostOf(target.Host), host) {
				return t
			}
		}
	}
	return nil
}

// Decide returns what happens to a call that comes in. why says it in words when the
// call is refused.
func (g *Gate) Decide(q route.Query) (d route.Decision, why error) {
	table := g.rules.Load().table
	d = table.Decide(q)
	switch {
	case d.Rule < 0:
		return d, sip.Refused("no_route", sip.NotFound, 404, explain(table, q))
	case d.Reject != "":
		code := sip.Code(d.Reject)
		return d, sip.Refused(fmt.Sprintf("routes[%d]", d.Rule), code, sip.New(code, "").Status, d.Name)
	}
	return d, nil
}

// explain says in one line why no route fits.
func explain(table *route.Table, q route.Query) string {
	var why []string
	for _, s := range table.Trace(q).Steps {
		why = append(why, fmt.Sprintf("routes[%d]: %s", s.Rule, s.Why))
	}
	return "no route fits: " + strings.Join(why, "; ")
}

// Order returns the trunks of a group in the order in which one call tries them.
func (g *Gate) Order(group route.Group) []string {
	return group.Order(rand.IntN, g.limits.Usage, g.up)
}

// Come counts a leg that a trunk wants to begin. The error is a sip.Cause.
func (g *Gate) Come(t *Trunk) (*limit.Hold, error) { return g.acquire(t.Data.Name, limit.Inbound) }

// Pass is leave to send an INVITE.
type Pass struct {
	Trunk    *Trunk
	To, From string      // as the trunk wants them
	Hold     *limit.Hold // released when the leg has ended
}

// Go lets an INVITE pass from one number to another through a trunk; the numbers are
// as known inside. The error is a sip.Cause.
func (g *Gate) Go(through, from, to string) (Pass, error) {
	t := g.Trunk(through)
	switch {
	case t == nil:
		return Pass{}, sip.Refused("no_such_trunk", sip.Failed, 500, "no such trunk: "+through)
	case len(t.Data.Targets) == 0:
		return Pass{}, sip.Refused("no_target", sip.Rejected, 403, "trunk "+through+" has no target: it may only call us")
	case to == "":
		return Pass{}, sip.Refused("no_number", sip.NotFound, 484, "no number to dial")
	}
	if err := g.mayCall(t, to); err != nil {
		return Pass{}, err
	}
	p := Pass{Trunk: t, To: t.Numbers.CalledOut(to), From: t.Numbers.CallerOut(from)}
	for _, user := range []string{p.To, p.From} {
		if err := Dialable(user); err != nil {
			return Pass{}, err
		}
	}
	var err error
	p.Hold, err = g.acquire(through, limit.Outbound)
	return p, err
}

func (g *Gate) mayCall(t *Trunk, to string) error {
	if err := Dialable(to); err != nil {
		return err
	}
	err := g.rules.Load().policy.Allow(t.Data.Name, to)
	var r *number.Refusal
	if errors.As(err, &r) {
		return sip.Refused(r.Rule, sip.Rejected, 403, r.Text)
	}
	return err
}

// MayRedirect reports whether a 3xx of a trunk may lead a call to a number that the
// trunk has written.
func (g *Gate) MayRedirect(t *Trunk, user string) bool {
	return g.mayCall(t, t.Numbers.CalledIn(user)) == nil
}

func (g *Gate) acquire(name string, d limit.Direction) (*limit.Hold, error) {
	h, err := g.limits.Acquire(name, d)
	var r *limit.Refusal
	if errors.As(err, &r) {
		rule := "limit_calls"
		if r.Rule == "per_second" {
			rule = "limit_rate"
		}
		return nil, sip.Refused(rule, sip.Overload, 503, r.Error())
	}
	return h, err
}

// Limits returns what each trunk carries and has refused.
func (g *Gate) Limits() []limit.Status { return g.limits.Status() }

// maxUser is the longest number or user part that is dialled.
const maxUser = 64

// Dialable refuses what cannot be the user part of a SIP URI without escaping
// (RFC 3261 §25.1): nothing that anybody typed may change the request around it.
// The error is a sip.Cause.
func Dialable(user string) error {
	if len(user) > maxUser {
		return sip.Refused("number", sip.NotFound, 484, fmt.Sprintf("number longer than %d characters", maxUser))
	}
	for _, r := range user {
		alnum := r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !alnum && !strings.ContainsRune("+-_.!~*'()&=$,#", r) {
			return sip.Refused("number", sip.NotFound, 484, fmt.Sprintf("number %q: character %q cannot be dialled", user, r))
		}
	}
	return nil
}
