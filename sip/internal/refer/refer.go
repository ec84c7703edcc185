// Package refer reads and writes what transfers say: Refer-To (RFC 3515), Replaces
// (RFC 3891) and the message/sipfrag bodies that report how it goes (RFC 3420). It
// is pure text; only sip uses it.
package refer

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"trunkline/sip/internal/grammar"
)

// Target is whom a Refer-To names.
type Target struct {
	URI      string // without its headers
	User     string // unescaped
	Host     string
	Replaces *Replaces // the dialog that the new call shall take the place of
}

// Replaces names a dialog from the outside.
type Replaces struct {
	CallID  string
	ToTag   string // the tag of whom the request goes to
	FromTag string
	Early   bool // only while it is not answered
}

// ErrTarget says that a Refer-To cannot be followed.
var ErrTarget = errors.New("refer-to cannot be followed")

// ReadTarget reads a Refer-To. What asks for anything but a call is refused.
func ReadTarget(text string) (Target, error) {
	a, ok := grammar.ReadAddress(text)
	if !ok || a.User == "" {
		return Target{}, fmt.Errorf("%w: %.60q", ErrTarget, grammar.Clean(text, 60))
	}
	if method, there := a.URIParam("method"); there && !strings.EqualFold(method, "INVITE") {
		return Target{}, fmt.Errorf("%w: method %.20q", ErrTarget, method)
	}
	t := Target{User: a.User, Host: a.Host}
	t.URI = "sip:" + grammar.EscapeUser(a.User) + "@" + a.Host
	if r := a.URIHeader("Replaces"); r != "" {
		replaces, err := ReadReplaces(r)
		if err != nil {
			return Target{}, err
		}
		t.Replaces = &replaces
	}
	return t, nil
}

// ReadReplaces reads the value of a Replaces header.
func ReadReplaces(text string) (Replaces, error) {
	parts := grammar.Split(text, ';')
	r := Replaces{CallID: grammar.Clean(parts[0], maxPart)}
	r.ToTag, _ = grammar.Param(parts[1:], "to-tag")
	r.FromTag, _ = grammar.Param(parts[1:], "from-tag")
	_, r.Early = grammar.Param(parts[1:], "early-only")
	if r.CallID == "" || r.ToTag == "" || r.FromTag == "" || len(r.ToTag) > maxPart || len(r.FromTag) > maxPart {
		return Replaces{}, fmt.Errorf("replaces %.60q: want call-id;to-tag=…;from-tag=…", grammar.Clean(text, 60))
	}
	return r, nil
}

// maxPart bounds a Call-ID or a tag.
const maxPart = 256

// String is the value of a Replaces header.
func (r Replaces) String() string {
	text := r.CallID + ";to-tag=" + r.ToTag + ";from-tag=" + r.FromTag
	if r.Early {
		text += ";early-only"
	}
	return text
}

// In returns the value of a Refer-To that asks for a call to uri in the place of r.
func (r Replaces) In(uri string) string {
	return "<" + uri + "?Replaces=" + grammar.EscapeHeader(r.String()) + ">"
}

// Fragment is a body of type message/sipfrag;version=2.0.
func Fragment(status int, phrase string) []byte {
	return fmt.Appendf(nil, "SIP/2.0 %d %s\r\n", status, phrase)
}

// FragmentType is the Content-Type of a Fragment.
const FragmentType = "message/sipfrag;version=2.0"

// ReadFragment reads the status of a sipfrag body, whatever else is in it.
func ReadFragment(body []byte) (status int, ok bool) {
	line, _, _ := strings.Cut(strings.TrimLeft(string(body[:min(len(body), 512)]), "\r\n \t"), "\n")
	words := strings.Fields(line)
	if len(words) < 2 || !strings.HasPrefix(strings.ToUpper(words[0]), "SIP/") {
		return 0, false
	}
	status, err := strconv.Atoi(words[1])
	return status, err == nil && status >= 100 && status <= 699
}
