package sip

import (
	"net/netip"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/digest"
	"trunkline/sip/internal/guard"
	"trunkline/sip/internal/sockets"
)

// sender is who sent a request, as far as that is proven.
type sender struct {
	peer *partner
	user string // of the credentials; "": none were needed
	// proven: by a password or a certificate, which say more than an address.
	proven bool
	begun  func() // when the call has been handed on or is lost: one less is being set up
}

// Lost implements pending.Loser.
func (s *sender) Lost() { s.begun() }

// identify finds out who opens a dialog or asks something. Trust comes from the
// source and from credentials, never from what headers say. With ok false the
// request was answered.
func (g *gate) identify(req *gosip.Request, a arrival) (who sender, ok bool) {
	who.peer = g.e.partnerOf(a.From.Addr(), a.Names)
	switch {
	case who.peer != nil && len(who.peer.Accounts) == 0:
		who.proven = len(a.Names) > 0 && len(who.peer.Certificates) > 0
		return who, true
	case who.peer == nil && !g.e.mayProve():
		g.refuseUnknown(a)
		return who, false
	}
	v := g.e.verifier.Verify(req, digest.AsServer, g.passwords(who.peer))
	if !v.OK() {
		g.challenge(a, v)
		return who, false
	}
	who.user, who.proven = v.User, true
	if who.peer == nil {
		who.peer = g.e.ownerOf(v.User)
	}
	if who.peer == nil { // a phone, and the trunk that phones are is no more
		g.e.refused(ruleNoTrunk, a.From, "user", v.User)
		a.answer(403, "Reason: "+guard.ReasonOf(ruleNoTrunk, 403))
	}
	return who, who.peer != nil
}

// challenge refuses a request that does not prove who sent it: the same answer,
// whatever was wrong.
func (g *gate) challenge(a arrival, v digest.Verdict) {
	g.offended(v.Rule, a)
	var lines []string
	for _, h := range v.Headers {
		lines = append(lines, h.Name()+": "+h.Value())
	}
	a.answer(v.Status, lines...)
}

// offended notes that somebody has not proven who he is. To have brought no
// credentials yet, or old ones, is no offence.
func (g *gate) offended(rule string, a arrival) {
	if rule == digest.RuleNone || rule == digest.RuleStale {
		return
	}
	g.e.refused(rule, a.From, "transport", a.Network)
	if strings.HasPrefix(rule, "auth-") {
		g.e.guard.Offend(a.at, g.e.sourceOf(a.Arrival, a.at), guard.BadAuth)
	}
}

// passwords are those that are good for a trunk; without one, for those who may
// come from anywhere.
func (g *gate) passwords(p *partner) digest.Passwords {
	return func(user string) (string, bool) {
		if p != nil {
			password, ok := p.passwords[user]
			return password, ok
		}
		if owner := g.e.board.Load().owners[user]; owner != nil {
			password, ok := owner.passwords[user]
			return password, ok
		}
		if g.e.phones != nil {
			return g.e.phones.password(user)
		}
		return "", false
	}
}

// ownerOf returns the trunk that a user who may come from anywhere is.
func (e *Endpoint) ownerOf(user string) *partner {
	all := e.board.Load()
	if owner := all.owners[user]; owner != nil {
		return owner
	}
	if e.phones != nil {
		return all.byName[e.phones.trunk]
	}
	return nil
}

// mayProve reports whether strangers may prove who they are.
func (e *Endpoint) mayProve() bool { return e.phones != nil || len(e.board.Load().owners) > 0 }

// noRoute is the rule that refuses a call to a number which leads nowhere. Whoever
// tries many of them looks for one that can be abused.
const noRoute = "no_route"

// rejected is told of calls that were turned away.
func (e *Endpoint) rejected(network string, from netip.AddrPort, c Cause) {
	if c.Rule == noRoute {
		now := time.Now()
		e.guard.Offend(now, e.sourceOf(sockets.Arrival{Network: network, From: from}, now), guard.UnknownNumber)
	}
}

// sourceOf is what the guard is told of where a message came from.
func (e *Endpoint) sourceOf(a sockets.Arrival, at time.Time) guard.Source {
	s := guard.Source{Addr: a.From.Addr(), Proven: a.Network != sockets.UDP}
	if p := e.partnerOf(a.From.Addr(), a.Names); p != nil {
		s.Trunk, s.Known = p.Name, true
		return s
	}
	s.Trunk = e.table.Target(a.From.Addr())
	s.Known = e.table.Knows(a.From.Addr()) || e.phones.knows(a.From.Addr(), at)
	return s
}
