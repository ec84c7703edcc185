package flow

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/call"
	"trunkline/ivr/line"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

func bridgeVerb() *row {
	return &row{Shape: verb.Shape{
		Name: "bridge",
		Doc: "Lets the caller and a leg hear each other and waits until the leg has hung up; the flow then goes on " +
			"with the caller. When the caller hangs up, the leg is ended too.",
		Args: []verb.Arg{
			{Name: "leg", Kind: value.Leg, Lead: true, Required: true, Doc: "what dial returned"},
		},
		Result: "a table: cause and by (why the leg ended and who did it), duration (seconds); or nil and an error with code invalid when the leg has hung up already",
	}, Run: func(r *run, a verb.Args) (lua.LValue, error) {
		res, err := r.line.Bridge(r.ctx, verb.Get[line.Leg](a, "leg"))
		switch {
		case err != nil:
			return nil, err
		case res.Duration == 0:
			return nil, line.Refusal("bridge", call.CodeInvalid, "the leg has hung up already: %s", res.Cause.Code)
		}
		return r.bridgeTable(res), nil
	}}
}

// bridgeTable is how a conversation ended as scripts see it.
func (r *run) bridgeTable(res call.BridgeResult) *lua.LTable {
	t := r.L.CreateTable(0, 5)
	t.RawSetString("cause", lua.LString(res.Cause.Code))
	t.RawSetString("by", lua.LString(res.Cause.By))
	t.RawSetString("duration", lua.LNumber(res.Duration.Seconds()))
	return t
}
