package ivr

import (
	"context"
	"time"

	"trunkline/call"
	"trunkline/call/event"
	"trunkline/media/prompt"
)

// heard is what became of a prompt.
type heard struct {
	outcome string // finished, stopped, replaced, dropped
	heard   time.Duration
	total   time.Duration
}

// spoken is a text to say.
type spoken struct {
	text, lang string
	bargeIn    bool
}

// lang is the language of a prompt: what the verb names, else the call's
// variable lang, else the engine's.
func (r *run) lang(named string) string {
	if named != "" {
		return named
	}
	if r.vars != nil {
		if v := r.vars.RawGetString("lang").String(); v != "nil" && v != "" {
			return v
		}
	}
	return r.engine.cfg.Language
}

// clipOf makes a text ready to play.
func (r *run) clipOf(ctx context.Context, verb, text, lang string) (*prompt.Clip, error) {
	c, err := r.engine.prompts.get(ctx, r.engine.request(text, lang))
	if err != nil {
		return nil, refusal(verb, codeSynthesis, "%v", err)
	}
	return c, nil
}

// speak says a text and waits for its end.
func (r *run) speak(ctx context.Context, s spoken) (heard, error) {
	clip, err := r.clipOf(ctx, "say", s.text, s.lang)
	if err != nil {
		return heard{}, err
	}
	return r.playOut(ctx, "say", 1, s.bargeIn, event.PromptStarted{Text: s.text, Language: s.lang}, clip)
}

// playOut plays a clip to its end. With bargeIn a key stops it; keys are kept
// for the next ask in either case.
func (r *run) playOut(ctx context.Context, verb string, times int, bargeIn bool, what event.PromptStarted, clip *prompt.Clip) (heard, error) {
	r.gather()
	if bargeIn && len(r.keys) > 0 {
		return heard{outcome: "stopped"}, nil
	}
	p, err := r.phone.Play(times-1, what, clip)
	if err != nil {
		return heard{}, err
	}
	for {
		select {
		case in := <-r.phone.Inputs():
			switch {
			case in.Kind == call.KeyPressed:
				r.key(in.Digit)
				if bargeIn {
					p.Stop()
				}
			case in.Kind == call.PlaybackEnded && p.ended(in):
				return r.playedOut(verb, in)
			}
		case <-ctx.Done():
			p.Stop()
			return heard{}, refusal(verb, r.interrupted(), "interrupted")
		}
	}
}

// playedOut judges the end of a prompt.
func (r *run) playedOut(verb string, in call.Input) (heard, error) {
	h := heard{in.Outcome, in.Heard, in.Total}
	if h.outcome == "dropped" {
		why := "the prompt could not be played"
		if r.phone.Times().Answered.IsZero() {
			why = "the call is not answered yet: call:answer() first"
		}
		return h, refusal(verb, codeDropped, "%s", why)
	}
	return h, nil
}

// interrupted is the code of a wait that ctx ended.
func (r *run) interrupted() string {
	if r.over() {
		return call.CodeHangup
	}
	return call.CodeTimeout
}

// mostKeys is how many keys are kept for a flow that does not ask for them.
const mostKeys = 64

func (r *run) key(digit byte) {
	if len(r.keys) < mostKeys {
		r.keys = append(r.keys, digit)
	}
}

// gather takes in what came while no verb was waiting: keys are kept, and
// whether the caller is speaking.
func (r *run) gather() {
	for {
		select {
		case in := <-r.phone.Inputs():
			switch in.Kind {
			case call.KeyPressed:
				r.key(in.Digit)
			case call.SpeechStarted:
				r.talking = true
			case call.SpeechEnded:
				r.talking = false
			}
		default:
			return
		}
	}
}
