package ivr

import (
	"context"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/value"
)

func transferVerb() *verb {
	return &verb{
		name: "transfer",
		doc: "Asks the caller's side to call somebody else and to leave us (REFER), and waits for how that goes. To connect the " +
			"caller here, dial and bridge instead.",
		args: []arg{
			{name: "to", kind: value.Text, required: true, lead: true, doc: "number or user to call"},
			{name: "timeout", kind: value.Duration, def: "60s", doc: "how long that may take"},
		},
		result: "nothing when it has come about: the flow ends here, and its finally functions run; else nil and an error whose code " +
			"is busy, no_answer, rejected, timeout, …",
		run: func(r *run, a args) (lua.LValue, error) {
			if a.duration("timeout") <= 0 {
				return nil, mistakef("argument timeout: want more than 0")
			}
			ctx, cancel := context.WithTimeout(r.ctx, a.duration("timeout"))
			defer cancel()
			if err := r.line.Transfer(ctx, a.text("to")); err != nil {
				return nil, err
			}
			r.untilOver()
			return lua.LTrue, nil
		},
	}
}
