package sip

import (
	"context"
	"slices"
	"strings"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/register"
	"trunkline/sip/internal/sockets"
	"trunkline/sip/internal/wire"
	"trunkline/sip/trunk"
)

// ask sends a request outside any dialog to a peer and returns the final response.
// What it has of From, To, Call-ID and CSeq stays; the rest is put in.
func (e *Endpoint) ask(ctx context.Context, req *gosip.Request, from gosip.Uri, to sockets.Peer) (*gosip.Response, error) {
	at, err := e.sockets.To(ctx, to)
	if err != nil {
		return nil, err
	}
	if from.Host == "localhost" {
		from.Host = at.Host
	}
	e.address(req, from, at)
	if at.Network == UDP {
		if by := e.sockets.Fit(ctx, len(req.String()), at, to.Addr); by.Network != at.Network {
			at = by
			e.address(req, from, at)
		}
	}
	at.Aim(req, to.Addr)
	return e.dialogs.Exchange(ctx, req)
}

// address puts in the headers that a request outside any dialog must have.
func (e *Endpoint) address(req *gosip.Request, from gosip.Uri, at sockets.Place) {
	req.RemoveHeader("Via")
	req.PrependHeader(&gosip.ViaHeader{
		ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: strings.ToUpper(at.Network), Host: at.Host, Port: at.Port,
		Params: gosip.HeaderParams{{K: "branch", V: wire.NewBranch()}, {K: "rport"}},
	})
	if req.From() == nil {
		req.AppendHeader(&gosip.FromHeader{Address: from, Params: gosip.HeaderParams{{K: "tag", V: wire.NewToken()}}})
	}
	if req.To() == nil {
		req.AppendHeader(&gosip.ToHeader{Address: req.Recipient})
	}
	if req.CallID() == nil {
		id := gosip.CallIDHeader(wire.NewToken())
		req.AppendHeader(&id)
	}
	if req.CSeq() == nil {
		req.AppendHeader(&gosip.CSeqHeader{SeqNo: 1, MethodName: req.Method})
	}
	if req.MaxForwards() == nil {
		most := gosip.MaxForwardsHeader(70)
		req.AppendHeader(&most)
	}
	if e.cfg.UserAgent != "" && req.GetHeader("User-Agent") == nil {
		req.AppendHeader(gosip.NewHeader("User-Agent", e.cfg.UserAgent))
	}
	req.SetBody(req.Body())
}

// line is how one registration of a trunk sends. Its registration alone uses it.
type line struct {
	e    *Endpoint
	peer *partner
	flow sockets.Peer // by which the registrar was last reached
	rest func()       // lets go of the flow, which is kept open until then
}

// keep keeps the way to the registrar open, by which the calls come.
func (l *line) keep(p sockets.Peer) {
	if l.flow == p && p.Network == UDP { // a connection may be another one by now
		return
	}
	l.leave()
	l.flow, l.rest = p, l.e.sockets.KeepAlive(p.Network, p.Addr)
}

// leave ends that.
func (l *line) leave() {
	if l.rest != nil {
		l.rest()
	}
	l.flow, l.rest = sockets.Peer{}, nil
}

// Contacts implements register.Line.
func (l *line) Contacts(ctx context.Context, to trunk.Target) ([]gosip.Uri, error) {
	partners, err := l.reach(ctx, to)
	if err != nil {
		return nil, err
	}
	var uris []gosip.Uri
	for i, p := range partners { // such as one for IPv6 and one for IPv4
		if i > 0 && p.Network != sockets.UDP {
			continue // a connection is worth one contact
		}
		at, err := l.e.sockets.To(ctx, p)
		if err != nil {
			return nil, err
		}
		uri := gosip.Uri{Scheme: "sip", Host: at.Host, Port: at.Port}
		if at.Network != sockets.UDP {
			uri.UriParams = gosip.HeaderParams{{K: "transport", V: at.Network}}
		}
		if !slices.ContainsFunc(uris, func(u gosip.Uri) bool { return u.Host == uri.Host && u.Port == uri.Port }) {
			uris = append(uris, uri)
		}
	}
	return uris, nil
}

// Send implements register.Line.
func (l *line) Send(ctx context.Context, req *gosip.Request, to trunk.Target) (res *gosip.Response, err error) {
	partners, err := l.reach(ctx, to)
	if err != nil {
		return nil, err
	}
	for _, p := range partners {
		l.e.table.AddTarget(p.Addr.Addr(), l.peer.Name)
		limited, cancel := context.WithTimeout(ctx, l.peer.policy.Timeout)
		res, err = l.e.ask(limited, req, gosip.Uri{}, p)
		cancel()
		if err == nil && res.IsSuccess() {
			l.keep(p)
		}
		if err == nil || ctx.Err() != nil {
			return res, err
		}
	}
	return nil, err
}

// reach returns the addresses of a registrar.
func (l *line) reach(ctx context.Context, to trunk.Target) ([]sockets.Peer, error) {
	place, err := l.e.locator.Place([]trunk.Target{to})
	if err != nil {
		return nil, err
	}
	hops, err := place.Hops(ctx)
	if err != nil {
		return nil, err
	}
	partners := make([]sockets.Peer, len(hops))
	for i, h := range hops {
		partners[i] = sockets.Peer{Network: h.Transport, Addr: h.Addr, Name: bare(h.Host)}
	}
	return partners, nil
}

// registration is one that runs.
type registration struct {
	*register.Registration
	trunk string
	data  trunk.Registration
	login *trunk.Credentials
	stop  context.CancelFunc
	done  chan struct{}
}

// register runs the registrations of these trunks: those that stay as they are go
// on, those that are gone unregister. Only with changing held.
func (e *Endpoint) register(all *partners) {
	var keep []*registration
	for _, p := range all.all {
		for i := range p.Register {
			if r := e.registrationOf(p, i); r != nil {
				keep = append(keep, r)
			}
		}
	}
	for _, r := range e.registrations() {
		if !slices.Contains(keep, r) {
			r.stop()
		}
	}
	e.lines.Store(&keep)
}

// registrationOf returns the registration of a trunk that runs, which it begins
// when there is none.
func (e *Endpoint) registrationOf(p *partner, i int) *registration {
	for _, r := range e.registrations() {
		if r.trunk == p.Name && r.data == p.Register[i] && same(r.login, p.Credentials) {
			return r
		}
	}
	r := &registration{trunk: p.Name, data: p.Register[i], login: p.Credentials, done: make(chan struct{})}
	way, err := &line{e: e, peer: p}, error(nil)
	r.Registration, err = register.New(register.Config{
		Trunk: p.Name, Registration: r.data, Registrars: register.Registrars(&p.Trunk, i), Login: p.login,
		Line: way, Log: e.log, Changed: func(s register.Status) { e.changedRegistration(r, s) },
	})
	if err != nil {
		e.log.Error("registration", "trunk", p.Name, "user", r.data.User, "error", err)
		return nil
	}
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	go func() { // ends soon after stop; Close waits for done
		defer close(r.done)
		defer way.leave()
		r.Run(ctx)
	}()
	return r
}

func same(a, b *trunk.Credentials) bool { return a == b || a != nil && b != nil && *a == *b }

// registrations returns those that run.
func (e *Endpoint) registrations() []*registration {
	if list := e.lines.Load(); list != nil {
		return *list
	}
	return nil
}

// serviceRoute is what calls through a trunk take on their way, as its registrar has
// said (RFC 3608).
func (e *Endpoint) serviceRoute(trunk string) []gosip.Uri {
	for _, r := range e.registrations() {
		if r.trunk != trunk {
			continue
		}
		if route := r.ServiceRoute(); len(route) > 0 {
			return route
		}
	}
	return nil
}

func (e *Endpoint) changedRegistration(r *registration, s register.Status) {
	if e.cfg.Changed != nil {
		e.cfg.Changed(Change{Trunk: r.trunk, What: "registration", Name: r.data.User, To: string(s.State), Cause: s.Text})
	}
}
