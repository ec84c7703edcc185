package opinion

import (
	"context"
	"errors"
	"testing"

	"trunkline/ivr/menu"
)

// believer says always the same.
type believer struct {
	id    string
	score float64
	err   error
	asked int
}

func (b *believer) Ask(_ context.Context, m *menu.Menu, _, _ string) (menu.Candidate, error) {
	b.asked++
	return menu.Candidate{Node: m.Node(b.id), Score: b.score}, b.err
}

// Asked are only questions that the menu itself cannot decide.
func TestConsultAsksWhenUnsure(t *testing.T) {
	m := shipped(t)
	f := func(lang, text string, want int) {
		t.Helper()
		b := &believer{}
		match, err := Consult(t.Context(), b, m, menu.Situation{}, lang, text)
		if b.asked != want || err != nil {
			t.Errorf("%q (%v) asks %d times; want %d", text, match.Verdict, b.asked, want)
		}
	}
	f("en", "I want to check my balance", 0) // an example
	f("en", "press two", 0)
	f("en", "get me an operator", 0)
	f("en", "I do not want an agent", 0)
	f("en", "say that again", 0)
	f("en", "", 0)
	f("en", "purple elephants dance quietly", 1)
	f("zh", "今天天气怎么样呢", 1)

	if match, err := Consult(t.Context(), nil, m, menu.Situation{}, "en", "purple elephants"); match.Verdict != menu.Reject || err != nil {
		t.Errorf("without a second opinion: %v, %v", match.Verdict, err)
	}
}

func TestConsultKeepsTheMatchOnErrors(t *testing.T) {
	m := shipped(t)
	broken := errors.New("broken")
	match, err := Consult(t.Context(), &believer{id: "loan", score: 1, err: broken}, m, menu.Situation{}, "en", "purple elephants dance quietly")
	if !errors.Is(err, broken) || match.Verdict != menu.Reject || match.By != menu.ByModel {
		t.Errorf("%+v, %v", match, err)
	}
}

func TestSettle(t *testing.T) {
	m := shipped(t)
	f := func(before menu.Verdict, node, says string, score float64, want menu.Verdict, wantNode string) {
		t.Helper()
		match := menu.Match{Verdict: before, Node: m.Node(node), By: menu.ByModel}
		got := settle(m, match, menu.Candidate{Node: m.Node(says), Score: score})
		if got.Verdict != want || got.Node.String() != wantNode {
			t.Errorf("%v %s against %s %.1f: %v %v; want %v %s", before, node, says, score, got.Verdict, got.Node, want, wantNode)
		}
	}
	f(menu.Confirm, "loan", "loan", 0.9, menu.Accept, "loan")
	f(menu.Confirm, "loan", "loan", 0.5, menu.Confirm, "loan")
	f(menu.Confirm, "loan", "bill", 1, menu.Confirm, "bill")
	f(menu.Confirm, "loan", "bill", 0.1, menu.Confirm, "loan")
	f(menu.Confirm, "loan", "", 1, menu.Confirm, "loan")
	f(menu.Confirm, "agent", "agent", 1, menu.Human, "agent")
	f(menu.Reject, "", "loan", 1, menu.Confirm, "loan")
	f(menu.Reject, "", "loan", 0.1, menu.Reject, "-")
	f(menu.Reject, "", "agent", 1, menu.Confirm, "agent")
	f(menu.Reject, "", "", 1, menu.Reject, "-")
}
