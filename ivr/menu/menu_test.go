package menu

import (
	"slices"
	"strings"
	"testing"

	"trunkline/nlu"
)

// matching returns an f-test of one menu: what is said, and what must come of it.
func matching(t *testing.T) func(lang, text string, verdict Verdict, want string, rule Rule) {
	m := shipped(t)
	return func(lang, text string, verdict Verdict, want string, rule Rule) {
		t.Helper()
		r := m.Match(lang, text)
		got := r.Node.String()
		if r.Command != nil {
			got = r.Command.ID
		}
		if r.Verdict != verdict || got != want || r.Rule != rule || r.Score < 0 || r.Score > 1 {
			t.Errorf("Match(%q) = %v %s %.2f %q; want %v %s %q", text, r.Verdict, got, r.Score, r.Rule, verdict, want, rule)
		}
		if (r.Node == nil) != (verdict == Reject || verdict == Order) || (r.Command == nil) != (verdict != Order) {
			t.Errorf("Match(%q): %v with node %v, command %v", text, r.Verdict, r.Node, r.Command)
		}
	}
}

func TestMatchNodes(t *testing.T) {
	f := matching(t)
	f("en", "I want to check my balance", Accept, "balance", "")
	f("en-US", "uh what's my balance", Accept, "balance", "")
	f("en", "my card has been stolen", Accept, "lost_card", "")
	f("zh", "查一下余额", Accept, "balance", "")
	f("zh-CN", "嗯我的卡丢了", Accept, "lost_card", "")
	f("zh", "那个我想转账", Accept, "transfer", "")
}

// Nothing of the menu's, or nothing at all.
func TestMatchNothing(t *testing.T) {
	f := matching(t)
	f("en", "", Reject, "-", "")
	f("en", "...", Reject, "-", "")
	f("en", "uh", Reject, "-", "")
	f("en", "what is the weather like today", Reject, "-", "")
	f("en", "purple elephants dance quietly", Reject, "-", "")
	f("en", "погода", Reject, "-", "")
	f("en", "查一下余额", Reject, "-", "")
	f("zh", "今天天气怎么样", Reject, "-", "")
	f("zh", "check my balance", Reject, "-", "")
	f("zh", "嗯", Reject, "-", "")
}

// Commands.
func TestMatchCommands(t *testing.T) {
	f := matching(t)
	f("en", "can you repeat that please", Order, "repeat", "")
	f("en", "go back", Order, "back", "")
	f("zh", "请再说一遍", Order, "repeat", "")
	f("zh", "返回", Order, "back", "")
}

// A person at once, however the rest of the sentence reads.
func TestMatchPeople(t *testing.T) {
	f := matching(t)
	f("en", "I want my balance but from an agent", Human, "agent", RuleAsked)
	f("en", "operator!", Human, "agent", RuleAsked)
	f("en", "this is ridiculous", Human, "agent", RuleComplaint)
	f("en", "I want to complain about a transfer", Human, "agent", RuleComplaint)
	f("en", "why can't I speak to a person", Human, "agent", RuleAsked)
	f("en", "I don't want a machine I want an agent", Human, "agent", RuleAsked)
	f("en", "let me talk to somebody", Human, "agent", RuleAsked)
	f("zh", "能不能转人工", Human, "agent", RuleAsked)
	f("zh", "要不要转人工", Human, "agent", RuleAsked)
	f("zh", "我要投诉你们", Human, "agent", RuleComplaint)
	f("zh", "查余额还是找人工吧", Human, "agent", RuleAsked)
}

// Declining a person is not asking for one.
func TestMatchPeopleDeclined(t *testing.T) {
	f := matching(t)
	f("en", "I don't want an agent", Reject, "-", "")
	f("en", "I do not need to speak to an agent", Reject, "-", "")
	f("en", "my balance and no agent please", Accept, "balance", "")
	f("zh", "不要人工", Reject, "-", "")
	f("zh", "别转人工", Reject, "-", "")
}

// Keys said instead of pressed.
func TestMatchSpokenKeys(t *testing.T) {
	f := matching(t)
	f("en", "two", Accept, "balance", "")
	f("en", "press two please", Accept, "balance", "")
	f("en", "number zero", Human, "agent", RuleAsked)
	f("zh", "二", Accept, "balance", "")
	f("zh", "按二", Accept, "balance", "")
	f("zh", "请按二号键", Accept, "balance", "")
	f("en", "two two", Reject, "-", "")
	f("en", "nine", Reject, "-", "")
	f("en", "I have two cards", Reject, "-", "")
}

func TestMatchKeepsCandidates(t *testing.T) {
	m := shipped(t)
	r := m.Match("en", "tell me about the weather on my account")
	if r.Best.Node == nil || r.Runner.Node == nil || r.Best.Node == r.Runner.Node || r.Runner.Score > r.Best.Score {
		t.Errorf("best %v %.2f, runner %v %.2f", r.Best.Node, r.Best.Score, r.Runner.Node, r.Runner.Score)
	}
	if r := m.Match("en", ""); r.Best.Node != nil || r.InScope {
		t.Errorf("nothing said: %+v", r)
	}
}

// A node's own thresholds decide for it.
func TestThresholds(t *testing.T) {
	const said = "so where could my order possibly be by now"
	f := func(accept, confirm string, want Verdict) {
		t.Helper()
		text := edited(t, "    accept: 0.9\n", "    accept: "+accept+"\n    confirm: "+confirm+"\n")
		if r := parse(t, text).Match("en", said); r.Verdict != want || r.Best.Node.ID != "orders" {
			t.Errorf("accept %s, confirm %s: %v (%v %.2f); want %v", accept, confirm, r.Verdict, r.Best.Node, r.Best.Score, want)
		}
	}
	f("0.05", "0.02", Accept)
	f("1", "0.02", Confirm)
	f("1", "1", Reject)
}

func TestMenuWithoutPeople(t *testing.T) {
	a, b := strings.Index(small, "human:\n"), strings.Index(small, "commands:")
	m := parse(t, small[:a]+small[b:])
	if m.Human.Node != nil || m.Human.After(100) {
		t.Error("a menu without people brings one")
	}
	if r := m.Match("en", "talk to somebody"); r.Verdict != Accept || r.Node.ID != "clerk" {
		t.Errorf("its clerk is %v %v", r.Verdict, r.Node)
	}
}

func TestKey(t *testing.T) {
	m := parse(t, small)
	f := func(digits string, press Press, want string) {
		t.Helper()
		n, c, got := m.Key(digits)
		name := n.String()
		if c != nil {
			name = c.ID
		}
		if got != press || name != want {
			t.Errorf("Key(%q) = %s, %v; want %s, %v", digits, name, got, want, press)
		}
	}
	f("", Partial, "-")
	f("1", Complete, "orders")
	f("2", Partial, "-")
	f("22", Complete, "returns")
	f("222", Invalid, "-")
	f("21", Invalid, "-")
	f("0", Complete, "clerk")
	f("*", Complete, "repeat")
	f("#", Invalid, "-")
	f("A", Invalid, "-")
}

// What the list of keys says must be what the keys do.
func TestKeysPrompt(t *testing.T) {
	m := parse(t, small)
	f := func(lang, want string) {
		t.Helper()
		if got := m.KeysPrompt(lang); got != want {
			t.Errorf("KeysPrompt(%s) = %s\nwant %s", lang, got, want)
		}
	}
	f("en", "For an order press 1. For a return press 2 2. For a clerk press 0. For this again press star.")
	f("zh-CN", "订单请按1。退货请按2 2。人工请按0。重听请按星号。")
	f("zh-TW", "订单请按1。退货请按2 2。人工请按0。重听请按星号。")

	s := shipped(t)
	for _, lang := range s.Languages {
		for _, n := range s.Nodes {
			if line := strings.NewReplacer("{name}", n.Name(lang), "{key}", n.Key).Replace(s.Prompt(PromptKeys, lang)); !strings.Contains(s.KeysPrompt(lang), line) {
				t.Errorf("%s: the list of keys lacks %q", lang, line)
			}
		}
	}
}

func TestPrompts(t *testing.T) {
	m := parse(t, small)
	if got, want := m.ConfirmPrompt("en-GB", m.Node("orders")), "Did you want an order?"; got != want {
		t.Errorf("ConfirmPrompt = %q; want %q", got, want)
	}
	if got := m.Prompt(PromptSilence, "zh"); got != "喂?" {
		t.Errorf("Prompt = %q", got)
	}
	if got := m.Prompt("nonsense", "en"); got != "" {
		t.Errorf("Prompt = %q; want nothing", got)
	}
}

func TestLanguage(t *testing.T) {
	m := parse(t, small)
	f := func(tag, want string) {
		t.Helper()
		if got := m.Language(tag); got != want {
			t.Errorf("Language(%q) = %q; want %q", tag, got, want)
		}
	}
	f("en", "en")
	f("en-US", "en")
	f("EN_us", "en")
	f("zh", "zh-CN")
	f("zh-TW", "zh-CN")
	f("de", "en")
	f("", "en")
}

func TestPhrases(t *testing.T) {
	m := shipped(t)
	for _, lang := range m.Languages {
		phrases := m.Phrases(lang)
		seen := map[string]bool{}
		for _, p := range phrases {
			if key := nlu.Normal(p); key == "" || seen[key] {
				t.Errorf("%s: %q is empty or stands twice", lang, p)
			} else {
				seen[key] = true
			}
		}
		for _, n := range m.Nodes {
			for _, e := range n.Examples(lang) {
				if !seen[nlu.Normal(e)] {
					t.Errorf("%s: %q of %s is not expected", lang, e, n)
				}
			}
		}
	}
	for _, want := range []string{"I want to check my balance", "agent", "say that again", "yes", "no"} {
		if !slices.Contains(m.Phrases("en"), want) {
			t.Errorf("%q is not expected", want)
		}
	}
}
