package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"trunkline/api"
	"trunkline/call"
)

// control is how the API places and ends calls.
type control struct{ *server }

// Originate places a call. Without a trunk it takes the only one there is.
func (c control) Originate(_ context.Context, r api.OriginateRequest) (string, error) {
	if !c.flows.HasFlow(r.Flow) {
		return "", invalid(fmt.Sprintf("there is no flow %q", r.Flow))
	}
	if r.Trunk == "" {
		only, err := c.onlyTrunk()
		if err != nil {
			return "", err
		}
		r.Trunk = only
	}
	return c.calls.Originate(call.Originate{
		Trunk: r.Trunk, To: r.To, From: r.From, Flow: r.Flow, Vars: r.Vars, Timeout: r.Timeout,
	})
}

// Hangup ends a call; by says who asked.
func (c control) Hangup(id, by string) error { return c.calls.Hangup(id, by) }

func (c control) onlyTrunk() (string, error) {
	name := ""
	for _, t := range c.settings.now.Load().All() {
		if !t.CanBeCalled() {
			continue
		}
		if name != "" {
			return "", invalid("there are several trunks: say which")
		}
		name = t.Name
	}
	if name == "" {
		return "", invalid("there is no trunk that can be called")
	}
	return name, nil
}

func invalid(text string) error {
	return &call.Error{Verb: "originate", Cause: call.Cause{Code: call.CodeInvalid, Text: text}}
}

// startAPI serves HTTP, unless it is switched off.
func (s *server) startAPI() (err error) {
	if s.cfg.API.Listen == "" {
		return nil
	}
	c := control{s}
	handler := api.New(api.Config{
		Calls: c, Bus: s.bus, CDRs: s.store, Trunks: c, Operator: c, Scripts: c, Desk: s.calls, Queues: s.queues.Status, Border: s.endpoint, Traces: s.seen.recorder,
		Families: s.endpoint.Metrics, Seeing: s.seen.stats, Holdings: c.holdings, Ready: s.calls.Welcome,
		Version: version(), Token: s.cfg.API.Token, Log: s.log,
	})
	if s.api, err = api.Listen(handler, s.cfg.API.Listen); err != nil {
		return err
	}
	s.serving = make(chan error, 1)
	go func() { s.serving <- s.api.Serve() }()
	return nil
}

// stopAPI lets requests under way finish, but not for long.
func (s *server) stopAPI() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return errors.Join(s.api.Shutdown(ctx), <-s.serving)
}

// holdings is what the node holds right now.
func (c control) holdings() api.Holdings {
	sound := c.engine.Usage()
	_, legs := c.bus.View().Count()
	return api.Holdings{
		Calls: c.calls.Live(), Legs: legs, Dialogs: c.endpoint.Usage().Dialogs, Sessions: sound.Sessions, Ports: 2 * sound.Ports,
		Sound: c.sound(),
	}
}

// sound says how the media threads do; nil while there are none.
func (c control) sound() *api.Sound {
	st, ok := c.engine.Status()
	if !ok {
		return nil
	}
	n := c.engine.Counters()
	late := func(q float64) float64 { return float64(n.Lateness.Quantile(q).Microseconds()) / 1000 }
	return &api.Sound{
		PID: st.PID, Threads: st.Shards, Tier: st.Tier, Scheduled: st.Scheduled, MemoryBytes: st.RSS,
		PacketsIn: n.In, PacketsOut: n.Out, BusySeconds: n.Busy.Seconds(), Broken: n.Broken,
		GivingWay: int(n.GivingWay), GaveWay: n.GaveWay,
		LateP50MS: late(0.5), LateP99MS: late(0.99), LateP999MS: late(0.999),
		LateMaxMS: float64(n.Lateness.Max().Microseconds()) / 1000,
	}
}
