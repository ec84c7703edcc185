package ivr

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/value"
)

func finallyVerb() *verb {
	return &verb{
		name: "finally",
		doc: "Has a function called when the call is over, whatever ended it: the script, a hang-up, a mistake. " +
			"The latest is called first. In it only log and set work; other verbs return nil and an error with code hangup. " +
			"The function gets a table: duration and talk (seconds, from the beginning and from the answer), answered, " +
			"cause, by, message, sip, q850, and error when the flow failed.",
		args: []arg{
			{name: "run", kind: value.Function, lead: true, required: true, doc: "the function"},
		},
		result: "true",
		run: func(r *run, a args) (lua.LValue, error) {
			const most = 100
			if len(r.finally) == most {
				return nil, mistakef("more than %d functions", most)
			}
			r.finally = append(r.finally, get[*lua.LFunction](a, "run"))
			return lua.LTrue, nil
		},
	}
}
