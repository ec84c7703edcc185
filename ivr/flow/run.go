package flow

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	lua "github.com/yuin/gopher-lua"

	"trunkline/call"
	"trunkline/call/event"
	"trunkline/ivr/ask"
	"trunkline/ivr/bot"
	"trunkline/ivr/bundle"
	"trunkline/ivr/lib"
	"trunkline/ivr/line"
	"trunkline/ivr/menu"
	"trunkline/ivr/sandbox"
	"trunkline/ivr/secret"
	"trunkline/ivr/trace"
	"trunkline/sip"
	"trunkline/speech"
)

// run is one flow running for one call. Everything in it belongs to the
// goroutine of Runner.Run.
type run struct {
	*Runner
	bundle *bundle.Bundle
	line   *line.Line
	asker  ask.Asker
	env    lib.Env // of library functions
	trace  *trace.Log
	ctx    context.Context // of the call: ends with it
	life   context.Context // of the script: ends with the call, or a while after it
	log    *slog.Logger

	L        *sandbox.State
	self     *lua.LTable // the call, as scripts see it
	vars     *lua.LTable
	finally  []*lua.LFunction
	ended    bool // the call is over: finally functions run
	depth    int  // of go within go
	menu     *menu.Menu
	survives bool          // a hang-up does not unwind the script
	listener *bot.Listener // a stream in the background; nil: there is none
	pace     float32       // how fast texts are spoken; 0: as the voice does
	atEnd    []func()      // what is to be let go of when the flow is done
	handlers handlers
	secrets  *secret.Keeper
	modules  map[string]lua.LValue // what require has run; nil while it does
}

// endTime bounds how long a flow that is done waits for its call to end.
const endTime = 5 * time.Second

// Run plays the flow that p's call is for, of b, to the end of the call: when it
// returns, the script is done or has failed, and the call is over in each case.
// The error says what was wrong with the flow.
func (f *Runner) Run(ctx context.Context, b *bundle.Bundle, p line.Phone) error {
	info := p.Info()
	r := &run{Runner: f, bundle: b, ctx: ctx, life: ctx, secrets: &secret.Keeper{}}
	r.log = slog.New(secret.Handler{Handler: f.log.Handler(), Keeper: r.secrets}).With("call", info.ID, "flow", info.Flow)
	r.line = line.New(ctx, p, r.log)
	r.trace = f.cfg.Traces.Begin(trace.Trace{Call: info.ID, Flow: info.Flow, Bundle: b.Version, Started: time.Now()})
	defer r.trace.End()
	defer r.line.Close()
	r.asker = ask.Asker{
		Line: r.line, Log: r.log, Speak: r.askSpeak, Slower: r.slower, Switch: r.speakIn, Shown: r.secrets.Scrub, Note: r.note,
		Recognizer: f.recognizer, Second: f.cfg.Second, Now: f.cfg.Now,
	}
	r.L = sandbox.New(ctx, f.cfg.Limits, func(s string) { r.log.Info("script says", "text", sandbox.Clip(s)) })
	defer r.L.Close()
	r.L.Holds(r.held)
	err := r.flow(info.Flow)
	over := r.line.Over() || errors.Is(err, sandbox.ErrOver) // a context's children end a moment after it
	switch {
	case over:
		err = nil // the hang-up unwound the script, or crossed its end
	case err != nil:
		r.fail(err)
	default:
		r.hangup(call.ByFlow, r.endCode(), "")
	}
	r.lastWords(err)
	for _, f := range r.atEnd {
		f()
	}
	return err
}

// flow runs the call's flow and returns what was wrong with it.
func (r *run) flow(name string) error {
	f := r.bundle.Flows[name]
	if f == nil {
		return fmt.Errorf("there is no flow %q", name)
	}
	if f.Err != nil {
		return fmt.Errorf("flow %s is broken: %w", name, f.Err)
	}
	r.self = r.callTable()
	r.openLibraries()
	r.L.Think()
	err := r.L.CallByParam(lua.P{Fn: r.L.NewFunctionFromProto(f.Proto), Protect: true}, r.self)
	if err == nil {
		return nil
	}
	if errors.Is(r.L.Stopped(), sandbox.ErrOver) {
		return r.L.Stopped()
	}
	return errors.New(r.secrets.Scrub(sandbox.Failure(err)))
}

// held is what the script has handed over: it counts as the script's.
func (r *run) held() []lua.LValue {
	out := slices.AppendSeq([]lua.LValue{r.self, r.vars}, maps.Values(r.modules))
	for _, f := range append(r.lastFunctions(), r.handlers.message) {
		out = append(out, f)
	}
	return out
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
	text := r.cfg.Apologies[primary(lang)]
	if text == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(r.ctx, apologyTime)
	defer cancel()
	_, err := r.speak(ctx, spokenText{text: text, lang: lang})
	return err
}

// spokenText is a text to say.
type spokenText struct {
	text, lang string
	bargeIn    bool
}

// speak says a text and waits for its end.
func (r *run) speak(ctx context.Context, s spokenText) (line.Heard, error) {
	sound, err := r.speech(ctx, "say", s.lang, s.text)
	if err != nil {
		return line.Heard{}, err
	}
	defer line.Hush(sound)
	return r.line.PlayOut(ctx, line.Prompt{
		Verb: "say", BargeIn: s.bargeIn, Speech: sound,
		Sound: call.Sound{What: event.PromptStarted{Text: r.secrets.Scrub(s.text), Language: s.lang}},
	})
}

// speech has texts spoken and returns when the sound of each begins. line.Hush follows.
func (r *run) speech(ctx context.Context, verb, lang string, texts ...string) (all []*line.Speech, err error) {
	for _, text := range texts {
		order := r.request(text, lang)
		order.Pace = r.pace
		s, err := r.prompts.Hear(ctx, order)
		if err != nil {
			line.Hush(all)
			return nil, line.Refusal(verb, line.CodeSynthesis, "%v", err)
		}
		all = append(all, s)
	}
	return all, nil
}

// askSpeak is speech for questions.
func (r *run) askSpeak(ctx context.Context, lang string, texts []string) ([]*line.Speech, error) {
	return r.speech(ctx, "ask", lang, texts...)
}

// slow is how much more slowly callers hear what is spoken who have asked for it.
const slow = 0.75

func (r *run) slower() { r.pace = slow }

// speakIn has the call go on in another language.
func (r *run) speakIn(lang string) { r.vars.RawSetString("lang", lua.LString(lang)) }

// note is a step within an ask: what was heard, and what it meant.
func (r *run) note(heard, meant string) {
	r.trace.Step("", r.secrets.Scrub("heard "+heard))(r.secrets.Scrub(meant), false)
}

// recognizer is the one for a language, or nil.
func (f *Runner) recognizer(lang string) speech.Recognizer { return f.cfg.Recognizers[primary(lang)] }

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
	return r.cfg.Language
}

// lastWords runs the finally functions, latest first, when the call has ended.
// A mistake in one does not keep the others from running.
func (r *run) lastWords(why error) {
	last := r.lastFunctions()
	if len(last) == 0 {
		return
	}
	r.ended = true
	ctx, cancel := context.WithTimeout(context.Background(), endTime)
	defer cancel()
	r.ctx, r.life = ctx, ctx
	r.L.Again(ctx)
	info := r.endInfo(why)
	for _, f := range last {
		err := r.L.CallByParam(lua.P{Fn: f, Protect: true}, info)
		if err == nil {
			continue
		}
		text := r.secrets.Scrub(sandbox.Failure(err))
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
