package flow

import (
	"context"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/line"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

func transferVerb() *row {
	return &row{Shape: verb.Shape{
		Name: "transfer",
		Doc: "Asks the caller's side to call somebody else and to leave us (REFER), and waits for how that goes. With a leg, that " +
			"is somebody dialled already, whom the caller's side takes over from us (REFER with Replaces); when it does not, the " +
			"leg is still there, to bridge. To connect the caller here, dial and bridge instead.",
		Args: []verb.Arg{
			{Name: "to", Kind: value.Text, Required: true, Lead: true, Doc: "number or user to call"},
			{Name: "leg", Kind: value.Leg, Doc: "what dial returned: whoever `to` is, in a call with us"},
			{Name: "timeout", Kind: value.Duration, Default: "60s", Positive: true, Doc: "how long that may take"},
		},
		Result: "nothing when it has come about: the flow ends here, and its finally functions run; else nil and an error whose code " +
			"is busy, no_answer, rejected, timeout, …",
	}, Run: func(r *run, a verb.Args) (lua.LValue, error) {
		ctx, cancel := context.WithTimeout(r.ctx, a.Duration("timeout"))
		defer cancel()
		if err := r.line.Transfer(ctx, a.Text("to"), verb.Get[line.Leg](a, "leg")); err != nil {
			return nil, err
		}
		r.untilOver()
		return lua.LTrue, nil
	}}
}
