// Package locate finds out where the calls of a trunk go: from the targets that
// people have written to an ordered list of hops, a transport and an address each
// (RFC 3263).
//
// A Locator is made once from what the endpoint listens on, and a Place once per
// trunk and reload; Place.Hops is asked once per call, which for literal addresses
// costs next to nothing and for names comes from the cache of package lookup.
// Whoever places the call hands the hops to package failover. Any goroutine may
// use both types. Nothing here sends SIP, remembers who answers, or waits longer
// than it is told.
package locate

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"trunkline/sip/internal/locate/lookup"
	"trunkline/sip/trunk"
)

// maxHops is how many hops one call is offered at most.
const maxHops = 32

// Hop is one address that a request can be sent to.
type Hop struct {
	Transport string // udp, tcp, tls, ws or wss
	Addr      netip.AddrPort
	// Host is what was written, a name or an address. It is what the certificate
	// must show: names that the DNS has put in its place prove nothing (RFC 5922
	// §4).
	Host   string
	Target int // the index of the target that it is from
}

// String returns such as "tls:192.0.2.1:5061".
func (h Hop) String() string { return h.Transport + ":" + h.Addr.String() }

// Reach says what can be sent over: the transports that are listened on, each with
// the families of its addresses.
type Reach map[string]Families

// Families are kinds of addresses.
type Families struct{ IPv4, IPv6 bool }

// has reports whether an address can be reached.
func (r Reach) has(transport string, a netip.Addr) bool {
	if a.Is4() {
		return r[transport].IPv4
	}
	return r[transport].IPv6
}

// offers reports whether a transport can be used at all.
func (r Reach) offers(transport string) bool { return r[transport] != Families{} }

// Config is what a Locator works with.
type Config struct {
	Names *lookup.Resolver // stays the caller's to close
	Reach Reach
	// Deadline bounds all lookups for one call together, which follow from one
	// another. Default 5s. They go on behind and are there for the next call.
	Deadline time.Duration
	// Below returns a random number from 0 to n-1, for any goroutine. Default:
	// that of math/rand/v2. Tests give their own.
	Below func(n int) int
}

// Locator makes places.
type Locator struct{ cfg Config }

// New returns a locator.
func New(cfg Config) *Locator {
	if cfg.Deadline == 0 {
		cfg.Deadline = 5 * time.Second
	}
	if cfg.Below == nil {
		cfg.Below = rand.IntN
	}
	return &Locator{cfg}
}

// Place is where the calls of one trunk go.
type Place struct {
	locator *Locator
	sites   []site
	only    []Hop // all there is: one literal address
	names   bool  // something must be looked up
	recent  atomic.Pointer[recent]
}

// recent is what the names led to a moment ago. A thousand calls a second need not
// put it together from the cache a thousand times.
type recent struct {
	sites []site
	until time.Time
}

// reuse is how long a moment is.
const reuse = time.Second

// site is a target and what it leads to.
type site struct {
	target           target
	priority, weight int
	routes           []route
	err              error
}

// route is hops that stand for one another: the addresses of one host.
type route struct {
	rank   int // the lowest first
	weight int
	hops   []Hop
}

// Place reads targets. Nothing is looked up yet; errors say what is written wrong,
// or that there is no socket to reach it from.
func (l *Locator) Place(targets []trunk.Target) (*Place, error) {
	if len(targets) == 0 {
		return nil, errors.New("locate: no targets")
	}
	p := &Place{locator: l}
	for i, written := range targets {
		t, err := l.parse(written)
		if err != nil {
			return nil, err
		}
		t.index = i
		s := site{target: t, priority: written.Priority, weight: written.Weight}
		if t.addr.IsValid() {
			s.routes = []route{{hops: []Hop{t.hop(t.addr, t.kind, t.port)}}}
		} else {
			p.names = true
		}
		p.sites = append(p.sites, s)
	}
	if len(p.sites) == 1 && !p.names {
		p.only = p.sites[0].routes[0].hops
	}
	return p, nil
}

// Hops returns the hops in the order in which one call shall try them: targets by
// priority and weight, and what a target leads to by NAPTR order, SRV priority and
// weight (RFC 2782). The order is drawn anew each time. The result is not to be
// changed. There is an error only when there is no hop at all; targets that cannot
// be located are left out while others can.
func (p *Place) Hops(ctx context.Context) ([]Hop, error) {
	if p.only != nil {
		return p.only, nil
	}
	sites := p.sites
	if p.names {
		sites = p.resolved(ctx)
	}
	below := p.locator.cfg.Below
	sites = draw(sites, func(s site) (int, int) { return s.priority, s.weight }, below)
	hops := make([]Hop, 0, len(sites))
	var faults []error
	for _, s := range sites {
		if s.err != nil {
			faults = append(faults, s.err)
		}
		for _, r := range draw(s.routes, func(r route) (int, int) { return r.rank, r.weight }, below) {
			hops = appendNew(hops, r.hops)
		}
	}
	if len(hops) == 0 {
		return nil, errors.Join(faults...)
	}
	return hops, nil
}

// appendNew adds the hops that are not there yet: to try one twice helps nobody.
func appendNew(hops, more []Hop) []Hop {
	for _, h := range more {
		same := func(o Hop) bool { return o.Addr == h.Addr && o.Transport == h.Transport }
		if len(hops) < maxHops && !slices.ContainsFunc(hops, same) {
			hops = append(hops, h)
		}
	}
	return hops
}

// resolved returns the sites with what the names lead to, all of which are looked up
// at the same time.
func (p *Place) resolved(ctx context.Context) []site {
	now := time.Now()
	if r := p.recent.Load(); r != nil && now.Before(r.until) {
		return r.sites
	}
	ctx, cancel := context.WithTimeout(ctx, p.locator.cfg.Deadline)
	defer cancel()
	sites := slices.Clone(p.sites)
	each(len(sites), func(i int) {
		s := &sites[i]
		if s.target.addr.IsValid() {
			return
		}
		if s.routes, s.err = p.locator.resolve(ctx, s.target); s.err != nil {
			s.err = fmt.Errorf("locate %s: %w", s.target.host, s.err)
		}
	})
	if !slices.ContainsFunc(sites, func(s site) bool { return s.err != nil }) {
		p.recent.Store(&recent{sites, now.Add(reuse)})
	}
	return sites
}

// each does n things at the same time and waits for all of them.
func each(n int, do func(i int)) {
	var work sync.WaitGroup
	for i := 1; i < n; i++ {
		work.Go(func() { do(i) })
	}
	if n > 0 {
		do(0)
	}
	work.Wait()
}
