package flow

import (
	"time"

	lua "github.com/yuin/gopher-lua"

	"trunkline/call"
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
		for {
			select {
			case in := <-r.line.Inputs():
				if r.line.Note(in); in.Kind == call.MessageReceived {
					r.hear(r.L.Current())
				}
				continue
			case <-t.C:
			case <-r.line.Done():
			case <-r.ctx.Done():
			}
			return lua.LTrue, nil
		}
	}}
}
