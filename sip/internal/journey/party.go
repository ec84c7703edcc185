package journey

import (
	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/identity"
	"trunkline/sip/internal/wire"
	"trunkline/sip/trunk"
)

// Party is one end of a call.
type Party struct {
	User    string
	Host    string
	Display string
}

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

// Caller is who calls, over whom the call came, and what it carries for the one
// who answers.
type Caller = identity.Caller

// show puts down who calls as the trunk wants to hear it: From, and further
// headers. Without a Caller the call is ours, and it is the request's From.
func (j *Journey) show(t *trunk.Trunk, host string) (from Party, headers [][2]string) {
	from = j.request.From
	if from.Host == "" {
		from.Host = host
	}
	if t == nil {
		return from, nil
	}
	c := Caller{Party: identity.Party{User: from.User, Display: from.Display}, Asserted: true} // a call of ours
	if j.request.Caller != nil {
		c, from.Host = *j.request.Caller, host
	}
	called := identity.Party{User: wire.UserOf(j.URI), Host: j.URI.Host}
	shown, headers := identity.Outgoing(c, called, from.Host, t.Identity, t.Headers)
	if shown.User == "" {
		shown.User = from.User
	}
	return Party{User: shown.User, Host: shown.Host, Display: shown.Display}, append(headers, identity.Pass(j.request.Taken, t.Headers)...)
}

// CallerOf reads who calls from an INVITE, and what of its headers the trunk lets
// in.
func CallerOf(req *gosip.Request, t *trunk.Trunk) (c Caller, taken [][2]string) {
	var all identity.Headers
	for _, h := range req.Headers() {
		all = append(all, [2]string{h.Name(), h.Value()})
	}
	from := PartyOf(req.From().Address, req.From().DisplayName)
	c = identity.Incoming(all, identity.Party{Display: from.Display, User: from.User, Host: from.Host}, t.Identity)
	return c, identity.Take(all, t.Headers)
}
