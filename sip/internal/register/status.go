package register

import (
	"slices"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/trunk"
)

// State is how a registration stands, in one word.
type State string

// The states, as the API and the metrics call them.
const (
	Off        State = "off"        // not running
	Trying     State = "trying"     // the first answer is still out
	Registered State = "registered" // calls can come
	Refused    State = "refused"    // a registrar will not have us; we ask again from time to time
	Failed     State = "failed"     // no registrar answers, or none is able to
)

// Status is how a registration stands.
type Status struct {
	State     State
	Since     time.Time // of the state
	Until     time.Time // to when the binding lasts unless it is refreshed
	Next      time.Time // when we ask again
	Registrar string    // whom we asked last, or who has us: host or host:port
	Code      int       // of the last response; 0: none came
	Text      string    // its reason phrase, or what went wrong
	Counts    Counts
	Path      []string // Path of the last registration (RFC 3327)
	Routes    []string // its Service-Route (RFC 3608)
}

// Counts are of all time: answers that registered us, that refused us, and
// attempts that nobody was able to answer.
type Counts struct{ Registered, Refused, Failed uint64 }

// Status returns how the registration stands now.
func (r *Registration) Status() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.status
	if s.State == Registered && !time.Now().Before(s.Until) {
		s.State, s.Since = Failed, s.Until
	}
	s.Path, s.Routes = slices.Clone(s.Path), slices.Clone(s.Routes)
	return s
}

// ServiceRoute returns what requests to the registrar's domain take as their Route
// set, the nearest first (RFC 3608 §5); nothing unless registered.
func (r *Registration) ServiceRoute() []gosip.Uri {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.routes)
}

// note remembers what came of asking a registrar.
func (r *Registration) note(to trunk.Target, out outcome) {
	now := time.Now()
	r.mu.Lock()
	s := &r.status
	s.Code, s.Text = out.code, out.text
	state := out.state
	switch state {
	case Registered:
		s.Counts.Registered++
		s.Registrar, s.Until = to.Host, now.Add(out.granted)
		s.Path, s.Routes, r.routes = texts(out.path), texts(out.routes), out.routes
	case Refused:
		s.Counts.Refused++
		s.Registrar = to.Host
	case Failed:
		s.Counts.Failed++
		if s.State == Registered && now.Before(s.Until) {
			state = Registered // the binding stands, so calls still come
		} else {
			s.Registrar = to.Host
		}
	}
	if state != Registered {
		s.Until, s.Path, s.Routes, r.routes = time.Time{}, nil, nil, nil
	}
	r.mu.Unlock()
	if out.state != Registered {
		r.cfg.Log.Info("sip registration not accepted", "trunk", r.cfg.Trunk, "user", r.cfg.Registration.User,
			"registrar", to.Host, "status", out.code, "error", out.text)
	}
	r.enter(state)
}

// enter changes the state word, and tells if it is another.
func (r *Registration) enter(state State) {
	r.mu.Lock()
	was := r.status.State
	if was == state {
		r.mu.Unlock()
		return
	}
	r.status.State, r.status.Since = state, time.Now()
	if state == Off {
		r.status.Until, r.status.Next, r.routes = time.Time{}, time.Time{}, nil
	}
	r.mu.Unlock()
	s := r.Status()
	r.cfg.Log.Info("sip registration", "trunk", r.cfg.Trunk, "user", r.cfg.Registration.User,
		"state", string(state), "was", string(was), "registrar", s.Registrar, "until", s.Until)
	if r.cfg.Changed != nil {
		r.cfg.Changed(s)
	}
}

// texts writes URIs.
func texts(list []gosip.Uri) (written []string) {
	for _, u := range list {
		written = append(written, u.String())
	}
	return written
}
