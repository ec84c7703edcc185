package cause

import (
	"strconv"
	"strings"

	"trunkline/sip/internal/grammar"
)

// Protocols of a Reason header.
const (
	SIP  = "SIP"   // cause is a status
	Q850 = "Q.850" // cause is a Q.850 value, 1 to 127 (RFC 6432)
	STIR = "STIR"  // cause is a status of RFC 8224; the one protocol that may occur twice (RFC 9366, RFC 9410)
)

// Reason is one value of a Reason header (RFC 3326).
type Reason struct {
	Protocol string // as above when it is one of them; else as it came
	Cause    int    // 0 is none
	Text     string
}

// Bounds of what is read: nobody needs more, and events and records keep it.
const (
	maxReasons = 8
	maxText    = 256 // bytes
)

// Reasons reads the values of Reason headers, each of which may hold several. What
// makes no sense is left out: a Reason is a courtesy, and never a cause to refuse a
// message. Texts are valid UTF-8 without control characters.
func Reasons(headers []string) []Reason {
	var list []Reason
	for _, text := range grammar.List(headers, maxReasons) {
		if r, ok := readReason(text); ok && unique(list, r) {
			list = append(list, r)
		}
	}
	return list
}

// unique reports whether a value may stand beside those before it: without leave
// of its protocol, the first one counts (RFC 3326 §2, RFC 9366).
func unique(list []Reason, r Reason) bool {
	_, taken := find(list, r.Protocol)
	return r.Protocol == STIR || !taken
}

func find(list []Reason, protocol string) (Reason, bool) {
	for _, r := range list {
		if strings.EqualFold(r.Protocol, protocol) {
			return r, true
		}
	}
	return Reason{}, false
}

// readReason reads `Q.850;cause=17;text="busy"`.
func readReason(text string) (r Reason, ok bool) {
	parts := grammar.Split(text, ';')
	r.Protocol = grammar.Clean(parts[0], maxText)
	for _, known := range []string{SIP, Q850, STIR} {
		if strings.EqualFold(r.Protocol, known) {
			r.Protocol = known
		}
	}
	for _, p := range parts[1:] {
		name, v, _ := strings.Cut(p, "=")
		v = strings.TrimSpace(v)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "cause":
			if n, err := strconv.ParseUint(v, 10, 16); err == nil && r.Cause == 0 {
				r.Cause = int(n)
			}
		case "text":
			r.Text = grammar.Clean(grammar.Unquote(v), maxText)
		}
	}
	switch r.Protocol {
	case Q850:
		return r, r.Cause >= 1 && r.Cause <= 127
	case SIP, STIR:
		return r, r.Cause >= 100 && r.Cause <= 699
	}
	return r, grammar.IsToken(r.Protocol)
}

// String writes the reason as the value of a header.
func (r Reason) String() string {
	text := r.Protocol
	if r.Cause != 0 {
		text += ";cause=" + strconv.Itoa(r.Cause)
	}
	if t := grammar.Clean(r.Text, maxText); t != "" {
		text += ";text=" + grammar.Quote(t)
	}
	return text
}

// Reasons returns what to say with a BYE, a CANCEL or a refusal, each the value of
// a Reason header: the Q.850 value with the text; the rule of ours that refused, as
// SIP;cause=403;text="limit_calls"; and for a CANCEL that somebody else has answered.
func (c Cause) Reasons() []string {
	var list []string
	if c.Q850 >= 1 && c.Q850 <= 127 {
		list = append(list, Reason{Q850, c.Q850, c.Text}.String())
	}
	switch {
	case c.Rule != "":
		list = append(list, Reason{SIP, c.Refusal(), c.Rule}.String())
	case c.Q850 == nonSelected && c.Code == Cancelled:
		list = append(list, Reason{SIP, completedElsewhere, "Call completed elsewhere"}.String())
	}
	return list
}

// Refused returns the cause of a refusal by a rule of ours. A status of 0 is the
// one that belongs to code.
func Refused(rule string, code Code, status int, text string) Cause {
	c := Cause{Code: code, Status: status, Text: text, Rule: rule}
	if m := meaningOf(status); status != 0 && m.code == code {
		c.Q850 = m.q850
	}
	return c.Complete()
}
