package spoken

import (
	"flag"
	"fmt"
	"os"
	"path"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the tables of docs/saying.md")

const (
	docs = "../../docs/saying.md"
	mark = "<!-- The rest is written by: go test ./ivr/spoken -update -->\n"
)

// TestDocs holds that the tables in the documentation are the tables here.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(text), mark)
	if !ok {
		t.Fatalf("%s: no line %q", docs, mark)
	}
	want := tables(t)
	if *update {
		if err := os.WriteFile(docs, []byte(head+mark+want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if rest != want {
		t.Errorf("%s is not what the tables say: run go test ./ivr/spoken -update", docs)
	}
}

func tables(t *testing.T) string {
	var b strings.Builder
	b.WriteString("\n## Kinds\n\n| kind | value | for example | English | Chinese |\n|---|---|---|---|---|\n")
	for _, r := range rules {
		example, o := exampleOf(r.kind)
		fmt.Fprintf(&b, "| `%s` | %s | `%s` | %s | %s |\n", r.kind, r.takes, example, say(t, r.kind, example, "en", o), say(t, r.kind, example, "zh", o))
	}
	for _, tag := range Tags() {
		l, err := For(tag)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "\n## Fragments: %s\n\n%d in all.\n\n| directory | recordings |\n|---|---|\n", tag, len(l.Words))
		dir, line := "", ""
		for _, name := range append(l.Names(), "") {
			if d := path.Dir(name); d != dir {
				if line != "" {
					fmt.Fprintf(&b, "| `%s` | %s |\n", path.Join("prompts", tag, dir), line)
				}
				dir, line = d, ""
			}
			line += fmt.Sprintf(" `%s` %s", path.Base(name), l.Words[name])
			line = strings.TrimPrefix(line, " ")
		}
	}
	return b.String()
}

// exampleOf is a value worth a line of the table.
func exampleOf(k Kind) (value string, o Options) {
	switch k {
	case Number:
		return "-2050.5", o
	case Ordinal:
		return "21", o
	case Digits:
		return "12 305", o
	case Spell:
		return "AB-7", o
	case Phone:
		return "13800138000", o
	case Money:
		return "105.30 CNY", o
	case Percent:
		return "12.5", o
	case Count:
		return "2", Options{Unit: "message"}
	case Date:
		return "2026-11-21", o
	case Time:
		return "15:05", o
	case DateTime:
		return "2026-11-22 15:05", Options{Today: "2026-11-21"}
	}
	return "185s", o
}

func say(t *testing.T, k Kind, value, lang string, o Options) string {
	t.Helper()
	text, err := Text(k, value, lang, o)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
