package menu

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// grouped is the small menu with levels: returns and one more node under goods.
func grouped(t *testing.T) *Menu {
	t.Helper()
	text := edited(t, "nodes:\n", `groups:
  - id: goods
    name: {en: goods, zh-CN: 商品}
    prompt: {en: "All about goods.", zh-CN: "商品业务。"}
nodes:
  - id: stock
    group: goods
    name: {en: our stock, zh-CN: 库存}
    examples: {en: [is it in stock, have you got it], zh-CN: [有没有货, 还有货吗]}
    say: {en: It is., zh-CN: 有货。}
`)
	text = strings.Replace(text, "    key: 22\n", "    group: goods\n", 1)
	return parse(t, text)
}

func TestLevels(t *testing.T) {
	m := grouped(t)
	goods := m.Node("stock").Group
	if got, want := m.KeysPrompt("en"), "For goods press 2. For an order press 1. For a clerk press 0. "+
		"For this again press star. For going back press pound."; got != want {
		t.Errorf("top says %q; want %q", got, want)
	}
	if got, want := goods.Level.Prompt("en"), "All about goods. For our stock press 1. For a return press 2. "+
		"For this again press star. For going back press pound."; got != want {
		t.Errorf("goods says %q; want %q", got, want)
	}
	if got, want := goods.Level.Prompt("zh"), "商品业务。库存请按1。退货请按2。重听请按星号。返回请按井号。"; got != want {
		t.Errorf("goods says %q; want %q", got, want)
	}
	if m.Node("returns").Key != "22" || goods.Level.Path != "2" || goods.Level.Up != m.Top() || goods.Name("zh") != "商品" {
		t.Errorf("returns has key %s, goods %+v", m.Node("returns").Key, goods.Level)
	}
	f := func(l *Level, digits string, press Press, want string) {
		t.Helper()
		s := l.Press(digits)
		got := s.Node.String()
		switch {
		case s.Command != nil:
			got = commandLabel(s.Command.ID)
		case s.Level != nil:
			got = "level " + s.Level.Path
		}
		if s.Press != press || got != want {
			t.Errorf("%q on %q is %v %s; want %v %s", digits, l.Path, s.Press, got, press, want)
		}
	}
	f(m.Top(), "", Partial, "-")
	f(m.Top(), "2", Complete, "level 2")
	f(m.Top(), "22", Invalid, "-")
	f(m.Top(), "1", Complete, "orders")
	f(m.Top(), "9", Invalid, "-")
	f(goods.Level, "2", Complete, "returns")
	f(goods.Level, "*", Complete, "command:repeat")
	f(goods.Level, "#", Complete, "command:back")
	f(goods.Level, "0", Invalid, "-")
}

// Words lead to levels too, and a key that is said belongs to the level that was offered.
func TestLevelsByWord(t *testing.T) {
	m := grouped(t)
	goods := m.Node("stock").Group.Level
	if r := m.Match("en", "Goods, please"); r.Level == goods {
		t.Error("only the name itself names a group")
	}
	if r := m.Match("en", "goods"); r.Level != goods || r.Verdict != Reject || r.Node != nil || r.By != ByExample {
		t.Errorf("goods is %+v", r)
	}
	if r := m.Match("en", "press two"); r.Level != goods || r.By != ByKey {
		t.Errorf("two at the top is %+v", r)
	}
	if r := m.MatchIn(Situation{Level: goods}, "en", "two"); r.Node == nil || r.Node.ID != "returns" || r.Verdict != Accept {
		t.Errorf("two in goods is %+v", r)
	}
}

// wide writes a menu of n nodes without keys.
func wide(n int, more string) string {
	var b strings.Builder
	b.WriteString(small[:strings.Index(small, "nodes:")])
	b.WriteString(more + "nodes:\n  - {id: clerk, name: {en: a clerk, zh-CN: 人工}, dial: clerks}\n")
	for i := range n {
		fmt.Fprintf(&b, "  - {id: n%d, name: {en: thing %d, zh-CN: 业务%d}, examples: {en: [x%d], zh-CN: [x%d]}, say: {en: x, zh-CN: x}}\n", i, i, i, i, i)
	}
	return b.String()
}

func TestNumbering(t *testing.T) {
	f := func(n int, want ...string) {
		t.Helper()
		m := parse(t, wide(n, ""))
		var got []string
		for _, n := range m.Nodes {
			got = append(got, n.Key)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d nodes get %q; want %q", n, got, want)
		}
	}
	f(2, "0", "1", "2")
	f(9, "0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
	f(10, "0", "1", "2", "3", "4", "5", "6", "7", "8", "91", "92")
	f(18, "0", "1", "2", "3", "4", "5", "6", "7", "8", "91", "92", "93", "94", "95", "96", "97", "98", "991", "992")

	m := parse(t, wide(10, ""))
	if got := m.KeysPrompt("en"); !strings.Contains(got, "For thing 7 press 8. For more choices, press 9.") {
		t.Errorf("the first page says %q", got)
	}
	if got := m.Top().Press("9").Level.Prompt("zh"); !strings.HasPrefix(got, "业务8请按1。业务9请按2。") {
		t.Errorf("the second page says %q", got)
	}
	off := parse(t, wide(10, "numbering: off\n"))
	if off.Node("n0").Key != "" || len(off.Top().Entries()) != 0 {
		t.Error("numbering: off numbers")
	}
	none := parse(t, strings.Replace(small, "key: 22", "key: none", 1))
	if none.Node("returns").Key != "" {
		t.Error("key: none is numbered")
	}
}

// TestKeysAndWordsAgree: on any menu, every node that has a key is announced with it on its level,
// reached by it from there and from the top, and by saying its name; and nothing else is.
func TestKeysAndWordsAgree(t *testing.T) {
	for seed := range uint64(30) {
		text := random(rand.New(rand.NewPCG(seed, 1)))
		m, err := Parse("random.yaml", []byte(text))
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, text)
		}
		reached := map[*Node]bool{}
		var walk func(l *Level)
		walk = func(l *Level) {
			if len(l.entries) > 10 {
				t.Errorf("seed %d: level %q has %d entries", seed, l.Path, len(l.entries))
			}
			for _, e := range l.Entries() {
				if s := l.Press(e.Key); s.Press != Complete || s.Node != e.Node || s.Level != e.Below {
					t.Errorf("seed %d: key %s of level %q leads elsewhere", seed, e.Key, l.Path)
				}
				if e.Node == nil {
					walk(e.Below)
					continue
				}
				agrees(t, m, l, e)
				reached[e.Node] = true
			}
		}
		walk(m.Top())
		for _, n := range m.Nodes {
			if reached[n] != (n.Key != "") {
				t.Errorf("seed %d: node %s with key %q: reached %v", seed, n, n.Key, reached[n])
			}
		}
	}
}

func agrees(t *testing.T, m *Menu, l *Level, e Entry) {
	t.Helper()
	if n, _, press := m.Key(e.Node.Key); n != e.Node || press != Complete || e.Node.Key != l.Path+e.Key {
		t.Errorf("key %s of %s leads to %v", e.Node.Key, e.Node, n)
	}
	for end := range len(e.Node.Key) {
		if n, c, press := m.Key(e.Node.Key[:end]); n != nil || c != nil || press != Partial {
			t.Errorf("key %s of %s: %q is complete", e.Node.Key, e.Node, e.Node.Key[:end])
		}
	}
	name := e.Node.Name("en")
	if line := "For " + name + " press " + spoken(e.Key, "en") + "."; !strings.Contains(l.Prompt("en"), line) {
		t.Errorf("level %q does not say %q but %q", l.Path, line, l.Prompt("en"))
	}
	if r := m.Match("en", name); r.Node != e.Node {
		t.Errorf("%q leads to %v", name, r.Node)
	}
}

// random writes a menu of one language with groups in groups, some keys given.
func random(rng *rand.Rand) string {
	text := "menu: any\nlanguages: [en]\nhuman: {node: n0}\nprompts:\n"
	for _, p := range []string{"greeting", "retry", "silence", "human", "goodbye"} {
		text += "  " + p + ": {en: x}\n"
	}
	text += "  confirm: {en: \"{name}?\"}\n  keys: {en: \"For {name} press {key}.\"}\n"
	groups := rng.IntN(4)
	if groups > 0 {
		text += "groups:\n"
	}
	for g := range groups {
		text += fmt.Sprintf("  - {id: g%d, name: {en: group g%d}", g, g)
		if g > 0 && rng.IntN(2) == 0 {
			text += fmt.Sprintf(", group: g%d", rng.IntN(g))
		}
		text += "}\n"
	}
	given := rng.Perm(9)[:rng.IntN(4)]
	nodes := groups + 1 + rng.IntN(25)
	text += "nodes:\n"
	for n := range nodes {
		text += fmt.Sprintf("  - {id: n%d, name: {en: topic t%d}, examples: {en: [about a%d]}, say: {en: x}", n, n, n)
		switch {
		case n > 0 && n <= groups: // no group stays empty
			text += fmt.Sprintf(", group: g%d", n-1)
		case len(given) > 0 && rng.IntN(3) == 0:
			text += fmt.Sprintf(", key: %d", given[0]+1)
			given = given[1:]
		case rng.IntN(10) == 0:
			text += ", key: none"
		case groups > 0:
			text += fmt.Sprintf(", group: g%d", rng.IntN(groups))
		}
		text += "}\n"
	}
	return text
}
