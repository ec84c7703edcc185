package flow

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/call"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

func holdVerb() *row {
	return &row{Shape: verb.Shape{
		Name: "hold",
		Doc: "Puts the caller on hold: the far side is told so (RFC 3264 §8.4), hears music and is not heard. It lasts until " +
			"unhold, or until a conversation begins.",
		Args: []verb.Arg{
			musicArg(true),
			{Name: "blank", Kind: value.Flag, Default: "false", Doc: "whether recordings pause meanwhile"},
		},
		Result: "true; or nil and an error when the far side refuses",
	}, Run: func(r *run, a verb.Args) (lua.LValue, error) {
		music, err := r.music("hold", a.Text("music"))
		if err != nil {
			return nil, err
		}
		return lua.LTrue, r.line.Hold(r.ctx, call.HoldRequest{Music: music, Blank: a.Flag("blank")})
	}}
}

func unholdVerb() *row {
	return &row{Shape: verb.Shape{
		Name: "unhold", Doc: "Ends hold. Harmless when the caller is not on hold.", Result: "true; or nil and an error when the far side refuses",
	}, Run: func(r *run, _ verb.Args) (lua.LValue, error) {
		return lua.LTrue, r.line.Unhold(r.ctx, "")
	}}
}
