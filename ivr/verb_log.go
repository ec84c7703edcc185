package ivr

import (
	"log/slog"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/sandbox"
	"trunkline/ivr/value"
)

func logVerb() *verb {
	return &verb{
		name: "log",
		doc:  "Writes a line to the server's log, with the call's id.",
		args: []arg{
			{name: "text", kind: value.Text, lead: true, required: true, doc: "what to write"},
			{name: "level", kind: value.Text, def: "info", doc: "debug, info, warn or error"},
		},
		after:  true,
		result: "true",
		run: func(r *run, a args) (lua.LValue, error) {
			var level slog.Level
			if err := level.UnmarshalText([]byte(a.text("level"))); err != nil {
				return nil, mistakef("argument level: want debug, info, warn or error, got %q", sandbox.Clip(a.text("level")))
			}
			r.log.Log(r.ctx, level, "script says", "text", sandbox.Clip(a.text("text")))
			return lua.LTrue, nil
		},
	}
}
