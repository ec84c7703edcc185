package flow

import (
	"context"
	"time"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

// longestAfterlife bounds what a script may do once its call is over.
const longestAfterlife = 10 * time.Minute

func surviveVerb() *row {
	return &row{Shape: verb.Shape{
		Name: "survive_hangup",
		Doc: "Lets the script go on when the call is over, for a while: verbs of the call then return nil and an error with " +
			"code hangup, libraries work. Without it a hang-up ends the script where it stands, which is what most flows want.",
		Args: []verb.Arg{
			{Name: "at_most", Kind: value.Duration, Lead: true, Default: "1m", Doc: "how long; at most 10m"},
		},
		Result: "true",
	}, Run: func(r *run, a verb.Args) (lua.LValue, error) {
		d := a.Duration("at_most")
		if d > longestAfterlife {
			return nil, verb.Mistakef("argument at_most: want at most %v", longestAfterlife)
		}
		if r.survives {
			return nil, verb.Mistakef("the flow survives already")
		}
		r.survives = true
		r.outlive(d)
		return lua.LTrue, nil
	}}
}

// outlive gives the script a context that ends so long after the call.
func (r *run) outlive(d time.Duration) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.ctx))
	over := context.AfterFunc(r.ctx, func() {
		t := time.AfterFunc(d, cancel)
		context.AfterFunc(ctx, func() { t.Stop() })
	})
	r.life = ctx
	r.L.Within(ctx)
	r.atEnd = append(r.atEnd, func() {
		over()
		cancel()
	})
}
