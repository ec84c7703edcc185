package ivr

import (
	"context"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/value"
)

func echoVerb() *verb {
	return &verb{
		name: "echo",
		doc:  "Lets the caller hear what it says, to try a line out.",
		args: []arg{
			{name: "duration", kind: value.Duration, lead: true, def: "0s", doc: "for how long; 0s is until the caller hangs up"},
		},
		result: "true",
		run: func(r *run, a args) (lua.LValue, error) {
			ctx, cancel := r.ctx, context.CancelFunc(func() {})
			if d := a.duration("duration"); d > 0 {
				ctx, cancel = context.WithTimeout(r.ctx, d)
			}
			defer cancel()
			err := r.line.Echo(ctx)
			if ctx.Err() != nil && r.ctx.Err() == nil {
				err = nil // it was to end then
			}
			return lua.LTrue, err
		},
	}
}
