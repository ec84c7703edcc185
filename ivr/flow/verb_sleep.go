package flow

import (
	"time"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

func sleepVerb() *row {
	return &row{Shape: verb.Shape{
		Name: "sleep",
		Doc:  "Waits.",
		Args: []verb.Arg{
			{Name: "duration", Kind: value.Duration, Lead: true, Required: true, Doc: "how long"},
		},
		Result: "true",
	}, Run: func(r *run, a verb.Args) (lua.LValue, error) {
		t := time.NewTimer(a.Duration("duration"))
		defer t.Stop()
		select {
		case <-t.C:
		case <-r.line.Done():
		case <-r.ctx.Done():
		}
		return lua.LTrue, nil
	}}
}
