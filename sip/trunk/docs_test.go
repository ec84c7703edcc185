package trunk

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

const page = "../../docs/trunks.md"

// TestPageNamesEveryKeyAndQuirk keeps the tables of docs/trunks.md what the
// structs and the quirks say. -write writes them.
func TestPageNamesEveryKeyAndQuirk(t *testing.T) {
	old, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	text := string(old)
	for name, table := range map[string]string{"keys": keyTables(), "quirks": quirkTable()} {
		begin, end := "<!-- "+name+" -->\n", "<!-- /"+name+" -->"
		head, rest, ok1 := strings.Cut(text, begin)
		_, tail, ok2 := strings.Cut(rest, end)
		if !ok1 || !ok2 {
			t.Fatalf("docs/trunks.md has no place for %s", name)
		}
		text = head + begin + table + end + tail
	}
	if *write {
		if err := os.WriteFile(page, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if text != string(old) {
		t.Error("docs/trunks.md is behind: go test ./sip/trunk -write")
	}
}

// TestPageIsRight reads the example of docs/trunks.md.
func TestPageIsRight(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```yaml\n")
	example, _, ok := strings.Cut(rest, "```")
	var file struct {
		Trunks []Trunk `json:"trunks"`
	}
	if err := yaml.UnmarshalWithOptions([]byte(example), &file, yaml.Strict()); err != nil || !ok || len(file.Trunks) != 1 {
		t.Fatalf("read %+v: %v", file, err)
	}
	if found := CheckAll(file.Trunks); len(found) > 0 {
		t.Error(found)
	}
}

var write = flag.Bool("write", false, "write the tables of docs/trunks.md")

func quirkTable() string {
	var b strings.Builder
	b.WriteString("| quirk | sets | bends | what the peer does |\n|---|---|---|---|\n")
	for _, q := range Quirks() {
		fmt.Fprintf(&b, "| `%s` | `%s: %s` | %s | %s |\n", q.Name, q.Option, q.Value, q.Clause, q.Why)
	}
	return b.String()
}

// keyTables has a table for a trunk, and one for each struct within.
func keyTables() string {
	var b strings.Builder
	keyTable(&b, "", reflect.TypeFor[Trunk]())
	return b.String()
}

func keyTable(b *strings.Builder, path string, typ reflect.Type) {
	if path != "" {
		fmt.Fprintf(b, "\n`%s`:\n\n", path)
	}
	b.WriteString("| key | value | meaning |\n|---|---|---|\n")
	for f := range typ.Fields() {
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", key(f), kind(f), f.Tag.Get("doc"))
	}
	for f := range typ.Fields() {
		inner, list := f.Type, ""
		for inner.Kind() == reflect.Slice || inner.Kind() == reflect.Pointer {
			if inner.Kind() == reflect.Slice {
				list = "[]"
			}
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct {
			keyTable(b, join(path, key(f)+list), inner)
		}
	}
}

// kind says in words what a field holds.
func kind(f reflect.StructField) string {
	if enum, ok := f.Tag.Lookup("enum"); ok {
		return strings.ReplaceAll(enum, ",", ", ")
	}
	switch typ := f.Type; {
	case typ == reflect.TypeFor[Duration]():
		return "duration"
	case typ.Kind() == reflect.Slice && typ.Elem().Kind() == reflect.Struct:
		return "list, below"
	case typ.Kind() == reflect.Slice:
		return "list"
	case typ.Kind() == reflect.Struct || typ.Kind() == reflect.Pointer:
		return "below"
	case typ.Kind() == reflect.Map:
		return "name: value"
	case typ.Kind() == reflect.Bool:
		return "true, false"
	case f.Tag.Get("maximum") != "":
		return "0 to " + f.Tag.Get("maximum")
	case typ.Kind() == reflect.String:
		return "text"
	}
	return "number"
}
