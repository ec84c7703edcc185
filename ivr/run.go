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
	"trunkline/ivr/line"
	"trunkline/ivr/menu"
	"trunkline/ivr/sandbox"
	"trunkline/sip"
)

// run is one flow running for one call. Everything in it belongs to the
// goroutine of Engine.Run.
type run struct {
	engine *Engine
	bundle *bundle
	line   *line.Line
	ctx    context.Context // of the call: ends with it
	log    *slog.Logger

	L        *sandbox.State
	self     *lua.LTable // the call, as scripts see it
	vars     *lua.LTable
	finally  []*lua.LFunction
	ended    bool // the call is over: finally functions run
	depth    int  // of go within go
	failures int  // misunderstood answers in a row
	menu     *menu.Menu
}

// endTime bounds how long a flow that is done waits for its call to end.
const endTime = 5 * time.Second

// run plays the flow of p to the end of the call.
func (e *Engine) run(ctx context.Context, p line.Phone) error {
	info := p.Info()
	r := &run{
		engine: e, bundle: e.bundle, ctx: ctx,
		log: e.log.With("call", info.ID, "flow", info.Flow),
	}
	r.line = line.New(ctx, p, r.log)
	defer r.line.Close()
	r.L = sandbox.New(ctx, e.cfg.Limits, func(s string) { r.log.Info("script says", "text", sandbox.Clip(s)) })
	defer r.L.Close()

	err := r.flow(info.Flow)
	over := r.line.Over()
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
	r.L.Think()
	err := r.L.CallByParam(lua.P{Fn: r.L.NewFunctionFromProto(f.proto), Protect: true}, r.self)
	if err == nil {
		return nil
	}
	if errors.Is(r.L.Stopped(), sandbox.ErrOver) {
		return r.L.Stopped()
	}
	return errors.New(sandbox.Failure(err))
}

// endCode is the cause of a call whose flow has come to its end.
func (r *run) endCode() string {
	if r.line.Times().Answered.IsZero() {
		return string(sip.NoAnswer)
	}
	return string(sip.Normal)
}

// hangup ends the call and waits until it has.
func (r *run) hangup(by, code, text string) {
	r.line.Hangup(by, code, text)
	r.untilOver()
}

// fail reports a script's mistake, apologises to the caller and ends the call.
func (r *run) fail(why error) {
	name := r.line.Info().Flow
	r.log.Error("flow failed", "error", why)
	r.line.Emit(event.FlowFailed{Flow: name, Error: why.Error()})
	if !r.line.Times().Answered.IsZero() {
		if err := r.apologise(); err != nil {
			r.log.Warn("no apology", "error", err)
		}
	}
	if !r.line.Over() {
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

// spoken is a text to say.
type spoken struct {
	text, lang string
	bargeIn    bool
}

// speak says a text and waits for its end.
func (r *run) speak(ctx context.Context, s spoken) (line.Heard, error) {
	sound, err := r.speech(ctx, "say", s.lang, s.text)
	if err != nil {
		return line.Heard{}, err
	}
	defer hush(sound)
	return r.line.PlayOut(ctx, line.Prompt{
		Verb: "say", BargeIn: s.bargeIn, Speech: sound,
		Sound: call.Sound{What: event.PromptStarted{Text: s.text, Language: s.lang}},
	})
}

// speech has texts spoken and returns when the sound of each begins. hush follows.
func (r *run) speech(ctx context.Context, verb, lang string, texts ...string) (all []*line.Speech, err error) {
	for _, text := range texts {
		s, err := r.engine.prompts.Hear(ctx, r.engine.request(text, lang))
		if err != nil {
			hush(all)
			return nil, line.Refusal(verb, line.CodeSynthesis, "%v", err)
		}
		all = append(all, s)
	}
	return all, nil
}

// hush says that nobody waits for the rest of what is spoken.
func hush(all []*line.Speech) {
	for _, s := range all {
		s.Close()
	}
}

// lang is the language of a prompt: what the verb names, else the call's
// variable lang, else the engine's.
func (r *run) lang(named string) string {
	if named != "" {
		return named
	}
	if r.vars != nil {
		if v, ok := r.vars.RawGetString("lang").(lua.LString); ok && v != "" {
			return string(v)
		}
	}
	return r.engine.cfg.Language
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
	r.L.Again(ctx)
	info := r.endInfo(why)
	for i := len(r.finally) - 1; i >= 0; i-- {
		err := r.L.CallByParam(lua.P{Fn: r.finally[i], Protect: true}, info)
		if err == nil {
			continue
		}
		text := sandbox.Failure(err)
		r.log.Error("finally failed", "error", text)
		r.line.Emit(event.FlowFailed{Flow: r.line.Info().Flow, Error: text})
	}
}

// endInfo is what a finally function is told.
func (r *run) endInfo(why error) *lua.LTable {
	t, cause := r.line.Times(), r.line.Cause()
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
	L, info := r.L.LState, r.line.Info()
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
	r.L.Wait(L)
	a := v.parse(L)
	if r.ended && !v.after {
		return r.refuse(L, &call.Error{Verb: v.name, Cause: call.Cause{Code: call.CodeHangup, Text: "the call is over"}})
	}
	if !v.after && r.line.Over() {
		r.unwind(L)
	}
	value, err := r.guarded(v, a)
	r.L.Think()
	var mistake mistakeError
	switch {
	case errors.As(err, &mistake):
		L.RaiseError("%s: %s", v.name, mistake.text)
	case !r.ended && !v.after && r.line.Over():
		r.unwind(L)
	case err != nil:
		return r.refuse(L, err)
	}
	if why := r.L.Stopped(); why != nil { // within go
		L.RaiseError("%s", why)
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
	r.L.Stop(sandbox.ErrOver)
	L.RaiseError("%s", sandbox.ErrOver)
}
