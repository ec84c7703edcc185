package line

import (
	"context"

	"trunkline/call"
	"trunkline/call/event"
	"trunkline/media/feed"
)

// Phone is what flows ask of a call. *call.Call does it in production (see
// Live), a scripted caller in tests of flows.
type Phone interface {
	Info() call.Info
	Done() <-chan struct{}
	Cause() call.Cause
	Times() call.Times

	Ring(ctx context.Context) error
	Answer(ctx context.Context) error
	Reject(ctx context.Context, code string) error
	Hangup(by, code, text string)

	Play(s call.Sound) (Playback, error)
	NewFeed(rate, ms int) (*feed.Feed, error)
	Inputs() <-chan call.Input
	Listen() (Sound, func(), error)
	SendDigits(ctx context.Context, digits string) error
	Record(ctx context.Context) (string, error)
	PauseRecording(ctx context.Context) error
	ResumeRecording(ctx context.Context) error
	Conceal(ctx context.Context) (show func(), err error)

	Dial(ctx context.Context, r call.DialRequest) (Leg, error)
	Bridge(ctx context.Context, l Leg) (call.BridgeResult, error)
	Transfer(ctx context.Context, to string, l Leg) error // l is to, dialled already; nil: nobody is
	Confer(ctx context.Context, r call.Conference) error
	Hold(ctx context.Context, r call.HoldRequest) error
	Unhold(ctx context.Context, leg string) error
	Park(ctx context.Context, r call.ParkRequest) (call.Parked, error)
	Pickup(ctx context.Context, slot string) (call.BridgeResult, error)
	Echo(ctx context.Context) error

	Emit(d event.Data)
}

// Playback is one Play under way.
type Playback interface {
	Pause()
	Resume()
	Stop()
	// Ended reports whether in, a PlaybackEnded, is about this playback.
	Ended(in call.Input) bool
}

// Sound is what the caller says, live.
type Sound interface {
	ReadAtLeast(ctx context.Context, dst []int16, least int) (int, error)
}

// Leg is an answered second leg.
type Leg interface {
	ID() string
	Hangup()
}

// Live makes a call a Phone.
func Live(c *call.Call) Phone { return live{c} }

type live struct{ *call.Call }

func (p live) Play(s call.Sound) (Playback, error) {
	b, err := p.Call.Play(s)
	if err != nil {
		return nil, err
	}
	return livePlayback{b}, nil
}

func (p live) Listen() (Sound, func(), error) {
	t, stop, err := p.Call.Listen()
	if err != nil {
		return nil, nil, err
	}
	return t, stop, nil
}

func (p live) Dial(ctx context.Context, r call.DialRequest) (Leg, error) {
	l, err := p.Call.Dial(ctx, r)
	if err != nil {
		return nil, err
	}
	return l, nil
}

func (p live) Bridge(ctx context.Context, l Leg) (call.BridgeResult, error) {
	return p.Call.Bridge(ctx, l.(*call.Leg))
}

func (p live) Transfer(ctx context.Context, to string, l Leg) error {
	known, _ := l.(*call.Leg)
	return p.Call.Transfer(ctx, call.TransferRequest{To: to, Leg: known})
}

type livePlayback struct{ call.Playback }

func (b livePlayback) Ended(in call.Input) bool { return in.Playback == b.Playback }
