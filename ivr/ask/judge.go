package ask

import (
	"strings"

	"trunkline/call/event"
	"trunkline/ivr/line"
	"trunkline/ivr/menu"
	"trunkline/nlu"
)

// judge makes a result of what decided a turn. A kind of "" is a miss.
func (q *asking) judge(out line.Outcome) (Found, error) {
	switch out.By {
	case line.ByKeys:
		return q.judgeKeys(out), nil
	case line.ByWords:
		q.Line.Emit(event.SpeechRecognized{Text: out.Text, Confidence: out.Confidence, Language: q.Lang})
		if q.Menu == nil {
			return q.judgeText(out), nil
		}
		return q.judgeWords(out)
	case line.BySilence:
		q.last = missSilence
		if q.Menu != nil {
			q.Line.Emit(event.NoMatch{Menu: q.Menu.ID, Reason: "silence"})
		}
	case line.ByDeafness:
	}
	return Found{}, nil
}

func (q *asking) judgeKeys(out line.Outcome) Found {
	f := Found{Kind: "digits", Digits: out.Digits, By: "key", Heard: out.Heard.Heard, Lang: q.Lang}
	if q.Menu == nil && q.YesNo {
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
	if q.Menu == nil {
		f.Digits = strings.TrimSuffix(out.Digits, q.Terminator)
		if len(f.Digits) < q.MinDigits || len(f.Digits) > q.MaxDigits || q.Valid != nil && !q.Valid(f.Digits) {
			return q.missed(out, f.Digits, menu.Match{})
		}
		return f
	}
	n, c, press := q.Menu.Key(out.Digits)
	switch {
	case press != menu.Complete:
		return q.missed(out, out.Digits, menu.Match{})
	case c != nil:
		f.Kind, f.Command = "command", c.ID
		return f
	}
	f.Score = 1
	return q.reached(f, n)
}

// judgeText is judge for words without a menu: spoken digits count as keys.
func (q *asking) judgeText(out line.Outcome) Found {
	f := Found{Kind: "speech", Text: out.Text, By: "speech", Score: out.Confidence, Heard: out.Heard.Heard}
	if q.YesNo {
		if f.Kind = answered(out.Text); f.Kind == "" {
			return q.missed(out, out.Text, menu.Match{})
		}
		return f
	}
	if q.MaxDigits == 0 && out.Text != "" {
		return f
	}
	if f.Digits = spokenDigits(out.Text); f.Digits != "" && len(f.Digits) >= q.MinDigits && len(f.Digits) <= q.MaxDigits {
		f.Kind = "digits"
		return f
	}
	return q.missed(out, out.Text, menu.Match{})
}

func (q *asking) judgeWords(out line.Outcome) (Found, error) {
	m := q.Menu.Match(q.Lang, out.Text)
	f := Found{By: "speech", Text: out.Text, Score: m.Score, Heard: out.Heard.Heard, Lang: q.Lang}
	if q.YesNo && (m.Verdict == menu.Reject || m.Verdict == menu.Confirm) {
		if f.Kind = answered(out.Text); f.Kind != "" {
			f.Score = 0
			return f, nil
		}
	}
	switch doubted(m.Verdict, out.Confidence) {
	case menu.Accept:
		return q.reached(f, m.Node), nil
	case menu.Human:
		f.Rule = string(m.Rule)
		return q.reached(f, m.Node), nil
	case menu.Order:
		f.Kind, f.Command = "command", m.Command.ID
		return f, nil
	case menu.Confirm:
		return q.confirm(out, m, f)
	case menu.Reject:
	}
	return q.missed(out, out.Text, m), nil
}

// How sure the recogniser must be of its words, where it says so at all. A small
// local one hears menu words in whatever is said; its confidence is what tells
// the two apart.
const (
	trusted  = 0.5 // from here on its words are taken as they are
	believed = 0.3 // below this they are not taken at all
)

// doubted tempers the menu's verdict on words by what the recogniser thinks of
// them: what it guessed is asked again, what it is unsure of is to be confirmed.
// A person is never refused for a lack of certainty alone.
func doubted(v menu.Verdict, confidence float64) menu.Verdict {
	switch {
	case confidence == 0 || confidence >= trusted: // 0: the provider gives none
		return v
	case confidence < believed:
		return menu.Reject
	case v == menu.Accept:
		return menu.Confirm
	}
	return v
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
	q.Line.Forget() // what was typed behind it was meant for somewhere else
	if q.Menu == nil {
		return Found{}
	}
	e := event.NoMatch{Menu: q.Menu.ID, Heard: what, Score: m.Best.Score, Reason: "no_match"}
	if m.Best.Node != nil {
		e.Best = m.Best.Node.ID
	}
	q.Line.Emit(e)
	q.failures++
	if q.Menu.Human.After(q.failures) {
		f := Found{Rule: ruleFailures, Text: out.Text, Digits: out.Digits, Heard: out.Heard.Heard, Lang: q.Lang}
		return q.reached(f, q.Menu.Human.Node)
	}
	return Found{}
}

// ruleFailures says that a person is needed because too much went wrong.
const ruleFailures = "failures"

// confirm asks whether the likely node was meant: by word, or by key 1 and 2.
func (q *asking) confirm(out line.Outcome, m menu.Match, f Found) (Found, error) {
	rules := q.rules
	rules.BargeIn, rules.DeafEnds = true, false
	rules.Press = func(string) line.Press { return line.KeysDone }
	rules.Filler = func(text string) bool { return nlu.YesNo(text) == nlu.Unclear && filler(text) }
	rules.Enough = func(text string) bool { return nlu.YesNo(text) != nlu.Unclear }
	answer, err := q.turn([]string{q.Menu.ConfirmPrompt(q.Lang, m.Node)}, rules)
	if err != nil {
		return Found{}, err
	}
	yes := answer.By == line.ByKeys && answer.Digits == "1"
	if answer.By == line.ByWords {
		q.Line.Emit(event.SpeechRecognized{Text: answer.Text, Confidence: answer.Confidence, Language: q.Lang})
		yes = nlu.YesNo(answer.Text) == nlu.Yes
		again := q.Menu.Match(q.Lang, answer.Text)
		switch again.Verdict {
		case menu.Accept, menu.Human: // "no, I want to …"
			if !yes || again.Node != m.Node {
				f.Text, f.Score, f.Rule = answer.Text, again.Score, string(again.Rule)
				return q.reached(f, again.Node), nil
			}
		case menu.Confirm:
			yes = yes || again.Node == m.Node // said once more
		case menu.Order, menu.Reject:
		}
	}
	if yes {
		return q.reached(f, m.Node), nil
	}
	return q.missed(out, out.Text, m), nil
}
