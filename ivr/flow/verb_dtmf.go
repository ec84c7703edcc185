package flow

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

func dtmfVerb() *row {
	return &row{Shape: verb.Shape{
		Name: "dtmf",
		Doc:  "Sends digits to the caller's side and waits until they are sent.",
		Args: []verb.Arg{
			{Name: "digits", Kind: value.Digits, Lead: true, Required: true, Doc: "0-9 * # A-D"},
		},
		Result: "true",
	}, Run: func(r *run, a verb.Args) (lua.LValue, error) {
		return lua.LTrue, r.line.SendDigits(r.ctx, a.Text("digits"))
	}}
}
