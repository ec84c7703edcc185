package ivr

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/value"
)

func rejectVerb() *verb {
	return &verb{
		name: "reject",
		doc:  "Refuses a call that is not answered yet and ends the flow.",
		args: []arg{{
			name: "code", kind: value.Text, lead: true, def: "rejected",
			doc: "why: busy, no_answer, rejected, not_found, unreachable, overload",
		}},
		result: "nothing: the flow ends here, and its finally functions run",
		run: func(r *run, a args) (lua.LValue, error) {
			if err := r.line.Reject(r.ctx, a.text("code")); err != nil {
				return nil, err
			}
			r.untilOver()
			return lua.LTrue, nil
		},
	}
}
