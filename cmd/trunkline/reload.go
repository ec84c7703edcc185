package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"trunkline/api"
	"trunkline/api/problem"
	"trunkline/call/gate"
	"trunkline/call/limit"
	"trunkline/cmd/trunkline/internal/config"
	"trunkline/ivr"
	"trunkline/sip/trunk"
)

// settings is what holds at the moment. Of it trunks, groups, holidays, routes and
// dialing may change while calls live; for the rest server.cfg, with which the
// program began, counts.
type settings struct {
	changing sync.Mutex // one change at a time
	now      atomic.Pointer[config.Config]
}

// Drain refuses new calls until Undrain; by says who asked.
func (c control) Drain(by string) {
	c.refuse()
	c.log.Info("draining", "by", by, "calls", c.calls.Live())
}

// refuse lets no new call in, of whatever kind: /ready says so first, then whoever
// asks by OPTIONS or INVITE.
func (s *server) refuse() {
	s.calls.Pause()
	s.endpoint.SetWelcome(false)
}

// Undrain takes new calls again.
func (c control) Undrain(by string) {
	c.calls.Resume()
	c.endpoint.SetWelcome(!c.calls.Paused()) // a server that stops goes on stopping
	c.log.Info("takes calls again", "by", by)
}

// Draining reports whether new calls are refused.
func (c control) Draining() bool { return c.calls.Paused() }

// plan is what a configuration says of where calls may go.
func plan(c *config.Config) gate.Plan {
	return gate.Plan{Trunks: c.Callable(), Routes: c.Plan(), Dialing: c.Dialing}
}

// apply lets a configuration that was checked hold from now on, or changes nothing.
// Calls that live keep what they began with. The caller holds changing.
func (s *server) apply(next *config.Config) error {
	if err := s.calls.Reload(plan(next)); err != nil {
		return err
	}
	if err := s.endpoint.SetTrunks(next.All()); err != nil {
		return errors.Join(err, s.calls.Reload(plan(s.settings.now.Load())))
	}
	s.settings.now.Store(next)
	return nil
}

// Reload reads the configuration file again and applies what can be applied while
// calls live. With any mistake nothing changes; by says who asked.
func (c control) Reload(by string) (api.Reloaded, error) {
	c.settings.changing.Lock()
	defer c.settings.changing.Unlock()
	r, err := c.reload()
	if err != nil {
		c.log.Warn("configuration is not reloaded", "by", by, "error", err)
		return r, problem.New(problem.BadConfiguration, "nothing was changed", mistakes(err)...)
	}
	c.log.Info("configuration reloaded", "by", by, "applied", r.Applied, "restart", r.Restart)
	return r, nil
}

func (c control) reload() (r api.Reloaded, err error) {
	old := c.settings.now.Load()
	next, err := config.Load(c.path, defaultConfig)
	if err != nil {
		return r, err
	}
	for _, key := range config.Differences(old, next) {
		if config.Live(key) {
			r.Applied = append(r.Applied, key)
		}
	}
	for _, key := range config.Differences(c.cfg, next) {
		if !config.Live(key) {
			r.Restart = append(r.Restart, key)
		}
	}
	next.Data, next.Made = old.Data, old.Made // another directory waits for a restart
	if err := next.Check(); err != nil {
		return r, err
	}
	changed, err := c.reloadScripts(next)
	if err != nil {
		return r, err
	}
	if changed {
		r.Applied = append(r.Applied, "scripts")
	}
	if err := checkRoutes(next, c.flows); err != nil {
		return r, err
	}
	// Listeners keep what they have when the new files are broken.
	if err := c.endpoint.ReloadCertificates(); err != nil {
		return r, fmt.Errorf("certificates: %w", err)
	}
	return r, c.apply(next)
}

// reloadScripts brings the scripts as they are now to new calls, if they have changed;
// with any mistake in them, or a route without its flow, nothing changes.
func (c control) reloadScripts(next *config.Config) (changed bool, err error) {
	_, version, err := c.scriptsNow()
	if err != nil || version == c.flows.Versions().Current.Version {
		return false, err
	}
	_, err = c.flows.Deploy(context.Background(), ivr.Order{Needed: flowsOf(next)})
	return err == nil, err
}

// flowsOf are the flows that routes name.
func flowsOf(c *config.Config) (names []string) {
	for _, r := range c.Routes {
		if r.Flow != "" {
			names = append(names, r.Flow)
		}
	}
	return names
}

// mistakes takes a joined error apart: "file:line:column: what" is where and what.
func mistakes(err error) (list []problem.Mistake) {
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		for _, err := range all.Unwrap() {
			list = append(list, mistakes(err)...)
		}
		return list
	}
	where, what, found := strings.Cut(err.Error(), ": ")
	if !found {
		where, what = "", where
	}
	return append(list, problem.Mistake{Location: where, Message: what})
}

// Trunks returns all trunks, how they stand and what they carry.
func (c control) Trunks() (list []api.Trunk) {
	cfg := c.settings.now.Load()
	for i, t := range cfg.All() {
		origin := "file"
		if i >= len(cfg.Trunks) {
			origin = "api"
		}
		list = append(list, api.Trunk{Name: t.Name, Origin: origin, Config: t})
	}
	slices.SortFunc(list, func(a, b api.Trunk) int { return strings.Compare(a.Name, b.Name) })
	at := func(name string) *api.Trunk {
		i, ok := slices.BinarySearchFunc(list, name, func(t api.Trunk, name string) int { return strings.Compare(t.Name, name) })
		if !ok {
			return &api.Trunk{} // it has just come or gone
		}
		return &list[i]
	}
	for _, st := range c.endpoint.Trunks() {
		at(st.Name).Status = st
	}
	for _, l := range c.calls.Limits() {
		use := &at(l.Trunk).Inbound
		if l.Direction == limit.Outbound {
			use = &at(l.Trunk).Outbound
		}
		*use = api.TrunkUse{Calls: l.Live, RefusedCalls: l.RefusedCalls, RefusedRate: l.RefusedRate}
	}
	return list
}

// SetTrunk makes a trunk or replaces one that was made by SetTrunk.
func (c control) SetTrunk(t trunk.Trunk, by string) (created bool, err error) {
	c.settings.changing.Lock()
	defer c.settings.changing.Unlock()
	next := *c.settings.now.Load()
	if named(next.Trunks, t.Name) >= 0 {
		return false, problem.New(problem.TrunkOfFile, "trunk "+t.Name+" is written in the configuration file: change it there and reload")
	}
	next.Made = slices.Clone(next.Made)
	i := named(next.Made, t.Name)
	if created = i < 0; created {
		next.Made = append(next.Made, t)
	} else {
		next.Made[i] = t
	}
	if found := told(next.Mistakes(), t.Name); len(found) > 0 {
		return false, problem.New(problem.InvalidRequest, found[0].Location+": "+found[0].Message, found...)
	}
	if err := c.keep(&next); err != nil {
		return false, err
	}
	c.log.Info("trunk set by api", "client", by, "trunk", t.Name, "created", created)
	return created, nil
}

// RemoveTrunk forgets a trunk that SetTrunk has made.
func (c control) RemoveTrunk(name, by string) error {
	c.settings.changing.Lock()
	defer c.settings.changing.Unlock()
	next := *c.settings.now.Load()
	if named(next.Trunks, name) >= 0 {
		return problem.New(problem.TrunkOfFile, "trunk "+name+" is written in the configuration file: remove it there and reload")
	}
	i := named(next.Made, name)
	if i < 0 {
		return problem.New(problem.NoSuchTrunk, "no trunk is called "+name)
	}
	next.Made = slices.Delete(slices.Clone(next.Made), i, i+1)
	if found := told(next.Mistakes(), name); len(found) > 0 {
		return problem.New(problem.TrunkInUse, found[0].Location+": "+found[0].Message, found...)
	}
	if err := c.keep(&next); err != nil {
		return err
	}
	c.log.Info("trunk removed by api", "client", by, "trunk", name)
	return nil
}

// keep applies a change of trunks and writes it down; when either fails nothing has
// changed.
func (c control) keep(next *config.Config) error {
	old := c.settings.now.Load()
	if err := c.apply(next); err != nil {
		return problem.New(problem.InvalidRequest, err.Error())
	}
	if err := config.WriteTrunks(next.TrunkFile(), next.Made); err != nil {
		return errors.Join(err, c.apply(old))
	}
	return nil
}

// told are mistakes in the words of a request about a trunk.
func told(found []config.Mistake, name string) (list []problem.Mistake) {
	for _, m := range found {
		where := m.Path
		switch m.Made {
		case "":
		case name:
			where = strings.TrimSuffix("body."+m.Path, ".")
		default:
			where = "trunk " + m.Made + " " + m.Path
		}
		list = append(list, problem.Mistake{Location: where, Message: m.Text})
	}
	return list
}

// named returns where the trunk with that name is, or -1.
func named(trunks []trunk.Trunk, name string) int {
	return slices.IndexFunc(trunks, func(t trunk.Trunk) bool { return t.Name == name })
}
