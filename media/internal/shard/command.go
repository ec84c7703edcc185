package shard

import (
	"time"

	"trunkline/internal/netio"
	"trunkline/media/internal/wire"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/tap"
)

// A Command is a wish from the control plane: a plain value that can be written
// as a record (fields) and obeyed (apply). The set is closed: a new one has its
// kind and its line in blank. A wish to a session that is gone does nothing:
// whoever wished learns from Closed.
type Command interface {
	kind() kind
	fields(*wire.Coder)
	apply(*Shard)
}

// addressed is a Command to one session, which follows the session when it moves.
type addressed interface {
	Command
	to() msg.Session
}

// kind names a Command in a record.
type kind uint8

const (
	kindOpen kind = iota + 1
	kindStart
	kindPlay
	kindPause
	kindResume
	kindStop
	kindSendDigits
	kindJoin
	kindLeave
	kindDetectSpeech
	kindTap
	kindUntap
	kindClose
	kindLabel
	kindMove
	kindExpect
	kindForget
	kindRoll
	kindQuit
	kindProgress
	kindEnter
	kindAdjust
	kindMaskKeys
	kindEcho
	kindStream
	kindFix
)

// blank makes an empty Command to be read into; nil when there is no such kind.
func blank(k kind) Command {
	switch k {
	case kindOpen:
		return new(Open)
	case kindStart:
		return new(Start)
	case kindPlay:
		return new(Play)
	case kindPause:
		return new(Pause)
	case kindResume:
		return new(Resume)
	case kindStop:
		return new(Stop)
	case kindSendDigits:
		return new(SendDigits)
	case kindJoin:
		return new(Join)
	case kindLeave:
		return new(Leave)
	case kindDetectSpeech:
		return new(DetectSpeech)
	case kindTap:
		return new(Tap)
	case kindUntap:
		return new(Untap)
	case kindClose:
		return new(Close)
	case kindLabel:
		return new(Label)
	case kindMove:
		return new(Move)
	case kindExpect:
		return new(Expect)
	case kindForget:
		return new(Forget)
	case kindRoll:
		return new(Roll)
	case kindQuit:
		return new(Quit)
	case kindProgress:
		return new(Progress)
	case kindEnter:
		return new(Enter)
	case kindAdjust:
		return new(Adjust)
	case kindMaskKeys:
		return new(MaskKeys)
	case kindEcho:
		return new(Echo)
	case kindStream:
		return new(Stream)
	case kindFix:
		return new(Fix)
	}
	return nil
}

// encode writes cmd.
func encode(x *wire.Coder, cmd Command) {
	k := cmd.kind()
	wire.Byte(x, &k)
	cmd.fields(x)
}

// decode reads a Command; nil when it is none. An Open that could not be read
// to its end comes back too, without its ports: somebody waits for its Closed.
func decode(rec []byte, bag wire.Baggage) Command {
	x := wire.Reader(rec, bag)
	var k kind
	wire.Byte(&x, &k)
	cmd := blank(k)
	if cmd == nil {
		return nil
	}
	cmd.fields(&x)
	if x.OK() {
		return cmd
	}
	if o, ok := cmd.(*Open); ok {
		if o.Ports != nil {
			o.Ports.Close()
		}
		return &Open{Session: o.Session}
	}
	return nil
}

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

// Open creates a session on Ports, which the shard closes before Closed, and
// which is reported for it one day.
type Open struct {
	Session msg.Session
	Seed    uint64        // random: decides SSRC, first sequence number and timestamp
	Timeout time.Duration // silence before MediaLost; 0 means never
	Ports   netio.Ports
}

func (c *Open) kind() kind { return kindOpen }
func (c *Open) fields(x *wire.Coder) {
	wire.Num(x, &c.Session)
	wire.Num(x, &c.Seed)
	wire.Num(x, &c.Timeout)
	x.Bag.Ports(x, uint64(c.Session), &c.Ports)
}
func (c *Open) apply(sh *Shard) { sh.admit(c) }

// Start begins or changes the flow of RTP.
type Start struct {
	Session msg.Session
	Params  msg.Params
}

func (c *Start) kind() kind      { return kindStart }
func (c *Start) to() msg.Session { return c.Session }
func (c *Start) fields(x *wire.Coder) {
	wire.Num(x, &c.Session)
	wire.Params(x, &c.Params)
}
func (c *Start) apply(sh *Shard) {
	sh.with(c.Session, func(l *leg) {
		l.remote = c.Params.Remote
		l.media.Start(sh.now, c.Params)
	})
}

// Play plays clips one after the other.
type Play struct {
	Session  msg.Session
	Playback msg.Playback
	Clips    []wire.Clip
}

func (c *Play) kind() kind      { return kindPlay }
func (c *Play) to() msg.Session { return c.Session }
func (c *Play) fields(x *wire.Coder) {
	wire.Num(x, &c.Session)
	wire.Playback(x, &c.Playback)
	wire.List(x, &c.Clips, func(x *wire.Coder, clip *wire.Clip) { x.Bag.Clip(x, clip) })
}
func (c *Play) apply(sh *Shard) {
	l := sh.find(c.Session)
	if l == nil {
		for _, clip := range c.Clips {
			clip.Release()
		}
		return
	}
	clips := make([]*prompt.Clip, len(c.Clips))
	for i, clip := range c.Clips {
		clips[i] = clip.Clip
	}
	l.plays = append(l.plays, play{ref: c.Playback.Ref, clips: c.Clips}) // before its PlayDone
	l.media.Play(c.Playback, clips)
}

// Pause holds a playback.
type Pause struct {
	Session msg.Session
	Ref     msg.Ref
}

func (c *Pause) kind() kind           { return kindPause }
func (c *Pause) to() msg.Session      { return c.Session }
func (c *Pause) fields(x *wire.Coder) { wire.Num(x, &c.Session); wire.Num(x, &c.Ref) }
func (c *Pause) apply(sh *Shard)      { sh.with(c.Session, func(l *leg) { l.media.Pause(c.Ref) }) }

// Resume goes on with it.
type Resume struct {
	Session msg.Session
	Ref     msg.Ref
}

func (c *Resume) kind() kind           { return kindResume }
func (c *Resume) to() msg.Session      { return c.Session }
func (c *Resume) fields(x *wire.Coder) { wire.Num(x, &c.Session); wire.Num(x, &c.Ref) }
func (c *Resume) apply(sh *Shard)      { sh.with(c.Session, func(l *leg) { l.media.Resume(c.Ref) }) }

// Stop ends a playback; Ref 0 ends whatever plays.
type Stop struct {
	Session msg.Session
	Ref     msg.Ref
}

func (c *Stop) kind() kind           { return kindStop }
func (c *Stop) to() msg.Session      { return c.Session }
func (c *Stop) fields(x *wire.Coder) { wire.Num(x, &c.Session); wire.Num(x, &c.Ref) }
func (c *Stop) apply(sh *Shard) {
	sh.with(c.Session, func(l *leg) { l.media.Stop(c.Ref) })
}

// SendDigits sends telephone-events.
type SendDigits struct {
	Session msg.Session
	Ref     msg.Ref
	Digits  string
}

func (c *SendDigits) kind() kind      { return kindSendDigits }
func (c *SendDigits) to() msg.Session { return c.Session }
func (c *SendDigits) fields(x *wire.Coder) {
	wire.Num(x, &c.Session)
	wire.Num(x, &c.Ref)
	x.Text(&c.Digits)
}
func (c *SendDigits) apply(sh *Shard) {
	sh.with(c.Session, func(l *leg) { l.media.SendDigits(c.Ref, c.Digits) })
}

// Join lets two sessions of this shard hear each other.
type Join struct{ Session, Other msg.Session }

func (c *Join) kind() kind           { return kindJoin }
func (c *Join) to() msg.Session      { return c.Session }
func (c *Join) fields(x *wire.Coder) { wire.Num(x, &c.Session); wire.Num(x, &c.Other) }
func (c *Join) apply(sh *Shard) {
	sh.with(c.Other, func(other *leg) {
		sh.with(c.Session, func(l *leg) { l.join(other) })
	})
}

// Leave parts a session from its peer.
type Leave struct{ Session msg.Session }

func (c *Leave) kind() kind           { return kindLeave }
func (c *Leave) to() msg.Session      { return c.Session }
func (c *Leave) fields(x *wire.Coder) { wire.Num(x, &c.Session) }
func (c *Leave) apply(sh *Shard)      { sh.with(c.Session, (*leg).leave) }

// DetectSpeech turns speech detection on or off.
type DetectSpeech struct {
	Session msg.Session
	On      bool
}

func (c *DetectSpeech) kind() kind           { return kindDetectSpeech }
func (c *DetectSpeech) to() msg.Session      { return c.Session }
func (c *DetectSpeech) fields(x *wire.Coder) { wire.Num(x, &c.Session); x.Bool(&c.On) }
func (c *DetectSpeech) apply(sh *Shard) {
	sh.with(c.Session, func(l *leg) { l.media.DetectSpeech(c.On) })
}

// Tap copies the session's sound into Tap, known by Number. When the session is
// gone or has as many taps as it takes, the tap is ended, so that its reader
// does not wait for ever. LetGo follows when it is written to no more.
type Tap struct {
	Session msg.Session
	Number  uint64
	Tap     *tap.Tap
}

func (c *Tap) kind() kind      { return kindTap }
func (c *Tap) to() msg.Session { return c.Session }
func (c *Tap) fields(x *wire.Coder) {
	wire.Num(x, &c.Session)
	wire.Num(x, &c.Number)
	x.Bag.Tap(x, &c.Tap)
}
func (c *Tap) apply(sh *Shard) {
	t := tapped{c.Number, c.Tap}
	if l := sh.find(c.Session); l == nil || l.tap(c.Number) != nil || !l.media.Tap(c.Tap) || !l.addTap(t) {
		sh.outbox.end(t)
	}
}

// Untap stops that and ends the tap. A tap of another session is left alone.
type Untap struct {
	Session msg.Session
	Number  uint64
}

func (c *Untap) kind() kind           { return kindUntap }
func (c *Untap) to() msg.Session      { return c.Session }
func (c *Untap) fields(x *wire.Coder) { wire.Num(x, &c.Session); wire.Num(x, &c.Number) }
func (c *Untap) apply(sh *Shard) {
	l := sh.find(c.Session)
	if l == nil {
		return
	}
	if t := l.tap(c.Number); t != nil {
		gone := *t
		*t = tapped{}
		l.media.Untap(gone.tap)
		sh.outbox.end(gone)
	}
}

// Label attaches bytes to the session that mean something to the control plane.
type Label struct {
	Session msg.Session
	Label   []byte
}

func (c *Label) kind() kind           { return kindLabel }
func (c *Label) to() msg.Session      { return c.Session }
func (c *Label) fields(x *wire.Coder) { wire.Num(x, &c.Session); x.Bytes(&c.Label) }
func (c *Label) apply(sh *Shard) {
	sh.with(c.Session, func(l *leg) { l.label = c.Label })
}

// Close ends a session.
type Close struct{ Session msg.Session }

func (c *Close) kind() kind           { return kindClose }
func (c *Close) to() msg.Session      { return c.Session }
func (c *Close) fields(x *wire.Coder) { wire.Num(x, &c.Session) }
func (c *Close) apply(sh *Shard)      { sh.with(c.Session, sh.remove) }
