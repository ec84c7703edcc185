package dialog

import (
	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/identity"
	"trunkline/sip/internal/journey"
	"trunkline/sip/trunk"
)

// callerOf reads who calls from an INVITE, and what of its headers the trunk lets
// in.
func callerOf(req *gosip.Request, t *trunk.Trunk) (c Caller, taken [][2]string) {
	var all identity.Headers
	for _, h := range req.Headers() {
		all = append(all, [2]string{h.Name(), h.Value()})
	}
	from := journey.PartyOf(req.From().Address, req.From().DisplayName)
	c = identity.Incoming(all, identity.Party{Display: from.Display, User: from.User, Host: from.Host}, t.Identity)
	return c, identity.Take(all, t.Headers)
}
