package wire

import "fmt"

// The rules by which requests of dialogs are refused, as log and Reason name them.
const (
	RuleMessage  = "bad_message"
	RuleNoDialog = "no_dialog"
	RuleForeign  = "foreign_source_in_dialog"
	RuleTimer    = "session_interval"
	RuleReliable = "reliable_policy"
	RuleReplaces = "replaces"
	RuleRefer    = "refer_refused"
	RuleClosing  = "closing"
	RuleGlare    = "glare" // offers crossed, or one is open
	RuleOffer    = "offer" // nobody wants the offer
	RuleOrder    = "order" // a number below one that was used
	RuleEvent    = "event" // of a package that we do not have
	RuleStream   = "bad_stream"
	RuleDatagram = "datagram_too_large"
	RuleSecond   = "transfer" // there is one under way
)

// Ruled is the header line that says which rule refuses a request.
func Ruled(rule string, status int) string {
	return fmt.Sprintf("Reason: SIP;cause=%d;text=%q", status, rule)
}
