package flow

import (
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"

	"trunkline/ivr/bundle"
	"trunkline/ivr/sandbox"
)

// FuzzFlow: no script, whatever is in it, does more than fail its own call.
func FuzzFlow(f *testing.F) {
	for _, seed := range []string{
		"local call = ...\ncall:answer()", "for", "return 1 .. 2 .. {}", "call:ask{ [1] = 2 }", "goto a ::a::",
		"x = { [1] = 1, [2 ^ 40] = 2 }", "('x'):gsub('(', '%1')", "local s = ('%d'):format({})", "#", "#!\n", "\x1bLua",
		"string.rep('x', -1):find('[', 1)", "table.concat({ {} })", "return ...", "call:go('x')", "call.vars.x.y.z = 1",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, _ := bundle.Load(flowsOf(map[string]string{"x": text}), Known())
		c := newFake(t, "x")
		e := newPlayer(Config{Limits: sandbox.Limits{Instructions: 100_000}}, b)
		_ = c.play(e, c.hangsUp)
	})
}

// FuzzVerbArgs: any table, given to any verb, is taken or refused with words.
func FuzzVerbArgs(f *testing.F) {
	for _, seed := range []string{
		"say|text='x'", "ask|menu='x', digits=3", "sleep|duration='1s'", "play|tone='1e309', duration='1s'", "dial|trunk={}, to=1",
		"log|1, 2", "set|x=1/0, y=-0", "bridge|leg=nil", "ask|retry={1,nil,3}", "dtmf|'0123456789*#ABCD'", "sleep|'0x1p-2s'",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		name, fields, _ := strings.Cut(text, "|")
		v := Shapes()[name]
		if v == nil {
			return
		}
		L := sandbox.New(t.Context(), sandbox.Limits{Instructions: 10_000}, func(string) {})
		defer L.Close()
		proto, err := sandbox.Compile("x", "return { "+fields+" }", func(*ast.FuncCallExpr) {})
		if err != nil {
			return
		}
		if L.CallByParam(lua.P{Fn: L.NewFunctionFromProto(proto), NRet: 1, Protect: true}) != nil {
			return
		}
		table := L.Get(-1)
		L.SetTop(0)
		taken := L.NewFunction(func(L *lua.LState) int { v.Parse(L, 2); return 0 })
		err = L.CallByParam(lua.P{Fn: taken, Protect: true}, L.NewTable(), table)
		if err != nil && !strings.Contains(err.Error(), v.Name+": ") {
			t.Errorf("%s{ %s }: %v, want an error that names the verb", name, fields, err)
		}
	})
}
