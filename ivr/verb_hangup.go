package ivr

import (
	"time"

	lua "github.com/yuin/gopher-lua"

	"trunkline/call"
	"trunkline/ivr/value"
)

func hangupVerb() *verb {
	return &verb{
		name: "hangup",
		doc:  "Ends the call, and with it the flow.",
		args: []arg{
			{name: "code", kind: value.Text, lead: true, def: "normal", doc: "the cause, as in the list of codes"},
			{name: "text", kind: value.Text, doc: "an explanation for the record"},
		},
		result: "nothing: the flow ends here, and its finally functions run",
		run: func(r *run, a args) (lua.LValue, error) {
			r.hangup(call.ByFlow, a.text("code"), a.text("text"))
			return lua.LTrue, nil
		},
	}
}

// untilOver waits for the end of a call that was asked to end.
func (r *run) untilOver() {
	t := time.NewTimer(endTime)
	defer t.Stop()
	select {
	case <-r.line.Done():
	case <-r.ctx.Done():
	case <-t.C:
		r.log.Error("call did not end", "waited", endTime)
	}
}
