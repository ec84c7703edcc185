package menu

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// small is a menu with nothing wrong in it.
const small = `menu: shop
languages: [en, zh-CN]
accept: 0.7
confirm: 0.4
human:
  node: clerk
  failures: 3
  ask: {en: [clerk, a person], zh-CN: [人工]}
  complaint: {en: [complain]}
commands:
  repeat:
    key: "*"
    name: {en: this again, zh-CN: 重听}
    examples: {en: [say that again, repeat please], zh-CN: [再说一遍, 重复一下]}
prompts:
  greeting: {en: Welcome., zh-CN: 欢迎。}
  retry: {en: What?, zh-CN: 什么?}
  silence: {en: Hello?, zh-CN: 喂?}
  confirm: {en: "Did you want {name}?", zh-CN: "您要{name}吗?"}
  keys: {en: "For {name} press {key}.", zh-CN: "{name}请按{key}。"}
  human: {en: One moment., zh-CN: 请稍等。}
  goodbye: {en: Bye., zh-CN: 再见。}
nodes:
  - id: orders
    key: 1
    name: {en: an order, zh-CN: 订单}
    examples: {en: [where is my order, I ordered something], zh-CN: [我的订单在哪, 查订单]}
    say: {en: It is on its way., zh-CN: 已经在路上了。}
    accept: 0.9
  - id: returns
    key: 22
    name: {en: a return, zh-CN: 退货}
    examples: {en: [I want to return it, send it back], zh-CN: [我要退货, 退掉]}
    flow: returns
  - id: clerk
    key: 0
    name: {en: a clerk, zh-CN: 人工}
    examples: {en: [talk to somebody, give me a clerk], zh-CN: [找人, 转人工]}
    dial: clerks
`

func parse(t testing.TB, text string) *Menu {
	t.Helper()
	m, err := Parse("shop.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// edited replaces old, which must be there, by new in the small menu.
func edited(t *testing.T, old, new string) string {
	t.Helper()
	if !strings.Contains(small, old) {
		t.Fatalf("the small menu has no %q", old)
	}
	return strings.Replace(small, old, new, 1)
}

func TestParse(t *testing.T) {
	m := parse(t, small)
	orders := m.Node("orders")
	if orders.Key != "1" || orders.Accept != 0.9 || orders.Confirm != 0.4 || orders.Name("zh-CN") != "订单" ||
		orders.Answer("en") != "It is on its way." || len(orders.Examples("zh")) != 2 {
		t.Errorf("orders is %+v", orders)
	}
	if m.Node("returns").Flow != "returns" || m.Human.Node.Dial != "clerks" || m.Node("nobody") != nil {
		t.Error("actions were lost")
	}
	if m.Human.After(2) || !m.Human.After(3) || !m.Human.After(4) {
		t.Error("failures: 3 is not kept")
	}
}

func TestProblems(t *testing.T) {
	f := func(old, new, want string) {
		t.Helper()
		_, err := Parse("shop.yaml", []byte(edited(t, old, new)))
		if err == nil || !strings.Contains(err.Error()+"\n", "shop.yaml:"+want+"\n") {
			t.Errorf("with %q:\n got %v\nwant shop.yaml:%s", new, err, want)
		}
	}
	f("accept: 0.7", "acept: 0.7", `3:1: unknown key "acept" in the menu; known: menu, languages, accept, confirm, margin, numbering, synonyms, human, commands, prompts, other, groups, nodes`)
	f("    key: 1", "    kee: 1", `25:5: unknown key "kee" in node orders; known: id, key, group, name, examples, say, flow, dial, slots, accept, confirm`)
	f("    key: 1", "    key: 1\n    key: 2", `26:5: key "key" stands twice in node orders`)
	f("    key: 22", "    key: 1", `31:10: key 1 of node returns is taken by node orders`)
	f("    key: 22", "    key: 12", `31:10: key 12 of node returns and key 1 of node orders begin alike`)
	f("    key: 22", "    key: two", `31:10: node returns key "two" must be made of 0-9, * and #`)
	f("key: 22", "key: '*'", `31:10: key * of node returns is taken by command repeat`)
	f("id: returns", "id: orders", `30:9: node "orders" stands twice`)
	f("id: returns", "id: My Returns", `30:9: id "My Returns" must be lower-case letters, digits and _, a letter first`)
	f("- id: returns\n    key: 22", "- key: 22", `30:5: node has no id`)
	f("node: clerk", "node: boss", `6:9: human node "boss" is not a node of this menu`)
	f("  node: clerk\n", "", `6:3: human has rules but no node to bring the caller to`)
	f("failures: 3", "failures: many", `7:13: failures must be a whole number from 0 to 20`)
	f("accept: 0.7", "accept: 70", `3:9: accept must be a number from 0 to 1`)
	f("accept: 0.9", "accept: high", `29:13: node orders accept must be a number from 0 to 1`)
	f("confirm: 0.4", "confirm: 0.8", `1:1: confirm (0.8) is above accept (0.7)`)
	f("accept: 0.9", "accept: 0.2", `24:9: node orders: confirm (0.4) is above accept (0.2)`)
	f("languages: [en, zh-CN]", "languages: [en]", `8:32: language "zh-CN" is not one of the menu's: en`)
	f("languages: [en, zh-CN]", "languages: [en, zh-CN, de]", `24:9: node orders has no examples in de`)
	f("languages: [en, zh-CN]", "languages: [en, zh-CN, en]", `2:24: language "en" stands twice`)
	f("retry: {en: What?, zh-CN: 什么?}", "retry: {en: What?}", `17:3: prompt retry has no text in zh-CN`)
	f("  retry: {en: What?, zh-CN: 什么?}\n", "", `16:3: prompt "retry" is missing`)
	f("For {name} press {key}.", "For {name} press it.", `20:3: prompt keys in en must contain {key}`)
	f("Did you want {name}?", "Did you?", `19:3: prompt confirm in en must contain {name}`)
	f("en: Welcome.", "en: ''", `16:18: prompt greeting is empty`)
	f("zh-CN: [再说一遍, 重复一下]}", "zh-CN: []}\n    defaults: off", `11:3: command repeat has no examples in zh-CN`)
	f("[where is my order, I ordered something]", "[]", `24:9: node orders has no examples in en`)
	f("[where is my order, I ordered something]", "where is my order", `27:20: node orders in en must be a list`)
	f("[where is my order, I ordered something]", "['...']", `27:21: "..." has no word in it`)
	f("    examples: {en: [where", "    wait: [no]\n    examples: {en: [where", `27:5: unknown key "wait" in node orders; known: id, key, group, name, examples, say, flow, dial, slots, accept, confirm`)
	f("send it back", "Where's my order?", `33:42: "Where's my order?" is an example of returns and, on line 27, of orders`)
	f("send it back", "an order", `33:42: "an order" is an example of returns and, on line 26, of orders`)
	f("name: {en: an order, zh-CN: 订单}", "name: {en: an order}", `24:9: node orders has no name in zh-CN`)
	f("name: {en: an order, zh-CN: 订单}", "name: an order", `26:11: node orders name must be a list of key: value pairs`)
	f("    flow: returns\n", "", `30:9: node returns leads nowhere: add say, flow or dial`)
	f("    flow: returns", "    flow: returns\n    dial: clerks", `30:9: node returns has both a flow and a dial target`)
	f("say: {en: It is on its way., zh-CN: 已经在路上了。}", "say: {en: It is on its way.}", `24:9: node orders says nothing in zh-CN`)
	f("flow: returns", "flow: {a: b}", `34:11: node returns flow must be text; quote it if it is`)
	f("menu: shop\n", "", `1:1: the menu has no id: add menu: NAME`)
}

// All mistakes come at once, in the order of the file.
func TestAllProblemsAtOnce(t *testing.T) {
	broken, err := os.ReadFile(filepath.Join("testdata", "broken.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join("testdata", "broken.want"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Parse("broken.yaml", broken)
	var problems Problems
	if !errors.As(err, &problems) {
		t.Fatalf("Parse = %v; want Problems", err)
	}
	if got := problems.Error() + "\n"; got != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestBrokenYAML(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		m, err := Parse("shop.yaml", []byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("Parse(%q) = %v, %v; want %s", text, m, err, want)
		}
	}
	f("", "shop.yaml: the file is empty")
	f("# nothing but a remark\n", "shop.yaml: the file is empty")
	f("menu: [", "shop.yaml:1:")
	f("menu: shop\n\tlanguages: [en]\n", "shop.yaml:")
	f("just a sentence", "shop.yaml:1:1: the menu must be a list of key: value pairs")
	f("- a\n- b\n", "shop.yaml:1:1: the menu must be a list of key: value pairs")
	f(small+"---\nmenu: second\n", "shop.yaml:41:1: a menu file holds one document")
	f("menu: &a shop\nlanguages: *a\n", "shop.yaml:1:1: the menu has no nodes")
	f("{a: b}: c\n", "shop.yaml:1:")
	f(strings.Repeat("[", 100_000), "shop.yaml:1:1: brackets or lists are nested too deeply")
	f("a:\n"+strings.Repeat("- ", 100_000), "shop.yaml:2:1: brackets or lists are nested too deeply")
	f("a:\n"+strings.Repeat(" ", 1000)+"b: c\n", "shop.yaml:2:1: brackets or lists are nested too deeply")
	f(strings.Repeat("#", 5<<20), "shop.yaml: the file has 5242880 bytes; a menu has at most 4194304")
}

func TestLoad(t *testing.T) {
	fsys := fstest.MapFS{
		"menus/shop.yaml": {Data: []byte(small)},
		"menus/bad.yaml":  {Data: []byte("menu: bad\n")},
	}
	if m, err := Load(fsys, "menus/shop.yaml"); err != nil || m.ID != "shop" {
		t.Errorf("Load = %v, %v", m, err)
	}
	if _, err := Load(fsys, "menus/none.yaml"); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "menus/none.yaml") {
		t.Errorf("a missing file is %v", err)
	}
	if _, err := Load(fsys, "menus/bad.yaml"); err == nil || !strings.Contains(err.Error(), "menus/bad.yaml:1:") {
		t.Errorf("a bad file is %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(small)
	f.Add("")
	f.Add("menu: [")
	f.Add("nodes:\n- id: a\n  key: [1]\n")
	f.Add("a: &x [*x]\n<<: *x\n")
	f.Add("groups:\n- {id: a, group: b}\n- {id: b, group: a}\nnodes:\n- {id: n, group: a}\n")
	f.Add(small + "other: {examples: {en: [x]}, say: {en: y}, times: 3}\nsynonyms: {en: [[a, b], [b, c]]}\nnumbering: off\n")
	f.Add(strings.Replace(small, "    flow: returns\n", "    flow: returns\n    slots: [{id: a, kind: name, values: {x: {en: [x], zh-CN: [x]}}}]\n", 1))
	f.Fuzz(func(t *testing.T, text string) {
		m, err := Parse("fuzz.yaml", []byte(text))
		if err != nil {
			return
		}
		for _, lang := range m.Languages {
			m.Match(lang, text)
			m.KeysPrompt(lang)
			m.Phrases(lang)
		}
		for _, n := range m.Nodes {
			if got, _, press := m.Key(n.Key); n.Key != "" && (got != n || press != Complete) {
				t.Errorf("key %q of %s leads to %v", n.Key, n, got)
			}
		}
	})
}
