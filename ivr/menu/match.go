package menu

import (
	"slices"
	"strings"

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
	Level   *Level   // set when a level of keys was named instead of a node: offer its keys

	// Best and Runner are the two likeliest nodes whatever the verdict; Node is nil where there
	// is none.
	Best, Runner Candidate
	// Candidates are the likeliest nodes, best first, at most five.
	Candidates []Candidate
	// Choice are two nodes to choose from when neither is sure enough and they are close: ask which
	// (see ChoicePrompt) rather than confirm the first. Else it is empty.
	Choice []Candidate
	// By says what decided, Phrase the words or the key that did where it was not the model.
	By     By
	Phrase string
	// InScope is false when the sentence looks like nothing the menu knows.
	InScope bool
}

// By says what a match was decided by.
type By string

// What can decide.
const (
	ByModel   By = "model"   // resemblance to the examples
	ByExample By = "example" // the sentence is one of the examples or names
	ByKey     By = "key"     // a key was said
	ByRule    By = "rule"    // words that bring a person, or refuse one
	ByCaller  By = "caller"  // who calls
)

// Situation is what a match depends on beside the words. The zero Situation is the top level and
// anybody.
type Situation struct {
	Level  *Level // whose keys were offered; nil is the top
	Caller Caller
}

// candidates bounds Match.Candidates.
const candidates = 5

// matcher is the part of a menu that belongs to one language.
type matcher struct {
	model *nlu.Model
	exact map[string]string // normal form of an example → label
	group map[string]*Group // normal form of a name
	words []tokenRule
}

// tokenRule is a wordRule of one language.
type tokenRule struct {
	rule    Rule
	phrases [][]string // as tokens
}

// commandLabel tells commands from nodes among the labels of a model: no node id has a colon.
func commandLabel(id string) string { return "command:" + id }

// otherLabel holds the sentences that no node serves.
const otherLabel = "other:"

// LabelOther is what Match.Label is for what no node serves.
const LabelOther = otherLabel

// LabelCommand is the label of a command among those of Lessons.
func LabelCommand(id string) string { return commandLabel(id) }

// Label names what is done without a question, as Lessons names what it stands under: the id of a
// node, the label of a command, or "" when the caller is asked again, offered something or given
// keys.
func (r Match) Label() string {
	switch r.Verdict {
	case Accept, Human:
		return r.Node.ID
	case Order:
		return commandLabel(r.Command.ID)
	case Reject, Confirm:
	}
	return ""
}

// Match decides what a caller means by text, in one of the menu's languages (see Language). Any
// text will do; an empty one is rejected.
func (m *Menu) Match(lang, text string) Match { return m.MatchIn(Situation{}, lang, text) }

// MatchIn is Match for a caller of whom something is known, or who was offered the keys of a level
// below the top.
func (m *Menu) MatchIn(at Situation, lang, text string) Match {
	mt := m.matchers[m.Language(lang)]
	tokens := nlu.Tokens(text)
	if len(tokens) == 0 {
		return Match{}
	}
	if at.Level == nil {
		at.Level = m.top
	}
	out := m.judge(mt, at.Level, text, tokens)
	rule, phrase, declined := mt.humanRule(tokens)
	by := ByRule
	if rule == "" {
		rule, phrase, by = m.Human.For(at.Caller), "", ByCaller
	}
	switch {
	case m.Human.Node == nil:
	case rule != "":
		out.Verdict, out.Node, out.Command, out.Level, out.Score, out.Rule = Human, m.Human.Node, nil, nil, 1, rule
		out.By, out.Phrase, out.Choice = by, phrase, nil
	case declined && out.Node == m.Human.Node:
		out.Verdict, out.Node, out.Rule, out.By, out.Choice = Reject, nil, "", ByRule, nil // "I do not want an agent"
	}
	return out
}

// judge is MatchIn without the rules that bring a person.
func (m *Menu) judge(mt *matcher, at *Level, text string, tokens []string) Match {
	switch step := at.spokenKey(tokens); {
	case step.Node != nil:
		sure := Candidate{step.Node, 1}
		return m.land(Match{Best: sure, Candidates: []Candidate{sure}, InScope: true, By: ByKey, Phrase: text})
	case step.Command != nil:
		return Match{Verdict: Order, Command: step.Command, Score: 1, InScope: true, By: ByKey, Phrase: text}
	case step.Level != nil:
		return Match{Level: step.Level, InScope: true, By: ByKey, Phrase: text}
	}
	normal := nlu.Normal(text)
	if g := mt.group[normal]; g != nil && g.Level != nil {
		return Match{Level: g.Level, InScope: true, By: ByExample, Phrase: text}
	}
	r := mt.model.Classify(text)
	label, exact := mt.exact[normal]
	if !exact {
		return m.Weigh(r)
	}
	// The designer wrote this very sentence down: nothing to estimate.
	r.InScope = true
	r.Ranked = slices.DeleteFunc(r.Ranked, func(s nlu.Score) bool { return s.Label == label })
	r.Ranked = slices.Insert(r.Ranked, 0, nlu.Score{Label: label, Confidence: 1})
	out := m.Weigh(r)
	out.By, out.Phrase = ByExample, text
	return out
}

// Weigh turns the ranking of a model into a verdict, without the rules, the keys and the sentences
// that are known word for word: for judging a menu by sentences that its own model has not seen.
func (m *Menu) Weigh(r nlu.Result) Match {
	out := Match{InScope: r.InScope, By: ByModel}
	for _, s := range r.Ranked {
		if n := m.byID[s.Label]; n != nil && len(out.Candidates) < candidates {
			out.Candidates = append(out.Candidates, Candidate{n, s.Confidence})
		}
	}
	if len(out.Candidates) > 0 {
		out.Best = out.Candidates[0]
	}
	if len(out.Candidates) > 1 {
		out.Runner = out.Candidates[1]
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
	if m.close(out) {
		out.Choice = out.Candidates[:2:2]
	}
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

// Explain tells which words spoke for the two likeliest topics, as far as the model decides. It
// costs a match for every word: it is for designers, not for calls.
func (m *Menu) Explain(lang, text string) nlu.Explanation {
	return m.matchers[m.Language(lang)].model.Explain(text)
}

// close reports that one of the two likeliest nodes is meant, though not which.
func (m *Menu) close(out Match) bool {
	best, runner := out.Best, out.Runner
	return out.InScope && runner.Node != nil && best.Score < best.Node.Accept &&
		best.Score-runner.Score <= m.margin && best.Score+runner.Score >= best.Node.Confirm
}

// humanRule finds a phrase that brings a person. declined reports that the caller turned down the
// only one there was.
func (mt *matcher) humanRule(tokens []string) (rule Rule, phrase string, declined bool) {
	for _, r := range mt.words {
		for _, p := range r.phrases {
			said, refused := contains(tokens, p)
			if said {
				return r.rule, strings.Join(p, " "), false
			}
			declined = declined || refused && r.rule == RuleAsked
		}
	}
	return "", "", declined
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
