package flow

import (
	"time"

	lua "github.com/yuin/gopher-lua"

	"trunkline/call"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

func hangupVerb() *row {
	return &row{Shape: verb.Shape{
		Name: "hangup",
		Doc:  "Ends the call, and with it the flow.",
		Args: []verb.Arg{
			{Name: "code", Kind: value.Text, Lead: true, Default: "normal", Among: causes(), Doc: "the cause, as in the list of codes"},
			{Name: "text", Kind: value.Text, Doc: "an explanation for the record"},
		},
		Result: "nothing: the flow ends here, and its finally functions run",
	}, Run: func(r *run, a verb.Args) (lua.LValue, error) {
		r.hangup(call.ByFlow, a.Text("code"), r.secrets.Scrub(a.Text("text")))
		return lua.LTrue, nil
	}}
}

// causes are what a call may end with.
func causes() []string {
	return []string{"normal", "busy", "no_answer", "rejected", "cancelled", "not_found", "unreachable", "media", "failed", "overload"}
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
