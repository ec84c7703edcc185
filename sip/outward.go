package sip

import (
	"context"
	"fmt"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/dialog"
	"trunkline/sip/internal/failover"
	"trunkline/sip/internal/health"
	"trunkline/sip/internal/locate"
	"trunkline/sip/internal/sockets"
	"trunkline/sip/internal/wire"
	"trunkline/sip/trunk"
)

// Where requests go that we begin.

// locate returns the hops of a call: through a trunk, to a phone that is
// registered, or to a URI that somebody has dialled.
func (e *Endpoint) locate(ctx context.Context, t *trunk.Trunk, uri gosip.Uri) (dialog.Tries, error) {
	if t == nil {
		return e.locateURI(ctx, uri)
	}
	if e.phones.are(t) {
		return e.phones.tries(uri, e.timers.Give)
	}
	p := e.partnerNamed(t.Name)
	if p == nil || p.place == nil {
		return nil, fmt.Errorf("trunk %q: has no target to call", t.Name)
	}
	hops, err := p.place.Hops(ctx)
	if err != nil {
		return nil, err
	}
	course := failover.New(p.policy, hops, e.monitor.Watch(t.Name))
	return &journey{e: e, trunk: t.Name, course: course, patience: p.policy.Timeout, route: e.serviceRoute(t.Name)}, nil
}

func (e *Endpoint) locateURI(ctx context.Context, uri gosip.Uri) (dialog.Tries, error) {
	network, _ := uri.UriParams.Get("transport")
	to := trunk.Target{Host: uri.Host, Transport: strings.ToLower(network)}
	if uri.Port > 0 {
		to.Host = fmt.Sprintf("%s:%d", uri.Host, uri.Port)
	}
	place, err := e.locator.Place([]trunk.Target{to})
	if err != nil {
		return nil, err
	}
	hops, err := place.Hops(ctx)
	if err != nil {
		return nil, err
	}
	policy := failover.Policy{Timeout: e.timers.Give, Attempts: 1}
	return &journey{e: e, course: failover.New(policy, hops, nil), patience: policy.Timeout}, nil
}

// journey is a course as a dialog asks for it.
type journey struct {
	e        *Endpoint
	trunk    string // "": somebody dialled a URI
	route    []gosip.Uri
	course   *failover.Course
	patience time.Duration
}

// Next implements dialog.Tries.
func (j *journey) Next() (dialog.Hop, bool) {
	hop, ok := j.course.Next()
	if ok {
		j.e.table.AddTarget(hop.Addr.Addr(), j.trunk)
	}
	return dialog.Hop{Network: hop.Transport, Addr: hop.Addr, Host: bare(hop.Host), Path: j.route}, ok
}

// Heard implements dialog.Tries.
func (j *journey) Heard(status int, retryAfter time.Duration) bool {
	return j.course.After(health.Outcome{Status: status, RetryAfter: retryAfter})
}

// Patience implements dialog.Tries.
func (j *journey) Patience() time.Duration { return j.patience }

// bare is a host without its port.
func bare(host string) string {
	if name, _, err := trunk.ParseHost(host); err == nil {
		return name
	}
	return host
}

// watch lets the monitor watch the targets of these trunks.
func (e *Endpoint) watch(all *partners) {
	var watched []health.Trunk
	for _, p := range all.all {
		if p.place != nil {
			watched = append(watched, health.Trunk{Name: p.Name, Health: p.Health, Locate: p.place.Hops})
		}
	}
	e.monitor.Set(watched)
}

// probe asks a hop whether it lives (RFC 3261 §11).
func (e *Endpoint) probe(ctx context.Context, name string, hop locate.Hop) health.Outcome {
	p := e.partnerNamed(name)
	if p == nil {
		return health.Outcome{Err: context.Canceled}
	}
	e.table.AddTarget(hop.Addr.Addr(), name)
	uri := gosip.Uri{Scheme: "sip", Host: wire.Bracketed(bare(hop.Host))}
	if port := int(hop.Addr.Port()); port != 5060 {
		uri.Port = port
	}
	req := gosip.NewRequest(gosip.OPTIONS, uri)
	from := gosip.Uri{Scheme: "sip", User: p.From, Host: "localhost"}
	res, err := e.ask(ctx, req, from, sockets.Peer{Network: hop.Transport, Addr: hop.Addr, Name: bare(hop.Host)})
	if err != nil {
		return health.Outcome{Err: err}
	}
	return health.Outcome{Status: res.StatusCode, RetryAfter: wire.RetryAfter(res)}
}
