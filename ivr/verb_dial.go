package ivr

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/call"
	"trunkline/ivr/line"
	"trunkline/ivr/value"
)

func dialVerb() *verb {
	return &verb{
		name: "dial",
		doc: "Calls somebody through a trunk and waits for the answer. The caller hears ringing meanwhile; " +
			"hanging up cancels it.",
		args: []arg{
			{name: "trunk", kind: value.Text, required: true, doc: "name of the trunk"},
			{name: "to", kind: value.Text, required: true, doc: "number or user to call"},
			{name: "from", kind: value.Text, doc: "number shown; else the caller's"},
			{name: "timeout", kind: value.Duration, def: "60s", doc: "how long it may ring"},
		},
		result: "a leg to bridge, with leg.id and leg:hangup(); or nil and an error whose code is busy, no_answer, rejected, " +
			"not_found, unreachable, refused, …",
		run: dial,
	}
}

func dial(r *run, a args) (lua.LValue, error) {
	if a.duration("timeout") <= 0 {
		return nil, mistakef("argument timeout: want more than 0")
	}
	l, err := r.line.Dial(r.ctx, call.DialRequest{
		Trunk: a.text("trunk"), To: a.text("to"), From: a.text("from"), Timeout: a.duration("timeout"),
	})
	if err != nil {
		return nil, err
	}
	return r.legValue(l), nil
}

// legValue is a leg as scripts see it.
func (r *run) legValue(l line.Leg) lua.LValue {
	u := r.L.NewUserData()
	u.Value = l
	index := r.L.CreateTable(0, 2)
	index.RawSetString("id", lua.LString(l.ID()))
	index.RawSetString("hangup", r.L.NewFunction(func(L *lua.LState) int {
		if L.Get(1) != u {
			L.RaiseError("hangup: write leg:hangup(), with a colon")
		}
		l.Hangup()
		L.Push(lua.LTrue)
		return 1
	}))
	meta := r.L.CreateTable(0, 2)
	meta.RawSetString("__index", index)
	meta.RawSetString("__metatable", lua.LFalse)
	r.L.SetMetatable(u, meta)
	return u
}
