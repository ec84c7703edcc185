package dialog

import (
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

// PartyOf reads a party from a URI and a display name of the wire. What it
// returns is valid UTF-8 without control characters, whatever was sent.
func PartyOf(uri gosip.Uri, display string) Party {
	return Party{User: wire.UserOf(uri), Host: wire.Clean(uri.Host), Display: wire.Clean(wire.Unquote(display))}
}
