package ivr

import (
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

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
		b, _ := loadBundle(flowsOf(map[string]string{"x": text}))
		c := newFake(t, "x")
		e := newEngine(Config{Limits: Limits{Instructions: 100_000}}, b)
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
		v := verbNamed(name)
		if v == nil {
			return
		}
		L := sandbox.New(t.Context(), Limits{Instructions: 10_000}, func(string) {})
		defer L.Close()
		l := &linter{bundle: &bundle{}, file: "x"}
		proto, err := sandbox.Compile("x", "return { "+fields+" }", l.visit)
		if err != nil {
			return
		}
		if L.CallByParam(lua.P{Fn: L.NewFunctionFromProto(proto), NRet: 1, Protect: true}) != nil {
			return
		}
		table := L.Get(-1)
		L.SetTop(0)
		taken := L.NewFunction(func(L *lua.LState) int { v.parse(L); return 0 })
		err = L.CallByParam(lua.P{Fn: taken, Protect: true}, L.NewTable(), table)
		if err != nil && !strings.Contains(err.Error(), v.name+": ") {
			t.Errorf("%s{ %s }: %v, want an error that names the verb", name, fields, err)
		}
	})
}
