package media

import (
	"slices"

	"trunkline/media/feed"
	"trunkline/media/internal/shard"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/tap"
)

// Session is a handle: a name for media that lives on a shard. It is copyable
// and comparable. Its methods are wishes; each reports false when the shard is
// too busy to take it, there is no media process for the moment, the engine is
// closed, or the session is the zero Session. A wish to a session that is gone
// is taken and does nothing: Closed has said so, or will.
type Session struct {
	e  *Engine
	id msg.Session
}

// post sends a wish on its way.
func (s Session) post(c shard.Command) bool { return s.e != nil && s.e.post(s.id, c) }

// ID returns the name events carry; 0 for the zero Session.
func (s Session) ID() msg.Session { return s.id }

// Start begins, or changes, the flow of RTP as negotiated.
func (s Session) Start(p msg.Params) bool {
	return s.post(&shard.Start{Session: s.id, Params: p}) && s.e.expect(s.id, p)
}

// Play plays clips one after the other, replacing what played before; PlayDone
// follows with ref. loop > 1 repeats the whole sequence; loop < 0 for ever.
func (s Session) Play(ref msg.Ref, loop int, clips ...*prompt.Clip) bool {
	return s.PlayAs(msg.Playback{Ref: ref, Loop: loop}, clips...)
}

// Stream plays what is written to f, which Engine.NewFeed made, until its end, as
// Play does. Its marks are reported as Marked. A feed is played once.
func (s Session) Stream(how msg.Playback, f *feed.Feed) bool {
	return f != nil && s.e != nil && s.e.stream(s.id, how, f)
}

// Pause holds the playback ref where it is, sending silence; ref 0 means
// whatever plays.
func (s Session) Pause(ref msg.Ref) bool { return s.post(&shard.Pause{Session: s.id, Ref: ref}) }

// Resume goes on from the very sample.
func (s Session) Resume(ref msg.Ref) bool { return s.post(&shard.Resume{Session: s.id, Ref: ref}) }

// Stop ends the playback ref; ref 0 ends whatever plays.
func (s Session) Stop(ref msg.Ref) bool { return s.post(&shard.Stop{Session: s.id, Ref: ref}) }

// SendDigits sends digits as telephone-events (RFC 4733); DigitsSent follows.
func (s Session) SendDigits(ref msg.Ref, digits string) bool {
	return s.post(&shard.SendDigits{Session: s.id, Ref: ref, Digits: digits})
}

// Join lets s and other hear each other, moving one of them to the thread of
// the other if need be. A session is joined with at most one other; Leave parts
// them.
func (s Session) Join(other Session) bool {
	return s.e != nil && s.e == other.e && s.id != other.id && s.e.join(s.id, other.id)
}

// Near moves s to the thread of other, without a seam, if it is not there yet.
// It leaves whom it is joined with. What is wished for afterwards happens there.
func (s Session) Near(other Session) bool {
	return s.e != nil && s.e == other.e && s.e.near(s.id, other.id)
}

// Leave parts s from the session it is joined with, if any.
func (s Session) Leave() bool { return s.post(&shard.Leave{Session: s.id}) }

// DetectSpeech turns speech detection (SpeechStarted, SpeechEnded) on or off.
func (s Session) DetectSpeech(on bool) bool {
	return s.post(&shard.DetectSpeech{Session: s.id, On: on})
}

// Fix treats what comes from the far side as a modem's or fax machine's sound, or
// no longer: it is delayed by a fixed 100 ms at least and passed on as it is,
// neither stretched nor shortened, with no comfort noise, and no keys are looked
// for in it. Both legs of a bridge need it. It stays until it is taken back, or
// Start has a codec other than G.711, through which no modem can be heard.
// See docs/fax.md.
func (s Session) Fix(on bool) bool { return s.post(&shard.Fix{Session: s.id, On: on}) }

// MaxLabel is the longest label, bytes.
const MaxLabel = 512

// Label attaches bytes to the session. They mean nothing to the media plane,
// which hands them to the control plane that comes after this one (Survivor).
// False, too, when there are more than MaxLabel.
func (s Session) Label(label []byte) bool {
	return len(label) <= MaxLabel && s.post(&shard.Label{Session: s.id, Label: slices.Clone(label)})
}

// Tap copies the session's sound into t until Untap or the end of the session,
// which both close t. A session has at most four taps; t is closed at once when
// it is one too many or the session is gone. A tap serves one session, once.
func (s Session) Tap(t *tap.Tap) bool { return t != nil && s.e != nil && s.e.tap(s.id, t) }

// Untap ends the copying and closes t, if t is a tap of s.
func (s Session) Untap(t *tap.Tap) bool { return t != nil && s.e != nil && s.e.untap(s.id, t) }

// Close ends the session: its ports are closed and Closed follows.
func (s Session) Close() bool { return s.post(&shard.Close{Session: s.id}) }
