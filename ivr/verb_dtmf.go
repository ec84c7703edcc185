package ivr

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/value"
)

func dtmfVerb() *verb {
	return &verb{
		name: "dtmf",
		doc:  "Sends digits to the caller's side and waits until they are sent.",
		args: []arg{
			{name: "digits", kind: value.Digits, lead: true, required: true, doc: "0-9 * # A-D"},
		},
		result: "true",
		run: func(r *run, a args) (lua.LValue, error) {
			return lua.LTrue, r.line.SendDigits(r.ctx, a.text("digits"))
		},
	}
}
