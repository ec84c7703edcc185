package flowtest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing/synctest"
	"time"

	lua "github.com/yuin/gopher-lua"

	"trunkline/call"
	"trunkline/internal/fetch"
	"trunkline/ivr/caller"
	"trunkline/ivr/flow"
	"trunkline/ivr/lib"
	"trunkline/ivr/sandbox"
	"trunkline/ivr/trace"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
	"trunkline/speech"
)

// scene is one call of a test, and the flow that answers it.
type scene struct {
	trial    *trial
	caller   *caller.Caller
	book     *trace.Book
	heard    int                        // prompts up to the one that was heard last
	failed   bool                       // the test has, or is over
	expected bool                       // the test knows that the flow fails
	done     chan struct{}              // closed when the flow is done
	vars     atomic.Pointer[lua.LTable] // the flow's own, to be read while it waits
	err      error                      // what was wrong with the flow; read when it is done
}

// open has a flow answer a call.
func (t *trial) open(info call.Info, deaf bool) *scene {
	c := &scene{trial: t, book: trace.NewBook(1, mostSteps), done: make(chan struct{})}
	c.caller = caller.New(caller.Script{Info: info, Dial: c.dial, Transfer: t.transfer})
	cfg := flow.Config{
		Synth: caller.Synth{}, Recognizers: map[string]speech.Recognizer{}, Traces: c.book,
		Libraries: lib.Deps{HTTP: t.web, DB: databases{t.queries}, KV: t.values, Hours: t.hours},
		Queues:    queues{t.queues}, Log: slog.New(notes{to: c.caller}),
		Bots: fetch.New(fetch.Options{Hosts: []string{"bots.invalid"}}), // nobody outside is called from a test
		Vars: func(_ string, vars *lua.LTable) { c.vars.Store(vars) },
	}
	if !deaf {
		for _, lang := range t.suite.languages() {
			cfg.Recognizers[lang] = c.caller.Recognizer()
		}
	}
	runner := flow.New(cfg)
	ctx := sandbox.Watched(c.caller.Context(), t.suite.cover.line)
	go func() {
		defer close(c.done)
		defer func() {
			if p := recover(); p != nil {
				c.err = fmt.Errorf("panic: %v", p)
				c.caller.HangUp()
			}
		}()
		c.err = runner.Run(ctx, t.suite.bundle, c.caller)
	}()
	t.calls = append(t.calls, c)
	return c
}

// mostSteps bounds what a caller's steps tell.
const mostSteps = 5000

// languages are those that callers are understood in: of the menus, English and
// Chinese.
func (s *Suite) languages() []string {
	out := []string{"en", "zh"}
	for _, m := range s.bundle.Menus {
		for _, tag := range m.Languages {
			lang, _, _ := strings.Cut(strings.ToLower(tag), "-")
			out = append(out, lang)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// join waits until the flow is done, when its call is over.
func (c *scene) join() {
	late := time.NewTimer(lettingGo)
	defer late.Stop()
	select {
	case <-c.done:
	case <-late.C:
	}
}

// problem is what is wrong with a call that is over and that the test has not
// asked about.
func (c *scene) problem() string {
	name := c.caller.Info().Flow
	select {
	case <-c.done:
	default:
		return fmt.Sprintf("flow %s: its call is over for %v, but it is not", name, lettingGo)
	}
	if open := c.caller.LeftOpen(); open != "" {
		return fmt.Sprintf("flow %s: it left something open: %s", name, open)
	}
	if mistake := c.mistake(); mistake != "" && !c.expected {
		return fmt.Sprintf("flow %s made a mistake: %s", name, mistake)
	}
	return ""
}

// mistake is what was wrong with the flow, once it is done; "" for nothing.
func (c *scene) mistake() string {
	for _, e := range c.caller.Events() {
		if e.Kind == caller.Fails { // finally's mistakes are told in no other way
			return e.Text
		}
	}
	if c.err != nil {
		return c.err.Error()
	}
	return ""
}

type callerRow = verb.Row[*scene]

// callerRows are the methods of a caller.
func callerRows() []*callerRow {
	return []*callerRow{
		hearsRow(), hearsOutRow(), saysRow(), pressesRow(), interruptsRow(), silentRow(), waitsRow(), messageRow(), hangsUpRow(),
		atRow(), nodesRow(), neverRow(), endedRow(),
	}
}

// table is the caller, as the test sees it.
func (c *scene) table() *lua.LTable {
	return object(c.trial, c, "caller", callerRows(), nil, c.field)
}

// promptTable is a prompt as tests see it.
func (c *scene) promptTable(p caller.Prompt) *lua.LTable {
	return c.record(map[string]any{
		"text": p.Text, "file": p.File, "lang": p.Language, "at": p.Began.Seconds(), "heard": p.Heard.Seconds(),
		"total": p.Total.Seconds(), "outcome": p.Outcome,
	})
}

// record is a table of fields.
func (c *scene) record(fields map[string]any) *lua.LTable {
	return c.trial.luaOf(fields).(*lua.LTable)
}

// field is what else a caller has: said, vars, result, steps.
func (c *scene) field(name string) lua.LValue {
	synctest.Wait() // what is to happen at this moment has happened; the flow waits
	out := c.trial.L.NewTable()
	switch name {
	case "said":
		for _, p := range c.caller.Prompts() {
			out.Append(c.promptTable(p))
		}
	case "vars":
		if vars := c.vars.Load(); vars != nil {
			left := mostPlain
			return c.trial.luaOf(plainer(vars, 0, &left))
		}
		for k, v := range c.caller.Info().Vars {
			out.RawSetString(k, lua.LString(v))
		}
	case "result":
		cause, over := c.caller.Ended()
		if !over {
			return lua.LNil
		}
		t := c.caller.Times()
		return c.record(map[string]any{
			"cause": cause.Code, "by": cause.By, "answered": !t.Answered.IsZero(), "seconds": t.Ended.Sub(t.Started).Seconds(),
			"error": c.mistake(),
		})
	case "steps":
		t, _ := c.book.Get(c.caller.Info().ID)
		for _, s := range t.Steps {
			out.Append(c.record(map[string]any{
				"at": s.At.Seconds(), "took": s.Took.Seconds(), "where": s.Where, "what": s.What, "result": s.Result, "failed": s.Failed,
			}))
		}
	default:
		return nil
	}
	return out
}

func endedRow() *callerRow {
	return &callerRow{Shape: shape{
		Name: "ended",
		Doc: "Waits until the call is over and says how it must have ended. A mistake of the flow fails the test unless `failed` " +
			"expects it.",
		Args: []verb.Arg{
			{Name: "cause", Kind: value.Text, Lead: true, Doc: "code: normal, busy, rejected, failed, …"},
			{Name: "by", Kind: value.Text, Doc: "caller, flow or system"},
			{Name: "failed", Kind: value.Text, Doc: "what is in the message of the flow's mistake"},
			{Name: "within", Kind: value.Duration, Default: "2m", Doc: "how long to wait for it"},
		},
		Result: "a table, as `caller.result`",
	}, Run: func(c *scene, a verb.Args) (lua.LValue, error) {
		over := func() bool {
			_, over := c.caller.Ended()
			return over
		}
		if !c.caller.Await(c.trial.ctx, a.Duration("within"), over) {
			return nil, fmt.Errorf("the call is not over after %v%s", a.Duration("within"), c.at())
		}
		c.join()
		cause, _ := c.caller.Ended()
		switch mistake := c.mistake(); {
		case a.Has("cause") && cause.Code != a.Text("cause"):
			return nil, fmt.Errorf("the call ended with cause %s, not %s", cause.Code, a.Text("cause"))
		case a.Has("by") && cause.By != a.Text("by"):
			return nil, fmt.Errorf("the call was ended by %s, not by %s", cause.By, a.Text("by"))
		case a.Has("failed") && mistake == "":
			return nil, errors.New("the flow made no mistake")
		case a.Has("failed") && !strings.Contains(mistake, a.Text("failed")):
			return nil, fmt.Errorf("the flow's mistake is another: %s", mistake)
		}
		c.expected = c.expected || a.Has("failed")
		return c.field("result"), nil
	}}
}

// ctx ends when the test takes too long.
func (c *scene) ctx() context.Context { return c.trial.ctx }
