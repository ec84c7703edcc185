package trunk

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// MinSession is the shortest session timer there may be (RFC 4028 §5).
const MinSession = 90 * time.Second

// CanCall reports whether there is a way for the trunk to call us.
func (t *Trunk) CanCall() bool {
	return len(t.Networks)+len(t.Certificates)+len(t.Accounts) > 0
}

// CanBeCalled reports whether there is somewhere to send calls to.
func (t *Trunk) CanBeCalled() bool { return t.Target != "" || len(t.Targets) > 0 }

// AllTargets returns the targets, be they written as target or as targets.
func (t *Trunk) AllTargets() []Target {
	if t.Target != "" {
		return []Target{{Host: t.Target, Transport: t.Transport}}
	}
	return t.Targets
}

// Effective returns the trunk in the one form that sip and call work with: what
// its quirks mean is set, what was left out has its default, and target has
// become one of targets. It shares no memory with t.
func (t *Trunk) Effective() Trunk {
	e := t.Apply()
	e.Targets, e.Target, e.Transport = e.AllTargets(), "", ""
	e.Failover, e.Health, e.Timer = e.Failover.WithDefaults(), e.Health.WithDefaults(), e.Timer.WithDefaults()
	for i := range e.Register {
		e.Register[i] = e.Register[i].WithDefaults()
	}
	e.Limits.Inbound, e.Limits.Outbound = e.Limits.Inbound.WithDefaults(), e.Limits.Outbound.WithDefaults()
	for option, value := range map[*string]string{
		&e.DTMF: "rfc4733", &e.SRTP: "off", &e.Media: "relay", &e.EarlyMedia: "pass",
		&e.Numbers.Caller: "keep", &e.Numbers.Called: "keep",
		&e.Identity.Accept: "from", &e.Identity.Send: "from", &e.Identity.Privacy: "honour",
		&e.Stir: "off", &e.Reliable: "supported", &e.Redirect: "refuse", &e.Refer: "refuse",
	} {
		*option = cmp.Or(*option, value)
	}
	return e
}

// WithDefaults returns f with what was left out.
func (f Failover) WithDefaults() Failover {
	f.Timeout = cmp.Or(f.Timeout, Duration(4*time.Second))
	f.Attempts = cmp.Or(f.Attempts, 4)
	if len(f.Statuses) == 0 {
		f.Statuses = []int{500, 502, 503, 504}
	}
	return f
}

// WithDefaults returns h with what was left out. No interval stays none.
func (h Health) WithDefaults() Health {
	h.Timeout = cmp.Or(h.Timeout, Duration(4*time.Second))
	h.Down, h.Up = cmp.Or(h.Down, 3), cmp.Or(h.Up, 2)
	return h
}

// WithDefaults returns s with what was left out. No Refresh stays none: it
// depends on the far side.
func (s Timer) WithDefaults() Timer {
	s.Policy = cmp.Or(s.Policy, "accept")
	s.Min = cmp.Or(s.Min, Duration(MinSession))
	s.Expires = cmp.Or(s.Expires, max(s.Min, Duration(30*time.Minute)))
	return s
}

// WithDefaults returns r with what was left out, save what the registrar's host
// decides.
func (r Registration) WithDefaults() Registration {
	r.Contact = cmp.Or(r.Contact, r.User)
	r.Expires = cmp.Or(r.Expires, Duration(time.Hour))
	return r
}

// WithDefaults returns l with the burst that belongs to its rate.
func (l Limit) WithDefaults() Limit {
	if l.PerSecond > 0 {
		l.Burst = cmp.Or(l.Burst, max(1, int(l.PerSecond)))
	}
	return l
}

// Clone returns a copy that shares no memory with t.
func (t *Trunk) Clone() Trunk {
	c := *t
	c.Networks, c.Certificates = slices.Clone(t.Networks), slices.Clone(t.Certificates)
	c.Accounts, c.Targets, c.Register = slices.Clone(t.Accounts), slices.Clone(t.Targets), slices.Clone(t.Register)
	c.Failover.Statuses = slices.Clone(t.Failover.Statuses)
	c.Codecs, c.Quirks = slices.Clone(t.Codecs), slices.Clone(t.Quirks)
	c.Headers.Accept, c.Headers.Pass = slices.Clone(t.Headers.Accept), slices.Clone(t.Headers.Pass)
	c.Headers.Add = maps.Clone(t.Headers.Add)
	if t.Credentials != nil {
		login := *t.Credentials
		c.Credentials = &login
	}
	return c
}
