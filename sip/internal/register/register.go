// Package register keeps one registration of a trunk alive (RFC 3261 §10.2): it
// registers, answers challenges, refreshes in time, goes to the next registrar when
// one does not answer and back when it does, and unregisters in the end.
//
// A Registration owns its Call-ID, its CSeq and what the registrar said. Whoever
// makes it runs it in a goroutine of theirs and waits for it; all else may be asked
// by any goroutine. It opens no sockets: a Line, which sip is, sends for it.
//
//	r, err := register.New(register.Config{Trunk: t.Name, Registration: t.Register[i],
//		Registrars: register.Registrars(t, i), Login: login, Line: line, Log: log})
//	go func() { defer done(); r.Run(ctx) }() // ends soon after ctx, unregistered
package register

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/digest"
	"trunkline/sip/internal/register/contact"
	"trunkline/sip/internal/wire"
	"trunkline/sip/trunk"
)

// How patient we are.
const (
	firstPause   = 2 * time.Second // after a failure, doubled up to maxPause
	refusedPause = 30 * time.Second
	maxPause     = 4 * time.Minute
	maxAfter     = time.Hour          // of a Retry-After
	minRefresh   = 5 * time.Second    // however short the time that was granted
	maxExpires   = 7 * 24 * time.Hour // of a Min-Expires
	closeTime    = 3 * time.Second    // for unregistering
	maxSends     = 1 + 2 + 1          // of one REGISTER: two challenges, one 423
)

// Line sends for a Registration.
type Line interface {
	// Contacts says where calls from that registrar reach us, one URI for each
	// transport or address family; the user part is set here. It may resolve names.
	Contacts(ctx context.Context, to trunk.Target) ([]gosip.Uri, error)

	// Send sends the request to where the target leads, adding Via and User-Agent,
	// and returns the final response. An error says that none came within the
	// trunk's fail-over time, over all addresses of the target.
	Send(ctx context.Context, req *gosip.Request, to trunk.Target) (*gosip.Response, error)
}

// Config is one registration.
type Config struct {
	Trunk        string             // for the log
	Registration trunk.Registration // with defaults
	Registrars   []trunk.Target     // the first is the one we want; see Registrars
	Login        *digest.Client     // nil: challenges are refusals
	Line         Line
	Log          *slog.Logger
	Changed      func(Status) // called by Run when the state word changes; may be nil
}

// Registrars returns where a registration of an effective trunk goes: to its own
// registrar, by the transport of the trunk's first target, or to the targets.
func Registrars(t *trunk.Trunk, i int) []trunk.Target {
	targets := t.AllTargets()
	host := t.Register[i].Registrar
	switch {
	case host == "":
		return targets
	case len(targets) == 0:
		return []trunk.Target{{Host: host}}
	}
	return []trunk.Target{{Host: host, Transport: targets[0].Transport}} // else a trunk by TLS would register in the clear
}

// Registration is one that is kept alive.
type Registration struct {
	cfg    Config
	callID string
	tag    string

	// Run's own.
	seq      uint32
	expires  time.Duration // that we ask for
	failures int           // rounds in a row
	holder   *trunk.Target // has a binding of ours, or may have

	mu     sync.Mutex
	status Status
	routes []gosip.Uri
}

// New returns a registration that is off until it runs.
func New(cfg Config) (*Registration, error) {
	cfg.Registration = cfg.Registration.WithDefaults()
	if cfg.Line == nil || cfg.Log == nil || len(cfg.Registrars) == 0 || cfg.Registration.User == "" {
		return nil, errors.New("register: want a user, a registrar, a line and a log")
	}
	return &Registration{
		cfg: cfg, callID: wire.NewToken(), tag: wire.NewToken(),
		expires: time.Duration(cfg.Registration.Expires),
		status:  Status{State: Off, Since: time.Now()},
	}, nil
}

// Run registers until ctx is done, and then unregisters, which takes three seconds
// at most.
func (r *Registration) Run(ctx context.Context) {
	r.enter(Trying)
	for ctx.Err() == nil {
		wait := r.round(ctx)
		r.mu.Lock()
		r.status.Next = time.Now().Add(wait)
		r.mu.Unlock()
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
	}
	r.leave(context.WithoutCancel(ctx))
	r.enter(Off)
}

// round asks the registrars in their order, the one we want first even when
// another has us, and returns how long to rest.
func (r *Registration) round(ctx context.Context) time.Duration {
	var out outcome
	for _, to := range r.cfg.Registrars {
		out = r.register(ctx, to)
		if ctx.Err() != nil {
			return 0
		}
		r.note(to, out)
		if out.state != Failed {
			break
		}
	}
	if out.state == Registered {
		r.failures = 0
		return max(minRefresh, between(0.75, 0.9, out.granted))
	}
	r.failures++
	return r.pause(out)
}

// pause returns how long to rest after a round that failed: the longer the more
// did, and not all registrations at the same moment. A binding that still stands
// is tried again when it ends at the latest.
func (r *Registration) pause(out outcome) time.Duration {
	base := firstPause
	if out.state == Refused {
		base = refusedPause
	}
	rest := between(0.5, 1, min(base<<min(r.failures-1, 10), maxPause))
	if out.after > 0 {
		return max(rest, out.after)
	}
	if s := r.Status(); s.State == Registered {
		rest = min(rest, time.Until(s.Until))
	}
	return rest
}

// between returns a random part of d.
func between(low, high float64, d time.Duration) time.Duration {
	return time.Duration((low + (high-low)*rand.Float64()) * float64(d))
}

// outcome is what came of asking one registrar.
type outcome struct {
	state   State // Registered; Refused: it will not; Failed: ask another
	code    int   // of the last response; 0: none came
	text    string
	granted time.Duration
	after   time.Duration // what Retry-After wants
	routes  []gosip.Uri
	path    []gosip.Uri
}

// register asks one registrar to have us.
func (r *Registration) register(ctx context.Context, to trunk.Target) outcome {
	contacts, err := r.contacts(ctx, to)
	if err != nil {
		return outcome{state: Failed, text: err.Error()}
	}
	res, err := r.ask(ctx, to, contacts, &r.expires)
	if ctx.Err() != nil { // it may have us, for all we know
		r.holder = &to
		return outcome{state: Failed, text: ctx.Err().Error()}
	}
	if res == nil {
		return outcome{state: Failed, text: err.Error()}
	}
	out := outcome{state: Refused, code: res.StatusCode, text: wire.Clean(res.Reason), after: retryAfter(res)}
	switch {
	case err != nil: // no answer to its challenge
		out.text = err.Error()
	case res.IsSuccess():
		out.granted = granted(res, contacts, r.expires)
		out.routes, _ = contact.Route(res.GetHeaders("Service-Route"), maxRoutes)
		out.path, _ = contact.Route(res.GetHeaders("Path"), maxRoutes)
		if out.state = Registered; out.granted <= 0 {
			out.state, out.text = Refused, "registered for no time at all"
		}
		r.holder = &to
	case res.StatusCode == 408 || res.StatusCode >= 500 && res.StatusCode < 600:
		out.state = Failed
	}
	return out
}

// contacts returns what we register.
func (r *Registration) contacts(ctx context.Context, to trunk.Target) ([]gosip.Uri, error) {
	list, err := r.cfg.Line.Contacts(ctx, to)
	if err == nil && len(list) == 0 {
		err = errors.New("no address of ours to register")
	}
	for i := range list {
		list[i].User = wire.EscapeUser(r.cfg.Registration.Contact)
	}
	return list, err
}

// ask sends a REGISTER as often as its answers make sense of it. The error stands
// beside a response when that is a challenge which cannot be answered.
func (r *Registration) ask(ctx context.Context, to trunk.Target, contacts []gosip.Uri, expires *time.Duration) (*gosip.Response, error) {
	var attempt digest.Attempt
	var res *gosip.Response
	for range maxSends {
		req, err := r.request(to, contacts, *expires)
		if err == nil {
			err = r.login(&attempt, req, res)
		}
		if err != nil {
			return res, err
		}
		if res, err = r.cfg.Line.Send(ctx, req, to); err != nil {
			return nil, err
		}
		switch {
		case r.cfg.Login != nil && (res.StatusCode == 401 || res.StatusCode == 407):
		case res.StatusCode == 423 && longer(res, expires):
		default:
			return res, nil
		}
	}
	return res, nil
}

// login signs a request, in answer to the last response when that was a challenge.
func (r *Registration) login(a *digest.Attempt, req *gosip.Request, last *gosip.Response) error {
	switch {
	case r.cfg.Login == nil:
		return nil
	case last != nil && last.StatusCode != 423:
		return r.cfg.Login.Answer(a, req, last)
	}
	return r.cfg.Login.Sign(req)
}

// leave unregisters.
func (r *Registration) leave(ctx context.Context) {
	if r.holder == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, closeTime)
	defer cancel()
	to, none := *r.holder, time.Duration(0)
	contacts, err := r.contacts(ctx, to)
	var res *gosip.Response
	if err == nil {
		res, err = r.ask(ctx, to, contacts, &none)
	}
	if err == nil && !res.IsSuccess() {
		err = fmt.Errorf("status %d", res.StatusCode)
	}
	if err != nil {
		r.cfg.Log.Warn("sip registration not withdrawn", "trunk", r.cfg.Trunk, "registrar", to.Host, "error", err)
	}
}
