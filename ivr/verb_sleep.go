package ivr

import (
	"time"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/value"
)

func sleepVerb() *verb {
	return &verb{
		name: "sleep",
		doc:  "Waits.",
		args: []arg{
			{name: "duration", kind: value.Duration, lead: true, required: true, doc: "how long"},
		},
		result: "true",
		run: func(r *run, a args) (lua.LValue, error) {
			t := time.NewTimer(a.duration("duration"))
			defer t.Stop()
			select {
			case <-t.C:
			case <-r.line.Done():
			case <-r.ctx.Done():
			}
			return lua.LTrue, nil
		},
	}
}
