package lib

import (
	"log/slog"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/sandbox"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

func logLibrary() Library {
	l := Library{Name: "log", Doc: "The server's log, as `call:log` writes it."}
	for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
		l.Rows = append(l.Rows, logAt(level))
	}
	return l
}

func logAt(level slog.Level) *Row {
	name := strings.ToLower(level.String())
	return &Row{Shape: verb.Shape{
		Name:   "log." + name,
		Doc:    "Writes a line of level " + name + " to the server's log, with the call's id.",
		Args:   []verb.Arg{{Name: "text", Kind: value.Text, Lead: true, Required: true, Doc: "what to write"}},
		After:  true,
		Result: "true",
	}, Run: func(e *Env, a verb.Args) (lua.LValue, error) {
		e.Log.Log(e.Context, level, "script says", "text", sandbox.Clip(a.Text("text")))
		return lua.LTrue, nil
	}}
}
