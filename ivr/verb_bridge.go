package ivr

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/line"
	"trunkline/ivr/value"
)

func bridgeVerb() *verb {
	return &verb{
		name: "bridge",
		doc: "Lets the caller and a leg hear each other and waits until the leg has hung up; the flow then goes on " +
			"with the caller. When the caller hangs up, the leg is ended too.",
		args: []arg{
			{name: "leg", kind: value.Leg, lead: true, required: true, doc: "what dial returned"},
		},
		result: "a table: cause and by (why the leg ended and who did it), duration (seconds)",
		run: func(r *run, a args) (lua.LValue, error) {
			res, err := r.line.Bridge(r.ctx, get[line.Leg](a, "leg"))
			if err != nil {
				return nil, err
			}
			t := r.L.CreateTable(0, 3)
			t.RawSetString("cause", lua.LString(res.Cause.Code))
			t.RawSetString("by", lua.LString(res.Cause.By))
			t.RawSetString("duration", lua.LNumber(res.Duration.Seconds()))
			return t, nil
		},
	}
}
