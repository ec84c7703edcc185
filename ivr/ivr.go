// Package ivr is the engine of flows: it holds bundles of scripts and runs each
// call's flow from the bundle the call began with.
//
// What a flow is and can do is package flow's business, what a bundle is that of
// package bundle. The engine is safe for concurrent use. It never sees a SIP
// message or a packet of sound; everything goes through package call.
package ivr

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"slices"

	"trunkline/call"
	"trunkline/ivr/bundle"
	"trunkline/ivr/flow"
	"trunkline/ivr/line"
	"trunkline/ivr/sandbox"
)

// Config is what an Engine needs.
type Config struct {
	// Scripts holds flows/*.lua, menus/*.yaml and sound in prompts/. Nothing outside
	// of it is read; give the FS of an os.Root so that links cannot lead out.
	Scripts fs.FS
	flow.Config
}

// Limits bound what one call's script may use; see package sandbox.
type Limits = sandbox.Limits

// DefaultApologies returns what callers hear when a flow fails.
func DefaultApologies() map[string]string { return flow.DefaultApologies() }

// Engine runs flows. It is a call.Runner.
type Engine struct {
	bundle   *bundle.Bundle
	problems []error
	runner   *flow.Runner
	log      *slog.Logger
}

var _ call.Runner = (*Engine)(nil)

// New compiles every flow and menu of cfg.Scripts. What is wrong with them is
// logged and kept (see Problems); calls of a broken flow fail, all others are
// served. The error is for a bundle without any flow.
func New(cfg Config) (*Engine, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	b, problems := bundle.Load(cfg.Scripts, flow.Known())
	if len(b.Flows) == 0 {
		return nil, errors.Join(problems...)
	}
	for _, p := range problems {
		cfg.Log.Error("script is broken", "error", p)
	}
	return &Engine{bundle: b, problems: problems, runner: flow.New(cfg.Config), log: cfg.Log}, nil
}

// Check returns everything that is wrong with the flows and menus of scripts.
func Check(scripts fs.FS) []error {
	_, problems := bundle.Load(scripts, flow.Known())
	return problems
}

// Problems returns what was wrong with the scripts, each with file and line.
func (e *Engine) Problems() []error { return slices.Clone(e.problems) }

// Flows returns the names of all flows, sorted.
func (e *Engine) Flows() []string { return e.bundle.FlowNames() }

// HasFlow reports whether there is a flow of that name.
func (e *Engine) HasFlow(name string) bool { return e.bundle.Flows[name] != nil }

// Run runs the flow c.Info().Flow for c to its end. It returns when the script
// is done, has failed, or the call is over, with the call ended in each case.
func (e *Engine) Run(ctx context.Context, c *call.Call) error {
	return e.runner.Run(ctx, e.bundle, line.Live(c))
}

// Warm makes the prompts that the menus name ready to play, so that the first
// callers need not wait for the synthesiser. It returns when all are there, or
// with the first error.
func (e *Engine) Warm(ctx context.Context) error { return e.runner.Warm(ctx, e.bundle) }
