package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"trunkline/acd"
	"trunkline/api"
	"trunkline/api/problem"
	"trunkline/call/event"
	"trunkline/cmd/trunkline/internal/client"
	"trunkline/cmd/trunkline/internal/desk"
	"trunkline/internal/fetch"
	"trunkline/ivr"
	"trunkline/ivr/bundle"
	"trunkline/ivr/flow"
	"trunkline/ivr/menu"
	"trunkline/ivr/menu/opinion"
	"trunkline/ivr/release"
	"trunkline/scripts"
)

// newFlows makes the engine of flows with all that they work with.
func (s *server) newFlows() (*ivr.Engine, error) {
	lines, err := acd.New(s.cfg.Lines)
	if err != nil {
		return nil, err
	}
	s.queues = desk.Queues{ACD: lines}
	cfg := flow.Config{
		Synth: s.voices.synth, Recognizers: s.voices.recognizers, Libraries: s.libraries.Deps(), Queues: s.queues,
		Bots: fetch.New(fetch.Options{Networks: s.cfg.Bots.Prefixes, PlainOK: s.cfg.Bots.Plain}), Log: s.log,
		Limits: s.cfg.Scripts.Sandbox(),
	}
	if o := &s.cfg.Opinion; o.URL != "" {
		cfg.Second, err = opinion.New(opinion.Config{
			BaseURL: o.URL, Model: o.Model, Key: o.Key, Timeout: time.Duration(o.Timeout), AtOnce: o.AtOnce, Log: s.log,
			Client: fetch.New(fetch.Options{Networks: o.Prefixes, PlainOK: o.Plain}),
		})
		if err != nil {
			return nil, err
		}
	}
	return ivr.New(ivr.Config{
		Open: s.scriptsNow, Emit: func(d event.Data) { s.bus.Publish("", "", d) },
		Models: menu.ModelDir(filepath.Join(s.cfg.Data, "models")), Config: cfg,
	})
}

// scriptsNow returns the scripts as they are now, as a version that stays: those
// of a directory are copied below the data directory.
func (s *server) scriptsNow() (fs.FS, string, error) {
	if s.cfg.Script == "" {
		return ivr.Frozen(scripts.FS())()
	}
	edited, closer, err := openScripts(s.cfg.Script)
	if err != nil {
		return nil, "", err
	}
	defer closer.Close()
	version, err := bundle.Freeze(edited, s.versions())
	if err != nil {
		return nil, "", err
	}
	return os.DirFS(filepath.Join(s.versions(), version)), version, nil // plain files only: Freeze copies nothing else
}

// versions is where copies of the scripts lie.
func (s *server) versions() string { return filepath.Join(s.cfg.Data, "scripts") }

// tidyScripts removes what earlier runs have copied: no call of theirs lives.
func (s *server) tidyScripts() error {
	if err := bundle.Prune(s.versions()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Versions says which version of the scripts calls get.
func (c control) Versions() api.Versions { return versionsOf(c.flows.Versions()) }

// Deploy brings the scripts as they are now to new calls.
func (c control) Deploy(ctx context.Context, o api.Deployment, by string) (api.Versions, error) {
	needed := flowsOf(c.settings.now.Load())
	v, err := c.flows.Deploy(ctx, ivr.Order{Canary: o.Canary, PromoteAfter: o.PromoteAfter, Needed: needed})
	var problems *ivr.ProblemsError
	if errors.As(err, &problems) {
		c.log.Warn("scripts are not deployed", "by", by, "error", err)
		return api.Versions{}, problem.New(problem.BadScripts, "nothing was changed", mistakes(errors.Join(problems.Problems...))...)
	}
	c.log.Info("scripts deployed", "by", by, "version", v.Current.Version, "canary", o.Canary, "error", err)
	return versionsOf(v), err
}

// Promote gives the canary to all new calls.
func (c control) Promote(by string) (api.Versions, error) {
	v, err := c.flows.Promote()
	return c.turned(v, err, "promote", by)
}

// Rollback takes the canary back, or goes back to the version before.
func (c control) Rollback(by string) (api.Versions, error) {
	v, err := c.flows.Rollback("asked for by " + by)
	return c.turned(v, err, "roll back", by)
}

func (c control) turned(v release.Status, err error, what, by string) (api.Versions, error) {
	if err != nil {
		return api.Versions{}, problem.New(problem.NoVersion, err.Error())
	}
	c.log.Info("scripts: "+what, "by", by, "version", v.Current.Version)
	return versionsOf(v), nil
}

func versionsOf(s release.Status) api.Versions {
	v := api.Versions{Current: api.Version(s.Current), Share: s.Share, PromoteAfter: s.PromoteAfter, Previous: s.Previous}
	if c := s.Last; c.What != release.Nothing {
		v.Last = &api.VersionChange{What: string(c.What), Version: c.Version, Instead: c.Instead, Why: c.Why, Calls: c.Calls, Failed: c.Failures}
	}
	if s.Canary != nil {
		v.Canary = new(api.Version(*s.Canary))
	}
	return v
}

// Flow returns what the flow of a call did.
func (c control) Flow(call string) (api.FlowTrace, bool) {
	t, ok := c.flows.Trace(call)
	out := api.FlowTrace{
		Call: t.Call, Flow: t.Flow, Version: t.Bundle, Over: !t.Ended.IsZero(), Dropped: t.Dropped,
		Steps: make([]api.FlowStep, len(t.Steps)),
	}
	for i, s := range t.Steps {
		out.Steps[i] = api.FlowStep{
			AtMS: s.At.Milliseconds(), TookMS: s.Took.Milliseconds(), Where: s.Where, What: s.What, Result: s.Result, Failed: s.Failed,
		}
	}
	return out, ok
}

// deployCmd brings scripts to a running server.
type deployCmd struct {
	client.Flags
	Canary       string `placeholder:"SHARE" help:"Share of new calls that try the version, such as 5%; without it all get it at once."`
	PromoteAfter int    `placeholder:"CALLS" help:"Give a canary to all after so many calls without a rise of failures."`
	Promote      bool   `xor:"what" help:"Give the canary to all new calls."`
	Rollback     bool   `xor:"what" help:"Take the canary back or, without one, go back to the version before."`
	Status       bool   `xor:"what" help:"Only say which versions there are."`
}

// Run tells what new calls get.
func (c deployCmd) Run(ctx context.Context) error {
	share, err := shareOf(c.Canary)
	if err != nil {
		return usageError{err}
	}
	var body []byte
	switch {
	case c.Status:
		body, err = c.Get(ctx, "/v1/scripts")
	case c.Promote:
		body, err = c.Post(ctx, "/v1/scripts/promote", struct{}{})
	case c.Rollback:
		body, err = c.Post(ctx, "/v1/scripts/rollback", struct{}{})
	default:
		body, err = c.Post(ctx, "/v1/scripts/deploy", api.Deployment{Canary: share, PromoteAfter: c.PromoteAfter})
	}
	if err != nil {
		return err
	}
	var v api.Versions
	if err := json.Unmarshal(body, &v); err != nil {
		return fmt.Errorf("read the versions: %w", err)
	}
	return writeVersions(os.Stdout, v)
}

// shareOf reads "5%" or "0.05"; "" is 0.
func shareOf(text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	number, percent := strings.CutSuffix(text, "%")
	v, err := strconv.ParseFloat(number, 64)
	if percent {
		v /= 100
	}
	if err != nil || !(v > 0 && v < 1) {
		return 0, fmt.Errorf("--canary %q: write a share such as 5%%", text)
	}
	return v, nil
}

func writeVersions(w io.Writer, v api.Versions) error {
	_, err := fmt.Fprintf(w, "current   %s  %d calls, %d failed\n", v.Current.Version, v.Current.Calls, v.Current.Failed)
	if c := v.Canary; c != nil && err == nil {
		_, err = fmt.Fprintf(w, "canary    %s  %g%% of calls: %d, %d failed\n", c.Version, 100*v.Share, c.Calls, c.Failed)
	}
	if v.Previous != "" && err == nil {
		_, err = fmt.Fprintf(w, "previous  %s\n", v.Previous)
	}
	if c := v.Last; c != nil && err == nil {
		_, err = fmt.Fprintf(w, "last      %s %s instead of %s", c.What, c.Version, c.Instead)
		if c.Why != "" && err == nil {
			_, err = fmt.Fprintf(w, ": %s", c.Why)
		}
		if err == nil {
			_, err = fmt.Fprintln(w)
		}
	}
	return err
}
