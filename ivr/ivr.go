// Package ivr runs one Lua flow for one call.
//
// An Engine is made once from a bundle of scripts: every flow and menu in it is
// compiled and checked before the first call. Run then plays one flow for one
// call on the goroutine it is called on, with a Lua state of its own. Verbs
// (see the table in verbs.go, from which docs/lua.md is generated) block until
// what they ask of the call has happened; a hang-up unwinds the flow.
//
// Scripts are the operator's, but they may be wrong: each runs within limits on
// instructions, time, memory and depth, sees no file, process or other call,
// and its mistakes end its own call and nothing else.
//
// The engine is safe for concurrent use. It never sees a SIP message or a
// packet of sound; everything goes through package call.
package ivr

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"time"

	"trunkline/call"
	"trunkline/ivr/line"
	"trunkline/ivr/sandbox"
	"trunkline/speech"
)

// Config is what an Engine needs.
type Config struct {
	// Scripts holds flows/*.lua, menus/*.yaml and sound in prompts/. Nothing outside
	// of it is read; give the FS of an os.Root so that links cannot lead out.
	Scripts fs.FS
	// Synth speaks what flows say. Nil: say returns an error to the flow.
	Synth speech.Synthesizer
	// Recognizers by primary language ("en", "zh"). Callers of a language
	// without one can use keys.
	Recognizers map[string]speech.Recognizer
	// Voices by primary language; a language without one gets the
	// synthesiser's default.
	Voices map[string]string
	// Language of flows that name none; "" means "en".
	Language string
	// Apologies are said before a call is ended because its flow failed, by
	// primary language. Nil means DefaultApologies.
	Apologies map[string]string
	Log       *slog.Logger // nil: nothing is logged
	Limits    Limits       // zero fields: defaults
	// SynthesisTime bounds how long a flow waits for a text to be spoken;
	// 0 means 10 s.
	SynthesisTime time.Duration
	// PromptCache bounds the sound kept ready to play, bytes; 0 means 64 MiB.
	PromptCache int
}

// Limits bound what one call's script may use; see package sandbox.
type Limits = sandbox.Limits

// DefaultApologies returns what callers hear when a flow fails.
func DefaultApologies() map[string]string {
	return map[string]string{
		"en": "We are sorry, something went wrong on our side. Please call again later.",
		"zh": "非常抱歉，系统出现故障，请稍后再拨。",
	}
}

// Engine runs flows. It is a call.Runner.
type Engine struct {
	cfg      Config
	bundle   *bundle
	problems []error
	verbs    []*verb
	prompts  *line.Prompts
	log      *slog.Logger
}

var _ call.Runner = (*Engine)(nil)

// New compiles every flow and menu of cfg.Scripts. What is wrong with them is
// logged and kept (see Problems); calls of a broken flow fail, all others are
// served. The error is for a bundle without any flow.
func New(cfg Config) (*Engine, error) {
	b, problems := loadBundle(cfg.Scripts)
	if len(b.flows) == 0 {
		return nil, errors.Join(problems...)
	}
	e := newEngine(cfg, b)
	e.problems = problems
	for _, p := range problems {
		e.log.Error("script is broken", "error", p)
	}
	return e, nil
}

// newEngine makes an engine that runs the flows of b.
func newEngine(cfg Config, b *bundle) *Engine {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Language == "" {
		cfg.Language = "en"
	}
	if cfg.Apologies == nil {
		cfg.Apologies = DefaultApologies()
	}
	if cfg.SynthesisTime == 0 {
		cfg.SynthesisTime = 10 * time.Second
	}
	if cfg.PromptCache == 0 {
		cfg.PromptCache = 64 << 20
	}
	return &Engine{
		cfg: cfg, bundle: b, verbs: verbs(), log: cfg.Log,
		prompts: line.NewPrompts(cfg.Synth, cfg.SynthesisTime, cfg.PromptCache),
	}
}

// Check returns everything that is wrong with the flows and menus of scripts.
func Check(scripts fs.FS) []error {
	_, problems := loadBundle(scripts)
	return problems
}

// Problems returns what was wrong with the scripts, each with file and line.
func (e *Engine) Problems() []error { return slices.Clone(e.problems) }

// Flows returns the names of all flows, sorted.
func (e *Engine) Flows() []string { return e.bundle.flowNames() }

// HasFlow reports whether there is a flow of that name.
func (e *Engine) HasFlow(name string) bool { return e.bundle.flows[name] != nil }

// Run runs the flow c.Info().Flow for c to its end. It returns when the script
// is done, has failed, or the call is over, with the call ended in each case.
func (e *Engine) Run(ctx context.Context, c *call.Call) error { return e.run(ctx, line.Live(c)) }

// Warm makes the prompts that the menus name ready to play, so that the first
// callers need not wait for the synthesiser. It returns when all are there, or
// with the first error.
func (e *Engine) Warm(ctx context.Context) error {
	for _, m := range e.bundle.menus {
		for _, lang := range m.Languages {
			for _, text := range fixedTexts(m, lang) {
				if _, err := e.prompts.Get(ctx, e.request(text, lang)); err != nil {
					return fmt.Errorf("warm prompts of menu %s: %w", m.ID, err)
				}
			}
		}
	}
	return nil
}

// request is the order for one text.
func (e *Engine) request(text, lang string) speech.SynthesisRequest {
	return speech.SynthesisRequest{Text: text, Language: lang, Voice: e.cfg.Voices[primary(lang)]}
}
