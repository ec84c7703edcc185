package menu

import (
	"slices"
	"strings"
	"testing"

	"trunkline/nlu"
)

// What the product knows is there without being written down.
func TestDefaultCommands(t *testing.T) {
	m := parse(t, small)
	f := func(lang, text, want, language string) {
		t.Helper()
		r := m.Match(lang, text)
		if r.Verdict != Order || r.Command.ID != want || r.Command.Language != language {
			t.Errorf("Match(%q) = %+v; want %s", text, r, want)
		}
	}
	f("en", "speak louder please", "louder", "")
	f("zh-CN", "声音大一点", "louder", "")
	f("en", "slow down please", "slower", "")
	f("zh-CN", "太快了", "slower", "")
	f("en", "go back", "back", "")
	f("zh-CN", "返回上一级", "back", "")
	f("en", "say that again", "repeat", "")   // the file's
	f("en", "what did you say", "repeat", "") // the product's
	f("en", "Chinese please", "language_zh", "zh-CN")
	f("en", "中文", "language_zh", "zh-CN")
	f("zh-CN", "请讲英文", "language_en", "en")

	for _, c := range m.Commands {
		if c.ID == "back" && c.Key != "" {
			t.Errorf("back has key %s in a menu of one level", c.Key)
		}
	}
}

func TestDefaultsSwitchedOff(t *testing.T) {
	f := func(old, new, text string) {
		t.Helper()
		if r := parse(t, edited(t, old, new)).Match("en", text); r.Verdict == Order || r.Verdict == Human {
			t.Errorf("with %q, %q is %v", new, text, r.Verdict)
		}
	}
	f("commands:\n", "commands:\n  louder: off\n", "speak louder please")
	f("commands:\n", "commands:\n  language_zh: off\n", "Chinese please")
	f("    key: \"*\"\n", "    key: \"*\"\n    defaults: off\n", "what did you say")
	f("  failures: 3\n", "  failures: 3\n  defaults: off\n", "where is the operator of this machine")
	f("commands:\n", "commands:\n  louder: {examples: {en: [boom], zh-CN: [嘭]}, defaults: off}\n", "speak louder please")
}

// A sentence of the file goes before what the product knows.
func TestDefaultsGiveWay(t *testing.T) {
	f := func(example, text, want string) {
		t.Helper()
		m := parse(t, edited(t, "where is my order", example))
		if r := m.Match("en", text); r.Verdict != Accept || r.Node.ID != want {
			t.Errorf("with example %q, %q is %v %v %q", example, text, r.Verdict, r.Node, r.Phrase)
		}
	}
	f("start over", "start over", "orders")
	f("I want to file a complaint about an order", "I want to file a complaint about an order", "orders")
	f("the tour operator has cancelled", "the tour operator has cancelled", "orders")
}

func TestCommandWithLanguage(t *testing.T) {
	m := parse(t, edited(t, "commands:\n", "commands:\n  mandarin: {key: 8, language: zh-CN, examples: {en: [the other one], zh-CN: [就这个]}}\n"))
	if r := m.Match("en", "the other one"); r.Verdict != Order || r.Command.Language != "zh-CN" {
		t.Errorf("Match = %+v", r)
	}
	if r := m.Match("en", "press eight"); r.Verdict != Order || r.Command.ID != "mandarin" || r.By != ByKey {
		t.Errorf("its key, said, is %+v", r)
	}
}

func TestHumanRules(t *testing.T) {
	m := parse(t, edited(t, "  failures: 3\n", "  failures: 3\n  classes: [elderly, vip]\n  age: 65\n"))
	f := func(c Caller, text string, verdict Verdict, rule Rule, by By) {
		t.Helper()
		r := m.MatchIn(Situation{Caller: c}, "en", text)
		if r.Verdict != verdict || r.Rule != rule || r.By != by {
			t.Errorf("%+v saying %q is %v %q by %q; want %v %q by %q", c, text, r.Verdict, r.Rule, r.By, verdict, rule, by)
		}
	}
	const order = "where is my order"
	f(Caller{}, order, Accept, "", ByExample)
	f(Caller{Class: "student", Age: 64}, order, Accept, "", ByExample)
	f(Caller{Class: "vip"}, order, Human, RuleClass, ByCaller)
	f(Caller{Age: 65}, order, Human, RuleAge, ByCaller)
	f(Caller{Age: 65}, "", Reject, "", "")
	f(Caller{Class: "vip"}, "this is a complaint", Human, RuleComplaint, ByRule)
	f(Caller{}, "I am sick of this", Human, RuleAnger, ByRule)
	f(Caller{}, "I am sick of this and will complain", Human, RuleComplaint, ByRule)
	if r := m.Match("en", "get me the operator now"); r.Phrase != "operator" {
		t.Errorf("the phrase is %q", r.Phrase)
	}
	if got := m.Human.For(Caller{Class: "elderly"}); got != RuleClass {
		t.Errorf("before a word is said, the rule is %q", got)
	}
	if got := (HumanRules{Classes: []string{"vip"}, Age: 1}).For(Caller{Class: "vip", Age: 3}); got != "" {
		t.Errorf("without a node the rule is %q", got)
	}
}

func TestOutside(t *testing.T) {
	m := parse(t, small+`other:
  examples: {en: [where is the moon]}
  say: {en: We sell shoes., zh-CN: 我们卖鞋。}
  times: 2
`)
	f := func(lang string, times int, want string) {
		t.Helper()
		if got := m.Outside.Say(lang, times); got != want {
			t.Errorf("Say(%s, %d) = %q; want %q", lang, times, got, want)
		}
	}
	f("en", 0, "")
	f("en", 1, "We sell shoes.")
	f("zh", 2, "我们卖鞋。")
	f("en", 3, "")
	if r := m.Match("en", "where is the moon"); r.Verdict != Reject || r.InScope {
		t.Errorf("the moon is %+v", r)
	}
	if got := parse(t, small+"other: {en: [where is the moon]}\n").Outside.Say("en", 1); got != "" {
		t.Errorf("the short form says %q", got)
	}
}

// At least three candidates come back, best first.
func TestCandidates(t *testing.T) {
	m := shipped(t)
	r := m.Match("en", "is it about my card or my bill or my money")
	if len(r.Candidates) < 3 || r.Candidates[0] != r.Best || r.Candidates[1] != r.Runner {
		t.Fatalf("candidates %v", r.Candidates)
	}
	if !slices.IsSortedFunc(r.Candidates, func(a, b Candidate) int {
		if a.Score < b.Score {
			return 1
		}
		return -1
	}) {
		t.Errorf("candidates %v are not in order", r.Candidates)
	}
}

func TestChoice(t *testing.T) {
	m := parse(t, small)
	orders, returns := m.Node("orders"), m.Node("returns")
	f := func(best, runner float64, outside bool, verdict Verdict, choice int) {
		t.Helper()
		r := nlu.Result{Ranked: []nlu.Score{{Label: "returns", Confidence: best}, {Label: "orders", Confidence: runner}}, InScope: !outside}
		if got := m.Weigh(r); got.Verdict != verdict || len(got.Choice) != choice {
			t.Errorf("%.2f against %.2f is %v with %d to choose from; want %v, %d", best, runner, got.Verdict, len(got.Choice), verdict, choice)
		}
	}
	f(0.50, 0.40, false, Confirm, 2)
	f(0.35, 0.30, false, Reject, 2) // one of the two is worth a question, neither alone
	f(0.15, 0.14, false, Reject, 0)
	f(0.50, 0.30, false, Confirm, 0)
	f(0.75, 0.70, false, Accept, 0)
	f(0.50, 0.40, true, Reject, 0)
	if got, want := m.ChoicePrompt("en", orders, returns), "Did you want an order or a return?"; got != want {
		t.Errorf("ChoicePrompt = %q; want %q", got, want)
	}
	if got, want := m.ChoicePrompt("zh", orders, returns), "您是要订单,还是退货?"; got != want {
		t.Errorf("ChoicePrompt = %q; want %q", got, want)
	}
	if r := m.Match("en", "let me see a clerk"); r.Verdict == Human && len(r.Choice) > 0 {
		t.Error("who asks for a person is offered a choice")
	}
}

func TestSlots(t *testing.T) {
	m := parse(t, strings.Replace(small, "    flow: returns\n", `    flow: returns
    slots:
      - {id: day, kind: date, required: true, prompt: {en: Which day?, zh-CN: 哪天?}, retry: {en: "Which day, please?", zh-CN: 请问哪天?}}
      - id: shop
        kind: name
        required: true
        prompt: {en: Which shop?, zh-CN: 哪家店?}
        confirm: {en: "{value}, right?", zh-CN: "{value},对吗?"}
        values:
          north: {en: [north, the old one], zh-CN: [北店]}
          south: {en: [south], zh-CN: [南店]}
      - {id: receipt, kind: digits, min: 4, max: 8}
`, 1))
	n := m.Node("returns")
	if len(n.Slots) != 3 || n.Slots[0].Retry("en") != "Which day, please?" || n.Slots[1].Retry("zh") != "哪家店?" ||
		n.Slots[1].Confirm("en", "North") != "North, right?" || n.Slots[0].Confirm("en", "x") != "" || n.Slots[2].Max != 8 {
		t.Errorf("slots are %+v", n.Slots)
	}
	if got := n.Slots[1].Values("zh"); !slices.Equal(n.Slots[1].ValueIDs(), []string{"north", "south"}) || got["south"][0] != "南店" {
		t.Errorf("values are %v", got)
	}
	named := func(lang, text, want string) {
		t.Helper()
		if r := n.Slots[1].Named(lang, text); r.Value != want {
			t.Errorf("%q names %+v; want %s", text, r, want)
		}
	}
	named("en", "the old one I think", "north")
	named("zh", "去南店", "south")
	named("zh", "去男店", "south") // misheard
	named("en", "tomorrow", "")
	if r := n.Slots[0].Named("en", "north"); r.Found() {
		t.Errorf("a date is named %+v", r)
	}
	f := func(want string, filled map[string]any) {
		t.Helper()
		got := ""
		if s := n.Unfilled(filled); s != nil {
			got = s.ID
		}
		if got != want {
			t.Errorf("with %v, %q is asked for; want %q", filled, got, want)
		}
	}
	f("day", nil)
	f("shop", map[string]any{"day": "2026-11-21"})
	f("", map[string]any{"day": "x", "shop": "north"})
}

// Mistakes in what is new in the file.
func TestMoreProblems(t *testing.T) {
	f := func(old, new, want string) {
		t.Helper()
		_, err := Parse("shop.yaml", []byte(edited(t, old, new)))
		if err == nil || !strings.Contains(err.Error()+"\n", "shop.yaml:"+want+"\n") {
			t.Errorf("with %q:\n got %v\nwant shop.yaml:%s", new, err, want)
		}
	}
	const flow = "    flow: returns\n"
	slot := func(fields string) string { return flow + "    slots:\n      - {" + fields + "}\n" }
	f(flow, slot("kind: date"), `36:9: node returns slot has no id`)
	f(flow, slot("id: day"), `36:9: node returns slot day has no kind; known: `+slotKinds())
	f(flow, slot("id: day, kind: day"), `36:25: node returns slot day: unknown kind "day"; known: `+slotKinds())
	f(flow, slot("id: day, kind: date, required: true"), `36:9: node returns slot day has no prompt in en`)
	f(flow, slot("id: day, kind: date, required: 1"), `36:41: node returns slot day required must be true or false`)
	f(flow, slot("id: day, kind: date, confirm: {en: x, zh-CN: x}"), `36:9: node returns slot day confirm in en must contain {value}`)
	f(flow, slot("id: day, kind: date, min: 3"), `36:9: node returns slot day: min and max belong to the kinds digits and code`)
	f(flow, slot("id: n, kind: digits, min: 3, max: 2"), `36:9: node returns slot n: min (3) is above max (2)`)
	f(flow, slot("id: n, kind: name"), `36:9: node returns slot n: values belong to the kind name, and to no other`)
	f(flow, slot("id: n, kind: name, values: {a: {en: [x], zh-CN: [x]}, b: {en: [X], zh-CN: [y]}}"), `36:9: node returns slot n: "X" names a and b`)
	f(flow, slot("id: n, kind: name, values: {a: {en: [x]}}"), `36:38: node returns slot n value a has no name in zh-CN`)
	f(flow, slot("id: n, kind: text}\n      - {id: n, kind: text"), `37:9: node returns: slot "n" stands twice`)

	f("nodes:\n", "groups:\n  - {id: a, group: b, name: {en: x, zh-CN: x}}\n  - {id: b, group: a, name: {en: y, zh-CN: y}}\nnodes:\n", `24:10: group "a" stands in itself`)
	f("nodes:\n", "groups:\n  - {id: a, name: {en: x, zh-CN: x}}\nnodes:\n", `24:10: group "a" has no nodes with keys`)
	f("nodes:\n", "groups:\n  - {name: {en: x, zh-CN: x}}\nnodes:\n", `24:5: group has no id`)
	f("    key: 22\n", "    group: shoes\n", `31:12: node returns: there is no group "shoes"`)
	f("commands:\n", "commands:\n  dance: off\n", `11:3: command "dance" cannot be switched off: the product has no such command (words that bring a person are under human)`)
	f("commands:\n", "commands:\n  x: {language: fr, examples: {en: [x], zh-CN: [x]}}\n", `11:17: language "fr" is not one of the menu's: en, zh-CN`)
	f("accept: 0.7\n", "accept: 0.7\nsynonyms: {en: [[card]]}\n", `4:17: a group of synonyms in en has at least two words`)
	f("accept: 0.7\n", "accept: 0.7\nsynonyms: {en: [[card, pass], [Pass, ticket]]}\n", `4:11: synonym "Pass" in en stands in two groups: make them one`)
	f("accept: 0.7\n", "accept: 0.7\nnumbering: on\n", `4:12: numbering must be one of: auto, off`)
	f("failures: 3", "failures: 3\n  age: old", `8:8: age must be a whole number from 0 to 150`)
	f("failures: 3", "failures: 3\n  defaults: 0", `8:13: human defaults must be one of: on, off`)
	f("greeting: {en: Welcome.", "choice: {en: 'This?', zh-CN: '{first}{second}'}\n  greeting: {en: Welcome.", `16:3: prompt choice in en must contain {first}`)
}
