package locate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"trunkline/sip/internal/locate/lookup"
)

// service is a name to look up SRV records of.
type service struct {
	name string
	kind kind
}

// resolve goes the way of RFC 3263 §4: NAPTR says which transports there are, SRV
// where they are, A and AAAA what addresses those have; what is written already is
// not asked for.
func (l *Locator) resolve(ctx context.Context, t target) ([]route, error) {
	if !t.hasServices() {
		return l.resolveHost(ctx, t)
	}
	services, told := l.services(ctx, t)
	routes, there, err := l.resolveServices(ctx, t, services)
	switch {
	case len(routes) > 0:
		return routes, nil
	case there || told:
		return nil, fmt.Errorf("no service of it can be reached: %w", err)
	}
	if t.kind.transport == "" {
		if t.kind, err = l.kind(""); err != nil {
			return nil, err
		}
	}
	return l.resolveHost(ctx, t)
}

// services returns what to look for, the first choice first, and whether NAPTR has
// told. Then there is nothing else: what is not named is not offered.
func (l *Locator) services(ctx context.Context, t target) (services []service, told bool) {
	if t.kind.transport != "" {
		if t.kind.srv == "" {
			return nil, false
		}
		return []service{{t.kind.srv + t.host, t.kind}}, false
	}
	// Without an answer, or with none of use, SRV is asked: most domains have no
	// NAPTR, and one that cannot be had shall stop no call.
	if records, err := l.cfg.Names.NAPTR(ctx, t.host); err == nil {
		if services = l.usable(records); len(services) > 0 {
			return services, true
		}
	}
	for _, k := range kinds {
		if k.srv != "" && l.cfg.Reach.offers(k.transport) {
			services = append(services, service{k.srv + t.host, k})
		}
	}
	return services, false
}

// usable returns the services of the lowest order that has some for us, by
// preference. Those of higher orders are not for us then (RFC 3403 §4.1), not even
// when these fail: nobody who blocks TLS shall make us use UDP.
func (l *Locator) usable(records []lookup.NAPTR) (services []service) {
	records = slices.Clone(records)
	slices.SortStableFunc(records, func(a, b lookup.NAPTR) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Preference, b.Preference))
	})
	var order uint16
	for _, r := range records {
		if len(services) > 0 && r.Order != order {
			break
		}
		i := slices.IndexFunc(kinds, func(k kind) bool { return k.service == r.Service })
		if i < 0 || r.Flags != "S" || r.Regexp != "" || r.Replacement == "" || !l.cfg.Reach.offers(kinds[i].transport) {
			continue
		}
		order = r.Order
		services = append(services, service{r.Replacement, kinds[i]})
	}
	return services
}

// resolveServices looks up SRV records and the addresses of their hosts. It
// reports whether there was any record, and why there is no route.
func (l *Locator) resolveServices(ctx context.Context, t target, services []service) (routes []route, there bool, err error) {
	type found struct {
		records []lookup.SRV
		routes  []route
		errs    []error
	}
	all := make([]found, len(services))
	each(len(services), func(i int) {
		f, s := &all[i], services[i]
		var err error
		if f.records, err = l.cfg.Names.SRV(ctx, s.name); err != nil {
			f.errs = []error{err}
			return
		}
		f.routes, f.errs = make([]route, len(f.records)), make([]error, len(f.records))
		each(len(f.records), func(j int) {
			r := f.records[j]
			f.routes[j] = route{rank: i<<16 | int(r.Priority), weight: int(r.Weight)}
			f.routes[j].hops, f.errs[j] = l.hops(ctx, t, s.kind, r)
		})
	})
	for _, f := range all {
		there = there || len(f.records) > 0
		err = cmp.Or(err, cmp.Or(f.errs...))
		for _, r := range f.routes {
			if len(r.hops) > 0 {
				routes = append(routes, r)
			}
		}
	}
	return routes, there, err
}

// errNotOffered says that an SRV record says so: a single dot (RFC 2782).
var errNotOffered = errors.New("the DNS says that it is not offered")

// hops returns what an SRV record leads to.
func (l *Locator) hops(ctx context.Context, t target, k kind, r lookup.SRV) ([]Hop, error) {
	switch {
	case r.Target == "":
		return nil, errNotOffered
	case r.Port == 0:
		return nil, fmt.Errorf("SRV record for %s: no port", r.Target)
	}
	return l.hostHops(ctx, t, r.Target, k, r.Port)
}

// resolveHost looks up the addresses of the target itself.
func (l *Locator) resolveHost(ctx context.Context, t target) ([]route, error) {
	hops, err := l.hostHops(ctx, t, t.host, t.kind, cmp.Or(t.port, t.kind.port))
	if err != nil {
		return nil, err
	}
	return []route{{hops: hops}}, nil
}

// hostHops returns the addresses of a host, of the families that the transport has
// a socket for. IPv6 comes first where there are both (RFC 6724); where it leads
// nowhere, health soon puts it last.
func (l *Locator) hostHops(ctx context.Context, t target, host string, k kind, port uint16) ([]Hop, error) {
	type ask = func(context.Context, string) ([]netip.Addr, error)
	var asks []ask
	if l.cfg.Reach[k.transport].IPv6 {
		asks = append(asks, l.cfg.Names.IPv6)
	}
	if l.cfg.Reach[k.transport].IPv4 {
		asks = append(asks, l.cfg.Names.IPv4)
	}
	addrs, errs := make([][]netip.Addr, len(asks)), make([]error, len(asks))
	each(len(asks), func(i int) { addrs[i], errs[i] = asks[i](ctx, host) })
	var hops []Hop
	for _, a := range slices.Concat(addrs...) {
		hops = append(hops, t.hop(a, k, port))
	}
	if len(hops) > 0 {
		return hops, nil
	}
	// That a record of one family is missing is no news.
	slices.SortStableFunc(errs, func(a, b error) int { return notFound(a) - notFound(b) })
	return nil, errs[0]
}

func notFound(err error) int {
	if errors.Is(err, lookup.ErrNotFound) {
		return 1
	}
	return 0
}
