package flow

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/verb"
)

func ringVerb() *row {
	return &row{Shape: verb.Shape{
		Name:   "ring",
		Doc:    "Lets the caller hear ringing (SIP 180) before the call is answered.",
		Result: "true",
	}, Run: func(r *run, _ verb.Args) (lua.LValue, error) {
		return lua.LTrue, r.line.Ring(r.ctx)
	}}
}
