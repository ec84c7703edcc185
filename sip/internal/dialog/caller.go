package dialog

import (
	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/identity"
	"trunkline/sip/internal/wire"
	"trunkline/sip/trunk"
)

// Caller is who calls, over whom the call came, and what it carries for the one
// who answers.
type Caller = identity.Caller

// callerOf reads who calls from an INVITE, and what of its headers the trunk lets
// in.
func callerOf(req *gosip.Request, t *trunk.Trunk) (c Caller, taken [][2]string) {
	var all identity.Headers
	for _, h := range req.Headers() {
		all = append(all, [2]string{h.Name(), h.Value()})
	}
	from := PartyOf(req.From().Address, req.From().DisplayName)
	c = identity.Incoming(all, identity.Party{Display: from.Display, User: from.User, Host: from.Host}, t.Identity)
	return c, identity.Take(all, t.Headers)
}

// show puts down who calls as the trunk wants to hear it: From, and further
// headers. Without a Caller it is the request's From.
func (j *journey) show(t *trunk.Trunk, host string) (from Party, headers [][2]string) {
	from = j.request.From
	if from.Host == "" {
		from.Host = host
	}
	if t == nil {
		return from, nil
	}
	if c := j.request.Caller; c != nil {
		called := identity.Party{User: wire.UserOf(j.uri), Host: j.uri.Host}
		shown, h := identity.Outgoing(*c, called, host, t.Identity, t.Headers)
		if shown.User == "" {
			shown.User = from.User
		}
		from, headers = Party{User: shown.User, Host: shown.Host, Display: shown.Display}, h
	}
	return from, append(headers, identity.Pass(j.request.Taken, t.Headers)...)
}
