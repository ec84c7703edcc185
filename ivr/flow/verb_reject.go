package flow

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

func rejectVerb() *row {
	return &row{Shape: verb.Shape{
		Name: "reject",
		Doc:  "Refuses a call that is not answered yet and ends the flow.",
		Args: []verb.Arg{{
			Name: "code", Kind: value.Text, Lead: true, Default: "rejected",
			Among: []string{"busy", "no_answer", "rejected", "not_found", "unreachable", "overload", "failed"},
			Doc:   "why: busy, no_answer, rejected, not_found, unreachable, overload, failed",
		}},
		Result: "nothing: the flow ends here, and its finally functions run",
	}, Run: func(r *run, a verb.Args) (lua.LValue, error) {
		if err := r.line.Reject(r.ctx, a.Text("code")); err != nil {
			return nil, err
		}
		r.untilOver()
		return lua.LTrue, nil
	}}
}
