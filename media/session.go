package media

import (
	"slices"

	"trunkline/media/internal/shard"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/tap"
)

// Session is a handle: a name for media that lives on a shard. It is copyable
// and comparable. Its methods are wishes; each reports false when the shard is
// too busy to take it, the engine is closed, or the session is the zero
// Session. A wish to a session that is gone is taken and does nothing: Closed
// has said so, or will.
type Session struct {
	sh *shard.Shard
	id msg.Session
}

// post sends a wish on its way.
func (s Session) post(c shard.Command) bool { return s.sh != nil && s.sh.Post(c) }

// ID returns the name events carry; 0 for the zero Session.
func (s Session) ID() msg.Session { return s.id }

// Start begins, or changes, the flow of RTP as negotiated.
func (s Session) Start(p msg.Params) bool {
	p.Accept = slices.Clone(p.Accept)
	return s.post(shard.Start{Session: s.id, Params: p})
}

// Play plays clips one after the other, replacing what played before; PlayDone
// follows with ref. loop > 1 repeats the whole sequence; loop < 0 for ever.
func (s Session) Play(ref msg.Ref, loop int, clips ...*prompt.Clip) bool {
	return s.post(shard.Play{Session: s.id, Ref: ref, Loop: loop, Clips: slices.Clone(clips)})
}

// Pause holds the playback ref where it is, sending silence; ref 0 means
// whatever plays.
func (s Session) Pause(ref msg.Ref) bool { return s.post(shard.Pause{Session: s.id, Ref: ref}) }

// Resume goes on from the very sample.
func (s Session) Resume(ref msg.Ref) bool { return s.post(shard.Resume{Session: s.id, Ref: ref}) }

// Stop ends the playback ref; ref 0 ends whatever plays.
func (s Session) Stop(ref msg.Ref) bool { return s.post(shard.Stop{Session: s.id, Ref: ref}) }

// SendDigits sends digits as telephone-events (RFC 4733); DigitsSent follows.
func (s Session) SendDigits(ref msg.Ref, digits string) bool {
	return s.post(shard.SendDigits{Session: s.id, Ref: ref, Digits: digits})
}

// Join lets s and other hear each other; both must live on one shard, and it
// reports false when they do not. A session is joined with at most one other;
// Leave parts them.
func (s Session) Join(other Session) bool {
	return s.sh == other.sh && s.id != other.id && s.post(shard.Join{Session: s.id, Other: other.id})
}

// Leave parts s from the session it is joined with, if any.
func (s Session) Leave() bool { return s.post(shard.Leave{Session: s.id}) }

// DetectSpeech turns speech detection (SpeechStarted, SpeechEnded) on or off.
func (s Session) DetectSpeech(on bool) bool {
	return s.post(shard.DetectSpeech{Session: s.id, On: on})
}

// Tap copies the session's sound into t until Untap or the end of the session,
// which both close t. A session has at most four taps; t is closed at once when
// it is one too many or the session is gone. A tap serves one session, once.
func (s Session) Tap(t *tap.Tap) bool {
	return t != nil && s.post(shard.Tap{Session: s.id, Tap: t})
}

// Untap ends the copying and closes t, if t is a tap of s.
func (s Session) Untap(t *tap.Tap) bool {
	return t != nil && s.post(shard.Untap{Session: s.id, Tap: t})
}

// Close ends the session: its ports are closed and Closed follows.
func (s Session) Close() bool { return s.post(shard.Close{Session: s.id}) }
