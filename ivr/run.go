package ivr

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	lua "github.com/yuin/gopher-lua"

	"trunkline/call"
	"trunkline/call/event"
	"trunkline/ivr/menu"
	"trunkline/sip"
)

// run is one flow running for one call. Everything in it belongs to the
// goroutine of Engine.Run.
type run struct {
	engine *Engine
	bundle *bundle
	phone  phone
	ctx    context.Context // of the call: ends with it
	log    *slog.Logger

	L        *lua.LState
	gov      *governor
	self     *lua.LTable // the call, as scripts see it
	vars     *lua.LTable
	finally  []*lua.LFunction
	ended    bool // the call is over: finally functions run
	depth    int  // of go within go
	failures int  // misunderstood answers in a row
	menu     *menu.Menu
	keys     []byte // pressed before anybody asked
	talking  bool   // the caller was heard to speak and not yet to stop
}

// endTime bounds how long a flow that is done waits for its call to end.
const endTime = 5 * time.Second

// run plays the flow of p to the end of the call.
func (e *Engine) run(ctx context.Context, p phone) error {
	info := p.Info()
	r := &run{
		engine: e, bundle: e.bundle, phone: p, ctx: ctx,
		log: e.log.With("call", info.ID, "flow", info.Flow),
	}
	r.gov = newGovernor(ctx, e.cfg.Limits)
	r.L = newState(r.gov, func(s string) { r.log.Info("script says", "text", clip(s)) })
	defer r.L.Close()

	err := r.flow(info.Flow)
	over := r.over()
	switch {
	case over:
		err = nil // the hang-up unwound the script, or crossed its end
	case err != nil:
		r.fail(err)
	default:
		r.hangup(call.ByFlow, r.endCode(), "")
	}
	r.lastWords(err)
	return err
}

// flow runs the call's flow and returns what was wrong with it.
func (r *run) flow(name string) error {
	f := r.bundle.flows[name]
	if f == nil {
		return fmt.Errorf("there is no flow %q", name)
	}
	if f.err != nil {
		return fmt.Errorf("flow %s is broken: %w", name, f.err)
	}
	r.self = r.callTable()
	r.gov.resume()
	err := r.L.CallByParam(lua.P{Fn: r.L.NewFunctionFromProto(f.proto), Protect: true}, r.self)
	if err == nil {
		return nil
	}
	if errors.Is(r.gov.stopped, errOver) {
		return r.gov.stopped
	}
	return errors.New(failure(err))
}

// over reports whether the call has ended.
func (r *run) over() bool {
	select {
	case <-r.phone.Done():
		return true
	default:
		return r.ctx.Err() != nil
	}
}

// endCode is the cause of a call whose flow has come to its end.
func (r *run) endCode() string {
	if r.phone.Times().Answered.IsZero() {
		return string(sip.NoAnswer)
	}
	return string(sip.Normal)
}

// hangup ends the call and waits until it has.
func (r *run) hangup(by, code, text string) {
	r.phone.Hangup(by, code, text)
	r.untilOver()
}

// fail reports a script's mistake, apologises to the caller and ends the call.
func (r *run) fail(why error) {
	name := r.phone.Info().Flow
	r.log.Error("flow failed", "error", why)
	r.phone.Emit(event.FlowFailed{Flow: name, Error: why.Error()})
	if !r.phone.Times().Answered.IsZero() {
		if err := r.apologise(); err != nil {
			r.log.Warn("no apology", "error", err)
		}
	}
	if !r.over() {
		r.hangup(call.BySystem, string(sip.Failed), "flow failed")
	}
}

// apologyTime bounds the apology, should the sound get stuck.
const apologyTime = 20 * time.Second

func (r *run) apologise() error {
	lang := r.lang("")
	text := r.engine.cfg.Apologies[primary(lang)]
	if text == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(r.ctx, apologyTime)
	defer cancel()
	_, err := r.speak(ctx, spoken{text: text, lang: lang})
	return err
}

// lastWords runs the finally functions, latest first, when the call has ended.
// A mistake in one does not keep the others from running.
func (r *run) lastWords(why error) {
	if len(r.finally) == 0 {
		return
	}
	r.ended = true
	ctx, cancel := context.WithTimeout(context.Background(), endTime)
	defer cancel()
	r.ctx = ctx
	r.gov.again(ctx)
	info := r.endInfo(why)
	for i := len(r.finally) - 1; i >= 0; i-- {
		err := r.L.CallByParam(lua.P{Fn: r.finally[i], Protect: true}, info)
		if err == nil {
			continue
		}
		text := failure(err)
		r.log.Error("finally failed", "error", text)
		r.phone.Emit(event.FlowFailed{Flow: r.phone.Info().Flow, Error: text})
	}
}

// endInfo is what a finally function is told.
func (r *run) endInfo(why error) *lua.LTable {
	t, cause := r.phone.Times(), r.phone.Cause()
	ended := t.Ended
	if ended.IsZero() {
		ended = time.Now()
	}
	talk := time.Duration(0)
	if !t.Answered.IsZero() {
		talk = ended.Sub(t.Answered)
	}
	info := r.L.CreateTable(0, 9)
	set := func(name string, v lua.LValue) { info.RawSetString(name, v) }
	set("duration", lua.LNumber(ended.Sub(t.Started).Seconds()))
	set("talk", lua.LNumber(talk.Seconds()))
	set("answered", lua.LBool(!t.Answered.IsZero()))
	set("cause", lua.LString(cause.Code))
	set("by", lua.LString(cause.By))
	set("message", lua.LString(cause.Text))
	set("sip", lua.LNumber(cause.SIP))
	set("q850", lua.LNumber(cause.Q850))
	if why != nil {
		set("error", lua.LString(why.Error()))
	}
	return info
}

// callTable is the script's view of its call.
func (r *run) callTable() *lua.LTable {
	L, info := r.L, r.phone.Info()
	self := L.CreateTable(0, len(r.engine.verbs)+7)
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
	for _, v := range r.engine.verbs {
		self.RawSetString(v.name, L.NewFunction(func(L *lua.LState) int { return r.perform(L, v) }))
	}
	meta := L.CreateTable(0, 3)
	meta.RawSetString("__index", L.NewFunction(func(L *lua.LState) int {
		L.RaiseError("%s", noSuchVerb(L.Get(2).String()))
		return 0
	}))
	meta.RawSetString("__newindex", L.NewFunction(func(L *lua.LState) int {
		L.RaiseError("call.%s cannot be set: use call.vars.%s", L.Get(2), L.Get(2))
		return 0
	}))
	meta.RawSetString("__metatable", lua.LFalse)
	L.SetMetatable(self, meta)
	return self
}

// perform does one verb for the script.
func (r *run) perform(L *lua.LState, v *verb) int {
	if L.Get(1) != r.self {
		L.RaiseError("%s: write call:%s, with a colon", v.name, v.name)
	}
	r.gov.charge(L, verbCost)
	a := v.parse(L)
	if r.ended && !v.after {
		return r.refuse(L, &call.Error{Verb: v.name, Cause: call.Cause{Code: call.CodeHangup, Text: "the call is over"}})
	}
	if !v.after && r.over() {
		r.unwind(L)
	}
	value, err := r.guarded(v, a)
	r.gov.resume()
	var mistake mistakeError
	switch {
	case errors.As(err, &mistake):
		L.RaiseError("%s: %s", v.name, mistake.text)
	case !r.ended && !v.after && r.over():
		r.unwind(L)
	case err != nil:
		return r.refuse(L, err)
	}
	if r.gov.stopped != nil { // within go
		L.RaiseError("%s", r.gov.stopped)
	}
	L.Push(value)
	return 1
}

// guarded runs the verb; a panic in it becomes a mistake of the script, with
// the stack in the log. What Lua raises in between passes.
func (r *run) guarded(v *verb, a args) (value lua.LValue, err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case *lua.ApiError:
			panic(p)
		default:
			r.log.Error("panic in verb", "verb", v.name, "panic", p, "stack", string(debug.Stack()))
			err = mistakef("internal error; the log has the details")
		}
	}()
	return v.run(r, a)
}

// unwind ends the script because the call is over. No pcall holds it up.
func (r *run) unwind(L *lua.LState) {
	r.gov.stop(errOver)
	L.RaiseError("%s", errOver)
}
