// Package lib holds the libraries that flows find as global tables: http, db,
// kv, json, time. A function of one is a row of a table like a verb of the call,
// with strict named arguments, and a value or nil and an error as its result.
//
// Nothing here acts on the call. What reaches beyond the process goes through
// the guarded clients of Deps, with a deadline and bounded sizes; without one
// the functions that need it return an error with code not_configured.
package lib

import (
	"context"
	"log/slog"

	"trunkline/call"
	"trunkline/ivr/sandbox"
	"trunkline/ivr/verb"
)

// Env is what a function works on: the script that called it, and its call.
type Env struct {
	Context context.Context // of the flow: ends with the call
	State   *sandbox.State
	Log     *slog.Logger
	Call    call.Info
}

// Row is a function of a library. Its name begins with the library's: "http.get".
type Row = verb.Row[*Env]

// Library is one global table.
type Library struct {
	Name string
	Doc  string
	Rows []*Row
}

// Deps are what libraries work with. All of it may be left out.
type Deps struct{}

// All are the libraries, in the order of docs/lua.md.
func All(Deps) []Library { return nil }

// Shapes are the functions of each library, for whoever checks scripts.
func Shapes() map[string]verb.Shapes {
	out := map[string]verb.Shapes{}
	for _, l := range All(Deps{}) {
		out[l.Name] = verb.ShapesOf(l.Rows)
	}
	return out
}
