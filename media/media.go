// Package media is the control plane's view of sound: handles and wishes, never
// state. What is wished for happens on a media thread; the outcome comes back
// as an event.
package media

import (
	"errors"
	"net/netip"
	"time"

	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/tap"
)

// Config says where and how an Engine works.
type Config struct {
	Shards  int           // media threads; 0 means one per CPU, less one
	Bind    netip.Addr    // address RTP ports are bound on
	PortMin uint16        // first RTP port, even; RTCP takes the odd one above
	PortMax uint16        // last port that may be used
	Rest    time.Duration // how long a port rests before it is used again
	Timeout time.Duration // silence on the wire before MediaLost; 0 means never
}

// ErrNoPorts is returned by Open when every port is in use or resting.
var ErrNoPorts = errors.New("open media session: no free RTP port")

// Engine owns the media threads.
type Engine struct{}

// New starts the media threads.
func New(cfg Config) (*Engine, error) { panic("unwritten") }

// Open binds an RTP/RTCP port pair and creates a session on it, on the shard of
// near when near is a live session and on the least busy one otherwise. Events
// are handed to sink in order, from one goroutine per shard: sink must not block.
func (e *Engine) Open(near Session, sink func(msg.Event)) (Session, netip.AddrPort, error) {
	panic("unwritten")
}

// Usage is what an Engine holds right now.
type Usage struct {
	Sessions int `json:"sessions"`
	Ports    int `json:"ports"` // port pairs bound
}

// Usage reports what the engine holds right now.
func (e *Engine) Usage() Usage { panic("unwritten") }

// Close ends every session and stops the threads.
func (e *Engine) Close() error { panic("unwritten") }

// Session is a handle: a name for media that lives on a shard. Its methods are
// wishes; each reports false when the shard is too busy to take it or the
// session is the zero Session.
type Session struct {
	// shard handle and msg.Session id
}

// ID returns the name events carry.
func (s Session) ID() msg.Session { panic("unwritten") }

// Start begins, or changes, the flow of RTP as negotiated.
func (s Session) Start(p msg.Params) bool { panic("unwritten") }

// Play plays clips one after the other, replacing what played before; PlayDone
// follows with ref. loop > 1 repeats the whole sequence; loop < 0 for ever.
func (s Session) Play(ref msg.Ref, loop int, clips ...*prompt.Clip) bool { panic("unwritten") }

// Pause holds the playback ref where it is, sending silence; Resume goes on
// from the very sample.
func (s Session) Pause(ref msg.Ref) bool  { panic("unwritten") }
func (s Session) Resume(ref msg.Ref) bool { panic("unwritten") }

// Stop ends the playback ref; ref 0 ends whatever plays.
func (s Session) Stop(ref msg.Ref) bool { panic("unwritten") }

// SendDigits sends digits as telephone-events (RFC 4733); DigitsSent follows.
func (s Session) SendDigits(ref msg.Ref, digits string) bool { panic("unwritten") }

// Join lets s and other hear each other; both must live on one shard. A session
// is joined with at most one other; Leave parts them.
func (s Session) Join(other Session) bool { panic("unwritten") }
func (s Session) Leave() bool             { panic("unwritten") }

// DetectSpeech turns speech detection (SpeechStarted, SpeechEnded) on or off.
func (s Session) DetectSpeech(on bool) bool { panic("unwritten") }

// Tap copies the session's sound into t until Untap or the end of the session,
// which both close t. A session has at most four taps.
func (s Session) Tap(t *tap.Tap) bool   { panic("unwritten") }
func (s Session) Untap(t *tap.Tap) bool { panic("unwritten") }

// Close ends the session: its ports are closed and Closed follows.
func (s Session) Close() bool { panic("unwritten") }
