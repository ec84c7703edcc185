package sandbox

import (
	"sync"

	lua "github.com/yuin/gopher-lua"
)

// plain are the functions of gopher-lua's libraries, by library. All states share
// them: nothing in them changes.
var plain = sync.OnceValue(func() map[string]map[string]lua.LValue {
	L := lua.NewState(lua.Options{SkipOpenLibs: true})
	out := map[string]map[string]lua.LValue{}
	for name, open := range map[string]lua.LGFunction{
		"base": lua.OpenBase, "table": lua.OpenTable, "math": lua.OpenMath, "string": lua.OpenString,
	} {
		L.Push(L.NewFunction(open))
		L.Call(0, 1)
		functions := map[string]lua.LValue{}
		L.CheckTable(-1).ForEach(func(k, v lua.LValue) {
			if v.Type() == lua.LTFunction || v.Type() == lua.LTNumber {
				functions[k.String()] = v
			}
		})
		out[name] = functions
		L.SetTop(0)
	}
	// The real one would seed the whole process.
	out["math"]["randomseed"] = L.NewFunction(func(*lua.LState) int { return 0 })
	return out
})

// open gives a state its globals, which take no more room than they must:
// thousands of flows wait at a time.
func (b *box) open(L *lua.LState, say func(string)) {
	globals := L.CreateTable(0, 32)
	L.G.Registry, L.G.Global, L.Env = L.CreateTable(0, 1), globals, globals
	for _, name := range []string{
		"error", "getmetatable", "ipairs", "next", "pairs", "rawequal", "rawget", "select", "setmetatable", "tostring", "type", "unpack",
	} {
		globals.RawSetString(name, plain()["base"][name])
	}
	globals.RawSetString("_G", globals)
	globals.RawSetString("_VERSION", lua.LString("Lua 5.1"))
	globals.RawSetString("tonumber", plain()["base"]["tonumber"])
	b.guard(L, globals, func(L *lua.LState) int { return len(lua.LVAsString(L.CheckAny(1))) }, "tonumber")
	L.SetFuncs(globals, map[string]lua.LGFunction{
		"assert": luaAssert, "pcall": b.pcall, "xpcall": b.xpcall, "rawset": b.rawset,
		concatName: b.concat, keyName: b.key, listName: b.list,
		"print": func(L *lua.LState) int { say(b.printed(L)); return 0 },
	})
	b.library(L, "table", b.guardTables)
	b.library(L, "math", func(*lua.LState, *lua.LTable) {})
	texts := b.library(L, "string", b.guardStrings)
	texts.RawSetString("__index", texts)
	L.SetMetatable(lua.LString(""), texts)
}

// library makes a global table that is filled when something in it is first looked
// for: most flows use one or two.
func (b *box) library(L *lua.LState, name string, guard func(*lua.LState, *lua.LTable)) *lua.LTable {
	t, meta := L.CreateTable(0, 1), L.CreateTable(0, 2)
	meta.RawSetString("__metatable", lua.LFalse)
	meta.RawSetString("__index", L.NewFunction(func(L *lua.LState) int {
		t.Metatable = lua.LNil
		functions := plain()[name]
		full := L.CreateTable(0, len(functions))
		for k, v := range functions {
			full.RawSetString(k, v)
		}
		guard(L, full)
		full.ForEach(func(k, v lua.LValue) {
			if t.RawGet(k) == lua.LNil { // else it is the script's own
				t.RawSet(k, v)
			}
		})
		L.Push(t.RawGet(L.Get(2)))
		return 1
	}))
	L.SetMetatable(t, meta)
	L.G.Global.RawSetString(name, t)
	return t
}
