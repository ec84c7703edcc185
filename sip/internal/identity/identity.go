// Package identity reads and writes the headers that tell who calls, over whom the
// call came, and what else crosses the B2BUA: P-Asserted-Identity and Privacy (RFC
// 3323, RFC 3325), Remote-Party-ID, Diversion (RFC 5806), History-Info (RFC 7044),
// User-to-User (RFC 7433), and the headers a trunk's lists name. It is pure: header
// values in, values out, as the data of the trunk says. Only sip uses it:
//
//   - Incoming makes a Caller of an INVITE's headers, Take what flows may see;
//   - Outgoing makes From and headers of a Caller, Pass what crosses beside it.
//
// Which trunk a message is from is never decided here: trust comes from the source,
// and is expressed by what the trunk accepts. All text that comes out is valid UTF-8
// without control characters and bounded.
package identity

import (
	"slices"
	"strings"

	"trunkline/sip/internal/grammar"
	"trunkline/sip/trunk"
)

// Headers are names with values, in the order of the message.
type Headers [][2]string

// Values returns the values of a header, by its long name.
func (h Headers) Values(name string) []string {
	var values []string
	for _, one := range h {
		if strings.EqualFold(one[0], name) {
			values = append(values, one[1])
		}
	}
	return values
}

// Party is somebody, as a header names them.
type Party struct {
	Display string
	User    string // the number, as it came
	Host    string // none in a tel URI
}

// Caller is who calls.
type Caller struct {
	Party
	Asserted  bool // the trunk answers for the number; else the caller says so
	Anonymous bool // the caller wants to be hidden: the number is for us alone
	Customer  bool // has proven to be one of ours, by a password or a certificate
	Critical  bool // rather no call than one that shows the number (RFC 3323 §4.2)

	Redirections []Redirection // over whom the call came, the first one first
	UUI          []UUI
}

// nobody is the From of a caller who is hidden (RFC 3323 §4.1.1.3).
const (
	nobody   = "anonymous"
	nowhere  = "anonymous.invalid"
	nameless = "Anonymous"
)

func hidden(p Party) bool {
	return strings.EqualFold(p.Host, nowhere) || strings.EqualFold(p.User, nobody) || strings.EqualFold(p.User, "restricted")
}

// maxValues bounds the values of one header that are read.
const maxValues = 10

// Incoming says who calls. from is the From header's; policy is of the trunk that
// the message came from. A header that the trunk does not have to send falls back
// to From.
func Incoming(h Headers, from Party, policy trunk.Identity) Caller {
	c := Caller{Party: from, Redirections: redirections(h), UUI: readUUI(h.Values("User-to-User"))}
	c.Anonymous = hidden(from)
	switch policy.Accept {
	case "pai":
		c.Party, c.Asserted = asserted(h.Values("P-Asserted-Identity"), from)
		if !c.Asserted { // what a phone says of itself is worth no more than From (RFC 3325 §9.2)
			c.Party, _ = asserted(h.Values("P-Preferred-Identity"), from)
		}
	case "rpid":
		c.readRPID(h.Values("Remote-Party-ID"))
	}
	c.readPrivacy(h.Values("Privacy"))
	if hidden(c.Party) {
		c.Party = Party{}
	}
	if c.Display == "" && !c.Anonymous {
		c.Display = from.Display
	}
	return c
}

// asserted reads one or two identities: the number of the tel URI where there is
// one, the rest of the other (RFC 3325 §9.1).
func asserted(values []string, otherwise Party) (Party, bool) {
	var p Party
	found := false
	for _, v := range grammar.List(values, 2) {
		a, ok := grammar.ReadAddress(v)
		if !ok || a.User == "" {
			continue
		}
		if p.User == "" || a.Scheme == "tel" {
			p.User = a.User
		}
		if p.Host == "" {
			p.Host = a.Host
		}
		if p.Display == "" {
			p.Display = a.Display
		}
		found = true
	}
	if !found {
		return otherwise, false
	}
	return p, true
}

// readRPID reads Remote-Party-ID (draft-ietf-sip-privacy-04): the one of the
// calling party, who is asserted when somebody has looked (screen=yes).
func (c *Caller) readRPID(values []string) {
	for _, v := range grammar.List(values, maxValues) {
		a, ok := grammar.ReadAddress(v)
		party, has := a.Param("party")
		if !ok || a.User == "" || has && !strings.EqualFold(party, "calling") {
			continue
		}
		screen, _ := a.Param("screen")
		privacy, _ := a.Param("privacy")
		c.Party = Party{a.Display, a.User, a.Host}
		c.Asserted = strings.EqualFold(screen, "yes")
		for word := range strings.SplitSeq(privacy, "-") {
			c.Anonymous = c.Anonymous || slices.Contains([]string{"full", "uri", "name"}, strings.ToLower(word))
		}
		return
	}
}

// readPrivacy reads Privacy (RFC 3323 §4.2, RFC 3325 §9.3). none takes nothing back:
// a From without a number stays without.
func (c *Caller) readPrivacy(values []string) {
	for _, v := range values {
		for word := range strings.FieldsFuncSeq(strings.ToLower(v), func(r rune) bool { return r == ';' || r == ',' || r == ' ' }) {
			switch word {
			case "id", "user", "header":
				c.Anonymous = true
			case "critical":
				c.Critical = true
			case "none", "session", "history": // nothing that would be ours: our SDP shows nobody
			}
		}
	}
	c.Critical = c.Critical && c.Anonymous
}

// Outgoing says how a caller is shown to a trunk: the party of From, and headers.
// host is ours. Diversion, History-Info and User-to-User are among them when the
// trunk's pass list names them. called is for History-Info, which ends with it.
//
// A caller who wants to be hidden is, unless the trunk ignores it: From is
// anonymous@anonymous.invalid, with Privacy: id. The number goes along only where
// send names a header for it, since that is what says that the trunk is trusted with
// it (RFC 3325 §5); From never has it.
func Outgoing(c Caller, called Party, host string, policy trunk.Identity, lists trunk.Headers) (from Party, h Headers) {
	hide := c.Anonymous && (policy.Privacy != "ignore" || c.Critical)
	from = Party{c.Display, c.User, host}
	if hide {
		from = Party{nameless, nobody, nowhere}
		h = append(h, [2]string{"Privacy", privacyOf(c)})
	}
	trusted := policy.Send == "pai" || policy.Send == "rpid"
	if c.User != "" {
		me := Party{c.Display, c.User, host}
		switch policy.Send {
		case "pai":
			h = append(h, [2]string{"P-Asserted-Identity", me.String()})
		case "rpid":
			h = append(h, [2]string{"Remote-Party-ID", me.String() + rpidParams(c, hide)})
		}
	}
	over := c.Redirections
	if policy.Privacy != "ignore" && !trusted {
		over = withoutNumbers(over)
	}
	if listed(lists.Pass, "Diversion") {
		h = appendAll(h, "Diversion", Diversion(over, host))
	}
	if listed(lists.Pass, "History-Info") {
		h = appendAll(h, "History-Info", HistoryInfo(over, called, host))
	}
	if listed(lists.Pass, "User-to-User") {
		for _, u := range c.UUI {
			h = appendAll(h, "User-to-User", []string{u.String()})
		}
	}
	return from, h
}

func privacyOf(c Caller) string {
	if c.Critical {
		return "id;critical"
	}
	return "id"
}

func rpidParams(c Caller, hide bool) string {
	params := ";party=calling;screen=no"
	if c.Asserted {
		params = ";party=calling;screen=yes"
	}
	if hide {
		return params + ";privacy=full"
	}
	return params + ";privacy=off"
}

// String writes the party as an address in <>, with a display name when there is
// one.
func (p Party) String() string {
	uri := "<sip:" + grammar.EscapeUser(p.User) + "@" + p.Host + ">"
	if p.Host == "" {
		uri = "<tel:" + grammar.EscapeUser(p.User) + ">"
	}
	if p.User == "" {
		uri = "<sip:" + p.Host + ">"
	}
	if p.Display == "" {
		return uri
	}
	return grammar.Quote(p.Display) + " " + uri
}

func appendAll(h Headers, name string, values []string) Headers {
	for _, v := range values {
		h = append(h, [2]string{name, v})
	}
	return h
}
