package shard

import (
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/tap"
)

// A Command is a wish from the control plane: a plain value that can be
// printed. The set is closed, since apply is unexported. A wish to a session
// that is gone does nothing: whoever wished learns from Closed.
type Command interface{ apply(*Shard) }

// with calls do with the leg named id, if it is there.
func (sh *Shard) with(id msg.Session, do func(*leg)) {
	if l := sh.find(id); l != nil {
		do(l)
	}
}

// find returns the leg named id and notes that its code runs now, or nil.
func (sh *Shard) find(id msg.Session) *leg {
	l := sh.sessions[id]
	if l != nil {
		sh.current = l
	}
	return l
}

// open takes a session in; made by Shard.Open.
type open struct{ leg *leg }

func (c open) apply(sh *Shard) { sh.admit(c.leg) }

// Start begins or changes the flow of RTP.
type Start struct {
	Session msg.Session
	Params  msg.Params
}

func (c Start) apply(sh *Shard) {
	sh.with(c.Session, func(l *leg) { l.media.Start(sh.now, c.Params) })
}

// Play plays clips one after the other, Loop times.
type Play struct {
	Session msg.Session
	Ref     msg.Ref
	Loop    int
	Clips   []*prompt.Clip
}

func (c Play) apply(sh *Shard) {
	sh.with(c.Session, func(l *leg) { l.media.Play(sh.now, c.Ref, c.Loop, c.Clips) })
}

// Pause holds a playback.
type Pause struct {
	Session msg.Session
	Ref     msg.Ref
}

func (c Pause) apply(sh *Shard) { sh.with(c.Session, func(l *leg) { l.media.Pause(c.Ref) }) }

// Resume goes on with it.
type Resume struct {
	Session msg.Session
	Ref     msg.Ref
}

func (c Resume) apply(sh *Shard) { sh.with(c.Session, func(l *leg) { l.media.Resume(c.Ref) }) }

// Stop ends a playback; Ref 0 ends whatever plays.
type Stop struct {
	Session msg.Session
	Ref     msg.Ref
}

func (c Stop) apply(sh *Shard) {
	sh.with(c.Session, func(l *leg) { l.media.Stop(sh.now, c.Ref) })
}

// SendDigits sends telephone-events.
type SendDigits struct {
	Session msg.Session
	Ref     msg.Ref
	Digits  string
}

func (c SendDigits) apply(sh *Shard) {
	sh.with(c.Session, func(l *leg) { l.media.SendDigits(sh.now, c.Ref, c.Digits) })
}

// Join lets two sessions of this shard hear each other.
type Join struct{ Session, Other msg.Session }

func (c Join) apply(sh *Shard) {
	sh.with(c.Other, func(other *leg) {
		sh.with(c.Session, func(l *leg) { l.media.Join(other.media) })
	})
}

// Leave parts a session from its peer.
type Leave struct{ Session msg.Session }

func (c Leave) apply(sh *Shard) { sh.with(c.Session, func(l *leg) { l.media.Leave() }) }

// DetectSpeech turns speech detection on or off.
type DetectSpeech struct {
	Session msg.Session
	On      bool
}

func (c DetectSpeech) apply(sh *Shard) {
	sh.with(c.Session, func(l *leg) { l.media.DetectSpeech(c.On) })
}

// Tap copies the session's sound into Tap. When the session is gone or has
// four taps already, the tap is ended, so that its reader does not wait for ever.
type Tap struct {
	Session msg.Session
	Tap     *tap.Tap
}

func (c Tap) apply(sh *Shard) {
	l := sh.find(c.Session)
	if l == nil || !l.media.Tap(c.Tap) {
		sh.outbox.end(c.Tap)
		return
	}
	l.addTap(c.Tap)
}

// Untap stops that and ends the tap. A tap of another session is left alone.
type Untap struct {
	Session msg.Session
	Tap     *tap.Tap
}

func (c Untap) apply(sh *Shard) {
	l := sh.find(c.Session)
	if l == nil || !l.media.Untap(c.Tap) {
		return
	}
	l.removeTap(c.Tap)
	sh.outbox.end(c.Tap)
}

// Close ends a session.
type Close struct{ Session msg.Session }

func (c Close) apply(sh *Shard) { sh.with(c.Session, sh.remove) }
