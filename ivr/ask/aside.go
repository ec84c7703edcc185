package ask

import (
	"trunkline/call/event"
	"trunkline/ivr/line"
	"trunkline/ivr/menu"
	"trunkline/nlu"
)

// aside obeys what a caller may ask for at any time, also in the middle of a smaller
// question: a person, or a command. The kind of what it returns is "" when the answer
// is none of these, again when the smaller question is to be put once more, and else
// that of the result. takesKeys says that keys are part of the answer.
func (q *asking) aside(answer line.Outcome, takesKeys bool) Found {
	f := Found{By: "speech", Text: answer.Text, Lang: q.Lang}
	switch {
	case answer.By == line.ByWords && nlu.YesNo(answer.Text) == nlu.Unclear:
		m := q.Menu.MatchIn(q.situation(), q.Lang, answer.Text)
		switch {
		case m.Verdict == menu.Order:
			return q.obeyAside(m.Command, f)
		case m.Verdict == menu.Human && m.By != menu.ByModel:
			f.Score, f.Rule = m.Score, string(m.Rule)
			return q.reached(f, m.Node)
		}
	case answer.By == line.ByKeys && !takesKeys:
		f.By, f.Digits = "key", answer.Digits
		step := q.Menu.Top().Press(answer.Digits)
		switch {
		case step.Command != nil:
			return q.obeyAside(step.Command, f)
		case step.Node != nil && step.Node == q.Menu.Human.Node:
			f.Score = 1
			return q.reached(f, step.Node)
		}
	}
	return Found{}
}

// obeyAside is obey within a smaller question: "back" leads to the question that is
// asked, another language is spoken from here on.
func (q *asking) obeyAside(c *menu.Command, f Found) Found {
	if c.ID == menu.CommandBack {
		q.Note(f.Text+f.Digits, "back")
		q.prompt = q.opening()
		return Found{Kind: back}
	}
	if g := q.obey(c, f); g.Kind != again && c.Language == "" {
		return g
	}
	return Found{Kind: again}
}

// back is the kind of an aside that gives the smaller question up: the one that is
// asked is put once more.
const back = "back"

// silent notes that nothing was heard.
func (q *asking) silent() {
	q.last = missSilence
	q.silences++
	q.Note("silence", "")
	if q.Menu != nil {
		q.Line.Emit(event.NoMatch{Menu: q.Menu.ID, Reason: "silence", Language: q.Lang})
	}
}

// smallTries is how often a smaller question is put to a caller who says nothing.
const smallTries = 2

// small puts a smaller question, such as "Did you want …?", until there is something
// to judge, and obeys what is asked for besides. A result whose kind is not "" is the
// end of it: back, or what was asked for instead; so is silence, that of BySilence.
func (q *asking) small(text func() string, rules line.Rules, takesKeys bool) (line.Outcome, Found, error) {
	silences := 0
	for range mostRepeats {
		out, err := q.turn(spoken1(text()), rules)
		if err != nil {
			return out, Found{}, err
		}
		if out.By == line.BySilence {
			q.silent()
			if silences++; silences < smallTries {
				continue
			}
			return out, Found{}, nil
		}
		f := q.aside(out, takesKeys)
		if f.Kind != again {
			return out, f, nil
		}
	}
	return line.Outcome{By: line.BySilence}, Found{}, nil
}
