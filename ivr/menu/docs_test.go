package menu

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const docs = "../../docs/menus.md"

func page(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The example of the page is a menu, and what the page says of it is so.
func TestDocumentedMenu(t *testing.T) {
	_, rest, _ := strings.Cut(page(t), "```yaml\n")
	text, _, _ := strings.Cut(rest, "```")
	m, err := Parse("menus.md", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if got := m.KeysPrompt("en"); !strings.HasPrefix(got, "For cards, press 1. For a transfer, press 2. For an agent, press 0.") {
		t.Errorf("callers hear %q", got)
	}
	if got := m.Top().Press("1").Level.Prompt("en"); !strings.HasPrefix(got, "About your cards. For a lost card, press 1.") {
		t.Errorf("behind 1 they hear %q", got)
	}
	if r := m.Match("en", "let me talk to somebody"); r.Verdict != Human || r.Node.ID != "agent" {
		t.Errorf("a node without examples of its own: %+v", r)
	}
}

// The tables of the page have every key that the file may have, and no other.
func TestDocumentedKeys(t *testing.T) {
	text := page(t)
	f := func(section, old, new string) {
		t.Helper()
		_, err := Parse("x", []byte(edited(t, old, new)))
		if err == nil {
			t.Fatalf("%s: an unknown key is taken", section)
		}
		line := regexp.MustCompile(`unknown key "what_is_this" in [^;]*; known: (.*)`).FindStringSubmatch(err.Error())
		if line == nil {
			t.Fatalf("%s: %v", section, err)
		}
		_, rest, _ := strings.Cut(text, "\n### "+section+"\n")
		rest, _, _ = strings.Cut(rest, "\n#")
		var got []string
		for _, row := range regexp.MustCompile("(?m)^\\| `([a-z]+)` \\|").FindAllStringSubmatch(rest, -1) {
			got = append(got, row[1])
		}
		want := strings.Split(line[1], ", ")
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("section %q has %q; want %q", section, got, want)
		}
	}
	const unknown = "what_is_this: 1"
	f("The menu", "accept: 0.7\n", "accept: 0.7\n"+unknown+"\n")
	f("A node", "    key: 22\n", "    key: 22\n    "+unknown+"\n")
	f("A slot", "    flow: returns\n", "    flow: returns\n    slots:\n      - {id: a, "+unknown+"}\n")
	f("A group", "nodes:\n", "groups:\n  - {id: a, "+unknown+"}\nnodes:\n")
	f("human", "  node: clerk\n", "  node: clerk\n  "+unknown+"\n")
	f("A command", "    key: \"*\"\n", "    key: \"*\"\n    "+unknown+"\n")
	f("other", "commands:\n", "other: {times: 1, "+unknown+"}\ncommands:\n")

	for _, k := range []SlotKind{SlotDate, SlotTime, SlotName, SlotText} {
		if !strings.Contains(text, "`"+string(k)+"`") {
			t.Errorf("the page lacks the kind %s", k)
		}
	}
	d, err := readDefaults()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range d.Commands {
		if !strings.Contains(text, "| `"+c.ID+"` |") {
			t.Errorf("the page lacks the command %s", c.ID)
		}
	}
}
