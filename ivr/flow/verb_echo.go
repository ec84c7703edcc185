package flow

import (
	"context"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

func echoVerb() *row {
	return &row{Shape: verb.Shape{
		Name: "echo",
		Doc:  "Lets the caller hear what it says, to try a line out.",
		Args: []verb.Arg{
			{Name: "duration", Kind: value.Duration, Lead: true, Default: "0s", Doc: "for how long; 0s is until the caller hangs up"},
		},
		Result: "true",
	}, Run: func(r *run, a verb.Args) (lua.LValue, error) {
		ctx, cancel := r.ctx, context.CancelFunc(func() {})
		if d := a.Duration("duration"); d > 0 {
			ctx, cancel = context.WithTimeout(r.ctx, d)
		}
		defer cancel()
		err := r.line.Echo(ctx)
		if ctx.Err() != nil && r.ctx.Err() == nil {
			err = nil // it was to end then
		}
		return lua.LTrue, err
	}}
}
