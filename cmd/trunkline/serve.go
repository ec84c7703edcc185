package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"trunkline/api"
	"trunkline/call"
	"trunkline/call/event"
	"trunkline/cmd/trunkline/internal/check"
	"trunkline/cmd/trunkline/internal/config"
	"trunkline/cmd/trunkline/internal/desk"
	"trunkline/cmd/trunkline/internal/libraries"
	"trunkline/internal/fetch"
	"trunkline/internal/netio"
	"trunkline/ivr"
	"trunkline/ivr/tones"
	"trunkline/media"
	"trunkline/media/prompt"
	"trunkline/media/record"
	"trunkline/scripts"
	"trunkline/sip"
	"trunkline/store"
	"trunkline/store/archive"
)

type serveCmd struct {
	Config string `short:"c" type:"path" help:"Configuration file; without it the embedded default is used." placeholder:"FILE"`
	Tier   string `placeholder:"TIER" help:"How packets are moved: t0, t1, t2, auto; instead of what the configuration says."`
	Demo   bool   `help:"Place one spoken demonstration call to ourselves, then keep serving."`
}

// Run serves until a signal, then drains.
func (c serveCmd) Run(ctx context.Context) error {
	cfg, err := config.Load(c.Config, defaultConfig)
	if err != nil {
		return usageError{err}
	}
	if c.Tier != "" {
		if cfg.Media.Mover, err = netio.ParseTier(c.Tier); err != nil {
			return usageError{fmt.Errorf("--tier: %w", err)}
		}
	}
	log := newLog(cfg.Log, os.Stderr)
	thrift()
	s, err := start(ctx, cfg, c.Config, log)
	if err != nil {
		return err
	}
	defer s.close()
	log.Info("serving", "version", version(), "sip", cfg.SIP.Listen, "api", cfg.API.Listen, "data", cfg.Data)
	if c.Demo {
		s.warming.Wait() // so that the demonstration shows a server at work, not one waking up
		if err := demo(ctx, s, os.Stdout); err != nil && ctx.Err() == nil {
			return fmt.Errorf("demonstration call: %w", err)
		}
	}
	s.obey(ctx)
	return s.drain(time.Duration(cfg.Limits.Drain))
}

// obey reloads whenever it is told to by SIGHUP, until ctx ends.
func (s *server) obey(ctx context.Context) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	for {
		select {
		case <-hangup:
			_, _ = control{s}.Reload("SIGHUP") // the log has what is wrong
		case <-ctx.Done():
			return
		}
	}
}

// server is the running program: every part, in the order they were started.
type server struct {
	cfg       *config.Config
	path      string // of its file; "" is the embedded one
	settings  settings
	log       *slog.Logger
	started   time.Time
	bus       *event.Bus
	store     *store.Store
	engine    *media.Engine
	orphans   *time.Timer // ends what survived a crash
	desk      *record.Desk
	archive   *archive.Archive
	voices    *voices
	flows     *ivr.Engine
	libraries *libraries.Libraries
	queues    desk.Queues
	calls     *call.Manager
	seen      seeing
	fetcher   *fetch.Client // of what others name the address of
	endpoint  *sip.Endpoint
	api       *api.Server
	serving   chan error // what became of api

	// Models and prompts are made ready while calls are taken already.
	warming     sync.WaitGroup
	stopWarming context.CancelFunc
}

// start assembles the program. Whatever was started is stopped again when
// something later fails.
func start(ctx context.Context, cfg *config.Config, path string, log *slog.Logger) (_ *server, err error) {
	s := &server{cfg: cfg, path: path, log: log, started: time.Now(), bus: event.NewBus(keptEvents), fetcher: fetch.New(fetch.Options{})}
	s.settings.now.Store(cfg)
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if s.store, err = store.Open(ctx, filepath.Join(cfg.Data, "trunkline.db")); err != nil {
		return nil, err
	}
	if err = s.startMedia(); err != nil {
		return nil, err
	}
	if err = s.startRecordings(ctx); err != nil {
		return nil, err
	}
	if err = s.startFlows(ctx); err != nil {
		return nil, err
	}
	if err = s.startSeeing(); err != nil {
		return nil, err
	}
	if err = s.startCalls(); err != nil {
		return nil, err
	}
	return s, s.startAPI()
}

// keptEvents is how far back a client of /v1/events may resume.
const keptEvents = 10_000

// startFlows makes the voices and compiles the flows that use them.
func (s *server) startFlows(ctx context.Context) (err error) {
	if s.voices, err = newVoices(s.cfg.Speech); err != nil {
		return err
	}
	if err := s.tidyScripts(); err != nil {
		return err
	}
	if s.libraries, err = libraries.Open(s.cfg, s.store, s.log); err != nil {
		return err
	}
	if s.flows, err = s.newFlows(); err != nil {
		return usageError{err}
	}
	if err := checkRoutes(s.cfg, s.flows); err != nil {
		return usageError{err}
	}
	for _, w := range check.Unheard(s.cfg, s.flows.Menus()) {
		s.log.Warn(w.Error())
	}
	ctx, s.stopWarming = context.WithCancel(ctx)
	s.warming.Go(func() { s.warm(ctx) })
	return nil
}

// warm loads models and makes prompts, so that the first callers need not wait.
func (s *server) warm(ctx context.Context) {
	var models sync.WaitGroup
	models.Go(func() { s.voices.warm(ctx, s.log) })
	if err := s.flows.Warm(ctx); err != nil && ctx.Err() == nil {
		s.log.Warn("prompts are made when they are needed", "error", err)
	}
	models.Wait()
	unburden()
	s.log.Info("warm", "after", time.Since(s.started).Round(time.Millisecond))
}

// openScripts opens the bundle of flows and menus, confined to its directory.
func openScripts(dir string) (fs.FS, io.Closer, error) {
	if dir == "" {
		return scripts.FS(), nil, nil
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, usageError{fmt.Errorf("open scripts: %w", err)}
	}
	return root.FS(), root, nil
}

// checkRoutes sees that every route leads to a flow that is there.
func checkRoutes(cfg *config.Config, flows *ivr.Engine) error {
	var errs []error
	for i, r := range cfg.Routes {
		if r.Flow != "" && !flows.HasFlow(r.Flow) {
			errs = append(errs, fmt.Errorf("%s: there is no flow %q", cfg.At(fmt.Sprintf("$.routes[%d].flow", i)), r.Flow))
		}
	}
	return errors.Join(errs...)
}

// startCalls connects signalling, media and flows.
func (s *server) startCalls() (err error) {
	s.calls, err = call.NewManager(call.Config{
		Concealer: &s.seen.hidden, Music: call.Sound{Clips: []*prompt.Clip{tones.Tune()}},
		Engine: s.engine, Bus: s.bus, CDRs: s.store, Flows: s.flows, Plan: plan(s.cfg), Up: s.up,
		MaxCalls: s.cfg.Limits.Calls, Recordings: s.recordings(), Desk: s.desk,
		Advertise: s.cfg.Media.SDPAddr, Journal: filepath.Join(s.cfg.Data, "calls"), Log: s.log,
	})
	if err != nil {
		return err
	}
	attached := make(chan struct{})
	s.endpoint, err = sip.Listen(s.signalling(), func(in *sip.Incoming) {
		<-attached // a call may come before we can place any
		s.calls.Incoming(in)
	})
	if err != nil {
		return err
	}
	s.calls.Attach(s.endpoint)
	close(attached)
	return nil
}

// drain refuses new work of every kind, lets calls end for as long as d, ends
// the rest, and stops. A second signal ends the waiting.
func (s *server) drain(d time.Duration) error {
	s.refuse()
	s.log.Info("draining", "calls", s.calls.Live(), "for", d)
	again, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(again, d)
	defer cancel()
	s.calls.Drain(ctx)
	s.log.Info("stopped")
	return nil
}

// endCalls ends the calls that drain, when there was time for it, has left over.
func (s *server) endCalls() {
	now, cancel := context.WithCancel(context.Background())
	cancel()
	s.calls.Drain(now)
}

// close stops what was started, last first.
func (s *server) close() {
	var errs []error
	if s.api != nil {
		errs = append(errs, s.stopAPI())
	}
	if s.endpoint != nil {
		s.endCalls()
		errs = append(errs, s.endpoint.Close())
	}
	s.fetcher.Close()
	if s.stopWarming != nil {
		s.stopWarming()
		s.warming.Wait()
	}
	if s.voices != nil {
		errs = append(errs, s.voices.close())
	}
	if s.libraries != nil {
		errs = append(errs, s.libraries.Close())
	}
	if s.orphans != nil {
		s.orphans.Stop()
	}
	if s.engine != nil {
		errs = append(errs, s.engine.Close())
	}
	if s.desk != nil {
		s.desk.Close()
	}
	if s.archive != nil {
		errs = append(errs, s.archive.Close())
	}
	s.bus.Close()
	s.seen.close()
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	if err := errors.Join(errs...); err != nil {
		s.log.Error("stop", "error", err)
	}
}
