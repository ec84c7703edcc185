package identity

import (
	"maps"
	"slices"
	"strings"

	"trunkline/sip/internal/grammar"
	"trunkline/sip/trunk"
)

// Bounds of what is taken from one message.
const (
	maxTaken = 32
	maxValue = 1024 // bytes
)

// secrets are never shown to flows, events and other legs.
var secrets = []string{"authorization", "proxy-authorization", "www-authenticate", "proxy-authenticate", "authentication-info"}

// own are the headers that the stack or this package writes, and that nobody else
// may. Reading them is allowed.
var own = []string{
	"via", "from", "to", "call-id", "cseq", "contact", "route", "record-route", "path", "service-route", "max-forwards",
	"content-length", "content-type", "content-encoding", "content-disposition", "content-language", "mime-version",
	"allow", "allow-events", "require", "proxy-require", "supported", "unsupported", "accept", "accept-encoding",
	"rseq", "rack", "session-expires", "min-se", "timestamp", "expires", "min-expires", "retry-after",
	"event", "subscription-state", "refer-to", "referred-by", "refer-sub", "replaces", "join", "target-dialog",
	"security-client", "security-server", "security-verify", "sip-etag", "sip-if-match",
	"identity", "identity-info", "date", "p-asserted-identity", "p-preferred-identity", "remote-party-id", "privacy",
	"diversion", "history-info", "user-to-user", "reason", "warning",
}

// compact are the one-letter names (RFC 3261 §7.3.3 and the IANA registry).
var compact = map[string]string{
	"a": "accept-contact", "u": "allow-events", "i": "call-id", "m": "contact", "e": "content-encoding",
	"l": "content-length", "c": "content-type", "f": "from", "y": "identity", "j": "reject-contact",
	"r": "refer-to", "b": "referred-by", "d": "request-disposition", "x": "session-expires", "s": "subject",
	"k": "supported", "t": "to", "o": "event", "v": "via", "n": "identity-info",
}

// longName returns the name to compare with.
func longName(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	if long, ok := compact[name]; ok {
		return long
	}
	return name
}

func listed(list []string, name string) bool {
	return slices.ContainsFunc(list, func(l string) bool { return longName(l) == longName(name) })
}

func maySend(name string) bool {
	long := longName(name)
	return grammar.IsToken(name) && len(name) <= 64 && !slices.Contains(own, long) && !slices.Contains(secrets, long)
}

// Take returns the headers of a message that its trunk's accept list names, for
// flows, events and other legs.
func Take(h Headers, lists trunk.Headers) Headers {
	var taken Headers
	for _, one := range h {
		long := longName(one[0])
		if len(taken) == maxTaken || !listed(lists.Accept, long) || slices.Contains(secrets, long) {
			continue
		}
		if len(one[1]) <= maxValue { // half of a value would say something else
			taken = append(taken, [2]string{grammar.Clean(one[0], 64), grammar.Clean(one[1], maxValue)})
		}
	}
	return taken
}

// Pass returns what is sent to a trunk of what another leg has brought, and what
// its add list has, in the order of names. A name that is added is not passed. What
// is Outgoing's to write is not here.
func Pass(taken Headers, lists trunk.Headers) Headers {
	var h Headers
	added := slices.Sorted(maps.Keys(lists.Add))
	for _, one := range taken {
		if len(h) < maxTaken && listed(lists.Pass, one[0]) && maySend(one[0]) && !listed(added, one[0]) {
			h = append(h, [2]string{one[0], grammar.Clean(one[1], maxValue)})
		}
	}
	for _, name := range added {
		if maySend(name) {
			h = append(h, [2]string{name, grammar.Clean(lists.Add[name], maxValue)})
		}
	}
	return h
}
