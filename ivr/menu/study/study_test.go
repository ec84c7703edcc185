package study

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"trunkline/ivr/menu"
)

var hotline = sync.OnceValues(func() (*menu.Menu, error) { return menu.Load(os.DirFS("../../../scripts"), "menus/hotline.yaml") })

func shipped(t testing.TB) *menu.Menu {
	t.Helper()
	m, err := hotline()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// head begins a menu of one language without nodes.
const head = `menu: shop
languages: [en]
human: {node: clerk}
prompts:
  greeting: {en: x}
  retry: {en: x}
  silence: {en: x}
  human: {en: x}
  goodbye: {en: x}
  confirm: {en: "{name}?"}
  keys: {en: "For {name} press {key}."}
nodes:
  - {id: clerk, name: {en: a clerk}, examples: {en: [to the counter, someone at the counter, the counter please, counter staff, the person at the counter]}, dial: clerks}
`

func parsed(t *testing.T, nodes string) *menu.Menu {
	t.Helper()
	m, err := menu.Parse("shop.yaml", []byte(head+nodes))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestWarnings(t *testing.T) {
	f := func(nodes string, want ...string) {
		t.Helper()
		got, err := Warnings(parsed(t, nodes))
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, w := range got {
			lines = append(lines, fmt.Sprintf("%d: %s", w.Line, w.Text))
		}
		all := strings.Join(lines, "\n")
		for _, w := range want {
			if !strings.Contains(all, w) {
				t.Errorf("no warning %q among:\n%s", w, all)
			}
		}
		if len(want) == 0 && all != "" {
			t.Errorf("warnings:\n%s", all)
		}
	}
	const sound = `  - {id: shoes, name: {en: some shoes}, say: {en: x}, examples: {en: [I want to buy shoes, shoes for running, black leather shoes, have you got shoes, shoes in my size]}}
`
	f(sound)
	f(sound+"  - {id: hats, name: {en: a hat}, say: {en: x}, examples: {en: [buy a hat]}}\n",
		"15: node hats has 1 examples in en; 5 are the least that works")
	f(sound+"  - {id: boots, name: {en: some boots}, say: {en: x}, examples: {en: [I want to buy shoes and boots, boots for running, leather boots, have you got boots, boots in my size]}}\n",
		`15: "I want to buy shoes and boots" of boots is more like "I want to buy shoes" of shoes than like any other example of boots`)

	refund := "  - {id: %s, name: {en: %s}, say: {en: x}, examples: {en: [%s]}}\n"
	f(fmt.Sprintf(refund, "refund", "a refund", "give my money back, money back for this, I need my money back today, my money please, pay the money back to me")+
		fmt.Sprintf(refund, "return_it", "a return", "take this back and my money, money for this back, I need my money back soon, my money back please, the money back to me"),
		"is easily taken for", "in en: \"")

	many := ""
	for i := range 11 {
		many += fmt.Sprintf("  - {id: n%d, key: 1%d, name: {en: thing %d}, say: {en: x}, examples: {en: [a%d, b%d, c%d, d%d, e%d]}}\n", i, i, i, i, i, i, i, i)
	}
	many = strings.Replace(many, "key: 110", "key: 2", 1)
	f(many, "0: the top level has 12 keys")
}

func TestReadSentences(t *testing.T) {
	m := shipped(t)
	got, err := ReadSentences(m, "x.tsv", strings.NewReader("# remark\n\nloan\tI need a loan\noos\tthe moon\nrepeat\tagain\ncommand:back\tback\r\n"))
	want := []Sentence{{"loan", "I need a loan"}, {menu.LabelOther, "the moon"}, {"command:repeat", "again"}, {"command:back", "back"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("ReadSentences = %v, %v", got, err)
	}
	_, err = ReadSentences(m, "x.tsv", strings.NewReader("loan I need\nroof\tmy roof\n"))
	if err == nil || err.Error() != "x.tsv:1: no tab between label and text\nx.tsv:2: menu hotline has no node \"roof\"" {
		t.Errorf("bad lines: %v", err)
	}
}

func TestEvaluateShippedMenu(t *testing.T) {
	m := shipped(t)
	for _, lang := range m.Languages {
		in, err := os.Open("../testdata/heldout_" + lang + ".tsv")
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		sentences, err := ReadSentences(m, in.Name(), in)
		if err != nil {
			t.Fatal(err)
		}
		r := Evaluate(m, lang, sentences)
		t.Logf("%+v", r)
		if r.Asked+r.Outside != len(sentences) || r.Accuracy < 0.9 || r.AmongThree < r.Accuracy || r.OutsideRecall < 0.5 || r.CalibrationError > 0.25 {
			t.Errorf("%s: %+v", lang, r)
		}
		own, err := EvaluateItself(m, lang)
		if err != nil || own.Accuracy < 0.6 || own.Accuracy > 1 {
			t.Errorf("%s by itself: %+v, %v", lang, own, err)
		}
	}
}

// The figures of rows whose outcome is known.
func TestReport(t *testing.T) {
	m := shipped(t)
	loan, bill := m.Node("loan"), m.Node("bill")
	of := func(label, first string, v menu.Verdict, n *menu.Node, sure float64) row {
		r := menu.Match{Verdict: v, InScope: first != menu.LabelOther, Score: sure}
		if n != nil {
			r.Best, r.Candidates = menu.Candidate{Node: n, Score: sure}, []menu.Candidate{{Node: n, Score: sure}}
			if v != menu.Reject {
				r.Node = n
			}
		}
		return judged(label, "x", r, first)
	}
	got := report("en", []row{
		of("loan", "loan", menu.Accept, loan, 0.9),
		of("loan", "bill", menu.Accept, bill, 0.8),
		of("bill", "bill", menu.Confirm, bill, 0.5),
		of("bill", menu.LabelOther, menu.Reject, bill, 0.2),
		of(menu.LabelOther, menu.LabelOther, menu.Reject, nil, 0),
		of(menu.LabelOther, "loan", menu.Accept, loan, 0.7),
		of(menu.LabelOther, "loan", menu.Confirm, loan, 0.5),
	})
	f := func(what string, got, want float64) {
		t.Helper()
		if d := got - want; d > 1e-9 || d < -1e-9 {
			t.Errorf("%s is %v; want %v", what, got, want)
		}
	}
	f("asked", float64(got.Asked), 4)
	f("right", float64(got.Right), 1)
	f("offered", float64(got.Offered), 1)
	f("wrong", float64(got.Wrong), 1)
	f("outside", float64(got.Outside), 3)
	f("lured", float64(got.Lured), 1)
	f("tempted", float64(got.Tempted), 1)
	f("accuracy", got.Accuracy, 3.0/4)
	f("in scope", got.InScope, 2.0/4)
	f("outside recall", got.OutsideRecall, 1.0/3)
	f("outside precision", got.OutsidePrecision, 1.0/2)
	f("calibration error", got.CalibrationError, (0.1+0.8+0.7+(1-1.0))/5)
	f("coverage 95", got.Coverage95, 1.0/7)
	if len(got.Mistakes) != 2 || got.Mistakes[0].Got != "bill" || got.Nodes[0].Label != menu.LabelOther {
		t.Errorf("mistakes %v, nodes %v", got.Mistakes, got.Nodes)
	}
	if empty := report("en", nil); empty.Accuracy != 0 || empty.CalibrationError != 0 {
		t.Errorf("nothing is %+v", empty)
	}
}

func TestNeighbours(t *testing.T) {
	m := shipped(t)
	got := Neighbours(m, "en-US", "please check the balance of my account", 3)
	if len(got) != 3 || got[0].Label != "balance" || got[0].Alike < got[2].Alike {
		t.Errorf("neighbours %v", got)
	}
	if got := Neighbours(m, "en", "", 3); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
}
