package ivr

import (
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
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
		g := newGovernor(t.Context(), Limits{Instructions: 10_000}.withDefaults())
		L := newState(g, func(string) {})
		defer L.Close()
		l := &linter{bundle: &bundle{}, file: "x"}
		proto, err := compile("x", "return { "+fields+" }", l)
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

// FuzzPattern: patterns never read past their ends.
func FuzzPattern(f *testing.F) {
	for _, seed := range []string{"abc|b", "x|%", "x|[", "x|[^", "x|[%", "x|%b", "x|%bx", "x|%f", "x|%f[", "x|(", "x|)", "x|()", "aXb|%u", "x|%1", "x|-", "[]]|[]]", "x|[a-]", "x|[a-", "x|.-$"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		src, pat, _ := strings.Cut(text, "|")
		g := newGovernor(t.Context(), Limits{Instructions: 50_000}.withDefaults())
		L := newState(g, func(string) {})
		defer L.Close()
		for _, name := range []string{"find", "match", "gsub", "gmatch"} {
			fn := L.G.Global.RawGetString("string").(*lua.LTable).RawGetString(name)
			err := L.CallByParam(lua.P{Fn: fn, NRet: 1, Protect: true}, lua.LString(src), lua.LString(pat), lua.LString("%0"))
			if e, ok := err.(*lua.ApiError); ok && e.Type == lua.ApiErrorPanic {
				t.Errorf("%s(%q, %q): %v", name, src, pat, err)
			}
			L.SetTop(0)
		}
	})
}
