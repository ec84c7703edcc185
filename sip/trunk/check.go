package trunk

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"
)

// Problem is something that is wrong with data, and where.
type Problem struct {
	Path string // within what was checked, such as targets[1].host; "" is the whole of it
	Text string
}

// String returns "targets[1].host: what is wrong".
func (p Problem) String() string {
	if p.Path == "" {
		return p.Text
	}
	return p.Path + ": " + p.Text
}

// problems collects what is wrong.
type problems []Problem

func (p *problems) add(path, format string, args ...any) {
	*p = append(*p, Problem{path, fmt.Sprintf(format, args...)})
}

// CheckAll returns everything that is wrong with trunks that are to live side by
// side. Paths begin with the trunk's index, such as [1].target.
func CheckAll(trunks []Trunk) []Problem {
	var found problems
	names := map[string]int{}
	for i := range trunks {
		t := &trunks[i]
		for _, p := range t.Check() {
			path := fmt.Sprintf("[%d].%s", i, p.Path)
			found.add(strings.TrimSuffix(path, "."), "%s", p.Text)
		}
		if first, ok := names[t.Name]; ok && t.Name != "" {
			found.add(fmt.Sprintf("[%d].name", i), "%q is the name of trunk %d too", t.Name, first)
		} else {
			names[t.Name] = i
		}
	}
	return found
}

// Check returns everything that is wrong with the trunk. Codec names are not
// looked at: call knows which there are.
func (t *Trunk) Check() []Problem {
	var found problems
	found.checkTags(t)
	if t.Name == "" {
		found.add("name", "a name is needed")
	} else if !only(t.Name, letters+digits+"-_.") || len(t.Name) > 64 {
		found.add("name", "%q: up to 64 letters, digits, - _ .", t.Name)
	}
	found.checkSources(t)
	found.checkTargets(t)
	found.checkFailover(&t.Failover)
	if c := t.Credentials; c != nil {
		found.checkLogin("credentials", c.User, c.PasswordFile)
	}
	for i := range t.Register {
		found.checkRegistration(fmt.Sprintf("register[%d]", i), &t.Register[i], t)
	}
	found.checkHealth(t)
	if t.From != "" && !isUser(t.From) {
		found.add("from", "%q cannot be the user part of a SIP address", t.From)
	}
	bent := t.Apply() // a quirk may need a region
	found.checkNumbers(&bent.Numbers)
	found.checkHeaders(&t.Headers)
	found.checkLimit("limits.inbound", t.Limits.Inbound)
	found.checkLimit("limits.outbound", t.Limits.Outbound)
	found.checkTimer(&t.Timer)
	found.checkQuirks(t)
	if !t.CanCall() && !t.CanBeCalled() {
		found.add("", "the trunk has no way in (networks, certificates, accounts) and no way out (target, targets)")
	}
	return found
}

// checkSources looks at who may call us.
func (p *problems) checkSources(t *Trunk) {
	for i, text := range t.Networks {
		path := fmt.Sprintf("networks[%d]", i)
		network, err := netip.ParsePrefix(text)
		switch {
		case err != nil:
			p.add(path, "%q is not a network such as 192.0.2.0/24 or 192.0.2.7/32", text)
		case network.Bits() == 0:
			p.add(path, "%s would let the whole world call: name the networks of the trunk", text)
		case network.Addr().Is4In6():
			p.add(path, "%s is an IPv4 network in IPv6 clothes: write it as IPv4", text)
		case network.Masked() != network:
			p.add(path, "%s has address bits beyond its mask: write %s, or /%d for this address alone",
				text, network.Masked(), network.Addr().BitLen())
		}
	}
	for i, name := range t.Certificates {
		path := fmt.Sprintf("certificates[%d]", i)
		switch {
		case strings.Contains(name, "*"):
			p.add(path, "%q: certificates are compared without wildcards (RFC 5922 §7.2)", name)
		case name == "" || !only(name, letters+digits+"-._:@[]"):
			p.add(path, "%q is not a name such as pbx.example.com or sip:pbx.example.com", name)
		}
	}
	seen := map[string]bool{}
	for i, a := range t.Accounts {
		path := fmt.Sprintf("accounts[%d]", i)
		p.checkLogin(path, a.User, a.PasswordFile)
		if seen[a.User] && a.User != "" {
			p.add(path+".user", "%q has an account already", a.User)
		}
		seen[a.User] = true
	}
}

// checkLogin looks at a user and where the password lies. A colon would end the
// user's name within the hash (RFC 7616 §3.4.2).
func (p *problems) checkLogin(path, user, file string) {
	switch {
	case user == "":
		p.add(path+".user", "a user is needed")
	case strings.Contains(user, ":") || len(user) > 128:
		p.add(path+".user", "%q: up to 128 characters without a colon", user)
	}
	if file == "" {
		p.add(path+".password_file", "a file that holds the password is needed")
	}
}

func (p *problems) checkTargets(t *Trunk) {
	if t.Target != "" {
		p.checkHost("target", t.Target)
		if len(t.Targets) > 0 {
			p.add("targets", "a trunk has a target or targets, not both")
		}
	}
	if t.Transport != "" && len(t.Targets) > 0 {
		p.add("transport", "belongs to target; each of targets has its own")
	}
	seen := map[Target]bool{}
	for i, g := range t.Targets {
		path := fmt.Sprintf("targets[%d]", i)
		p.checkHost(path+".host", g.Host)
		g.Priority, g.Weight, g.Host = 0, 0, strings.ToLower(g.Host)
		if seen[g] {
			p.add(path+".host", "%q is there already", g.Host)
		}
		seen[g] = true
	}
}

func (p *problems) checkHost(path, text string) {
	if _, _, err := ParseHost(text); err != nil {
		p.add(path, "%v", err)
	}
}

func (p *problems) checkFailover(f *Failover) {
	p.checkDuration("failover.timeout", f.Timeout, 100*time.Millisecond, 32*time.Second) // 64*T1 ends every transaction
	if f.Attempts > 100 {
		p.add("failover.attempts", "%d: at most 100", f.Attempts)
	}
	for i, s := range f.Statuses {
		path := fmt.Sprintf("failover.statuses[%d]", i)
		switch {
		case s < 300 || s > 699:
			p.add(path, "%d is no final failure: 300 to 699", s)
		case slices.Contains(f.Statuses[:i], s):
			p.add(path, "%d is there already", s)
		}
	}
}

func (p *problems) checkRegistration(path string, r *Registration, t *Trunk) {
	switch {
	case r.User == "":
		p.add(path+".user", "a user is needed")
	case !isUser(r.User):
		p.add(path+".user", "%q cannot be the user part of a SIP address", r.User)
	}
	if r.Contact != "" && !isUser(r.Contact) {
		p.add(path+".contact", "%q cannot be the user part of a SIP address", r.Contact)
	}
	if r.Domain != "" {
		if _, port, err := ParseHost(r.Domain); err != nil || port != 0 {
			p.add(path+".domain", "%q is not a host without port", r.Domain)
		}
	}
	if r.Registrar != "" {
		p.checkHost(path+".registrar", r.Registrar)
	} else if !t.CanBeCalled() {
		p.add(path+".registrar", "a registrar is needed, since the trunk has no target")
	}
	p.checkSeconds(path+".expires", r.Expires, time.Minute, 7*24*time.Hour)
}

func (p *problems) checkHealth(t *Trunk) {
	h := t.Health
	p.checkDuration("health.interval", h.Interval, time.Second, time.Hour)
	p.checkDuration("health.timeout", h.Timeout, 100*time.Millisecond, 32*time.Second)
	if h.Interval != 0 && h.WithDefaults().Timeout > h.Interval {
		p.add("health.timeout", "%s is longer than the interval of %s", h.WithDefaults().Timeout, h.Interval)
	}
	if h.Interval != 0 && !t.CanBeCalled() {
		p.add("health.interval", "the trunk has no target to watch")
	}
	for _, c := range []struct {
		path string
		n    int
	}{{"health.down", h.Down}, {"health.up", h.Up}} {
		if c.n > 100 {
			p.add(c.path, "%d: at most 100", c.n)
		}
	}
}

func (p *problems) checkNumbers(n *Numbers) {
	if n.Region != "" && !phonenumbers.GetSupportedRegions()[n.Region] {
		p.add("numbers.region", "%q is not a region such as DE or CN", n.Region)
	}
	for _, s := range []struct{ path, style string }{{"numbers.caller", n.Caller}, {"numbers.called", n.Called}} {
		if n.Region == "" && s.style != "" && s.style != "keep" {
			p.add(s.path, "%s needs a region", s.style)
		}
	}
	for _, s := range []struct{ path, text string }{{"numbers.strip", n.Strip}, {"numbers.prefix", n.Prefix}} {
		if !only(s.text, digits+"*#") || len(s.text) > 16 {
			p.add(s.path, "%q: up to 16 of 0 to 9, * and #", s.text)
		}
	}
}

// checkLimit leaves signs to the tags.
func (p *problems) checkLimit(path string, l Limit) {
	if math.IsNaN(l.PerSecond) || math.IsInf(l.PerSecond, 0) {
		p.add(path+".per_second", "%v is not a rate", l.PerSecond)
	}
	if l.Burst > 0 && l.PerSecond == 0 {
		p.add(path+".burst", "needs per_second")
	}
}

// checkTimer keeps RFC 4028: 90 seconds are the least there is (§5), and nothing
// is finer than a second.
func (p *problems) checkTimer(s *Timer) {
	p.checkSeconds("session_timer.min", s.Min, MinSession, 24*time.Hour)
	p.checkSeconds("session_timer.expires", s.Expires, MinSession, 24*time.Hour)
	if d := s.WithDefaults(); d.Expires < d.Min {
		p.add("session_timer.expires", "%s is less than min, %s", d.Expires, d.Min)
	}
}

func (p *problems) checkQuirks(t *Trunk) {
	bent := t.Clone()
	for i, name := range t.Quirks {
		path := fmt.Sprintf("quirks[%d]", i)
		q, ok := quirk(name)
		if !ok {
			p.add(path, "%q is no quirk; docs/trunks.md lists those there are", name)
			continue
		}
		if set := bent.option(q.Option); set != "" && set != q.Value {
			p.add(path, "%s means %s: %s, but that is set to %s", name, q.Option, q.Value, set)
		}
		if slices.Contains(t.Quirks[:i], name) {
			p.add(path, "%s is there already", name)
		}
		q.set(&bent)
	}
}

// checkDuration lets a zero pass, which is the default.
func (p *problems) checkDuration(path string, d Duration, least, most time.Duration) {
	if d != 0 && (time.Duration(d) < least || time.Duration(d) > most) {
		p.add(path, "%s: %s to %s", d, least, most)
	}
}

// checkSeconds is checkDuration for what SIP writes in whole seconds.
func (p *problems) checkSeconds(path string, d Duration, least, most time.Duration) {
	p.checkDuration(path, d, least, most)
	if time.Duration(d)%time.Second != 0 {
		p.add(path, "%s: whole seconds", d)
	}
}
