package wire

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
	RuleGlare    = "glare"    // offers crossed, or one is open
	RuleOffer    = "offer"    // nobody wants the offer
	RuleOrder    = "order"    // a number below one that was used
	RuleEvent    = "event"    // of a package that we do not have
	RuleSecond   = "transfer" // there is one under way
)
