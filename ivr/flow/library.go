package flow

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/bundle"
	"trunkline/ivr/lib"
	"trunkline/ivr/sandbox"
)

// openLibraries gives the script its global tables. Functions are made when they
// are first used, as verbs are.
func (r *run) openLibraries() {
	L := r.L.LState
	r.env = lib.Env{State: r.L, Log: r.log, Call: r.line.Info(), Secret: r.secrets.Holds}
	for i := range r.libraries {
		l := &r.libraries[i]
		t, meta := L.CreateTable(0, 0), L.CreateTable(0, 2)
		meta.RawSetString("__index", L.NewFunction(func(L *lua.LState) int { return r.findFunction(L, l, t) }))
		meta.RawSetString("__metatable", lua.LFalse)
		L.SetMetatable(t, meta)
		for name, v := range l.Values {
			t.RawSetString(name, v)
		}
		L.SetGlobal(l.Name, t)
	}
	L.SetGlobal("require", L.NewFunction(r.require))
}

// findFunction is the __index of a library's table t.
func (r *run) findFunction(L *lua.LState, l *lib.Library, t *lua.LTable) int {
	name := l.Name + "." + L.Get(2).String()
	for _, row := range l.Rows {
		if row.Name != name {
			continue
		}
		f := L.NewFunction(func(L *lua.LState) int {
			r.env.Context = r.life
			return perform(r, L, row, &r.env, 1)
		})
		t.RawSetString(L.Get(2).String(), f)
		L.Push(f)
		return 1
	}
	L.RaiseError("%s", bundle.NoSuch(l.Name+" has no function", sandbox.Clip(name), r.functions[l.Name]))
	return 0
}

// require is Lua's, for modules of the bundle: each is run once in a call.
func (r *run) require(L *lua.LState) int {
	name := L.CheckString(1)
	if v, ok := r.modules[name]; ok {
		if v == nil {
			L.RaiseError("require: module %s requires itself", name)
		}
		L.Push(v)
		return 1
	}
	m := r.bundle.Modules[name]
	switch {
	case m == nil:
		L.RaiseError("require: there is no module %q: no file lib/%s.lua", sandbox.Clip(name), sandbox.Clip(name))
	case m.Err != nil:
		L.RaiseError("require: module %s is broken: %v", name, m.Err)
	}
	if r.modules == nil {
		r.modules = map[string]lua.LValue{}
	}
	r.modules[name] = nil
	defer func() {
		if r.modules[name] == nil { // it raised
			delete(r.modules, name)
		}
	}()
	L.Push(L.NewFunctionFromProto(m.Proto))
	L.Push(lua.LString(name))
	L.Call(1, 1)
	v := L.Get(-1)
	if v == lua.LNil {
		L.Pop(1)
		v = lua.LTrue
		L.Push(v)
	}
	r.modules[name] = v
	return 1
}
