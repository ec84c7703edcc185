// Package line is the caller's end of a call as a flow uses it: prompts, keys
// and words, in turns.
//
// A Line plays prompts to their end and keeps the keys that are pressed ahead.
// A Turn is one exchange in which a key, words or silence decide. An Ear
// listens meanwhile and hands sound to a recogniser. Prompts are synthesised
// once and kept. What the words mean is not known here: ivr decides that.
//
// A Line, its Ears and Turns belong to the goroutine of one flow; Prompts are
// shared by all.
package line

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"trunkline/call"
	"trunkline/call/event"
	"trunkline/media/prompt"
)

// Line is the caller's end of a call: what is said to them, and what they press
// and say. It belongs to the goroutine of the flow.
type Line struct {
	Phone
	ctx     context.Context // of the call: ends with it
	log     *slog.Logger
	keys    []byte // pressed before anybody asked
	talking bool   // the caller was heard to speak and not yet to stop
}

// New makes the line of a call; ctx is the call's.
func New(ctx context.Context, p Phone, log *slog.Logger) *Line {
	return &Line{Phone: p, ctx: ctx, log: log}
}

// Over reports whether the call has ended.
func (l *Line) Over() bool {
	select {
	case <-l.Done():
		return true
	default:
		return l.ctx.Err() != nil
	}
}

// Forget drops the keys pressed ahead.
func (l *Line) Forget() { l.keys = nil }

// Heard is what became of a prompt.
type Heard struct {
	Outcome string // finished, stopped, replaced, dropped
	Heard   time.Duration
	Total   time.Duration
}

// Prompt is something to play.
type Prompt struct {
	Verb    string // that plays it, for errors
	What    event.PromptStarted
	Clips   []*prompt.Clip
	Times   int  // how often it is played
	BargeIn bool // whether a key stops it
}

// PlayOut plays a prompt to its end. Keys are kept for the next Turn, also one
// that stops it. The error is a *call.Error.
func (l *Line) PlayOut(ctx context.Context, p Prompt) (Heard, error) {
	l.gather()
	if p.BargeIn && len(l.keys) > 0 {
		return Heard{Outcome: "stopped"}, nil
	}
	b, err := l.Play(p.Times-1, p.What, p.Clips...)
	if err != nil {
		return Heard{}, err
	}
	for {
		select {
		case in := <-l.Inputs():
			switch {
			case in.Kind == call.KeyPressed:
				l.key(in.Digit)
				if p.BargeIn {
					b.Stop()
				}
			case in.Kind == call.PlaybackEnded && b.Ended(in):
				return l.playedOut(p.Verb, in)
			}
		case <-ctx.Done():
			b.Stop()
			return Heard{}, Refusal(p.Verb, l.interrupted(), "interrupted")
		}
	}
}

// playedOut judges the end of a prompt.
func (l *Line) playedOut(verb string, in call.Input) (Heard, error) {
	h := Heard{in.Outcome, in.Heard, in.Total}
	if h.Outcome == "dropped" {
		why := "the prompt could not be played"
		if l.Times().Answered.IsZero() {
			why = "the call is not answered yet: call:answer() first"
		}
		return h, Refusal(verb, CodeDropped, "%s", why)
	}
	return h, nil
}

// interrupted is the code of a wait that ctx ended.
func (l *Line) interrupted() string {
	if l.Over() {
		return call.CodeHangup
	}
	return call.CodeTimeout
}

// mostKeys is how many keys are kept for a flow that does not ask for them.
const mostKeys = 64

func (l *Line) key(digit byte) {
	if len(l.keys) < mostKeys {
		l.keys = append(l.keys, digit)
	}
}

// gather takes in what came while no verb was waiting: keys are kept, and
// whether the caller is speaking.
func (l *Line) gather() {
	for {
		select {
		case in := <-l.Inputs():
			switch in.Kind {
			case call.KeyPressed:
				l.key(in.Digit)
			case call.SpeechStarted:
				l.talking = true
			case call.SpeechEnded:
				l.talking = false
			}
		default:
			return
		}
	}
}

// CodeDropped says that a prompt could not be played.
const CodeDropped = "dropped"

// Refusal is an error a flow can act on.
func Refusal(verb, code, format string, args ...any) error {
	return &call.Error{Verb: verb, Cause: call.Cause{Code: code, Text: fmt.Sprintf(format, args...)}}
}
