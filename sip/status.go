package sip

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"trunkline/sip/internal/count"
	"trunkline/sip/internal/guard"
	"trunkline/sip/internal/health"
)

// TrunkStatus is how a trunk stands.
type TrunkStatus struct {
	Name          string               `json:"name"`
	State         string               `json:"state" enum:"up,degraded,down,unknown"`
	Since         time.Time            `json:"since"`
	Fault         string               `json:"fault,omitempty" doc:"Why its targets cannot be located"`
	Targets       []TargetStatus       `json:"targets"`
	Registrations []RegistrationStatus `json:"registrations"`
}

// TargetStatus is one address that a trunk's calls go to.
type TargetStatus struct {
	Target      string    `json:"target" doc:"As it is configured"`
	Transport   string    `json:"transport"`
	Address     string    `json:"address"`
	State       string    `json:"state" enum:"up,down,unknown"`
	Since       time.Time `json:"since"`
	RoundTripMS float64   `json:"round_trip_ms,omitempty" doc:"Of the last OPTIONS that was answered"`
	Failures    int       `json:"failures,omitempty" doc:"In a row"`
	Cause       string    `json:"cause,omitempty" doc:"Of the last failure"`
}

// RegistrationStatus is one registration that we hold.
type RegistrationStatus struct {
	User      string    `json:"user"`
	State     string    `json:"state" enum:"registered,trying,refused,failed,off"`
	Since     time.Time `json:"since"`
	Until     time.Time `json:"until,omitzero"`
	Registrar string    `json:"registrar,omitempty"`
	Status    int       `json:"status,omitempty" doc:"Of the last response; none: nobody answered"`
	Text      string    `json:"text,omitempty"`
}

// Phone is somebody who has registered with us.
type Phone struct {
	User      string    `json:"user"`
	Contact   string    `json:"contact"`
	Transport string    `json:"transport"`
	Address   string    `json:"address"`
	Since     time.Time `json:"since"`
	Expires   time.Time `json:"expires"`
	Agent     string    `json:"agent,omitempty"`
}

// Turned is a message that a rule has turned away.
type Turned struct {
	Rule   string
	Source netip.AddrPort
	Unsaid int // before it, of which nothing was said
}

// Change is a trunk, a target or a registration in another state.
type Change struct {
	Trunk    string
	What     string // "trunk", "target" or "registration"
	Name     string // of the target or the user
	From, To string
	Cause    string
}

// Ban is a source that is not heard.
type Ban = guard.Ban

// Family is one metric with its values.
type Family = count.Family

// Bans returns who is not heard.
func (e *Endpoint) Bans() []Ban { return e.guard.Bans(time.Now()) }

// Ban silences a network; length 0 is for ever. Those who may never be banned stay.
func (e *Endpoint) Ban(p netip.Prefix, length time.Duration, reason string) error {
	return e.guard.Ban(time.Now(), p, length, reason)
}

// Unban lets a network be heard again; false: it was not banned.
func (e *Endpoint) Unban(p netip.Prefix) bool { return e.guard.Unban(p) }

// ReloadCertificates reads certificates and keys again. Connections stay.
func (e *Endpoint) ReloadCertificates() error { return e.sockets.Reload() }

// Up reports whether calls through a trunk may come through: unless all its targets
// are known to be down.
func (e *Endpoint) Up(trunk string) bool { return e.monitor.Watch(trunk).State() != health.Down }

// Trunks returns how every trunk stands, by name.
func (e *Endpoint) Trunks() []TrunkStatus {
	all := []TrunkStatus{}
	for _, p := range e.board.Load().all {
		t := TrunkStatus{Name: p.Name, State: health.Unknown.String(), Targets: []TargetStatus{}, Registrations: []RegistrationStatus{}}
		if w := e.monitor.Watch(p.Name); w != nil {
			t.fill(w.Status(), p)
		}
		for _, r := range e.registrations() {
			if r.trunk != p.Name {
				continue
			}
			s := r.Status()
			t.Registrations = append(t.Registrations, RegistrationStatus{
				User: r.data.User, State: string(s.State), Since: s.Since, Until: s.Until, Registrar: s.Registrar, Status: s.Code, Text: s.Text,
			})
		}
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b TrunkStatus) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// fill takes over what the monitor knows.
func (t *TrunkStatus) fill(s health.Status, p *partner) {
	t.State, t.Since, t.Fault = s.State.String(), s.Since, s.Fault
	for _, h := range s.Hops {
		t.Targets = append(t.Targets, TargetStatus{
			Target: p.Targets[min(h.Hop.Target, len(p.Targets)-1)].Host, Transport: h.Hop.Transport, Address: h.Hop.Addr.String(),
			State: h.State.String(), Since: h.Since, RoundTripMS: float64(h.RoundTrip.Microseconds()) / 1000,
			Failures: h.Failures, Cause: h.Cause,
		})
	}
}

// Phones returns who has registered with us.
func (e *Endpoint) Phones() []Phone { return e.phones.list() }
