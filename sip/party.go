package sip

import (
	"net/url"
	"strings"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/wire"
)

// String returns the party as a SIP URI.
func (p Party) String() string {
	uri := p.uri()
	return uri.String()
}

// uri returns the party as a SIP URI, escaped.
func (p Party) uri() gosip.Uri {
	return gosip.Uri{Scheme: "sip", User: wire.EscapeUser(p.User), Host: p.Host}
}

// partyOf reads a party from a URI and a display name of the wire. What it
// returns is valid UTF-8 without control characters, whatever was sent.
func partyOf(uri gosip.Uri, display string) Party {
	user := uri.User
	if uri.Scheme == "tel" {
		user, _, _ = strings.Cut(uri.Raw(), ";")
	}
	if plain, err := url.PathUnescape(user); err == nil {
		user = plain
	}
	return Party{User: wire.Clean(user), Host: wire.Clean(uri.Host), Display: wire.Clean(wire.Unquote(display))}
}
