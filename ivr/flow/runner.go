// Package flow runs one Lua flow for one call.
//
// A Runner holds what all flows share: voices, recognisers, limits. Run plays
// one flow of a bundle for one call on the goroutine it is called on, with a
// Lua state of its own. Verbs (see the table in verbs.go, from which docs/lua.md
// is generated; each has a file of its own) block until what they ask of the
// call has happened; a hang-up unwinds the flow.
//
// Scripts are the operator's, but they may be wrong: each runs within limits on
// instructions, time, memory and depth, sees no file, process or other call,
// and its mistakes end its own call and nothing else.
//
// The package never sees a SIP message or a packet of sound; everything goes
// through package line. Only package ivr, and tests of flows, use it.
package flow

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	lua "github.com/yuin/gopher-lua"

	"trunkline/internal/fetch"
	"trunkline/ivr/bundle"
	"trunkline/ivr/fscompat"
	"trunkline/ivr/lib"
	"trunkline/ivr/line"
	"trunkline/ivr/menu/opinion"
	"trunkline/ivr/queue"
	"trunkline/ivr/sandbox"
	"trunkline/ivr/tones"
	"trunkline/ivr/trace"
	"trunkline/ivr/verb"
	"trunkline/media/prompt"
	"trunkline/speech"
)

// Config is what flows share.
type Config struct {
	// Synth speaks what flows say. Nil: say returns an error to the flow.
	Synth         speech.Synthesizer
	Recognizers   map[string]speech.Recognizer // by primary language ("en", "zh"); without one callers can use keys
	Voices        map[string]string            // by primary language; one without gets the synthesiser's default
	Language      string                       // of flows that name none; "" means "en"
	Apologies     map[string]string            // said when a flow has failed, by primary language; nil means DefaultApologies
	Log           *slog.Logger                 // nil: nothing is logged
	Limits        sandbox.Limits               // zero fields: defaults
	SynthesisTime time.Duration                // how long a flow waits for a text to be spoken; 0 means 10 s
	PromptCache   int                          // sound kept ready to play, bytes; 0 means 64 MiB
	Libraries     lib.Deps
	Queues        queue.Queues                        // nil: there are none
	Bots          *fetch.Client                       // makes connections to bots; nil: to the public Internet only
	Second        opinion.Second                      // is asked when a menu is not sure; nil: nobody is
	Now           func() time.Time                    // the clock that callers' dates are relative to; nil: this machine's
	Traces        *trace.Book                         // nil: nothing is traced
	Vars          func(call string, vars *lua.LTable) // is given call.vars of every flow, for tests of flows; nil: nobody is
}

// DefaultApologies returns what callers hear when a flow fails.
func DefaultApologies() map[string]string {
	return map[string]string{
		"en": "We are sorry, something went wrong on our side. Please call again later.",
		"zh": "非常抱歉，系统出现故障，请稍后再拨。",
	}
}

// Runner runs flows. It is safe for concurrent use.
type Runner struct {
	cfg    Config
	verbs  map[string]*row
	shapes verb.Shapes

	libraries []lib.Library
	functions map[string]verb.Shapes // of the libraries
	prompts   *line.Prompts
	tune      func() *prompt.Clip // for callers who wait
	log       *slog.Logger
}

// New makes a runner.
func New(cfg Config) *Runner {
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
	if cfg.Bots == nil {
		cfg.Bots = fetch.New(fetch.Options{})
	}
	if cfg.PromptCache == 0 {
		cfg.PromptCache = 64 << 20
	}
	f := &Runner{
		cfg: cfg, verbs: map[string]*row{}, shapes: Shapes(), log: cfg.Log, libraries: lib.All(cfg.Libraries), functions: lib.Shapes(),
		tune:    sync.OnceValue(tones.Tune),
		prompts: line.NewPrompts(cfg.Synth, cfg.SynthesisTime, cfg.PromptCache),
	}
	for _, v := range verbs() {
		f.verbs[v.Name] = v
	}
	return f
}

// Known is what scripts of this program may use.
func Known() bundle.Known {
	return bundle.Known{
		Verbs: Shapes(), Libraries: lib.Shapes(), Modules: map[string]string{fscompat.Name: fscompat.Source},
		Globals: []string{"session", "freeswitch", "argv"},
	}
}

// Warm makes the prompts that the menus of a bundle name ready to play, so that
// the first callers need not wait for the synthesiser. It returns when all are
// there, or with the first error.
func (f *Runner) Warm(ctx context.Context, b *bundle.Bundle) error {
	for _, m := range b.SortedMenus() {
		for _, lang := range m.Languages {
			for _, text := range bundle.FixedTexts(m, lang) {
				if _, err := f.prompts.Get(ctx, f.request(text, lang)); err != nil {
					return fmt.Errorf("warm prompts of menu %s: %w", m.ID, err)
				}
			}
		}
	}
	return nil
}

// request is the order for one text.
func (f *Runner) request(text, lang string) speech.SynthesisRequest {
	return speech.SynthesisRequest{Text: text, Language: lang, Voice: f.cfg.Voices[primary(lang)]}
}

// primary is the language of a BCP 47 tag without region or script: "zh" of
// "zh-CN".
func primary(tag string) string {
	p, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(tag, "_", "-")), "-")
	return p
}
