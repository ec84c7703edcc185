package guard

import (
	"fmt"
	"strings"
)

// Public is what the far side may know of a rule, by which a message was refused
// anywhere in front of the calls. Honest people whose call was refused need a word
// to ask for; but all that is wrong with credentials looks the same from outside,
// and so do all domains and users of the registrar, or they could be found by
// trying.
func Public(rule string) string {
	switch {
	case strings.HasPrefix(rule, "auth-"):
		return "auth"
	case rule == "register-domain" || rule == "register-foreign-user":
		return "register"
	}
	return rule
}

// ReasonOf is the value of the Reason header of a refusal, of the same form as
// those that end calls (RFC 3326).
func ReasonOf(rule string, status int) string {
	return fmt.Sprintf("SIP;cause=%d;text=%q", status, Public(rule))
}
