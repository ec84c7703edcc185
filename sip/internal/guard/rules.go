package guard

// Rule is why a message is refused. Names are stable: they stand in logs, events,
// metrics and Reason headers.
type Rule uint8

// The rules. TrunkRate and SourceRate are each followed by their INVITE's.
const (
	Pass          Rule = iota // not refused
	Banned                    // the source is on the ban list
	Scanner                   // a known scanner
	TrunkRate                 // too many messages of a trunk
	TrunkInvites              // too many INVITEs of a trunk
	SourceRate                // too many messages of a source
	SourceInvites             // too many INVITEs of a source
	Strangers                 // too many messages of all strangers together
	Overload                  // more calls than this machine can set up
	rules
)

// law is what there is to know about a rule.
type law struct {
	name   string
	status int // what to answer; 0 is silence
}

var laws = [rules]law{
	Pass:          {"pass", 0},
	Banned:        {"banned", 0},
	Scanner:       {"scanner", 0},
	TrunkRate:     {"trunk_rate", 0}, // an answer to each would double the flood
	TrunkInvites:  {"trunk_invite_rate", 503},
	SourceRate:    {"source_rate", 0},
	SourceInvites: {"source_invite_rate", 503},
	Strangers:     {"strangers_rate", 0},
	Overload:      {"overload", 503},
}

// String returns the rule's name.
func (r Rule) String() string {
	if r >= rules {
		return "unknown"
	}
	return laws[r].name
}

// Status is what to answer a request with; 0 is silence.
func (r Rule) Status() int {
	if r >= rules {
		return 0
	}
	return laws[r].status
}

// Offence is what a source can be banned for.
type Offence uint8

// The offences.
const (
	BadAuth       Offence = iota // a digest that does not fit
	Scan                         // a known scanner, or its ways
	UnknownNumber                // calls to numbers that nobody has
	BadMessage                   // messages that are none
	Flood                        // more messages than a source may send
	Stranger                     // a source that no trunk names, again and again
	offences
)

var offenceNames = [offences]string{
	"failed_authentication", "scanner", "unknown_number", "bad_message", "flood", "unknown_source",
}

// String returns the offence's name.
func (o Offence) String() string {
	if o >= offences {
		return "unknown"
	}
	return offenceNames[o]
}
