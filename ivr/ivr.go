// Package ivr is the engine of flows: it holds versions of the scripts and runs
// each call's flow from the version the call began with.
//
// What a flow is and can do is package flow's business, what a bundle is that of
// package bundle, which version a call gets that of package release. The engine
// is safe for concurrent use. It never sees a SIP message or a packet of sound;
// everything goes through package call.
package ivr

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"sync"

	"trunkline/call"
	"trunkline/call/event"
	"trunkline/ivr/bundle"
	"trunkline/ivr/flow"
	"trunkline/ivr/line"
	"trunkline/ivr/menu"
	"trunkline/ivr/release"
	"trunkline/ivr/sandbox"
	"trunkline/ivr/trace"
)

// Config is what an Engine needs.
type Config struct {
	// Open returns the scripts as they are now, and the name of this version. It
	// is asked by New and by every Deploy. What it returned must not change later.
	Open func() (scripts fs.FS, version string, err error)
	// Emit publishes what becomes of versions; nil: nobody is told.
	Emit func(event.Data)
	// Models keeps trained menus from one start to the next; nil: they are
	// trained again.
	Models menu.Models
	flow.Config
}

// Frozen is an Open for scripts that never change, such as those in the program.
func Frozen(scripts fs.FS) func() (fs.FS, string, error) {
	return func() (fs.FS, string, error) {
		version, err := bundle.Version(scripts)
		return scripts, version, err
	}
}

// Limits bound what one call's script may use; see package sandbox.
type Limits = sandbox.Limits

// Engine runs flows. It is a call.Runner.
type Engine struct {
	cfg       Config
	deploying sync.Mutex // one at a time
	board     *release.Board
	problems  []error
	runner    *flow.Runner
	log       *slog.Logger
}

var _ call.Runner = (*Engine)(nil)

// New compiles every flow and menu of the scripts. What is wrong with them is
// logged and kept (see Problems); calls of a broken flow fail, all others are
// served. The error is for a bundle without any flow.
func New(cfg Config) (*Engine, error) {
	cfg.Log = cmp.Or(cfg.Log, slog.New(slog.DiscardHandler))
	if cfg.Emit == nil {
		cfg.Emit = func(event.Data) {}
	}
	if cfg.Traces == nil {
		cfg.Traces = trace.NewBook(0, 0)
	}
	e := &Engine{cfg: cfg, runner: flow.New(cfg.Config), log: cfg.Log}
	b, problems, err := e.load()
	if err != nil {
		return nil, err
	}
	if len(b.Flows) == 0 {
		return nil, errors.Join(problems...)
	}
	for _, p := range problems {
		cfg.Log.Error("script is broken", "error", p)
	}
	e.board, e.problems = release.NewBoard(b), problems
	return e, nil
}

// load compiles the scripts as they are now.
func (e *Engine) load() (*bundle.Bundle, []error, error) {
	scripts, version, err := e.cfg.Open()
	if err != nil {
		return nil, nil, fmt.Errorf("load scripts: %w", err)
	}
	known := flow.Known()
	known.Models = e.cfg.Models
	b, problems := bundle.Load(scripts, known)
	b.Version = version
	return b, problems, nil
}

// Check returns everything that is wrong with the flows and menus of scripts.
func Check(scripts fs.FS) []error {
	_, problems := bundle.Load(scripts, flow.Known())
	return problems
}

// Problems returns what was wrong with the scripts that the engine began with,
// each with file and line.
func (e *Engine) Problems() []error { return slices.Clone(e.problems) }

// Flows returns the names of all flows, sorted.
func (e *Engine) Flows() []string { return e.board.Current().FlowNames() }

// HasFlow reports whether there is a flow of that name.
func (e *Engine) HasFlow(name string) bool { return e.board.Current().Flows[name] != nil }

// Menus returns the menus of the version that calls get, by id.
func (e *Engine) Menus() []*menu.Menu { return e.board.Current().SortedMenus() }

// Run runs the flow c.Info().Flow for c to its end. It returns when the script
// is done, has failed, or the call is over, with the call ended in each case.
func (e *Engine) Run(ctx context.Context, c *call.Call) error { return e.run(ctx, line.Live(c)) }

func (e *Engine) run(ctx context.Context, p line.Phone) error {
	b, done := e.board.Pick(p.Info().ID)
	failed := true // should Run panic
	defer func() { e.tell(done(failed)) }()
	err := e.runner.Run(ctx, b, p)
	failed = err != nil
	return err
}

// Trace returns what the flow of a recent call did.
func (e *Engine) Trace(call string) (trace.Trace, bool) { return e.cfg.Traces.Get(call) }

// Warm makes the prompts that the menus name ready to play, so that the first
// callers need not wait for the synthesiser. It returns when all are there, or
// with the first error.
func (e *Engine) Warm(ctx context.Context) error { return e.runner.Warm(ctx, e.board.Current()) }
