// Package bot connects the caller of a flow with a bot: the sound and keys of a line
// with a stream of package speech/stream, in the foreground, where the flow waits for
// the end of it, or in the background, where the bot only listens.
//
// It belongs to the goroutine of the flow.
package bot

import (
	"context"
	"log/slog"

	"trunkline/call"
	"trunkline/call/event"
	"trunkline/ivr/line"
	"trunkline/media/feed"
	"trunkline/speech"
	"trunkline/speech/stream"
)

// feedMillis is how much of a bot's sound waits beside what the stream keeps.
const feedMillis = 200

// ear is the caller as a stream hears them.
type ear struct{ line.Sound }

// Rate is that of Listen, Hz.
func (ear) Rate() int { return speech.Rate }

// hooks are what a stream tells and asks.
func hooks(l *line.Line, log *slog.Logger) stream.Hooks {
	return stream.Hooks{
		Press: l.Phone.SendDigits,
		Warn:  func(text string) { log.Warn("bot", "text", text) },
	}
}

// Talk connects the caller with a bot until one of them ends it, and hands the bot the
// caller's keys. A bot that does not speak has twoWay false. The error is a
// *call.Error; its code is refused or lost.
func Talk(ctx context.Context, l *line.Line, log *slog.Logger, s *stream.Stream, twoWay bool) (stream.Result, error) {
	heard, deaf, err := l.Listen()
	if err != nil {
		return stream.Result{}, err
	}
	defer deaf()
	var mouth stream.Mouth // nil: it has none
	if twoWay {
		f, err := l.NewFeed(speech.Rate, feedMillis)
		if err != nil {
			return stream.Result{}, err
		}
		if err := play(l, f); err != nil {
			return stream.Result{}, err
		}
		mouth = f
	}
	type outcome struct {
		stream.Result
		err error
	}
	ended := make(chan outcome, 1)
	go func() {
		res, err := s.Run(ctx, ear{heard}, mouth, hooks(l, log))
		ended <- outcome{res, err}
	}()
	for {
		select {
		case in := <-l.Inputs():
			if in.Kind == call.KeyPressed {
				s.Digit(in.Digit)
				continue
			}
			l.Note(in)
		case o := <-ended:
			if o.err != nil {
				return o.Result, line.Refusal("stream", string(o.Reason), "%v", o.err)
			}
			return o.Result, nil
		}
	}
}

func play(l *line.Line, f *feed.Feed) error {
	_, err := l.Play(call.Sound{What: event.PromptStarted{File: "bot"}, Feed: f})
	return err
}

// Listener is a bot that listens in the background.
type Listener struct {
	*stream.Stream
	done chan struct{}
}

// Listen lets a bot listen until End, or the end of ctx.
func Listen(ctx context.Context, l *line.Line, log *slog.Logger, s *stream.Stream) (*Listener, error) {
	heard, deaf, err := l.Listen()
	if err != nil {
		return nil, err
	}
	b := &Listener{Stream: s, done: make(chan struct{})}
	go func() {
		defer close(b.done)
		defer deaf()
		if _, err := s.Run(ctx, ear{heard}, nil, hooks(l, log)); err != nil {
			log.Warn("stream ended", "error", err)
		}
	}()
	return b, nil
}

// End ends it and waits until nothing is left of it. Doing so twice is harmless.
func (b *Listener) End(why string) {
	b.Stop(why)
	<-b.done
}
