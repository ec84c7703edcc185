package ivr

import (
	lua "github.com/yuin/gopher-lua"
)

func ringVerb() *verb {
	return &verb{
		name:   "ring",
		doc:    "Lets the caller hear ringing (SIP 180) before the call is answered.",
		result: "true",
		run: func(r *run, _ args) (lua.LValue, error) {
			return lua.LTrue, r.line.Ring(r.ctx)
		},
	}
}
