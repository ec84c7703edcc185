// Package refresh negotiates session timers (RFC 4028): who of two ends shows the
// other that the session lives, and how often.
//
// It is pure: what a message says and what a trunk wants go in; what to write, or why
// to refuse, comes out. It has no clock; Terms say how long to wait. Only
// sip/internal/dialog uses it.
package refresh

import (
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/wire"
	"trunkline/sip/trunk"
)

// Tag is the option tag of session timers.
const Tag = "timer"

// Said is what a message says of session timers. Intervals are whole seconds; 0 is
// none.
type Said struct {
	Interval  time.Duration // of Session-Expires
	Least     time.Duration // of Min-SE
	Refresher string        // "uac", "uas" or ""
	Knows     bool          // whoever sent it has session timers
	Insists   bool          // and requires them
}

// Read returns what a message says. What makes no sense is not said.
func Read(m gosip.Message) Said {
	s := Said{
		Least: seconds(first(m, "Min-SE")), Insists: wire.Has(m, "Require", Tag),
		Knows: wire.Has(m, "Supported", Tag) || wire.Has(m, "Require", Tag),
	}
	value, params, _ := strings.Cut(first(m, "Session-Expires"), ";")
	s.Interval = seconds(value)
	for p := range strings.SplitSeq(params, ";") {
		name, who, _ := strings.Cut(p, "=")
		who = strings.ToLower(strings.TrimSpace(who))
		if strings.EqualFold(strings.TrimSpace(name), "refresher") && (who == "uac" || who == "uas") {
			s.Refresher = who
		}
	}
	return s
}

func first(m gosip.Message, name string) string {
	values := m.GetHeaders(name)
	if len(values) == 0 && name == "Session-Expires" {
		values = m.GetHeaders("x")
	}
	if len(values) == 0 {
		return ""
	}
	return values[0].Value()
}

func seconds(text string) time.Duration {
	text, _, _ = strings.Cut(text, ";")
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(n) * time.Second
}

// Terms are what two ends have agreed on. The zero value: there is no timer.
type Terms struct {
	Interval time.Duration
	Ours     bool          // we refresh
	Least    time.Duration // that the far side wants; 0: it has not said
	refused  int           // how often it has said so
}

// A far side may want more than once: proxies on the way do, too (§7.3).
const (
	maxRefused = 3
	maxLeast   = 24 * time.Hour
)

// Longer returns what to ask for after a 422 that says this; false: it is not worth
// another request.
func (t Terms) Longer(s Said) (Terms, bool) {
	if s.Least <= t.Least || s.Least > maxLeast || t.refused >= maxRefused {
		return t, false
	}
	t.Least = s.Least
	t.refused++
	return t, true
}

// Wait is how long to wait until the refresh, or for one of the far side's (§10).
func (t Terms) Wait() time.Duration {
	if t.Ours {
		return t.Interval / 2
	}
	return t.Deadline()
}

// Deadline is when the session is taken for dead: a little before its end (§10).
func (t Terms) Deadline() time.Duration { return t.Interval - min(32*time.Second, t.Interval/3) }

// Policy is what we want.
type Policy struct {
	off, ask       bool
	expires, least time.Duration
}

// PolicyOf returns a trunk's policy; nil has the defaults.
func PolicyOf(t *trunk.Trunk) Policy {
	var w trunk.Timer
	if t != nil {
		w = t.Timer
	}
	w = w.WithDefaults()
	least := max(time.Duration(w.Min), trunk.MinSession)
	return Policy{
		off: w.Policy == "off", ask: w.Policy == "request",
		least: least, expires: max(time.Duration(w.Expires), least),
	}
}

// Speaks reports whether we say that we know session timers.
func (p Policy) Speaks() bool { return !p.off }

// Check refuses a request whose interval is too short (§9). A far side that does
// not know session timers cannot be told so: a proxy has written it.
func (p Policy) Check(s Said) *wire.Fault {
	switch {
	case p.off && s.Insists:
		return &wire.Fault{Status: 420, Why: "session timers are off", Extra: []string{"Unsupported: " + Tag}}
	case p.off || s.Interval == 0 || s.Interval >= p.least || !s.Knows:
		return nil
	}
	return &wire.Fault{Status: 422, Why: "session interval of " + s.Interval.String(), Extra: []string{"Min-SE: " + write(p.least)}}
}

// Ask asks for a session timer in a request that opens or refreshes a session, as
// Offer says.
func (p Policy) Ask(req gosip.Message, now Terms, opening bool) {
	if expires, least := p.Offer(now, opening); expires != "" {
		req.AppendHeader(gosip.NewHeader("Session-Expires", expires))
		req.AppendHeader(gosip.NewHeader("Min-SE", least))
	}
}

// Grant says in our 2xx what a request gets, as Accept decides.
func (p Policy) Grant(req, res gosip.Message, now Terms) Terms {
	terms, expires, require := p.Accept(Read(req), now)
	if require {
		res.AppendHeader(gosip.NewHeader("Require", Tag))
	}
	if expires != "" {
		res.AppendHeader(gosip.NewHeader("Session-Expires", expires))
	}
	return terms
}

// Offer returns the values of Session-Expires and Min-SE for a request that opens or
// refreshes a session; "" is none. now is what is agreed on, or what a 422 has said.
func (p Policy) Offer(now Terms, opening bool) (expires, least string) {
	if p.off {
		return "", ""
	}
	interval := now.Interval
	if interval == 0 && opening && (p.ask || now.Least > 0) {
		interval = p.expires
	}
	if interval == 0 {
		return "", ""
	}
	floor := max(p.least, now.Least)
	expires = write(max(interval, floor))
	if now.Interval > 0 { // a refresh keeps its roles (§7.4)
		expires += ";refresher=" + role(now.Ours)
	}
	return expires, write(floor)
}

// Accept decides on the session timer that a request asks for, or that we want, and
// returns the value of Session-Expires for our 2xx, "" for none, and whether the
// 2xx requires the far side to go along (§9).
func (p Policy) Accept(s Said, now Terms) (t Terms, expires string, require bool) {
	if p.off {
		return Terms{}, "", false
	}
	switch {
	case s.Interval >= trunk.MinSession: // it may be less, not more, and not below Min-SE
		t.Interval = min(s.Interval, max(p.expires, s.Least))
	case s.Interval > 0: // a proxy's nonsense
		return Terms{}, "", false
	case now.Interval > 0:
		t.Interval = max(now.Interval, s.Least)
	case p.ask:
		t.Interval = max(p.expires, s.Least)
	default:
		return Terms{}, "", false
	}
	switch {
	case !s.Knows:
		t.Ours = true
	case s.Refresher != "":
		t.Ours = s.Refresher == "uas"
	case now.Interval > 0:
		t.Ours = now.Ours
	default:
		t.Ours = s.Interval == 0
	}
	who := "uas"
	if !t.Ours {
		who = "uac"
	}
	t.Least = now.Least
	return t, write(t.Interval) + ";refresher=" + who, !t.Ours
}

// Learn returns the terms that the far side's 2xx sets (§7.2).
func (p Policy) Learn(s Said, now Terms) Terms {
	if p.off || s.Interval == 0 {
		return Terms{}
	}
	return Terms{Interval: max(s.Interval, trunk.MinSession), Ours: s.Refresher != "uas", Least: now.Least}
}

// role is what the one who sends a request writes for us, or for the other.
func role(ours bool) string {
	if ours {
		return "uac"
	}
	return "uas"
}

func write(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
