// Package registrar is a small registrar for phones and agents (RFC 3261 §10.3): it
// knows where those who have an account can be reached now.
//
// Only who proves to be a user by digest can register, and only for himself: the
// address of record is the user of the credentials (CVE-2025-47779). It owns the
// bindings, in memory alone and bounded; phones register again after a restart.
// No sockets: sip hands it REGISTER requests that have passed the gate and sends
// what it returns. Any goroutine may call it.
//
//	reply := reg.Handle(req, registrar.Source{Transport: "udp", Addr: from})
//	res := gosip.NewResponseFromRequest(req, reply.Status, …) // with reply.Headers
//	for _, b := range reg.Lookup("alice") { … } // the most welcome first
//
// A call to a binding has its Contact as Request-URI and its Path as Route set. It
// goes to the first of the Path, or without one to where the REGISTER came from,
// over the same socket or connection: that is the way through the phone's NAT.
package registrar

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/digest"
	"trunkline/sip/internal/wire"
)

// Rules that refuse beside those of digest, for logs and events.
const (
	RuleForeignUser = "register-foreign-user" // an account registers for another one
	RuleDomain      = "register-domain"       // not one of ours
	RuleMalformed   = "register-malformed"    // contacts that make no sense
	RuleBrief       = "register-brief"        // for too short a time
	RuleOrder       = "register-order"        // older than what we have
	RuleFull        = "register-full"         // more contacts or users than we take
)

// Config is what a registrar needs.
type Config struct {
	Verifier  *digest.Verifier
	Passwords digest.Passwords // the accounts
	Domains   []string         // hosts of addresses of record, without ports; none: any

	MinExpires     time.Duration // default 60 s; shorter gets 423
	DefaultExpires time.Duration // default 1 h
	MaxExpires     time.Duration // default 2 h; longer is cut
	MaxContacts    int           // of a user; default 10. A newer phone takes the place of the oldest
	MaxUsers       int           // with contacts; default 10,000

	Now func() time.Time // default time.Now
}

// Source is where a REGISTER came from.
type Source struct {
	Transport string // udp, tcp, tls, ws, wss
	Addr      netip.AddrPort
}

// Reply is how to answer a REGISTER.
type Reply struct {
	Status  int
	Headers []gosip.Header
	User    string // who has proven to be it; "" when nobody has
	Rule    string // why it is refused, for the log; "" when it is not
}

// Binding is one phone of a user.
type Binding struct {
	User    string
	Contact gosip.Uri
	Path    []gosip.Uri // proxies before the phone, the nearest to us first (RFC 3327)
	Source  Source
	Q       int // thousandths; calls go to the highest first
	Since   time.Time
	Expires time.Time
	Agent   string // its User-Agent, for people

	seen   time.Time // when it was last refreshed
	callID string
	cseq   uint32
}

// Registrar knows where users are.
type Registrar struct {
	cfg Config

	mu    sync.Mutex
	users map[string][]Binding // replaced whole, never changed
	swept time.Time            // when what had expired was last removed everywhere
}

// New returns an empty registrar.
func New(cfg Config) (*Registrar, error) {
	if cfg.Verifier == nil || cfg.Passwords == nil {
		return nil, errors.New("registrar: want a verifier and accounts")
	}
	for to, value := range map[*time.Duration]time.Duration{
		&cfg.MinExpires: time.Minute, &cfg.DefaultExpires: time.Hour, &cfg.MaxExpires: 2 * time.Hour,
	} {
		if *to <= 0 {
			*to = value
		}
	}
	for to, value := range map[*int]int{&cfg.MaxContacts: 10, &cfg.MaxUsers: 10000} {
		if *to <= 0 {
			*to = value
		}
	}
	if cfg.MinExpires > cfg.DefaultExpires || cfg.DefaultExpires > cfg.MaxExpires {
		return nil, errors.New("registrar: want min <= default <= max expires")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Registrar{cfg: cfg, users: map[string][]Binding{}, swept: cfg.Now()}, nil
}

// Handle does what a REGISTER asks for, all of it or nothing.
func (r *Registrar) Handle(req *gosip.Request, from Source) Reply {
	who := r.cfg.Verifier.Verify(req, digest.AsServer, r.cfg.Passwords)
	if !who.OK() { // first of all: strangers learn nothing else
		return Reply{Status: who.Status, Headers: who.Headers, Rule: who.Rule}
	}
	reply := r.update(req, who.User, from)
	reply.User = who.User
	return reply
}

// update is Handle for a user who has proven to be it.
func (r *Registrar) update(req *gosip.Request, user string, from Source) Reply {
	to := req.To().Address
	switch {
	case wire.UserOf(to) != user:
		return Reply{Status: 403, Rule: RuleForeignUser}
	case !r.ours(to) || !r.ours(req.Recipient):
		return Reply{Status: 404, Rule: RuleDomain}
	}
	w, refusal := r.read(req, user, from)
	if refusal != nil {
		return *refusal
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sweep(w.now)
	old := live(r.users[user], w.now)
	list, rule := w.apply(old)
	if rule == "" && len(list) > r.cfg.MaxContacts {
		slices.SortStableFunc(list, func(a, b Binding) int { return b.seen.Compare(a.seen) })
		list = list[:r.cfg.MaxContacts]
	}
	switch {
	case rule != "":
		return Reply{Status: 400, Rule: rule}
	case len(list) == 0:
		delete(r.users, user)
	case len(old) == 0 && len(r.users) >= r.cfg.MaxUsers && r.users[user] == nil:
		return Reply{Status: 503, Rule: RuleFull, Headers: []gosip.Header{gosip.NewHeader("Retry-After", "300")}}
	default:
		r.users[user] = list
	}
	return Reply{Status: 200, Headers: w.describe(list)}
}

// ours reports whether a URI names one of our domains.
func (r *Registrar) ours(uri gosip.Uri) bool {
	if uri.Scheme != "sip" && uri.Scheme != "sips" {
		return false
	}
	return len(r.cfg.Domains) == 0 || slices.ContainsFunc(r.cfg.Domains, func(d string) bool {
		return strings.EqualFold(strings.Trim(d, "[]"), strings.Trim(uri.Host, "[]"))
	})
}

// Lookup returns where a user can be reached: the most welcome first, among equals
// the one that registered last.
func (r *Registrar) Lookup(user string) []Binding {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := live(r.users[user], r.cfg.Now())
	slices.SortStableFunc(list, func(a, b Binding) int {
		if a.Q != b.Q {
			return b.Q - a.Q
		}
		return b.seen.Compare(a.seen)
	})
	return list
}

// List returns all that can be reached, by user.
func (r *Registrar) List() []Binding {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []Binding
	now := r.cfg.Now()
	for _, bindings := range r.users {
		list = append(list, live(bindings, now)...)
	}
	slices.SortStableFunc(list, func(a, b Binding) int { return strings.Compare(a.User, b.User) })
	return list
}

// Remove forgets where a user is, for an account that is no more.
func (r *Registrar) Remove(user string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.users, user)
}

// sweep removes what has expired, once a minute.
func (r *Registrar) sweep(now time.Time) {
	if now.Sub(r.swept) < time.Minute {
		return
	}
	r.swept = now
	for user, list := range r.users {
		if len(live(list, now)) == 0 {
			delete(r.users, user)
		}
	}
}

// live returns a new list of the bindings that have not expired.
func live(list []Binding, now time.Time) (alive []Binding) {
	for _, b := range list {
		if now.Before(b.Expires) {
			alive = append(alive, b)
		}
	}
	return alive
}
