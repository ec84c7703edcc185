package flow

import (
	"slices"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

// handlers are the functions that a script wants called when something happens.
type handlers struct {
	hangup, message *lua.LFunction
}

func onVerb() *row {
	return &row{Shape: verb.Shape{
		Name: "on",
		Doc: "Has a function called when something happens. \"hangup\": the call is over, before the functions of finally, " +
			"which it is like in everything else. \"message\": the API has sent the flow a message; the function gets its text " +
			"when the verb that waits is done, or at once while the flow sleeps. A second function takes the place of the first.",
		Args: []verb.Arg{
			{Name: "event", Kind: value.Text, Lead: true, Required: true, Among: []string{"hangup", "message"}, Doc: "hangup or message"},
			{Name: "run", Kind: value.Function, Required: true, Doc: "the function"},
		},
		Result: "true",
	}, Run: func(r *run, a verb.Args) (lua.LValue, error) {
		if a.Text("event") == "hangup" {
			r.handlers.hangup = a.Func("run")
		} else {
			r.handlers.message = a.Func("run")
		}
		return lua.LTrue, nil
	}}
}

// hear gives the messages that came meanwhile to the script.
func (r *run) hear(L *lua.LState) {
	if r.handlers.message == nil || r.ended {
		return
	}
	for _, text := range r.line.Messages() {
		r.L.Think() // the verb that waited did not
		L.Push(r.handlers.message)
		L.Push(lua.LString(text))
		L.Call(1, 0)
	}
}

// lastFunctions are what is to be called at the end, in their order.
func (r *run) lastFunctions() []*lua.LFunction {
	var out []*lua.LFunction
	if r.handlers.hangup != nil {
		out = append(out, r.handlers.hangup)
	}
	for _, f := range slices.Backward(r.finally) {
		out = append(out, f)
	}
	return out
}
