package sip

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"sync"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/dialog"
	"trunkline/sip/internal/digest"
	"trunkline/sip/internal/registrar"
	"trunkline/sip/internal/sockets"
	"trunkline/sip/internal/wire"
	"trunkline/sip/trunk"
)

// phones are those who have registered with us. nil: nobody can.
type phones struct {
	*registrar.Registrar
	trunk     string
	passwords map[string]string
	most      time.Duration // for which a registration may hold

	mu     sync.Mutex
	places map[netip.Addr]time.Time // where they are, and until when at most
}

// maxPlaces bounds the addresses that are kept of phones.
const maxPlaces = 16384

// heard notes that a phone has registered from an address: the guard does not take
// it for a stranger's.
func (p *phones) heard(from netip.Addr, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.places) >= maxPlaces {
		maps.DeleteFunc(p.places, func(_ netip.Addr, until time.Time) bool { return until.Before(at) })
	}
	if len(p.places) < maxPlaces {
		p.places[from] = at.Add(p.most)
	}
}

func (p *phones) knows(from netip.Addr, at time.Time) bool {
	if p == nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return at.Before(p.places[from])
}

// newPhones opens a registrar as it is configured.
func newPhones(cfg *Registrar, v *digest.Verifier) (*phones, error) {
	if cfg == nil {
		return nil, nil
	}
	p := &phones{trunk: cfg.Trunk, passwords: map[string]string{}, places: map[netip.Addr]time.Time{}}
	p.most = cmp.Or(cfg.MaxExpires, 2*time.Hour)
	if p.trunk == "" {
		return nil, errors.New("registrar: no trunk is named that registered phones are")
	}
	for _, u := range cfg.Users {
		password, err := readPassword(u.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("registrar: user %s: %w", u.User, err)
		}
		p.passwords[u.User] = password
	}
	var err error
	p.Registrar, err = registrar.New(registrar.Config{
		Verifier: v, Passwords: p.password, Domains: cfg.Domains,
		MinExpires: cfg.MinExpires, MaxExpires: cfg.MaxExpires, MaxContacts: cfg.MaxContacts,
	})
	return p, err
}

// password implements digest.Passwords.
func (p *phones) password(user string) (string, bool) {
	password, ok := p.passwords[user]
	return password, ok
}

// has reports whether somebody may register as a user.
func (p *phones) has(user string) bool {
	if p == nil {
		return false
	}
	_, ok := p.passwords[user]
	return ok
}

// are reports whether a trunk stands for the phones.
func (p *phones) are(t *trunk.Trunk) bool { return p != nil && t.Name == p.trunk }

// list returns them for the API.
func (p *phones) list() []Phone {
	all := []Phone{}
	if p == nil {
		return all
	}
	for _, b := range p.List() {
		all = append(all, Phone{
			User: b.User, Contact: wire.Clean(b.Contact.String()), Transport: b.Source.Transport, Address: b.Source.Addr.String(),
			Since: b.Since, Expires: b.Expires, Agent: b.Agent,
		})
	}
	return all
}

// tries returns the phones of a user, the most welcome first. A call goes to where
// the REGISTER came from: that is the way through the phone's NAT.
func (p *phones) tries(uri gosip.Uri, give time.Duration) (dialog.Tries, error) {
	user := wire.UserOf(uri)
	found := p.Lookup(user)
	if !p.has(user) {
		return nil, &dialog.Absent{Status: 404, Text: fmt.Sprintf("user %q: nobody", user)}
	}
	if len(found) == 0 {
		return nil, &dialog.Absent{Status: 480, Text: fmt.Sprintf("user %q: not registered", user)}
	}
	r := &ring{patience: give}
	for _, b := range found {
		contact := b.Contact
		r.hops = append(r.hops, dialog.Hop{Network: b.Source.Transport, Addr: b.Source.Addr, Contact: &contact, Path: b.Path})
	}
	return r, nil
}

// ring is one phone after the other.
type ring struct {
	hops     []dialog.Hop
	patience time.Duration
}

// Next implements dialog.Tries.
func (r *ring) Next() (hop dialog.Hop, ok bool) {
	if len(r.hops) == 0 {
		return hop, false
	}
	hop, r.hops = r.hops[0], r.hops[1:]
	return hop, true
}

// Heard implements dialog.Tries: only a phone that is not there gives way to the
// next one of its user.
func (r *ring) Heard(status int, _ time.Duration) bool {
	return status == 0 || status == 404 || status == 410 || status == 480 || status == 503
}

// Patience implements dialog.Tries.
func (r *ring) Patience() time.Duration { return min(r.patience, 10*time.Second) }

// source is where a message came from, for the registrar.
func source(a sockets.Arrival) registrar.Source {
	return registrar.Source{Transport: a.Network, Addr: a.From}
}
