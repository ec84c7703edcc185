// Package lib holds the libraries that flows find as global tables: http, db,
// kv, json, time, log. A function of one is a row of a table like a verb of the
// call, with strict named arguments, and a value or nil and an error as its result.
//
// Nothing here acts on the call. What reaches beyond the process goes through
// the guarded clients of Deps, with a deadline and bounded sizes; without one
// the functions that need it return an error with code not_configured. Package
// flow gives scripts the libraries; tests of flows hand in clients that pretend.
package lib

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"trunkline/call"
	"trunkline/ivr/lib/hours"
	"trunkline/ivr/lib/query"
	"trunkline/ivr/lib/web"
	"trunkline/ivr/line"
	"trunkline/ivr/sandbox"
	"trunkline/ivr/verb"
)

// Env is what a function works on: the script that called it, and its call.
type Env struct {
	Context context.Context // of the flow: ends with the call
	State   *sandbox.State
	Log     *slog.Logger
	Call    call.Info
	Secret  func(text string) bool // whether a text holds a secret of the call; nil: there are none
}

// keeps raises for a text that holds a secret of the call, where it would stay.
func (e *Env) keeps(what, text string) error {
	if e.Secret != nil && e.Secret(text) {
		return verb.Mistakef("%s: holds a secret, which must not be stored", what)
	}
	return nil
}

// Row is a function of a library. Its name begins with the library's: "http.get".
type Row = verb.Row[*Env]

// Library is one global table.
type Library struct {
	Name string
	Doc  string
	Rows []*Row
	// Values are what the table holds beside functions. All scripts share them:
	// nothing that can be changed.
	Values map[string]lua.LValue
}

// HTTP asks web services; a *web.Client does. Errors are of *web.Error.
type HTTP interface {
	Do(ctx context.Context, r web.Request) (*web.Answer, error)
}

// Deps are what libraries work with. All of it may be left out.
type Deps struct {
	HTTP  HTTP
	DB    DB
	KV    KV
	Hours map[string]*hours.Hours // for time.open, by name
	Now   func() time.Time        // the clock; nil: time.Now
}

// Codes of the errors of libraries, beside those of package call.
const (
	codeInvalid       = call.CodeInvalid
	codeTooLarge      = "too_large"
	codeNotConfigured = "not_configured"
	codeFailed        = "failed"
)

// kit is what the rows are made with.
type kit struct {
	Deps
	null *lua.LUserData // json.null
	none *lua.LUserData // json.empty
}

// All are the libraries, in the order of docs/lua.md.
func All(d Deps) []Library {
	if d.Now == nil {
		d.Now = time.Now
	}
	k := &kit{Deps: d, null: constant("json.null"), none: constant("json.empty")}
	return []Library{k.http(), k.db(), k.kv(), k.json(), k.time(), logLibrary()}
}

// constant is a value that is equal to itself alone and has nothing in it.
func constant(name string) *lua.LUserData {
	return &lua.LUserData{Value: name, Metatable: lua.LNil}
}

// Shapes are the functions of each library, for whoever checks scripts.
func Shapes() map[string]verb.Shapes {
	out := map[string]verb.Shapes{}
	for _, l := range All(Deps{}) {
		out[l.Name] = verb.ShapesOf(l.Rows)
	}
	return out
}

// Codes are the codes of errors and what they mean, for docs/lua.md.
func Codes() [][2]string {
	return [][2]string{
		{codeInvalid, "what was given or what came back is not what it should be; the message says what"},
		{codeTooLarge, "beyond a limit on size, depth or number"},
		{codeNotConfigured, "the configuration has nothing for it"},
		{query.CodeConflict, "a database has a rule against it: a key that is there already, a value that must be there"},
		{codeFailed, "a database says no; the log has the details"},
		{web.CodeTimeout, "it took too long"},
		{web.CodeBusy, "too many calls want it at the same time"},
		{web.CodeRefused, "nobody listens there"},
		{web.CodeUnreachable, "no such host, no way there, or a connection that broke"},
		{web.CodeBlocked, "the configuration does not let flows go there"},
	}
}

// refused is an error that a script can act on.
func refused(name, code, format string, args ...any) error {
	return line.Refusal(name, code, format, args...)
}

// among lists what names there are, for messages.
func among[T any](m map[string]T) string {
	if len(m) == 0 {
		return "none"
	}
	return strings.Join(slices.Sorted(maps.Keys(m)), ", ")
}

// noSuch is the mistake of a name that the configuration does not have.
func noSuch[T any](what, name string, of map[string]T) error {
	return verb.Mistakef("there is no %s %q; there are: %s", what, sandbox.Clip(name), among(of))
}

// clipped is fmt.Sprintf for what goes into a message.
func clipped(v any) string {
	const most = 60
	if s := fmt.Sprint(v); len(s) <= most {
		return s
	} else {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
}
