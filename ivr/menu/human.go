package menu

import "slices"

// HumanRules say when a caller is brought to a person at once.
type HumanRules struct {
	Node     *Node // where the people are; nil when the menu has none
	Failures int   // misunderstood answers in a row that are enough; 0 means never
	// Classes are the kinds of caller that need not talk to a machine, Age the years from which
	// nobody does; 0 means never. A flow knows both, see Caller.
	Classes []string
	Age     int

	words []wordRule // the first that fits decides
}

// wordRule is a reason that is found in what is said.
type wordRule struct {
	rule    Rule
	phrases map[string][]string // by language
}

// Rule names why a verdict is Human.
type Rule string

// The reasons to bring a person without being sure of a topic.
const (
	RuleAsked     Rule = "asked"     // the caller asks for a person
	RuleComplaint Rule = "complaint" // the caller complains
	RuleAnger     Rule = "anger"     // the caller is angry
	RuleFailures  Rule = "failures"  // too much was misunderstood in a row
	RuleClass     Rule = "class"     // who calls is one of HumanRules.Classes
	RuleAge       Rule = "age"       // who calls is as old as HumanRules.Age
)

// Caller is what a flow knows of who calls. The zero Caller is anybody.
type Caller struct {
	Class string // the variable "class" of the call
	Age   int    // its variable "age", in years; 0 is not known
}

// After reports whether so many failures in a row are enough.
func (h HumanRules) After(failures int) bool {
	return h.Node != nil && h.Failures > 0 && failures >= h.Failures
}

// For returns the rule that brings this caller to a person whatever is said, or "".
func (h HumanRules) For(c Caller) Rule {
	switch {
	case h.Node == nil:
		return ""
	case c.Class != "" && slices.Contains(h.Classes, c.Class):
		return RuleClass
	case h.Age > 0 && c.Age >= h.Age:
		return RuleAge
	}
	return ""
}

// Outside says what is done with sentences that no node serves.
type Outside struct {
	Times int // how often in a row Say is said; after that the prompt "retry" is

	says texts
}

// Say returns what to say after so many sentences in a row that no node serves, from 1 on. It is
// "" when the ordinary prompts are to be used.
func (o Outside) Say(lang string, times int) string {
	if times < 1 || times > o.Times {
		return ""
	}
	return pick(o.says, lang)
}
