package flow

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

func finallyVerb() *row {
	return &row{Shape: verb.Shape{
		Name: "finally",
		Doc: "Has a function called when the call is over, whatever ended it: the script, a hang-up, a mistake. " +
			"The latest is called first. In it only log and set work; other verbs return nil and an error with code hangup. " +
			"The function gets a table: duration and talk (seconds, from the beginning and from the answer), answered, " +
			"cause, by, message, sip, q850, and error when the flow failed.",
		Args: []verb.Arg{
			{Name: "run", Kind: value.Function, Lead: true, Required: true, Doc: "the function"},
		},
		Result: "true",
	}, Run: func(r *run, a verb.Args) (lua.LValue, error) {
		const most = 100
		if len(r.finally) == most {
			return nil, verb.Mistakef("more than %d functions", most)
		}
		r.finally = append(r.finally, verb.Get[*lua.LFunction](a, "run"))
		return lua.LTrue, nil
	}}
}
