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
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"sync"

	"trunkline/call"
)

// Line is the caller's end of a call: what is said to them, and what they press
// and say. It belongs to the goroutine of the flow.
type Line struct {
	Phone
	ctx     context.Context // of the call: ends with it
	log     *slog.Logger
	keys    []byte   // pressed before anybody asked
	talking bool     // the caller was heard to speak and not yet to stop
	music   *music   // what Start last played; nil if nothing was
	said    []string // messages to the flow that nobody has read
	paused  bool     // the flow has paused the recording
	gain    float32  // how much louder the caller wants prompts, dB

	cancel  context.CancelFunc
	writing sync.WaitGroup // of speech to what is played
}

// New makes the line of a call; ctx is the call's. Close follows.
func New(ctx context.Context, p Phone, log *slog.Logger) *Line {
	ctx, cancel := context.WithCancel(ctx)
	return &Line{Phone: p, ctx: ctx, cancel: cancel, log: log}
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

// PauseRecording is the phone's, and remembered for Blind.
func (l *Line) PauseRecording(ctx context.Context) error {
	return l.steer(ctx, true, l.Phone.PauseRecording)
}

// ResumeRecording is the phone's, and remembered for Blind.
func (l *Line) ResumeRecording(ctx context.Context) error {
	return l.steer(ctx, false, l.Phone.ResumeRecording)
}

func (l *Line) steer(ctx context.Context, paused bool, do func(context.Context) error) error {
	err := do(ctx)
	if err == nil {
		l.paused = paused
	}
	return err
}

// Blind keeps what the caller presses and says out of the recording, of events
// and of traces until show is called. A recording that the flow has paused
// itself stays so.
func (l *Line) Blind(ctx context.Context) (show func(), err error) {
	reveal, err := l.Conceal(ctx)
	if err != nil {
		return nil, err
	}
	if l.paused {
		return reveal, nil
	}
	if err := l.Phone.PauseRecording(ctx); err != nil {
		reveal()
		return nil, err
	}
	return func() {
		if err := l.Phone.ResumeRecording(ctx); err != nil && !l.Over() {
			l.log.Error("the recording is not resumed", "error", err)
		}
		reveal()
	}, nil
}

// How much louder prompts become when a caller asks for that, and at most, dB.
const (
	louderStep = 6
	loudest    = 12
)

// Louder has what is played from now on be louder. It reports false when it is
// loud enough already.
func (l *Line) Louder() bool {
	if l.gain >= loudest {
		return false
	}
	l.gain += louderStep
	return true
}

// Messages returns what the flow was told since the last time.
func (l *Line) Messages() []string {
	l.gather()
	said := l.said
	l.said = nil
	return said
}

// Pressed reports whether a key is among those that were pressed and not asked for.
func (l *Line) Pressed(key byte) bool {
	l.gather()
	return bytes.IndexByte(l.keys, key) >= 0
}

// Interrupted is the code of a wait that its context ended.
func (l *Line) Interrupted() string {
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

// gather takes in what came while no verb was waiting.
func (l *Line) gather() {
	for {
		select {
		case in := <-l.Inputs():
			l.Note(in)
		default:
			return
		}
	}
}

// Note keeps what came and is of no concern to the verb that waits: keys pressed
// ahead, whether the caller is speaking, the end of what plays in the background.
func (l *Line) Note(in call.Input) {
	switch in.Kind {
	case call.KeyPressed:
		l.key(in.Digit)
	case call.SpeechStarted:
		l.talking = true
	case call.SpeechEnded:
		l.talking = false
	case call.MessageReceived:
		l.said = append(l.said, in.Text)
	case call.PlaybackEnded:
		if m := l.music; m != nil && m.Ended(in) {
			m.ended, m.in = true, in
		}
	}
}

// Codes of what may go wrong with a prompt.
const (
	CodeDropped   = "dropped"   // it could not be played
	CodeSynthesis = "synthesis" // the text could not be spoken
)

// Refusal is an error a flow can act on.
func Refusal(verb, code, format string, args ...any) error {
	return &call.Error{Verb: verb, Cause: call.Cause{Code: code, Text: fmt.Sprintf(format, args...)}}
}
