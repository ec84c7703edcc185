// Package call conducts one call: its legs, bridge, verbs and events. It is the
// only place that holds both a SIP dialog and a media session.
//
// A Call is one goroutine draining one mailbox; nothing else touches its state,
// so there is no lock. Methods post a wish and wait for the answer or for the
// end of the call.
package call

import (
	"context"
	"time"

	"trunkline/call/event"
	"trunkline/media/prompt"
	"trunkline/media/tap"
)

// Info is what is known of a call from its beginning and never changes.
type Info struct {
	ID        string
	Direction string // inbound, outbound
	Trunk     string
	From      string // user part: the caller's number
	To        string // user part: the number called
	Flow      string
	Vars      map[string]string // given by whoever placed the call; read only
}

// A Runner runs a flow for a call. The ivr package is one.
type Runner interface {
	// Run runs the flow to its end. It returns when the script is done, has
	// failed, or the call's context has ended.
	Run(ctx context.Context, c *Call) error
}

// Call is one call, as its flow sees it. Methods may be used by any goroutine.
// Those that wait return early with an *Error when ctx or the call ends.
type Call struct{}

// Info returns what is known of the call from its beginning.
func (c *Call) Info() Info { panic("unwritten") }

// Done is closed when the caller is gone or the call was ended.
func (c *Call) Done() <-chan struct{} { panic("unwritten") }

// Cause says why the call ended; it is only meaningful after Done.
func (c *Call) Cause() Cause { panic("unwritten") }

// Times of the call so far; zero when it has not come to that.
type Times struct{ Started, Answered, Ended time.Time }

// Times returns when what happened. After Done it is final.
func (c *Call) Times() Times { panic("unwritten") }

// Ring sends 180 to the caller.
func (c *Call) Ring(ctx context.Context) error { panic("unwritten") }

// Answer answers the caller. Answering twice is harmless.
func (c *Call) Answer(ctx context.Context) error { panic("unwritten") }

// Reject refuses an unanswered caller and ends the call.
func (c *Call) Reject(ctx context.Context, code string) error { panic("unwritten") }

// Hangup ends the call.
func (c *Call) Hangup(by, code, text string) { panic("unwritten") }

// Play starts to play clips to the caller, replacing what played, and returns
// the playback's name at once. What becomes of it arrives as an Input.
// loop as in media.Session.Play.
func (c *Call) Play(loop int, what event.PromptStarted, clips ...*prompt.Clip) (Playback, error) {
	panic("unwritten")
}

// Playback names one Play of one call.
type Playback struct{}

// Pause, Resume and Stop control the playback; after its end they do nothing.
func (p Playback) Pause()  { panic("unwritten") }
func (p Playback) Resume() { panic("unwritten") }
func (p Playback) Stop()   { panic("unwritten") }

// Inputs yields what comes from the caller while the flow listens, in order.
// There is one channel per call, buffered, so that keys pressed ahead are kept;
// it is never closed: watch Done as well.
func (c *Call) Inputs() <-chan Input { panic("unwritten") }

// InputKind says what an Input is.
type InputKind uint8

// The kinds of Input.
const (
	KeyPressed InputKind = iota + 1
	SpeechStarted
	SpeechEnded
	PlaybackEnded
)

// Input is one thing that came from the caller's leg.
type Input struct {
	Kind     InputKind
	Digit    byte
	Playback Playback // of PlaybackEnded; comparable with what Play returned
	Outcome  string   // of PlaybackEnded: finished, stopped, replaced, dropped
	Heard    time.Duration
	Total    time.Duration
}

// Listen turns speech detection on the caller's leg on and returns a live copy
// of what the caller says; stop ends both.
func (c *Call) Listen() (t *tap.Tap, stop func(), err error) { panic("unwritten") }

// SendDigits sends digits to the caller's side and waits until they are sent.
func (c *Call) SendDigits(ctx context.Context, digits string) error { panic("unwritten") }

// Record begins to record the caller's leg in stereo (left: the caller, right:
// what the caller hears), under a file name of our own choosing, until the end
// of the call. Recording twice is harmless.
func (c *Call) Record(ctx context.Context) (path string, err error) { panic("unwritten") }

// DialRequest is a second leg.
type DialRequest struct {
	Trunk   string
	To      string        // user part
	From    string        // user part; "" keeps the caller's
	Timeout time.Duration // ring time; 0 means 60 s
}

// Dial places a second leg and waits for its answer. On refusal the error is an
// *Error whose Code is busy, no_answer, rejected, … . The caller hanging up
// cancels it.
func (c *Call) Dial(ctx context.Context, r DialRequest) (*Leg, error) { panic("unwritten") }

// Leg is an answered second leg.
type Leg struct{}

// ID returns the leg's name within the call: "b", "c", ….
func (l *Leg) ID() string { panic("unwritten") }

// Hangup ends the leg.
func (l *Leg) Hangup() { panic("unwritten") }

// Bridge lets the caller and leg hear each other and waits until leg has hung
// up; then the flow goes on with the caller. When the caller hangs up, leg is
// ended and the call is over.
func (c *Call) Bridge(ctx context.Context, l *Leg) (BridgeResult, error) { panic("unwritten") }

// BridgeResult says how a bridge ended.
type BridgeResult struct {
	Cause    Cause
	Duration time.Duration
}

// Emit publishes d as an event of this call and keeps what the CDR needs of it
// (the path of menu nodes).
func (c *Call) Emit(d event.Data) { panic("unwritten") }

// Cause says why a call or leg ended.
type Cause = event.Cause

// Error is why a wish was not granted. Code is a stable word: a sip.Code, or
// "hangup" (the call is over), "timeout", "invalid", "busy_media".
type Error struct {
	Verb string // answer, dial, bridge, …
	Cause
}

func (e *Error) Error() string { panic("unwritten") }
