package ivr

import (
	"context"

	"trunkline/call"
	"trunkline/call/event"
	"trunkline/media/prompt"
)

// phone is what verbs ask of a call. *call.Call does it in production, a
// scripted caller in tests of flows.
type phone interface {
	Info() call.Info
	Done() <-chan struct{}
	Cause() call.Cause
	Times() call.Times

	Ring(ctx context.Context) error
	Answer(ctx context.Context) error
	Reject(ctx context.Context, code string) error
	Hangup(by, code, text string)

	Play(loop int, what event.PromptStarted, clips ...*prompt.Clip) (playback, error)
	Inputs() <-chan call.Input
	Listen() (sound, func(), error)
	SendDigits(ctx context.Context, digits string) error
	Record(ctx context.Context) (string, error)

	Dial(ctx context.Context, r call.DialRequest) (leg, error)
	Bridge(ctx context.Context, l leg) (call.BridgeResult, error)

	Emit(d event.Data)
}

// playback is one Play under way.
type playback interface {
	Pause()
	Resume()
	Stop()
	// ended reports whether in, a PlaybackEnded, is about this playback.
	ended(in call.Input) bool
}

// sound is what the caller says, live.
type sound interface {
	ReadAtLeast(ctx context.Context, dst []int16, least int) (int, error)
}

// leg is an answered second leg.
type leg interface {
	ID() string
	Hangup()
}

// live makes a *call.Call a phone.
type live struct{ *call.Call }

func (p live) Play(loop int, what event.PromptStarted, clips ...*prompt.Clip) (playback, error) {
	b, err := p.Call.Play(loop, what, clips...)
	if err != nil {
		return nil, err
	}
	return livePlayback{b}, nil
}

func (p live) Listen() (sound, func(), error) {
	t, stop, err := p.Call.Listen()
	if err != nil {
		return nil, nil, err
	}
	return t, stop, nil
}

func (p live) Dial(ctx context.Context, r call.DialRequest) (leg, error) {
	l, err := p.Call.Dial(ctx, r)
	if err != nil {
		return nil, err
	}
	return l, nil
}

func (p live) Bridge(ctx context.Context, l leg) (call.BridgeResult, error) {
	return p.Call.Bridge(ctx, l.(*call.Leg))
}

type livePlayback struct{ call.Playback }

func (b livePlayback) ended(in call.Input) bool { return in.Playback == b.Playback }
