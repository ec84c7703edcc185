package flow

import (
	"errors"
	"runtime/debug"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"trunkline/call"
	"trunkline/ivr/bundle"
	"trunkline/ivr/sandbox"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

// callTable is the script's view of its call. Verbs are put into it when they
// are first used: most flows use few, and thousands of calls wait at a time.
func (r *run) callTable() *lua.LTable {
	L, info := r.L.LState, r.line.Info()
	self := L.CreateTable(0, 16)
	for name, v := range map[string]string{
		"id": info.ID, "from": info.From, "to": info.To,
		"trunk": info.Trunk, "direction": info.Direction, "flow": info.Flow,
	} {
		self.RawSetString(name, lua.LString(v))
	}
	r.vars = L.CreateTable(0, len(info.Vars)+1)
	for k, v := range info.Vars {
		r.vars.RawSetString(k, lua.LString(v))
	}
	self.RawSetString("vars", r.vars)
	if r.cfg.Vars != nil {
		r.cfg.Vars(info.ID, r.vars)
	}
	meta := L.CreateTable(0, 3)
	meta.RawSetString("__index", L.NewFunction(r.findVerb))
	meta.RawSetString("__newindex", L.NewFunction(func(L *lua.LState) int {
		L.RaiseError("call.%s cannot be set: use call.vars.%s", L.Get(2), L.Get(2))
		return 0
	}))
	meta.RawSetString("__metatable", lua.LFalse)
	L.SetMetatable(self, meta)
	return self
}

// findVerb is the call's __index.
func (r *run) findVerb(L *lua.LState) int {
	name := L.Get(2).String()
	v := r.verbs[name]
	if v == nil {
		L.RaiseError("%s", bundle.NoSuch("call has no verb", sandbox.Clip(name), r.shapes))
	}
	f := L.NewFunction(func(L *lua.LState) int {
		if L.Get(1) != r.self {
			L.RaiseError("%s: write call:%s, with a colon", v.Name, v.Name)
		}
		return perform(r, L, v, r, 2)
	})
	r.self.RawSetString(name, f)
	L.Push(f)
	return 1
}

// perform does one verb, or one function of a library, for the script: c is
// what it works on, and its arguments are on the stack from first on.
func perform[C any](r *run, L *lua.LState, v *verb.Row[C], c C, first int) int {
	r.L.Wait(L)
	a := v.Parse(L, first)
	if r.endedFor(L, v.After) {
		return r.refuse(L, &call.Error{Verb: v.Name, Cause: call.Cause{Code: call.CodeHangup, Text: "the call is over"}})
	}
	done := r.trace.Step(strings.TrimSuffix(L.Where(1), ":"), r.secrets.Scrub(v.Describe(a)))
	value, err := guarded(r, v, c, a)
	r.L.Think()
	done(r.outcome(value, err))
	var mistake verb.Mistake
	if errors.As(err, &mistake) {
		L.RaiseError("%s: %s", v.Name, mistake.Error())
	}
	if !v.After {
		r.hear(L)
	}
	r.endedFor(L, v.After)
	if err != nil {
		return r.refuse(L, err)
	}
	if why := r.L.Stopped(); why != nil { // within go
		L.RaiseError("%s", why)
	}
	L.Push(value)
	return 1
}

// endedFor reports whether a verb comes too late, because the call is over. It
// unwinds the script where that is what a hang-up does. After says that the verb
// works all the same.
func (r *run) endedFor(L *lua.LState, after bool) bool {
	switch {
	case r.ended:
	case !r.line.Over():
		return false
	case !r.survives:
		r.unwind(L)
	}
	return !after
}

// outcome is what came of a verb as the trace shows it.
func (r *run) outcome(v lua.LValue, err error) (text string, failed bool) {
	if err != nil {
		return r.secrets.Scrub(sandbox.Clip(err.Error())), true
	}
	switch v := v.(type) {
	case nil:
		return "", false
	case lua.LString:
		return r.secrets.Scrub(sandbox.Clip(string(v))), false
	case *lua.LTable:
		return r.secrets.Scrub(value.Sketch(v)), false
	case lua.LNumber, lua.LBool:
		return v.String(), false
	}
	return v.Type().String(), false
}

// guarded runs the verb; a panic in it becomes a mistake of the script, with
// the stack in the log. What Lua raises in between passes.
func guarded[C any](r *run, v *verb.Row[C], c C, a verb.Args) (value lua.LValue, err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case *lua.ApiError:
			panic(p)
		default:
			r.log.Error("panic in verb", "verb", v.Name, "panic", p, "stack", string(debug.Stack()))
			err = verb.Mistakef("internal error; the log has the details")
		}
	}()
	return v.Run(c, a)
}

// unwind ends the script because the call is over. No pcall holds it up.
func (r *run) unwind(L *lua.LState) {
	r.L.Stop(sandbox.ErrOver)
	L.RaiseError("%s", sandbox.ErrOver)
}
