package flowtest

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	_ "embed"
)

// go test ./ivr/flowtest -update rewrites docs/flow-tests.md from the tables.
var update = flag.Bool("update", false, "rewrite docs/flow-tests.md")

//go:embed testdata/preface.md
var preface string

func TestPageIsTheTable(t *testing.T) {
	const file = "../../docs/flow-tests.md"
	want := page()
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not up to date: run go test ./ivr/flowtest -update", file)
	}
}

// TestExampleOnThePage: it works as it stands there.
func TestExampleOnThePage(t *testing.T) {
	_, rest, _ := strings.Cut(preface, "```lua\n")
	example, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("the page has no example")
	}
	runShipped(t, example, func(r Result) {
		if r.Err != "" {
			t.Errorf("%s\n%s", r.Err, r.Dialogue)
		}
	})
}

//go:embed testdata/bank_test.lua
var bankTests string

// TestBank: tests of a menu with slots and levels, that of docs/menus.md.
func TestBank(t *testing.T) {
	about, err := os.ReadFile("../../docs/menus.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(about), "```yaml\n")
	text, _, _ = strings.Cut(text, "```")
	scripts := fstest.MapFS{"menus/bank.yaml": {Data: []byte(text)}, "flows/bank.lua": {Data: []byte(`local call = ...
call:answer()
local r = call:ask{ menu = "bank", lang = "en" }
if r.node == "transfer" then
  call:set{ amount = r.slots.amount, account = r.slots.account }
  call:say(r.slots.amount .. " from " .. r.slots.account)
elseif r.answer then
  call:say(r.answer)
end
`)}}
	for _, flow := range []string{"card_limit", "transfer"} {
		scripts["flows/"+flow+".lua"] = &fstest.MapFile{Data: []byte("local call = ...\n")}
	}
	s, err := Load(scripts, []File{{"bank_test.lua", bankTests}})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	s.Run(context.Background(), nil, func(r Result) {
		if n++; r.Err != "" {
			t.Errorf("%s: %s\n%s", r.Name, r.Err, r.Dialogue)
		}
	})
	if n != 4 {
		t.Errorf("%d tests were run", n)
	}
}

// TestSalesOnThePage: so does the other, with the flow that stands there.
func TestSalesOnThePage(t *testing.T) {
	blocks := strings.Split(preface, "```lua\n")
	if len(blocks) != 4 {
		t.Fatalf("the page has %d scripts", len(blocks)-1)
	}
	text := func(i int) string {
		text, _, _ := strings.Cut(blocks[i], "```")
		return text
	}
	s, err := Load(fstest.MapFS{"flows/sales.lua": {Data: []byte(text(2))}}, []File{{"sales_test.lua", text(3)}})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	s.Run(context.Background(), nil, func(r Result) {
		if n++; r.Err != "" {
			t.Errorf("%s: %s\n%s", r.Name, r.Err, r.Dialogue)
		}
	})
	if n != 3 {
		t.Errorf("%d tests were run", n)
	}
}

func page() string {
	var b strings.Builder
	b.WriteString(preface)
	for _, r := range trialRows() {
		describe(&b, "t:", &r.Shape)
	}
	b.WriteString("\n### t:equal(got, want, text), t:ok(value, text), t:fails(function, text)\n\n" +
		"Compares two values, tables by what is in them; wants a value that is neither nil nor false; wants a function to raise an\n" +
		"error with the text in it, and returns the error. What `text` says stands before the failure of the first two.\n" +
		"\n## The caller\n\nWhat `t:call` returns. `caller.said` is the list of prompts so far, `caller.steps` what the flow did (at, took, where, what,\n" +
		"result, failed), `caller.vars` the variables of the call as they are now or were at its end, and `caller.result` what came of the call: cause, by, answered, seconds, error; nil while it goes on.\n")
	for _, r := range callerRows() {
		describe(&b, "caller:", &r.Shape)
	}
	b.WriteString("\n¹ may be given alone, without its name: `caller:says \"hello\"`, `caller:says(\"hello\", { lasts = \"2s\" })`.\n")
	return b.String()
}

// describe writes the section of one method.
func describe(b *strings.Builder, before string, s *shape) {
	fmt.Fprintf(b, "\n### %s%s\n\n%s\n", before, s.Name, s.Doc)
	if len(s.Args) > 0 {
		b.WriteString("\n| argument | type | default | |\n|---|---|---|---|\n")
	}
	for _, a := range s.Args {
		name, def := "`"+a.Name+"`", a.Default
		if a.Lead {
			name += " ¹"
		}
		if a.Required {
			def = "required"
		} else if def != "" {
			def = "`" + def + "`"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", name, a.Kind, def, strings.ReplaceAll(a.Doc, "|", "\\|"))
	}
	fmt.Fprintf(b, "\nReturns %s.\n", s.Result)
}
