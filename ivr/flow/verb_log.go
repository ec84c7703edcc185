package flow

import (
	"log/slog"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/sandbox"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

func logVerb() *row {
	return &row{Shape: verb.Shape{
		Name: "log",
		Doc:  "Writes a line to the server's log, with the call's id.",
		Args: []verb.Arg{
			{Name: "text", Kind: value.Text, Lead: true, Required: true, Doc: "what to write"},
			{Name: "level", Kind: value.Text, Default: "info", Among: []string{"debug", "info", "warn", "error"}, Doc: "debug, info, warn or error"},
		},
		After:  true,
		Result: "true",
	}, Run: func(r *run, a verb.Args) (lua.LValue, error) {
		var level slog.Level
		if err := level.UnmarshalText([]byte(a.Text("level"))); err != nil {
			return nil, verb.Mistakef("argument level: %v", err)
		}
		r.log.Log(r.ctx, level, "script says", "text", sandbox.Clip(a.Text("text")))
		return lua.LTrue, nil
	}}
}
