package sip

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"trunkline/sip/internal/access"
	"trunkline/sip/internal/digest"
	"trunkline/sip/internal/failover"
	"trunkline/sip/internal/locate"
	"trunkline/sip/internal/wire"
	"trunkline/sip/trunk"
)

// partner is a trunk with what is drawn from its data.
type partner struct {
	Trunk     // in effect
	networks  []netip.Prefix
	place     *locate.Place // nil: we cannot call it
	policy    failover.Policy
	login     *digest.Client    // nil: its challenges are not answered
	passwords map[string]string // of its accounts
}

// partners are the trunks there are. They are replaced as a whole, never changed.
type partners struct {
	all    []*partner
	byName map[string]*partner
	owners map[string]*partner // of accounts that are good from anywhere, by user
}

// board holds the partners of now.
type board struct{ atomic.Pointer[partners] }

// SetTrunks replaces the trunks, all of them or, with an error, none. Calls that
// live keep what they began with; what is known of targets that stay is kept.
func (e *Endpoint) SetTrunks(list []Trunk) error {
	e.changing.Lock()
	defer e.changing.Unlock()
	next, err := e.adopt(list)
	if err == nil {
		e.attend(next)
	}
	return err
}

// adopt makes a list the trunks there are. Nothing is sent to them yet.
func (e *Endpoint) adopt(list []Trunk) (*partners, error) {
	next, err := e.understand(list)
	if err != nil {
		return nil, err
	}
	sources := make([]access.Trunk, len(next.all))
	names := make([]string, len(next.all))
	for i, p := range next.all {
		sources[i], names[i] = access.Trunk{Name: p.Name, Networks: p.networks}, p.Name
	}
	e.board.Store(next)
	e.table.Replace(sources)
	e.guard.SetTrunks(names)
	return next, nil
}

// attend sees to the health of trunks and registers with them. The sockets must
// be read by now: sipgo would otherwise try to bind others to the same addresses.
func (e *Endpoint) attend(p *partners) {
	e.watch(p)
	e.register(p)
}

// understand draws from trunks what the endpoint works with.
func (e *Endpoint) understand(list []Trunk) (*partners, error) {
	next := &partners{byName: map[string]*partner{}, owners: map[string]*partner{}}
	for i := range list {
		p, err := e.newPartner(&list[i])
		if err == nil && next.byName[p.Name] != nil {
			err = errors.New("name is taken")
		}
		for user := range p.passwords {
			if err == nil && p.roams() && next.owners[user] != nil {
				err = fmt.Errorf("account %q is one of trunk %q too", user, next.owners[user].Name)
			}
			if err == nil && p.roams() && e.phones.has(user) {
				err = fmt.Errorf("account %q is a phone's too", user)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("trunk %d (%q): %w", i+1, list[i].Name, err)
		}
		next.all = append(next.all, p)
		next.byName[p.Name] = p
		for user := range p.passwords {
			if p.roams() {
				next.owners[user] = p
			}
		}
	}
	return next, nil
}

// roams reports whether a trunk is known by nothing but its accounts.
func (p *partner) roams() bool {
	return len(p.Accounts) > 0 && len(p.Networks) == 0 && len(p.Certificates) == 0
}

func (e *Endpoint) newPartner(t *Trunk) (*partner, error) {
	p := &partner{Trunk: t.Effective(), passwords: map[string]string{}}
	if p.Name == "" || wire.HasControl(p.Name) {
		return p, errors.New("name is missing or has control characters")
	}
	if wire.HasControl(p.From) {
		return p, errors.New("from has control characters")
	}
	err := e.notary.serves(&p.Trunk)
	if err != nil {
		return p, err
	}
	if p.networks, err = p.Prefixes(); err != nil {
		return p, err
	}
	if len(p.Targets) > 0 {
		if p.place, err = e.locator.Place(p.Targets); err != nil {
			return p, err
		}
	}
	p.policy = failover.PolicyOf(p.Failover)
	for _, a := range p.Accounts {
		if p.passwords[a.User], err = readPassword(a.PasswordFile); err != nil {
			return p, fmt.Errorf("account %s: %w", a.User, err)
		}
	}
	if c := p.Credentials; c != nil {
		if _, err = readPassword(c.PasswordFile); err != nil {
			return p, fmt.Errorf("credentials: %w", err)
		}
		p.login, err = digest.NewClient(digest.Login{
			User: c.User, Realm: c.Realm, Password: func() (string, error) { return readPassword(c.PasswordFile) },
		})
	}
	return p, err
}

// readPassword reads a file that holds one, and perhaps a line break.
func readPassword(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read password: %w", err)
	}
	password := strings.TrimRight(string(text), "\r\n")
	if password == "" || strings.ContainsAny(password, "\r\n") {
		return "", fmt.Errorf("read password: %s does not hold one line", file)
	}
	return password, nil
}

// partnerOf returns the trunk that a source is by its address or its certificate, or
// nil.
func (e *Endpoint) partnerOf(source netip.Addr, names []string) *partner {
	all := e.board.Load()
	if name, ok := e.table.Trunk(source); ok {
		return all.byName[name]
	}
	if len(names) == 0 {
		return nil
	}
	for _, p := range all.all {
		if slices.ContainsFunc(p.Certificates, func(want string) bool {
			return slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, want) })
		}) {
			return p
		}
	}
	return nil
}

// trunkOf returns the trunk that a source is by its address, or nil.
func (e *Endpoint) trunkOf(source netip.Addr) *Trunk {
	if p := e.partnerOf(source, nil); p != nil {
		return &p.Trunk
	}
	return nil
}

// partnerNamed returns the trunk with that name, or nil.
func (e *Endpoint) partnerNamed(name string) *partner { return e.board.Load().byName[name] }

// login returns what answers the challenges of a trunk, or nil.
func (e *Endpoint) login(t *trunk.Trunk) *digest.Client {
	if t == nil {
		return nil
	}
	if p := e.partnerNamed(t.Name); p != nil {
		return p.login
	}
	return nil
}
