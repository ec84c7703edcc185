package ask

import (
	"errors"
	"fmt"
	"strings"

	"trunkline/call/event"
	"trunkline/ivr/line"
	"trunkline/ivr/menu"
	"trunkline/ivr/menu/opinion"
)

// judge makes a result of what decided a turn. A kind of "" is a miss.
func (q *asking) judge(out line.Outcome) (Found, error) {
	switch out.By {
	case line.ByKeys:
		return q.judgeKeys(out), nil
	case line.ByWords:
		if q.Menu == nil {
			return q.judgeText(out), nil
		}
		return q.judgeWords(out)
	case line.BySilence:
		q.silent()
	case line.ByDeafness:
	}
	return Found{}, nil
}

func (q *asking) judgeKeys(out line.Outcome) Found {
	f := Found{Kind: "digits", Digits: out.Digits, By: "key", Lang: q.Lang}
	switch {
	case q.Menu != nil:
		return q.judgeLevel(out, f)
	case q.YesNo:
		switch out.Digits {
		case "1":
			f.Kind = "yes"
		case "2":
			f.Kind = "no"
		default:
			return q.missed(out, out.Digits, menu.Match{})
		}
		return f
	}
	if f.Digits = strings.TrimSuffix(out.Digits, q.Terminator); !q.taken(f.Digits) {
		return q.missed(out, f.Digits, menu.Match{})
	}
	return f
}

// taken reports whether digits are what was asked for.
func (q *asking) taken(digits string) bool {
	return len(digits) >= q.MinDigits && len(digits) <= q.MaxDigits && (q.Valid == nil || q.Valid(digits))
}

// judgeLevel is judgeKeys for the keys of a menu.
func (q *asking) judgeLevel(out line.Outcome, f Found) Found {
	step := q.level.Press(out.Digits)
	switch {
	case step.Press != menu.Complete:
		return q.missed(out, out.Digits, menu.Match{})
	case step.Command != nil:
		return q.obey(step.Command, f)
	case step.Level != nil:
		return q.enter(step.Level, "key "+out.Digits)
	}
	q.Note("key "+out.Digits, step.Node.ID)
	f.Score = 1
	return q.reached(f, step.Node)
}

// judgeText is judge for words without a menu: spoken digits count as keys.
func (q *asking) judgeText(out line.Outcome) Found {
	f := Found{Kind: "speech", Text: out.Text, By: "speech", Score: out.Confidence, Lang: q.Lang}
	switch {
	case q.YesNo:
		f.Kind = answered(out.Text)
	case q.Want != "":
		f.Value = q.read(out.Text)
		if f.Kind = "value"; !f.Value.Usable() {
			f.Kind = ""
		}
	case q.MaxDigits > 0:
		if f.Digits, f.Kind = spokenDigits(out.Text), "digits"; !q.taken(f.Digits) || f.Digits == "" {
			f.Kind = ""
		}
	case out.Text == "":
		f.Kind = ""
	}
	if f.Kind == "" {
		missed := q.missed(out, out.Text, menu.Match{})
		missed.Value = f.Value
		return missed
	}
	q.Note(out.Text, f.Kind)
	return f
}

func (q *asking) judgeWords(out line.Outcome) (Found, error) {
	m := q.match(out.Text)
	f := Found{By: "speech", Text: out.Text, Score: m.Score, Lang: q.Lang, NBest: m.Candidates}
	if q.YesNo && (m.Verdict == menu.Reject || m.Verdict == menu.Confirm) {
		if f.Kind = answered(out.Text); f.Kind != "" {
			f.Score = 0
			return f, nil
		}
	}
	verdict := doubted(m, out.Confidence)
	q.Note(out.Text, noted(m, verdict))
	switch verdict {
	case menu.Accept:
		return q.reached(f, m.Node), nil
	case menu.Human:
		f.Rule = string(m.Rule)
		return q.reached(f, m.Node), nil
	case menu.Order:
		return q.obey(m.Command, f), nil
	case menu.Confirm:
		return q.unsure(out, m, f)
	case menu.Reject:
	}
	if m.Level != nil && verdict == m.Verdict {
		return q.enter(m.Level, out.Text), nil
	}
	return q.missed(out, out.Text, m), nil
}

// match is what the menu makes of a sentence, with a second opinion where there
// is one to be had.
func (q *asking) match(text string) menu.Match {
	if q.Second == nil {
		return q.Menu.MatchIn(q.situation(), q.Lang, text)
	}
	m, err := opinion.Consult(q.ctx, q.Second, q.Menu, q.situation(), q.Lang, text)
	if err != nil && !errors.Is(err, opinion.ErrPaused) { // it has been said why
		q.Log.Warn("no second opinion", "error", err)
	}
	return m
}

// noted is a match as a trace shows it.
func noted(m menu.Match, v menu.Verdict) string {
	s := fmt.Sprintf("%s by %s", v, m.By)
	if m.Rule != "" {
		s += " (" + string(m.Rule) + ")"
	}
	for _, c := range m.Candidates {
		s += fmt.Sprintf(" %s %.2f", c.Node, c.Score)
	}
	return s
}

// How sure the recogniser must be of its words, where it says so at all. A small
// local one hears menu words in whatever is said; its confidence is what tells
// the two apart.
const (
	trusted  = 0.5 // from here on its words are taken as they are
	believed = 0.3 // below this they are not taken at all, unless the menu is all but certain
	plain    = 0.9 // of the menu's score, from which words that are hardly believed are worth a question
)

// doubted tempers the menu's verdict on words by what the recogniser thinks of
// them: what it guessed is asked again, what it is unsure of is to be confirmed.
// A person is never refused for a lack of certainty alone.
func doubted(m menu.Match, confidence float64) menu.Verdict {
	switch {
	case confidence == 0 || confidence >= trusted: // 0: the provider gives none
		return m.Verdict
	case confidence < believed && (m.Verdict != menu.Accept || m.Score < plain):
		return menu.Reject
	case m.Verdict == menu.Accept:
		return menu.Confirm
	}
	return m.Verdict
}

// reached notes that the caller has come to a node.
func (q *asking) reached(f Found, n *menu.Node) Found {
	q.failures = 0
	f.Kind, f.Node = "intent", n
	if n == q.Menu.Human.Node {
		f.Kind = "human"
		if f.Rule == "" {
			f.Rule = string(menu.RuleAsked)
		}
	}
	by := f.By
	if f.Kind == "human" && f.Rule != string(menu.RuleAsked) {
		by = "rule"
	}
	q.Line.Emit(event.NodeReached{Menu: q.Menu.ID, Node: n.ID, By: by, Heard: f.Text, Score: f.Score})
	f.By = by
	return f
}

// missed notes that what was said or pressed leads nowhere. When it was the
// last of too many, it leads to a person.
func (q *asking) missed(out line.Outcome, what string, m menu.Match) Found {
	q.last = missNoMatch
	q.misses++
	q.Line.Forget() // what was typed behind it was meant for somewhere else
	f := Found{Text: out.Text, Digits: out.Digits, Lang: q.Lang, NBest: m.Candidates}
	if q.Menu == nil {
		q.Note(what, "nothing")
		return f
	}
	if q.outside++; m.InScope || out.By != line.ByWords {
		q.outside = 0
	}
	e := event.NoMatch{Menu: q.Menu.ID, Heard: what, Score: m.Best.Score, Reason: "no_match", Language: q.Lang}
	if m.Best.Node != nil {
		e.Best = m.Best.Node.ID
	}
	q.Line.Emit(e)
	q.failures++
	if q.Menu.Human.After(q.failures) {
		f.Rule = string(menu.RuleFailures)
		return q.reached(f, q.Menu.Human.Node)
	}
	return f
}
