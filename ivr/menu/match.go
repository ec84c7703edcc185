package menu

import (
	"slices"

	"trunkline/nlu"
)

// Verdict is what to do with a sentence.
type Verdict uint8

const (
	Reject  Verdict = iota // it fits nothing well enough: ask again
	Confirm                // it probably means Match.Node: ask whether it does
	Accept                 // it means Match.Node: go there
	Human                  // bring a person (Match.Node) at once
	Order                  // obey Match.Command
)

// String returns the verdict as events and flows spell it.
func (v Verdict) String() string {
	switch v {
	case Reject:
		return "reject"
	case Confirm:
		return "confirm"
	case Accept:
		return "accept"
	case Human:
		return "human"
	case Order:
		return "command"
	}
	return "unknown"
}

// Rule names why a verdict is Human.
type Rule string

// The reasons to bring a person without being sure of a topic.
const (
	RuleAsked     Rule = "asked"     // the caller asks for a person
	RuleComplaint Rule = "complaint" // the caller complains
)

// Candidate is a node with the probability that it is meant.
type Candidate struct {
	Node  *Node
	Score float64 // 0–1
}

// Match is what a menu makes of one sentence.
type Match struct {
	Verdict Verdict
	Node    *Node    // where to go or what to ask about; nil for Reject and Order
	Command *Command // set for Order alone
	Score   float64  // of Node or Command, 0–1; for Reject, of the best candidate
	Rule    Rule     // set for Human alone

	// Best and Runner are the two likeliest nodes whatever the verdict; Node is nil where there
	// is none.
	Best, Runner Candidate
	// InScope is false when the sentence looks like nothing the menu knows.
	InScope bool
}

// matcher is the part of a menu that belongs to one language.
type matcher struct {
	model          *nlu.Model
	exact          map[string]string // normal form of an example → label
	ask, complaint [][]string        // phrases as tokens
}

// commandLabel tells commands from nodes among the labels of a model: no node id has a colon.
func commandLabel(id string) string { return "command:" + id }

// otherLabel holds the sentences that no node serves.
const otherLabel = "other:"

// Match decides what a caller means by text, in one of the menu's languages (see Language). Any
// text will do; an empty one is rejected.
func (m *Menu) Match(lang, text string) Match {
	mt := m.matchers[m.Language(lang)]
	tokens := nlu.Tokens(text)
	if len(tokens) == 0 {
		return Match{}
	}
	out := m.judge(mt, text, tokens)
	rule, declined := mt.humanRule(tokens)
	switch {
	case m.Human.Node == nil:
	case rule != "":
		out.Verdict, out.Node, out.Command, out.Score, out.Rule = Human, m.Human.Node, nil, 1, rule
	case declined && out.Node == m.Human.Node:
		out.Verdict, out.Node, out.Rule = Reject, nil, "" // "I do not want an agent"
	}
	return out
}

// judge is Match without the rules that bring a person.
func (m *Menu) judge(mt *matcher, text string, tokens []string) Match {
	if n := m.spokenKey(tokens); n != nil {
		sure := Candidate{n, 1}
		return m.land(Match{Best: sure, InScope: true})
	}
	r := mt.model.Classify(text)
	if label, ok := mt.exact[nlu.Normal(text)]; ok {
		// The designer wrote this very sentence down: nothing to estimate.
		r.InScope = true
		r.Ranked = slices.DeleteFunc(r.Ranked, func(s nlu.Score) bool { return s.Label == label })
		r.Ranked = slices.Insert(r.Ranked, 0, nlu.Score{Label: label, Confidence: 1})
	}
	return m.weigh(r)
}

// weigh turns the ranking of a model into a verdict.
func (m *Menu) weigh(r nlu.Result) Match {
	out := Match{InScope: r.InScope}
	for _, s := range r.Ranked {
		n := m.byID[s.Label]
		switch {
		case n == nil:
		case out.Best.Node == nil:
			out.Best = Candidate{n, s.Confidence}
		case out.Runner.Node == nil:
			out.Runner = Candidate{n, s.Confidence}
		}
	}
	first := r.Best()
	for _, c := range m.Commands {
		if commandLabel(c.ID) == first.Label {
			return m.order(out, c, first.Confidence)
		}
	}
	if first.Label == otherLabel {
		out.InScope = false
	}
	return m.land(out)
}

// order obeys a command only when it is certain: taking a request for one would lose the request.
func (m *Menu) order(out Match, c *Command, score float64) Match {
	out.Score = score
	if out.InScope && score >= m.accept {
		out.Verdict, out.Command = Order, c
	}
	return out
}

// land compares the best node with its thresholds.
func (m *Menu) land(out Match) Match {
	best := out.Best
	out.Score = best.Score
	switch {
	case best.Node == nil || !out.InScope || best.Score < best.Node.Confirm:
		return out
	case best.Score < best.Node.Accept:
		out.Verdict, out.Node = Confirm, best.Node
	case best.Node == m.Human.Node:
		out.Verdict, out.Node, out.Rule = Human, best.Node, RuleAsked
	default:
		out.Verdict, out.Node = Accept, best.Node
	}
	return out
}

// humanRule finds a phrase that brings a person. declined reports that there was one and the
// caller turned it down.
func (mt *matcher) humanRule(tokens []string) (rule Rule, declined bool) {
	for _, p := range mt.complaint {
		if said, _ := contains(tokens, p); said {
			return RuleComplaint, false
		}
	}
	for _, p := range mt.ask {
		said, refused := contains(tokens, p)
		if said {
			return RuleAsked, false
		}
		declined = declined || refused
	}
	return "", declined
}

// contains reports whether phrase stands in tokens and is meant, or only to be refused.
func contains(tokens, phrase []string) (said, refused bool) {
	for i := 0; i+len(phrase) <= len(tokens); i++ {
		if !slices.Equal(tokens[i:i+len(phrase)], phrase) {
			continue
		}
		if !declines(tokens[:i]) {
			return true, false
		}
		refused = true
	}
	return false, refused
}

// declines reports whether the words before a phrase turn it down: "I do not want an agent",
// "不要人工". A question such as "能不能转人工" or "why not an agent" does not.
func declines(before []string) bool {
	const reach = 6 // words between the refusal and what is refused
	n := len(before)
	for i := n - 1; i >= max(0, n-reach); i-- {
		switch before[i] {
		case "want", "need":
			return i > 0 && (before[i-1] == "not" || before[i-1] == "never")
		case "no", "without":
			return i >= n-2
		case "别":
			return i >= n-2
		case "要", "用", "想":
			refused := i > 0 && before[i-1] == "不"
			question := i > 1 && before[i-2] == before[i] // 要不要
			return refused && !question
		}
	}
	return false
}
