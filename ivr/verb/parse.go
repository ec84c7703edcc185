package verb

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/value"
)

// Parse checks what a script passed from the stack's place first on: at most the
// leading argument, a function, and a table of named ones. Mistakes raise.
func (s *Shape) Parse(L *lua.LState, first int) Args {
	out := Args{values: map[string]any{}}
	next, top := first, L.GetTop()
	lead := s.Lead()
	if next <= top && (L.Get(next).Type() != lua.LTTable || lead != nil && s.leads(L.Get(next))) {
		if lead == nil {
			L.RaiseError("%s: takes a table of named arguments, not a %s", s.Name, L.Get(next).Type())
		}
		s.put(L, out, lead, L.Get(next))
		next++
	}
	if f := s.function(); f != nil && f != lead && next <= top && L.Get(next).Type() == lua.LTFunction {
		s.put(L, out, f, L.Get(next)) // call:on("hangup", function() … end)
		next++
	}
	if next <= top {
		t, ok := L.Get(next).(*lua.LTable)
		if !ok {
			L.RaiseError("%s: takes a table of named arguments, not a %s", s.Name, L.Get(next).Type())
		}
		if m, ok := t.Metatable.(*lua.LTable); ok && m.RawGetString("__metatable") == lua.LFalse { // one of ours
			L.RaiseError("%s: takes a table of named arguments, not an object such as the call", s.Name)
		}
		t.ForEach(func(k, val lua.LValue) { s.named(L, out, k, val) })
		next++
	}
	if next <= top {
		L.RaiseError("%s: too many arguments: name them in one table", s.Name)
	}
	s.complete(L, out)
	return out
}

// function is the argument that is a function, or nil.
func (s *Shape) function() *Arg {
	for i := range s.Args {
		if s.Args[i].Kind == value.Function {
			return &s.Args[i]
		}
	}
	return nil
}

// leads reports whether a table is the leading argument itself: one that can be
// any value, such as that of json.encode, is never a table of arguments.
func (s *Shape) leads(v lua.LValue) bool {
	return v.Type() == lua.LTTable && s.Lead().Whole
}

// complete fills in the defaults and raises for what is missing.
func (s *Shape) complete(L *lua.LState, out Args) {
	for i := range s.Args {
		a := &s.Args[i]
		if _, given := out.values[a.Name]; given {
			continue
		}
		if a.Required {
			L.RaiseError("%s: argument %s is missing: %s", s.Name, a.Name, a.Doc)
		}
		if a.Default != "" {
			if def, err := a.Kind.Parse(a.Default); err == nil {
				out.values[a.Name] = def
			}
		}
	}
}

func (s *Shape) named(L *lua.LState, out Args, key, val lua.LValue) {
	name, ok := key.(lua.LString)
	switch {
	case ok && s.Free:
		out.free(string(name), val)
		return
	case !ok && key == lua.LNumber(1) && s.Lead() != nil: // call:say{ "Hello", lang = "en" }
		s.put(L, out, s.Lead(), val)
		return
	case !ok:
		L.RaiseError("%s: argument %s has no name", s.Name, key)
	}
	a := s.Arg(string(name))
	if a == nil {
		L.RaiseError("%s", s.Unknown(string(name)))
	}
	s.put(L, out, a, val)
}

func (s *Shape) put(L *lua.LState, out Args, a *Arg, val lua.LValue) {
	read, err := a.Read(val)
	if err != nil {
		L.RaiseError("%s: argument %s: %v", s.Name, a.Name, err)
	}
	if _, twice := out.values[a.Name]; twice {
		L.RaiseError("%s: argument %s is given twice", s.Name, a.Name)
	}
	out.values[a.Name] = read
}
