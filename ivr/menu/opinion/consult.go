package opinion

import (
	"context"

	"trunkline/ivr/menu"
)

// Consult is the menu's match, and below the accept threshold the second opinion on it. The second
// opinion alone never takes a caller anywhere without a question: it turns a question into going
// there when both name the same node and it is as sure as that node wants, and a miss into a
// question. When it has nothing to say or fails, the match stands; the error says why.
func Consult(ctx context.Context, second Second, m *menu.Menu, at menu.Situation, lang, text string) (menu.Match, error) {
	match := m.MatchIn(at, lang, text)
	if second == nil || match.Level != nil || match.By != menu.ByModel {
		return match, nil
	}
	switch match.Verdict {
	case menu.Accept, menu.Human, menu.Order:
		return match, nil
	case menu.Reject, menu.Confirm:
	}
	c, err := second.Ask(ctx, m, lang, text)
	if err != nil {
		return match, err
	}
	return settle(m, match, c), nil
}

// ByOpinion is the menu.By of a match that the second opinion has changed.
const ByOpinion menu.By = "opinion"

func settle(m *menu.Menu, match menu.Match, c menu.Candidate) menu.Match {
	if c.Node == nil || c.Score < c.Node.Confirm {
		return match
	}
	agreed := match.Verdict == menu.Confirm && match.Node == c.Node
	out := match
	out.By, out.Score, out.Node, out.Choice = ByOpinion, c.Score, c.Node, nil
	switch {
	case !agreed || c.Score < c.Node.Accept:
		out.Verdict, out.Rule = menu.Confirm, ""
	case c.Node == m.Human.Node:
		out.Verdict, out.Rule = menu.Human, menu.RuleAsked
	default:
		out.Verdict, out.Rule = menu.Accept, ""
	}
	return out
}
