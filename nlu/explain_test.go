package nlu

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func sortedExamples(e []Example) []Example {
	slices.SortFunc(e, func(a, b Example) int { return cmp.Or(cmp.Compare(a.Label, b.Label), cmp.Compare(a.Text, b.Text)) })
	return e
}

func TestExplain(t *testing.T) {
	f := func(m *Model, text, label, strongest string, parts int) {
		t.Helper()
		e := m.Explain(text)
		if e.Best != m.Classify(text).Best() || e.Runner != m.Classify(text).Runner() {
			t.Errorf("Explain(%q) speaks of %v, %v", text, e.Best, e.Runner)
		}
		if len(e.Parts) != parts {
			t.Fatalf("Explain(%q): %+v; want %d parts", text, e.Parts, parts)
		}
		top := slices.MaxFunc(e.Parts, func(a, b Part) int { return cmp.Compare(a.Best, b.Best) })
		if e.Best.Label != label || top.Text != strongest || top.Best <= 0 {
			t.Errorf("Explain(%q) = %v for %q, %+v; want %s for %q", text, e.Best, top.Text, e.Parts, label, strongest)
		}
		if !reflect.DeepEqual(m.Explain(text), e) {
			t.Errorf("Explain(%q) differs the second time", text)
		}
	}
	en := train(t, Options{Synonyms: [][]string{{"money", "cash"}}}, bank())
	f(en, "Hello, what's my BALANCE?", "balance", "BALANCE", 4)
	f(en, "the card", "lost", "card", 2)
	f(en, "show me the cash", "balance", "cash", 4)
	f(train(t, Options{}, netted()), "a loan, somebody said", "loan", "loan", 4)
	zh := train(t, Options{Language: "zh"}, []Example{{"balance", "查余额"}, {"loan", "我要贷款"}, {"loan", "贷款利率"}})
	f(zh, "贷款", "loan", "贷款", 1)
	if e := en.Explain("?!"); len(e.Parts) != 0 || e.Best != (Score{}) {
		t.Errorf("nothing is explained as %+v", e)
	}
	if e := en.Explain(strings.Repeat("balance ", 500)); len(e.Parts) > maxTokens {
		t.Errorf("%d parts; want at most %d", len(e.Parts), maxTokens)
	}
	en.Explain("\xff\xfebalance\xff额")
}

func TestSynonyms(t *testing.T) {
	groups := [][]string{{"money", "cash", "ready cash", "..."}, {"card", "piece of plastic"}, {"lonely"}, {"钱", "银子"}}
	l := newLexicon(groups)
	f := func(text, want string) {
		t.Helper()
		if got := strings.Join(l.apply(Tokens(text)), " "); got != want {
			t.Errorf("apply(%q) = %q; want %q", text, got, want)
		}
	}
	f("how much cash", "how much money")
	f("ready cash now", "money now")
	f("ready money", "ready money")
	f("my piece of plastic", "my card")
	f("my piece of", "my piece of")
	f("银子", "钱")
	f("lonely", "lonely")
	f("", "")

	m := train(t, Options{Synonyms: groups}, bank())
	if a, b := m.Classify("block my piece of plastic"), m.Classify("block my card"); !reflect.DeepEqual(a, b) {
		t.Errorf("%+v for the synonym, %+v for the word", a.Best(), b.Best())
	}
}

func TestConfusable(t *testing.T) {
	examples := append(bank(), Example{"branch", "when do you open"}, Example{"branch", "what are your hours"},
		Example{"branch", "where is your branch"}, Example{"branch", "where is the nearest branch"})
	got, err := Confusable(Options{}, examples, 4)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) == 0 || got[0].Labels != [2]string{"hours", "branch"} || len(got[0].Sentences) < 2 {
		t.Fatalf("Confusable = %+v; want hours and branch", got)
	}
	for _, c := range got {
		for _, s := range c.Sentences {
			if s.Label == s.Taken.Label || !slices.Contains(c.Labels[:], s.Label) || !slices.Contains(c.Labels[:], s.Taken.Label) {
				t.Errorf("%v has %+v", c.Labels, s)
			}
		}
	}
	if _, err := Confusable(Options{}, nil, 4); err == nil {
		t.Error("no examples are no error")
	}
}
