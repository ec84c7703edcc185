package trunk

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ourHeaders are what the stack writes itself, or what only holds between
// neighbours: to add or pass one of them would break the dialog, or tell a secret.
var ourHeaders = []string{
	"accept", "accept-encoding", "allow", "allow-events", "authentication-info", "authorization", "call-id", "contact",
	"cseq", "date", "event", "expires", "flow-timer", "from", "identity", "identity-info", "join", "max-forwards", "mime-version", "min-expires",
	"min-se", "p-asserted-identity", "p-preferred-identity", "path", "privacy", "proxy-authenticate",
	"proxy-authorization", "proxy-require", "rack", "reason", "record-route", "refer-sub", "refer-to", "referred-by",
	"remote-party-id", "replaces", "require", "retry-after", "route", "rseq", "security-client", "security-server",
	"security-verify", "server", "service-route", "session-expires", "sip-etag", "sip-if-match", "subscription-state", "supported",
	"target-dialog", "timestamp",
	"to", "unsupported", "user-agent", "via", "warning", "www-authenticate",
}

// drawn are headers that are written from what is known of the call, when headers.pass
// names them, and so cannot be added.
var drawn = []string{"diversion", "history-info", "user-to-user"}

// secretHeaders are never taken from messages.
var secretHeaders = []string{"authorization", "proxy-authorization"}

// isOurs reports whether only the stack may write a header. Names of one letter
// are short for such headers (RFC 3261 §7.3.3), or may come to be.
func isOurs(name string) bool {
	name = strings.ToLower(name)
	return len(name) == 1 || strings.HasPrefix(name, "content-") || slices.Contains(ourHeaders, name)
}

func (p *problems) checkHeaders(h *Headers) {
	p.checkNames("headers.accept", h.Accept, func(name string) bool { return slices.Contains(secretHeaders, strings.ToLower(name)) })
	p.checkNames("headers.pass", h.Pass, isOurs)
	seen := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(h.Add)) {
		path := "headers.add." + name
		p.checkName(path, name, func(name string) bool { return isOurs(name) || slices.Contains(drawn, strings.ToLower(name)) })
		if seen[strings.ToLower(name)] {
			p.add(path, "%q is there already", name)
		}
		seen[strings.ToLower(name)] = true
		if strings.TrimSpace(h.Add[name]) == "" {
			p.add(path, "a value is needed")
		}
	}
}

func (p *problems) checkNames(path string, names []string, refused func(string) bool) {
	for i, name := range names {
		p.checkName(fmt.Sprintf("%s[%d]", path, i), name, refused)
	}
}

func (p *problems) checkName(path, name string, refused func(string) bool) {
	switch {
	case !isToken(name):
		p.add(path, "%q is not the name of a header", name)
	case refused(name):
		p.add(path, "%q is not for trunks to give away: the stack writes it itself", name)
	}
}
