package ask

import (
	"slices"

	"trunkline/ivr/line"
	"trunkline/ivr/menu"
	"trunkline/nlu"
)

// unsure asks what was meant, where the menu holds one or two nodes for likely.
func (q *asking) unsure(out line.Outcome, m menu.Match, f Found) (Found, error) {
	if len(m.Choice) == 2 && q.Menu.ChoicePrompt(q.Lang, m.Choice[0].Node, m.Choice[1].Node) != "" {
		return q.choose(out, m, f)
	}
	return q.confirm(out, m, f)
}

// confirm asks whether the likely node was meant: by word, or by key 1 and 2.
func (q *asking) confirm(out line.Outcome, m menu.Match, f Found) (Found, error) {
	answer, end, err := q.small(func() string { return q.Menu.ConfirmPrompt(q.Lang, m.Node) }, q.shortRules(), false)
	if done, f := q.ended(answer, end); done || err != nil {
		return f, err
	}
	yes := answer.By == line.ByKeys && answer.Digits == "1"
	if answer.By == line.ByWords {
		yes = nlu.YesNo(answer.Text) == nlu.Yes
		if n, f, ok := q.instead(answer, f); ok && !(yes && n == m.Node) { // "no, I want to …"
			return q.reached(f, n), nil
		}
		yes = yes || q.names(answer.Text, m.Node)
	}
	q.Note("confirmed: "+answer.Text+answer.Digits, map[bool]string{true: "yes", false: "no"}[yes])
	if yes {
		return q.reached(f, m.Node), nil
	}
	return q.missed(out, out.Text, m), nil
}

// choose asks which of two nodes was meant: by word, or by key 1 and 2.
func (q *asking) choose(out line.Outcome, m menu.Match, f Found) (Found, error) {
	text := func() string { return q.Menu.ChoicePrompt(q.Lang, m.Choice[0].Node, m.Choice[1].Node) }
	answer, end, err := q.small(text, q.shortRules(), false)
	if done, f := q.ended(answer, end); done || err != nil {
		return f, err
	}
	pick := -1
	switch answer.By {
	case line.ByKeys:
		pick = slices.Index([]string{"1", "2"}, answer.Digits)
	case line.ByWords:
		pick = ordinal(answer.Text)
		for i, c := range m.Choice {
			if pick < 0 && q.names(answer.Text, c.Node) {
				pick = i
			}
		}
		if pick < 0 {
			if n, f, ok := q.instead(answer, f); ok {
				return q.reached(f, n), nil
			}
		}
	}
	if pick < 0 {
		q.Note("chosen: "+answer.Text+answer.Digits, "neither")
		return q.missed(out, out.Text, m), nil
	}
	q.Note("chosen: "+answer.Text+answer.Digits, m.Choice[pick].Node.ID)
	f.Score = m.Choice[pick].Score
	return q.reached(f, m.Choice[pick].Node), nil
}

// ended reports whether a smaller question is over without an answer to it, and what
// that means for the question that is asked: it goes on after "back", and after
// silence, which has been counted.
func (q *asking) ended(answer line.Outcome, end Found) (bool, Found) {
	switch {
	case end.Kind == back:
		return true, Found{Kind: again}
	case end.Kind != "":
		return true, end
	}
	return answer.By == line.BySilence, Found{}
}

// shortRules are those of a question about an answer.
func (q *asking) shortRules() line.Rules {
	rules := q.rules
	rules.BargeIn, rules.DeafEnds = true, false
	rules.Press = func(string) line.Press { return line.KeysDone }
	rules.Filler = func(text string) bool { return nlu.YesNo(text) == nlu.Unclear && filler(text) }
	rules.Enough = func(text string) bool { return nlu.YesNo(text) != nlu.Unclear }
	return rules
}

// instead is what an answer surely asks for by itself.
func (q *asking) instead(answer line.Outcome, f Found) (*menu.Node, Found, bool) {
	m := q.Menu.MatchIn(q.situation(), q.Lang, answer.Text)
	if m.Verdict != menu.Accept && m.Verdict != menu.Human {
		return nil, f, false
	}
	f.Text, f.Score, f.Rule, f.NBest = answer.Text, m.Score, string(m.Rule), m.Candidates
	return m.Node, f, true
}

// names reports whether an answer is likely to mean a node: it is said once more.
func (q *asking) names(text string, n *menu.Node) bool {
	m := q.Menu.MatchIn(q.situation(), q.Lang, text)
	return (m.Verdict == menu.Confirm || m.Verdict == menu.Accept) && m.Best.Node == n
}
