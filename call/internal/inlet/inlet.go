// Package inlet is what comes to a call's flow from outside: keys, speech, messages, the
// ends of what it plays. It waits in order until the flow comes for it.
//
// A Queue belongs to the goroutine of its call, but for Ready. Only package call uses it.
package inlet

import (
	"time"

	"trunkline/call/internal/mail"
	"trunkline/call/internal/sound"
)

// Kind says what an Input is.
type Kind uint8

// The kinds of Input.
const (
	KeyPressed Kind = iota + 1
	SpeechStarted
	SpeechEnded
	PlaybackEnded
	MessageReceived // by the API
)

// Input is one thing that came for the flow.
type Input struct {
	Kind     Kind
	Digit    byte
	Text     string         // of MessageReceived
	Playback sound.Playback // of PlaybackEnded; comparable with what Play returned
	Outcome  string         // of PlaybackEnded: finished, stopped, replaced, dropped
	Heard    time.Duration
	Total    time.Duration
}

// Queue is what the flow has not come for.
type Queue struct{ *mail.Queue[Input] }

// NewQueue makes an empty Queue.
func NewQueue() Queue { return Queue{mail.NewQueue[Input]()} }

// Feed adds in, unless the flow has let a great many lie. The end of a playback, for
// which the flow may be waiting, takes the place of the oldest. It reports whether
// nothing was lost.
func (q Queue) Feed(in Input) bool {
	if in.Kind == PlaybackEnded {
		return !q.Force(in)
	}
	return q.Push(in)
}
