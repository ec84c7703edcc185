package fscompat_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"

	"trunkline/ivr/flow"
	"trunkline/ivr/fscompat"
	"trunkline/ivr/sandbox"
	"trunkline/ivr/spoken"
	"trunkline/ivr/verb"
)

// fake is a call as a script sees it: the verbs there are, with their arguments
// checked as strictly, and a caller who presses keys.
type fake struct {
	t     *testing.T
	state *sandbox.State
	log   []string
	// keys are pressed in turn: each when a key is waited for, or during the next
	// prompt that a key may stop. " " is silence until the time-out, "." silence
	// through a prompt, "!" hangs up.
	keys     string
	dialled  map[string]string // what becomes of a leg, by trunk/to; else it answers
	words    string            // what the caller says when words are asked for
	with     []string          // the flow's second argument
	finally  []*lua.LFunction
	survives bool // a hang-up
	gone     bool // the caller has hung up
	vars     *lua.LTable
}

// leg is a second leg.
type leg struct{ f *fake }

func (leg) ID() string { return "b" }
func (l leg) Hangup()  { l.f.note("leg hangup") }

func (f *fake) note(format string, args ...any) { f.log = append(f.log, fmt.Sprintf(format, args...)) }

// play runs a script with fscompat as its module and returns what it did.
func play(t *testing.T, f *fake, script string) (string, error) {
	t.Helper()
	f.t = t
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f.state = sandbox.New(ctx, sandbox.Limits{}, func(s string) { f.note("print %s", s) })
	defer f.state.Close()
	L := f.state.LState
	L.SetGlobal("require", L.NewFunction(func(L *lua.LState) int {
		if name := L.CheckString(1); name != fscompat.Name {
			L.RaiseError("require %s", name)
		}
		L.Push(f.compiled("fscompat.lua", fscompat.Source))
		L.Call(0, 1)
		return 1
	}))
	with := lua.LValue(lua.LNil)
	if f.with != nil {
		list := L.NewTable()
		for _, s := range f.with {
			list.Append(lua.LString(s))
		}
		with = list
	}
	err := L.CallByParam(lua.P{Fn: f.compiled("flow.lua", script), Protect: true}, f.table(), with)
	if f.over() {
		err = nil
	}
	f.state.Again(t.Context())
	f.gone = true
	for _, run := range slices.Backward(f.finally) {
		info := L.NewTable()
		for k, v := range map[string]lua.LValue{"duration": lua.LNumber(61.5), "talk": lua.LNumber(60), "cause": lua.LString("normal"), "q850": lua.LNumber(16)} {
			info.RawSetString(k, v)
		}
		if err := L.CallByParam(lua.P{Fn: run, Protect: true}, info); err != nil {
			t.Errorf("finally: %s", sandbox.Failure(err))
		}
	}
	return strings.Join(f.log, "\n"), err
}

func (f *fake) over() bool { return f.state.Stopped() != nil }

func (f *fake) compiled(name, text string) *lua.LFunction {
	f.t.Helper()
	proto, err := sandbox.Compile(name, text, func(*ast.FuncCallExpr) {})
	if err != nil {
		f.t.Fatal(err)
	}
	return f.state.NewFunctionFromProto(proto)
}

// table is the call.
func (f *fake) table() *lua.LTable {
	L := f.state.LState
	self := L.NewTable()
	for k, v := range map[string]string{"id": "c1", "from": "100", "to": "200", "trunk": "local", "direction": "inbound", "flow": "x"} {
		self.RawSetString(k, lua.LString(v))
	}
	f.vars = L.NewTable()
	self.RawSetString("vars", f.vars)
	for name, shape := range flow.Shapes() {
		self.RawSetString(name, L.NewFunction(func(L *lua.LState) int {
			args := shape.Parse(L, 2)
			if f.gone && !shape.After {
				return f.refuse(L, "hangup")
			}
			return f.perform(L, shape, args)
		}))
	}
	return self
}

func (f *fake) refuse(L *lua.LState, code string) int {
	e := L.NewTable()
	e.RawSetString("code", lua.LString(code))
	e.RawSetString("message", lua.LString("it is "+code))
	L.Push(lua.LNil)
	L.Push(e)
	return 2
}

// hangup ends the call and, unless it survives, the script.
func (f *fake) hangup(L *lua.LState) int {
	f.note("over")
	if f.survives {
		f.gone = true
		return f.refuse(L, "hangup")
	}
	f.state.Stop(sandbox.ErrOver)
	L.RaiseError("%s", sandbox.ErrOver)
	return 0
}

func (f *fake) perform(L *lua.LState, s *verb.Shape, a verb.Args) int {
	waits := !s.After && s.Name != "finally" && s.Name != "survive_hangup"
	if waits && (strings.HasPrefix(f.keys, "!") || len(f.log) > 1000) {
		return f.hangup(L)
	}
	switch s.Name {
	case "ask":
		return f.ask(L, a)
	case "listen":
		return f.heard(L, "listen")
	case "play", "say":
		return f.sound(L, s, a)
	case "dial":
		f.note("dial %s/%s from %q for %s", a.Text("trunk"), a.Text("to"), a.Text("from"), a.Duration("timeout"))
		if code := f.dialled[a.Text("trunk")+"/"+a.Text("to")]; code != "" {
			return f.refuse(L, code)
		}
		u := L.NewUserData()
		u.Value = leg{f}
		meta, index := L.NewTable(), L.NewTable()
		index.RawSetString("id", lua.LString("b"))
		index.RawSetString("hangup", L.NewFunction(func(*lua.LState) int { leg{f}.Hangup(); return 0 }))
		meta.RawSetString("__index", index)
		L.SetMetatable(u, meta)
		L.Push(u)
		return 1
	case "bridge":
		f.note("bridge")
		t := L.NewTable()
		t.RawSetString("cause", lua.LString("normal"))
		L.Push(t)
		return 1
	case "survive_hangup":
		f.survives = true
	case "finally":
		f.finally = append(f.finally, a.Func("run"))
	case "words":
		text, err := spoken.Text(spoken.Kind(a.Text("as")), a.Text("value"), a.Text("lang"), spoken.Options{})
		if err != nil {
			L.RaiseError("words: %s", err)
		}
		L.Push(lua.LString(text))
		return 1
	case "set":
		for _, name := range slices.Sorted(maps.Keys(a.All())) {
			f.note("set %s=%s", name, a.All()[name])
			f.vars.RawSetString(name, a.All()[name].(lua.LValue))
		}
	case "record":
		f.note("record")
		L.Push(lua.LString("recordings/c1.wav"))
		return 1
	case "sleep":
		f.note("sleep %s", a.Duration("duration"))
	case "conference":
		f.note("conference %s mute=%t", a.Text("room"), a.Flag("mute"))
		return f.hangup(L)
	case "log":
		f.note("log %s: %s", a.Text("level"), a.Text("text"))
	default:
		f.note("%s", strings.TrimSpace(s.Name+" "+a.Text("code")+a.Text("to")+a.Text("digits")))
		if s.Name == "hangup" || s.Name == "transfer" {
			return f.hangup(L)
		}
	}
	L.Push(lua.LTrue)
	return 1
}

// ask waits for one key, or for words.
func (f *fake) ask(L *lua.LState, a verb.Args) int {
	if a.Flag("speech") {
		return f.heard(L, fmt.Sprintf("ask %q", a.Text("say")))
	}
	t := L.NewTable()
	t.RawSetString("kind", lua.LString("silence"))
	key := ""
	if f.keys != "" {
		key, f.keys = f.keys[:1], f.keys[1:]
	}
	if key != "" && key != " " && key != "." {
		t.RawSetString("kind", lua.LString("digits"))
		t.RawSetString("digits", lua.LString(key))
	} else if a.Duration("timeout") > 100*time.Millisecond {
		f.note("silence %s", a.Duration("timeout"))
		if f.keys == "" { // nobody is there any more
			f.keys = "!"
		}
	}
	L.Push(t)
	return 1
}

// heard has the caller say something.
func (f *fake) heard(L *lua.LState, verb string) int {
	f.note("%s", verb)
	t := L.NewTable()
	t.RawSetString("kind", lua.LString("speech"))
	t.RawSetString("text", lua.LString(f.words))
	L.Push(t)
	return 1
}

// sound plays two seconds; a key that may stop it does after half a second.
func (f *fake) sound(L *lua.LState, s *verb.Shape, a verb.Args) int {
	what := strings.Join(a.Texts("file"), " ") + a.Text("text")
	if a.Has("tone") {
		what = "tone " + a.Text("tone") + " " + a.Duration("duration").String()
	}
	if a.Duration("from") > 0 {
		what += " from " + a.Duration("from").String()
	}
	if lang := a.Text("lang"); lang != "" {
		what += " in " + lang
	}
	if strings.Contains(what, "missing") {
		return f.refuse(L, "file")
	}
	t := L.NewTable()
	outcome, heard := "finished", 2000-int(a.Duration("from").Milliseconds())
	if a.Flag("barge_in") && f.keys != "" {
		if f.keys[0] == '.' {
			f.keys = f.keys[1:]
		} else if f.keys[0] != ' ' {
			outcome, heard = "stopped", 500
		}
	}
	f.note("%s %s%s", s.Name, what, map[bool]string{true: ", stopped"}[outcome == "stopped"])
	t.RawSetString("outcome", lua.LString(outcome))
	t.RawSetString("heard_ms", lua.LNumber(heard))
	t.RawSetString("total_ms", lua.LNumber(2000))
	L.Push(t)
	return 1
}

// bundleOf is a bundle with one flow.
func bundleOf(script string) fstest.MapFS {
	return fstest.MapFS{
		"flows/x.lua": {Data: []byte(script)},
	}
}
