package ivr

import (
	"context"
	"errors"
	"fmt"
	"time"

	"trunkline/call/event"
	"trunkline/ivr/release"
)

// Order says how the scripts as they are now are brought to the callers.
type Order struct {
	Canary       float64 // share of calls that try them, above 0 and below 1; 0: all calls at once
	PromoteAfter int     // calls of the canary that are enough for all to get it; 0: Promote says so
	// Needed are flows that must be there, such as those that routes name.
	Needed []string
}

// ProblemsError is scripts that were not deployed, with everything that is wrong.
type ProblemsError struct{ Problems []error }

func (e *ProblemsError) Error() string {
	return fmt.Sprintf("scripts are not deployed: %v", errors.Join(e.Problems...))
}

// Unwrap returns the problems.
func (e *ProblemsError) Unwrap() []error { return e.Problems }

// warmTime bounds the making of prompts before a version gets its first call.
const warmTime = 30 * time.Second

// Deploy compiles the scripts as they are now and brings them to new calls; those
// that live keep what they began with. With any problem nothing changes, and the
// error is a *ProblemsError.
func (e *Engine) Deploy(ctx context.Context, o Order) (release.Status, error) {
	e.deploying.Lock()
	defer e.deploying.Unlock()
	b, problems, err := e.load()
	if err != nil {
		return e.board.Status(), err
	}
	for _, name := range o.Needed {
		if b.Flows[name] == nil {
			problems = append(problems, fmt.Errorf("there is no flow %q, which a route names", name))
		}
	}
	if len(problems) > 0 {
		return e.board.Status(), &ProblemsError{problems}
	}
	warming, cancel := context.WithTimeout(ctx, warmTime)
	defer cancel()
	if err := e.runner.Warm(warming, b); err != nil {
		e.log.Warn("prompts are made when they are needed", "version", b.Version, "error", err)
	}
	c, err := e.board.Deploy(release.Plan{Bundle: b, Canary: o.Canary, PromoteAfter: o.PromoteAfter})
	if err != nil {
		return e.board.Status(), err
	}
	e.tell(c)
	return e.board.Status(), nil
}

// Promote gives the canary to all calls.
func (e *Engine) Promote() (release.Status, error) {
	c, err := e.board.Promote()
	e.tell(c)
	return e.board.Status(), err
}

// Rollback takes the canary back or, without one, goes back to the version before.
func (e *Engine) Rollback(why string) (release.Status, error) {
	c, err := e.board.Rollback(why)
	e.tell(c)
	return e.board.Status(), err
}

// Versions says which scripts calls get.
func (e *Engine) Versions() release.Status { return e.board.Status() }

// tell publishes a change of versions.
func (e *Engine) tell(c release.Change) {
	if c.What == release.Nothing {
		return
	}
	e.log.Info("scripts", "what", c.What, "version", c.Version, "instead", c.Instead, "why", c.Why, "calls", c.Calls, "failed", c.Failures)
	e.cfg.Emit(event.ScriptsChanged{
		What: string(c.What), Version: c.Version, Instead: c.Instead, Why: c.Why, Calls: c.Calls, Failed: c.Failures,
	})
}
