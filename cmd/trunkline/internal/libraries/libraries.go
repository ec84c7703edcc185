// Package libraries makes what the libraries of flows work with out of the
// configuration: the client for web services, the databases, the table of kept
// values and the hours of business.
//
// cmd opens them before the flows and closes them when no flow runs any more.
package libraries

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"trunkline/cmd/trunkline/internal/config"
	"trunkline/internal/fetch"
	"trunkline/ivr/lib"
	"trunkline/ivr/lib/query"
	"trunkline/ivr/lib/web"
	"trunkline/store"
)

// Libraries are what flows of a running server work with.
type Libraries struct {
	web       *web.Client
	databases *query.Databases
	deps      lib.Deps
}

// Open makes them. Databases are reached when they are first asked.
func Open(cfg *config.Config, s *store.Store, log *slog.Logger) (*Libraries, error) {
	databases, err := query.Open(cfg.Sources, log)
	if err != nil {
		return nil, fmt.Errorf("open databases of flows: %w", err)
	}
	h := &cfg.HTTP
	l := &Libraries{databases: databases, web: web.New(web.Options{
		Fetch:   fetch.Options{Networks: h.Prefixes, Hosts: h.Allow, PlainOK: h.Plain},
		Timeout: time.Duration(h.Timeout), Bytes: int64(h.MaxBytes), Concurrent: h.Concurrent, Queue: queue(h.Queue), Secrets: h.Known,
	})}
	l.deps = lib.Deps{HTTP: l.web, KV: s.KV(time.Now), Hours: cfg.Open}
	if len(cfg.Sources) > 0 {
		l.deps.DB = databases
	}
	return l, nil
}

// queue is how many may wait: 0 is nobody, which below, where 0 is the default, is
// less than 0.
func queue(n int) int {
	if n == 0 {
		return -1
	}
	return n
}

// Deps are for the flows.
func (l *Libraries) Deps() lib.Deps { return l.deps }

// Close closes connections.
func (l *Libraries) Close() error {
	l.web.Close()
	if err := l.databases.Close(); err != nil {
		return errors.Join(errors.New("close databases of flows"), err)
	}
	return nil
}
