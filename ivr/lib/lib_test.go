package lib

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"

	"trunkline/call"
	"trunkline/ivr/sandbox"
	"trunkline/ivr/secret"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

// bench runs scripts with libraries, as package flow does.
type bench struct {
	t   *testing.T
	L   *sandbox.State
	log strings.Builder
	env Env
}

// card is the secret that the script has collected; it holds it as card.
const card = "5105105105105100"

func newBench(t *testing.T, d Deps) *bench {
	t.Helper()
	b := &bench{t: t}
	b.L = sandbox.New(t.Context(), sandbox.Limits{}, func(string) {})
	t.Cleanup(b.L.Close)
	b.env = Env{
		Context: t.Context(), State: b.L, Call: call.Info{From: "100"},
		Log: slog.New(slog.NewTextHandler(&b.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	var kept secret.Keeper
	kept.Keep(card)
	b.env.Secret = kept.Holds
	b.L.SetGlobal("card", &lua.LUserData{Value: value.NewSecret(card), Metatable: lua.LNil})
	for _, l := range All(d) {
		table := b.L.NewTable()
		for name, v := range l.Values {
			table.RawSetString(name, v)
		}
		for _, row := range l.Rows {
			_, short, _ := strings.Cut(row.Name, ".")
			table.RawSetString(short, b.L.NewFunction(func(L *lua.LState) int { return b.perform(row) }))
		}
		b.L.SetGlobal(l.Name, table)
	}
	return b
}

func (b *bench) perform(row *Row) int {
	L := b.L.LState
	v, err := row.Run(&b.env, row.Parse(L, 1))
	var mistake verb.Mistake
	var refusal *call.Error
	switch {
	case errors.As(err, &mistake):
		L.RaiseError("%s: %s", row.Name, mistake)
	case errors.As(err, &refusal):
		if refusal.Verb != row.Name {
			b.t.Errorf("%s: the error says it is of %s", row.Name, refusal.Verb)
		}
		L.Push(lua.LNil)
		L.Push(record(map[string]any{"code": refusal.Code, "message": refusal.Text}))
		return 2
	case err != nil:
		b.t.Errorf("%s: error without a code: %v", row.Name, err)
	}
	if v == nil {
		b.t.Fatalf("%s: no value", row.Name)
	}
	L.Push(v)
	return 1
}

// run runs a script and shows what it returns: a value, "code: message" of an
// error, or what it raised.
func (b *bench) run(script string) string {
	b.t.Helper()
	if !strings.Contains(script, "return") {
		script = "return " + script
	}
	proto, err := sandbox.Compile("t.lua", script, func(*ast.FuncCallExpr) {})
	if err != nil {
		b.t.Fatal(err)
	}
	b.L.Think()
	if err := b.L.CallByParam(lua.P{Fn: b.L.NewFunctionFromProto(proto), NRet: 2, Protect: true}); err != nil {
		text, _, _ := strings.Cut(sandbox.Failure(err), "\n")
		return "raised " + text
	}
	value, failed := b.L.Get(-2), b.L.Get(-1)
	b.L.Pop(2)
	if e, ok := failed.(*lua.LTable); ok && value == lua.LNil {
		return e.RawGetString("code").String() + ": " + e.RawGetString("message").String()
	}
	return show(value)
}

// is runs a script and compares: want may be the beginning when it ends in "…".
func (b *bench) is(script, want string) {
	b.t.Helper()
	got := b.run(script)
	if begin, ok := strings.CutSuffix(want, "…"); got != want && !(ok && strings.HasPrefix(got, begin)) {
		b.t.Errorf("%s\ngot  %s\nwant %s", script, got, want)
	}
}

// show writes a value so that tests can compare it: {a=1 b={1 2}}.
func show(v lua.LValue) string {
	switch v := v.(type) {
	case *lua.LUserData:
		return fmt.Sprint(v.Value)
	case *lua.LTable:
		var parts []string
		for i := 1; i <= v.Len(); i++ {
			parts = append(parts, show(v.RawGetInt(i)))
		}
		fields := map[string]string{}
		v.ForEach(func(k, v lua.LValue) {
			if k.Type() == lua.LTString {
				fields[k.String()] = show(v)
			}
		})
		for _, k := range slices.Sorted(maps.Keys(fields)) {
			parts = append(parts, k+"="+fields[k])
		}
		return "{" + strings.Join(parts, " ") + "}"
	}
	return v.String()
}

func TestLog(t *testing.T) {
	b := newBench(t, Deps{})
	b.is(`log.info "hello"`, "true")
	b.is(`log.debug{ text = 5 }`, "true")
	b.is(`log.warn("w") and log.error("e")`, "true")
	b.is(`log.info()`, "raised t.lua:1: log.info: argument text is missing: what to write")
	for _, want := range []string{`level=INFO msg="script says" text=hello`, "level=DEBUG", "text=5", "level=WARN", "level=ERROR"} {
		if !strings.Contains(b.log.String(), want) {
			t.Errorf("log lacks %s: %s", want, b.log.String())
		}
	}
}

// TestRowsAreSound: what docs/lua.md and the checks of scripts rely on.
func TestRowsAreSound(t *testing.T) {
	for _, l := range All(Deps{}) {
		for _, r := range l.Rows {
			if !strings.HasPrefix(r.Name, l.Name+".") || r.Doc == "" || r.Result == "" || r.Run == nil {
				t.Errorf("%s lacks its name, doc, result or function", r.Name)
			}
			for _, a := range r.Args {
				if a.Doc == "" {
					t.Errorf("%s: argument %s has no doc", r.Name, a.Name)
				}
				if a.Default != "" {
					if _, err := a.Kind.Parse(a.Default); err != nil {
						t.Errorf("%s: default of %s: %v", r.Name, a.Name, err)
					}
				}
			}
		}
	}
}
