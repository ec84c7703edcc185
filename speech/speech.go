// Package speech is what Trunkline asks of those who turn words into sound and
// sound into words: two interfaces, their requests and their results.
//
// One directory per provider lives below this one, and no provider knows
// another. Calls and flows see only this package; which provider is behind it
// is decided by whoever assembles the program. Nothing here touches a call, a
// socket or a packet: audio comes in and goes out as plain samples.
package speech

import (
	"context"
	"errors"
)

// Rate is the sample rate of all audio exchanged with providers, Hz.
const Rate = 8000

// ErrLanguage says that a provider does not speak or understand the language
// it was asked for. Another provider may.
var ErrLanguage = errors.New("language not supported")

// ErrBusy says that a provider has no capacity now; asking again later, or
// asking another provider, may help.
var ErrBusy = errors.New("no recogniser free")

// ErrClosed says that the stream or provider was closed before it had an answer.
var ErrClosed = errors.New("closed")

// Synthesizer turns text into sound. It is safe for concurrent use.
type Synthesizer interface {
	// Synthesize hands the sound of r.Text to take, piece after piece, as it is
	// made: the first may come long before the last. A text without a word in it
	// is no sound and no error. take is called on the same goroutine, does not
	// keep the piece and does not wait for anything; an error of it ends the
	// synthesis and is returned.
	Synthesize(ctx context.Context, r SynthesisRequest, take func(pcm []int16) error) error
}

// Speak returns all the sound of a text at once.
func Speak(ctx context.Context, s Synthesizer, r SynthesisRequest) ([]int16, error) {
	var all []int16
	err := s.Synthesize(ctx, r, func(pcm []int16) error {
		all = append(all, pcm...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// SynthesisRequest is one text to speak.
type SynthesisRequest struct {
	Text     string
	Language string // BCP 47, e.g. "en-US", "zh-CN"
	Voice    string // provider's name of a voice; "" for the language's default
	// Pace is how fast it is spoken, 1 being the voice's own pace; 0 means 1.
	// Providers that cannot do it speak at their own.
	Pace float32
}

// Recognizer turns sound into words. It is safe for concurrent use.
type Recognizer interface {
	// Start begins one utterance. Cancelling ctx abandons it.
	Start(ctx context.Context, o RecognitionOptions) (Stream, error)
}

// RecognitionOptions say what is expected to be heard.
type RecognitionOptions struct {
	Language string
	// Phrases are sentences the speaker is likely to say. A provider may use
	// them as hints or, as small local ones do, to build its language model.
	Phrases []string
}

// Stream is one utterance being recognised. Write and Finish are called by one
// goroutine; Results may be read by another.
type Stream interface {
	// Write hands over the next samples, 8 kHz mono. It never blocks for long.
	Write(pcm []int16) error
	// Finish says that the utterance is complete; a final Result follows.
	Finish() error
	// Results yields partial results and at last one that is Final or carries
	// Err; then it is closed. A reader that does not keep up misses partial
	// results, never the last one.
	Results() <-chan Result
	// Close abandons the utterance and releases what it held. It may be called
	// at any time, more than once.
	Close() error
}

// Result is what was understood so far.
type Result struct {
	Text       string // "" when nothing was understood
	Final      bool
	Confidence float64 // 0–1; 0 when the provider gives none
	Err        error   // why there will be no final text
}
