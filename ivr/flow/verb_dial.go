package flow

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/call"
	"trunkline/ivr/line"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

func dialVerb() *row {
	return &row{Shape: verb.Shape{
		Name: "dial",
		Doc: "Calls somebody through a trunk and waits for the answer. The caller hears ringing meanwhile; " +
			"hanging up cancels it.",
		Args: []verb.Arg{
			{Name: "trunk", Kind: value.Text, Required: true, Doc: "name of the trunk"},
			{Name: "to", Kind: value.Text, Required: true, Doc: "number or user to call"},
			{Name: "from", Kind: value.Text, Doc: "number shown; else the caller's"},
			{Name: "timeout", Kind: value.Duration, Default: "60s", Positive: true, Doc: "how long it may ring"},
		},
		Result: "a leg to bridge, with leg.id and leg:hangup(); or nil and an error whose code is busy, no_answer, rejected, " +
			"not_found, unreachable, refused, …",
	}, Run: dial}
}

func dial(r *run, a verb.Args) (lua.LValue, error) {
	l, err := r.line.Dial(r.ctx, call.DialRequest{
		Trunk: a.Text("trunk"), To: a.Text("to"), From: a.Text("from"), Timeout: a.Duration("timeout"),
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
