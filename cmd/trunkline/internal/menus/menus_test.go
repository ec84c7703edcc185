package menus

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trunkline/ivr/menu"
	"trunkline/ivr/menu/study"
	"trunkline/store"
)

const hotline = "../../../../scripts/menus/hotline.yaml"

func load(t *testing.T) *menu.Menu {
	t.Helper()
	m, err := Load(hotline, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// has fails for every line that is not in what was printed.
func has(t *testing.T, printed string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(printed, line) {
			t.Errorf("%q is not in:\n%s", line, printed)
		}
	}
}

func TestCheck(t *testing.T) {
	var out strings.Builder
	if err := Check(&out, []string{hotline}, nil); err != nil {
		t.Error(err)
	}
	has(t, out.String(), hotline+": ok: menu hotline, 9 nodes, en and zh, ", ": warning: ")

	out.Reset()
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	if err := os.WriteFile(bad, []byte("menu: Bad\nnodes: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := Check(&out, []string{bad, bad + ".none", hotline}, nil)
	if err == nil || !strings.Contains(err.Error(), "problems") {
		t.Errorf("Check = %v", err)
	}
	has(t, out.String(), bad+":1:7: menu \"Bad\" must be", bad+":2:8: the menu has no nodes", "bad.yaml.none", "ok: menu hotline")
}

func TestKeys(t *testing.T) {
	var out strings.Builder
	Keys(&out, load(t), "zh")
	has(t, out.String(), "2  查询余额 (balance)\n", "0  人工服务 (agent)\n", "*  repeat (everywhere)\n")

	out.Reset()
	text, err := os.ReadFile(hotline)
	if err != nil {
		t.Fatal(err)
	}
	grouped := strings.Replace(string(text), "\nnodes:\n", "\ngroups:\n  - {id: money, key: 9, name: {en: money, zh: 钱}}\n\nnodes:\n", 1)
	grouped = strings.Replace(grouped, `    key: "3"`, "    group: money", 1)
	m, err := menu.Parse("x", []byte(grouped))
	if err != nil {
		t.Fatal(err)
	}
	Keys(&out, m, "")
	has(t, out.String(), "9  money:\n   1  a money transfer (transfer)\n")
}

func TestSuggest(t *testing.T) {
	var out strings.Builder
	Suggest(&out, load(t), []study.Heard{
		{Text: "insurance for a boat"}, {Text: "boat insurance please"}, {Text: "what is my balance"}, {Text: "sing a song"},
		{Text: "the plastic thing is away", Node: "lost_card"},
	})
	has(t, out.String(), "# 5 sentences heard; 1 are understood by now, 1 are like no other.", "nodes:\n  - id: ",
		"        - \"boat insurance please\"\n", "#   lost_card, en: \"the plastic thing is away\" (said 1 times; the caller said yes)")
}

func TestFromCalls(t *testing.T) {
	path := filepath.Join(t.TempDir(), "calls.db")
	if _, err := FromCalls(t.Context(), path, load(t)); err == nil {
		t.Error("there are no calls, and no error")
	}
	s, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	nodes := []store.NodeVisit{
		{Menu: "hotline", Node: "lost_card", By: "speech", Heard: "the plastic thing is away", Score: 0.5},
		{Menu: "hotline", Node: "balance", By: "speech", Heard: "my balance", Score: 0.9},
		{Menu: "hotline", Node: "balance", By: "key"},
		{Menu: "hotline", Node: "agent", By: "rule", Heard: "boat insurance"},
		{Menu: "other", Node: "agent", By: "rule", Heard: "of another menu"},
		{Menu: "hotline", Node: "gone", By: "rule", Heard: "a node that is no more"},
	}
	for _, id := range []string{"one", "two"} {
		if err := s.AddCDR(t.Context(), store.CDR{ID: id, Nodes: nodes, Misses: []store.Miss{
			{Menu: "hotline", Language: "en", Heard: "a refund please", Best: "balance"}, {Menu: "other", Heard: "of another menu"},
		}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := FromCalls(t.Context(), path, load(t))
	one := []study.Heard{{Text: "a refund please", Language: "en", Times: 1}, {Text: "the plastic thing is away", Times: 1, Node: "lost_card"}, {Text: "boat insurance", Times: 1}}
	if err != nil || !slices.Equal(got, append(one, one...)) {
		t.Errorf("FromCalls = %v, %v", got, err)
	}
}

func TestEval(t *testing.T) {
	m := load(t)
	var out strings.Builder
	if err := Eval(&out, m, "", []study.Sentence{{Label: "balance", Text: "what is my balance"}, {Label: "loan", Text: "我要挂失"}, {Label: menu.LabelOther, Text: "the moon"}}); err != nil {
		t.Fatal(err)
	}
	has(t, out.String(), "en: 2 sentences, 1 of them outside", "zh: 1 sentences", `"我要挂失": lost_card, not loan (1.00)`, "brought there without a question     1 of 1")

	out.Reset()
	if err := Eval(&out, m, "zh", nil); err != nil {
		t.Fatal(err)
	}
	has(t, out.String(), "zh: 203 sentences, 32 of them outside", "calibration error")
	if strings.Contains(out.String(), "en:") {
		t.Error("the other language is measured too")
	}
}

func TestTry(t *testing.T) {
	m := load(t)
	f := func(said string, want ...string) {
		t.Helper()
		var out strings.Builder
		if err := Try(&out, m, "", strings.NewReader(said+"\n\n")); err != nil {
			t.Fatal(err)
		}
		has(t, out.String(), want...)
	}
	f("I want to check my balance", "in en: goes to balance", "because the file has this very sentence", "1.00  balance", "like  balance")
	f("按二", "in zh: goes to balance", "because a key is said")
	f("get me an operator", "a person, at agent, by the rule asked", `because "operator" is said`)
	f("I do not want an agent", "is not understood", "a person is refused")
	f("go back", "the command back")
	f("the moon is green", "is not understood", "  words the ", "moon ")
	f("?", "is not understood", "there is no word in it")
	f("我要挂失\nthe moon", "goes to lost_card", "is not understood")
}
