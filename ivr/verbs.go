package ivr

import (
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// verb is one thing a flow can do: a row of the table.
type verb struct {
	name   string
	doc    string // what it does
	args   []arg
	free   bool   // takes any named argument
	result string // what it returns
	// after says that it also works when the call is over: in finally.
	after bool
	run   func(*run, args) (lua.LValue, error)
}

// verbs is the table, in the order of docs/lua.md.
func verbs() []*verb {
	return []*verb{
		answerVerb(), ringVerb(), rejectVerb(), hangupVerb(),
		playVerb(), playPauseVerb(), playResumeVerb(), playStopVerb(), sayVerb(), askVerb(),
		dialVerb(), bridgeVerb(), transferVerb(), conferenceVerb(), echoVerb(), dtmfVerb(), recordVerb(), recordPauseVerb(), recordResumeVerb(), sleepVerb(),
		promptVerb(), nodeVerb(), goVerb(), setVerb(), finallyVerb(), logVerb(),
	}
}

func verbNamed(name string) *verb {
	for _, v := range verbs() {
		if v.name == name {
			return v
		}
	}
	return nil
}

func noSuchVerb(name string) string {
	var names []string
	for _, v := range verbs() {
		names = append(names, v.name)
	}
	return fmt.Sprintf("call has no verb %q; there are %s", name, strings.Join(names, ", "))
}

func (v *verb) arg(name string) *arg {
	for i := range v.args {
		if v.args[i].name == name {
			return &v.args[i]
		}
	}
	return nil
}

// lead is the argument that may be given alone: call:say "Hello".
func (v *verb) lead() *arg {
	for i := range v.args {
		if v.args[i].lead {
			return &v.args[i]
		}
	}
	return nil
}

func (v *verb) unknown(name string) string {
	if len(v.args) == 0 {
		return fmt.Sprintf("%s: unknown argument %q; it takes none", v.name, name)
	}
	var names []string
	for _, a := range v.args {
		names = append(names, a.name)
	}
	return fmt.Sprintf("%s: unknown argument %q; it takes %s", v.name, name, strings.Join(names, ", "))
}

// parse checks what the script passed after the call itself: at most the leading
// argument and a table of named ones. Mistakes raise.
func (v *verb) parse(L *lua.LState) args {
	out := args{values: map[string]any{}}
	next, top := 2, L.GetTop()
	if next <= top && L.Get(next).Type() != lua.LTTable {
		lead := v.lead()
		if lead == nil {
			L.RaiseError("%s: takes a table of named arguments, not a %s", v.name, L.Get(next).Type())
		}
		v.put(L, out, lead, L.Get(next))
		next++
	}
	if next <= top {
		t, ok := L.Get(next).(*lua.LTable)
		if !ok {
			L.RaiseError("%s: takes a table of named arguments, not a %s", v.name, L.Get(next).Type())
		}
		t.ForEach(func(k, val lua.LValue) { v.named(L, out, k, val) })
		next++
	}
	if next <= top {
		L.RaiseError("%s: too many arguments: name them in one table", v.name)
	}
	for i := range v.args {
		a := &v.args[i]
		if _, given := out.values[a.name]; given {
			continue
		}
		if a.required {
			L.RaiseError("%s: argument %s is missing: %s", v.name, a.name, a.doc)
		}
		if a.def != "" {
			if def, err := a.kind.Parse(a.def); err == nil {
				out.values[a.name] = def
			}
		}
	}
	return out
}

func (v *verb) named(L *lua.LState, out args, key, val lua.LValue) {
	name, ok := key.(lua.LString)
	switch {
	case ok && v.free:
		out.free(string(name), val)
		return
	case !ok && key == lua.LNumber(1) && v.lead() != nil: // call:say{ "Hello", lang = "en" }
		v.put(L, out, v.lead(), val)
		return
	case !ok:
		L.RaiseError("%s: argument %s has no name", v.name, key)
	}
	a := v.arg(string(name))
	if a == nil {
		L.RaiseError("%s", v.unknown(string(name)))
	}
	v.put(L, out, a, val)
}

func (v *verb) put(L *lua.LState, out args, a *arg, val lua.LValue) {
	read, err := a.kind.Read(val)
	if err != nil {
		L.RaiseError("%s: argument %s: %v", v.name, a.name, err)
	}
	if _, twice := out.values[a.name]; twice {
		L.RaiseError("%s: argument %s is given twice", v.name, a.name)
	}
	out.values[a.name] = read
}
