package flow

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"trunkline/ivr/lib"
	"trunkline/ivr/verb"
)

// go test ./ivr/flow -update rewrites docs/lua.md from the table of verbs.
var update = flag.Bool("update", false, "rewrite docs/lua.md")

func TestLuaPageIsTheTable(t *testing.T) {
	const file = "../../docs/lua.md"
	want := luaPage()
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
		t.Errorf("%s does not describe the table of verbs: run go test ./ivr/flow -update", file)
	}
}

// TestTableIsSound: what the page and the checks rely on.
func TestTableIsSound(t *testing.T) {
	seen := map[string]bool{}
	for _, v := range verbs() {
		if seen[v.Name] {
			t.Errorf("verb %s stands twice", v.Name)
		}
		seen[v.Name] = true
		if v.Doc == "" || v.Result == "" || v.Run == nil {
			t.Errorf("verb %s lacks its doc, result or function", v.Name)
		}
		leads := 0
		for _, a := range v.Args {
			if a.Doc == "" {
				t.Errorf("%s: argument %s has no doc", v.Name, a.Name)
			}
			if a.Required && a.Default != "" {
				t.Errorf("%s: argument %s is required and has a default", v.Name, a.Name)
			}
			if a.Default != "" {
				if _, err := a.Kind.Parse(a.Default); err != nil {
					t.Errorf("%s: default of %s: %v", v.Name, a.Name, err)
				}
			}
			if a.Lead {
				leads++
			}
		}
		if leads > 1 {
			t.Errorf("verb %s has %d leading arguments", v.Name, leads)
		}
	}
}

func luaPage() string {
	var b strings.Builder
	b.WriteString(luaPreface)
	for _, v := range verbs() {
		describe(&b, "call:"+v.Name, &v.Shape)
	}
	b.WriteString("\n## Libraries\n\nFunctions of global tables, with arguments like those of verbs. They know nothing of the call, " +
		"but a hang-up ends the\nflow while they wait. Codes of their errors:\n\n| code | meaning |\n|---|---|\n")
	for _, c := range lib.Codes() {
		fmt.Fprintf(&b, "| %s | %s |\n", c[0], c[1])
	}
	for _, l := range lib.All(lib.Deps{}) {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", l.Name, l.Doc)
		for _, f := range l.Rows {
			describe(&b, f.Name, &f.Shape)
		}
	}
	b.WriteString("\n¹ may be given alone, without its name: `call:say \"Hello\"`, `call:sleep(\"2s\")`.\n")
	return b.String()
}

// describe writes the section of one verb or function.
func describe(b *strings.Builder, title string, v *verb.Shape) {
	fmt.Fprintf(b, "\n### %s\n\n%s\n", title, v.Doc)
	if len(v.Args) > 0 {
		b.WriteString("\n| argument | type | default | |\n|---|---|---|---|\n")
		for _, a := range v.Args {
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
	}
	if v.Free {
		b.WriteString("\nTakes any named arguments.\n")
	}
	fmt.Fprintf(b, "\nReturns %s.\n", v.Result)
}

const luaPreface = `# The Lua of flows

<!-- Written by go test ./ivr/flow -update from the table in ivr/flow/verbs.go. Do not edit. -->

A flow is a Lua 5.1 script in ` + "`scripts/flows`" + `. It runs for one call and reads like the call:

` + "```lua" + `
local call = ...                       -- the call is the argument

call:answer()
local r = call:ask{ menu = "hotline" } -- words and keys at once
if r and r.kind == "intent" then
  call:say(r.answer)
end
` + "```" + `

## Rules

- Verbs block until what they ask for has happened. Arguments are named, in one table; an unknown or mistyped one is a
  mistake. Durations are text: ` + "`\"6s\"`, `\"300ms\"`, `\"1m30s\"`" + `.
- Operations return a value, or ` + "`nil, err`" + `: ` + "`err.code`" + ` is a stable word, ` + "`err.message`" + ` a sentence, ` + "`err.sip`" + ` and
  ` + "`err.q850`" + ` numbers where there are any. ` + "`assert(call:dial{…})`" + ` raises the error.
- Mistakes of the script raise. One that is not caught is logged and published with file, line and traceback; the caller
  hears an apology and the call ends.
- A hang-up ends the flow at the verb where it waits, or at the next one. Nothing catches it; functions given to
  ` + "`call:finally`" + ` still run. A script that comes to its end hangs up.
- ` + "`call.id`, `call.from`, `call.to`, `call.trunk`, `call.direction`, `call.flow`" + ` say what is known of the call;
  ` + "`call.vars`" + ` holds its variables. ` + "`call.vars.lang`" + ` is the language of prompts and recognition.
- Of Lua's libraries there are ` + "`table`, `string` and `math`" + `, and the base functions without those that load code.
  ` + "`print`" + ` writes to the log. There are no files, no processes and no coroutines.
- A script may run two million instructions without waiting (verbs count as 1,000; what is spent comes back at 200,000 a
  second), think for 2 s, hold 16 MiB, make strings of 1 MiB, store at array indexes up to 65,536 and call 200 functions
  deep. Beyond that it has made a mistake.
- ` + "`trunkline check`" + ` finds syntax errors, unknown verbs and arguments, and menus and flows that do not exist,
  before a call does.

## Error codes

| code | meaning |
|---|---|
| busy, no_answer, rejected, cancelled, not_found, unreachable, media, failed, overload | why a leg was not answered |
| refused | a limit or rule forbids it |
| invalid | it makes no sense now |
| hangup | the call is over (seen in finally functions only) |
| timeout | it took too long |
| dropped | the prompt could not be played: the call is not answered |
| synthesis | the text could not be spoken |
| recognition | there is no recogniser for the language |
| file | the sound file could not be read |

## Verbs
`
