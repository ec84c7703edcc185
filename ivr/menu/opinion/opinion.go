// Package opinion asks a chat model which node of a menu a caller means, when the menu's own matcher
// is not sure enough to go there.
//
// It is a second opinion and nothing more: the model chooses among the ids of the menu's nodes or
// says none, whatever the caller says to it, and words that bring a person are decided before it is
// asked. A call never waits for it longer than a deadline: a server that is slow, broken or busy is
// left alone for a while, and the matcher's word stands.
//
// A Model may be used by any goroutine. cmd makes one when the configuration has a server, and ivr
// asks it through Consult. It keeps nothing of what callers say and writes none of it to the log.
package opinion

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"trunkline/internal/fetch"
	"trunkline/ivr/menu"
)

// Second is whoever has a second opinion.
type Second interface {
	// Ask says which node of m a caller means by text, in one of m's languages. No node means that
	// none serves. It returns when ctx ends at the latest.
	Ask(ctx context.Context, m *menu.Menu, lang, text string) (menu.Candidate, error)
}

// Client sends requests; *fetch.Client is one.
type Client interface {
	Do(ctx context.Context, r fetch.Request, limits fetch.Limits) (*fetch.Answer, error)
}

// Config says which model is asked, and how much a call may suffer from it. All but BaseURL, Model
// and Client have defaults.
type Config struct {
	BaseURL string // of an OpenAI-compatible server: https://host/v1
	Model   string
	Key     string // sent as a bearer token; "" where the server wants none. See ReadKey
	Client  Client

	Timeout  time.Duration // of one question; default 1.5 s
	AtOnce   int           // questions at a time; default 4
	Failures int           // in a row, after which nothing is asked for a while; default 5
	Pause    time.Duration // that while; default 30 s
	Log      *slog.Logger
}

// Defaults of Config.
const (
	DefaultTimeout  = 1500 * time.Millisecond
	DefaultAtOnce   = 4
	DefaultFailures = 5
	DefaultPause    = 30 * time.Second
)

// Why there is no opinion, for errors.Is.
var (
	ErrBusy   = errors.New("too many questions at once")
	ErrPaused = errors.New("paused after failures")
	ErrAnswer = errors.New("answer is of no use")
)

// Model is one chat model behind an OpenAI-compatible API.
type Model struct {
	cfg   Config
	turns chan struct{} // one for every question under way

	mu     sync.Mutex
	failed int       // in a row
	until  time.Time // nothing is asked before
}

// New returns a model. It connects to nothing yet.
func New(cfg Config) (*Model, error) {
	switch {
	case cfg.BaseURL == "":
		return nil, errors.New("second opinion: no base URL")
	case cfg.Model == "":
		return nil, errors.New("second opinion: no model")
	case cfg.Client == nil:
		return nil, errors.New("second opinion: no client")
	}
	cfg.BaseURL = strings.TrimRight(cfg.BaseURL, "/")
	if cfg.Timeout <= 0 {
		cfg.Timeout = DefaultTimeout
	}
	if cfg.AtOnce <= 0 {
		cfg.AtOnce = DefaultAtOnce
	}
	if cfg.Failures <= 0 {
		cfg.Failures = DefaultFailures
	}
	if cfg.Pause <= 0 {
		cfg.Pause = DefaultPause
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Model{cfg: cfg, turns: make(chan struct{}, cfg.AtOnce)}, nil
}

// ReadKey reads a secret from a file or from a variable of the environment, whichever is named; ""
// when neither is. There is no default: a key that is not named is not sent.
func ReadKey(file, variable string) (string, error) {
	switch {
	case file != "" && variable != "":
		return "", errors.New("read key: both a file and a variable are named")
	case file == "" && variable == "":
		return "", nil
	}
	key := os.Getenv(variable)
	if file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("read key: %w", err)
		}
		key = string(text)
	}
	if key = strings.TrimSpace(key); key == "" {
		return "", fmt.Errorf("read key: %s is empty", file+variable)
	}
	return key, nil
}

// Ask implements Second.
func (o *Model) Ask(ctx context.Context, m *menu.Menu, lang, text string) (menu.Candidate, error) {
	select {
	case o.turns <- struct{}{}:
		defer func() { <-o.turns }()
	default:
		return menu.Candidate{}, fmt.Errorf("second opinion: %w", ErrBusy)
	}
	if !o.mayAsk() {
		return menu.Candidate{}, fmt.Errorf("second opinion: %w", ErrPaused)
	}
	body, err := request(o.cfg.Model, m, lang, text)
	if err != nil {
		return menu.Candidate{}, fmt.Errorf("second opinion: %w", err)
	}
	c, err := o.ask(ctx, m, body)
	if ctx.Err() != nil {
		return menu.Candidate{}, fmt.Errorf("second opinion: %w", ctx.Err()) // the caller has gone: nobody's fault
	}
	o.note(err)
	if err != nil {
		return menu.Candidate{}, fmt.Errorf("second opinion: %w", err)
	}
	return c, nil
}

func (o *Model) ask(ctx context.Context, m *menu.Menu, body []byte) (menu.Candidate, error) {
	ctx, cancel := context.WithTimeout(ctx, o.cfg.Timeout)
	defer cancel()
	r := fetch.Request{Method: http.MethodPost, Address: o.cfg.BaseURL + "/chat/completions", Body: body}
	r.Header = http.Header{"Content-Type": {"application/json"}}
	if o.cfg.Key != "" {
		r.Header.Set("Authorization", "Bearer "+o.cfg.Key)
	}
	res, err := o.cfg.Client.Do(ctx, r, fetch.Limits{Timeout: o.cfg.Timeout})
	switch {
	case err != nil:
		return menu.Candidate{}, err
	case res.Status != http.StatusOK:
		return menu.Candidate{}, fmt.Errorf("status %d: %w", res.Status, ErrAnswer)
	}
	return answer(m, res.Body)
}

// mayAsk reports whether the server is believed to work. After a pause one question finds out.
func (o *Model) mayAsk() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.failed < o.cfg.Failures {
		return true
	}
	now := time.Now()
	if now.Before(o.until) {
		return false
	}
	o.until = now.Add(o.cfg.Pause) // for all others
	return true
}

// note counts failures in a row.
func (o *Model) note(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err == nil {
		if o.failed >= o.cfg.Failures {
			o.cfg.Log.Info("second opinion works again")
		}
		o.failed = 0
		return
	}
	o.failed++
	o.until = time.Now().Add(o.cfg.Pause)
	if o.failed == o.cfg.Failures {
		o.cfg.Log.Warn("second opinion fails; not asked for a while", "error", err, "pause", o.cfg.Pause)
	}
}
