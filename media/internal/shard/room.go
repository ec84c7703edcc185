package shard

import (
	"trunkline/media/internal/wire"
	"trunkline/media/mix"
	"trunkline/media/msg"
)

// roomRate is what rooms mix at when nobody says otherwise, Hz.
const roomRate = 8000

// Enter makes a session a member of a room, which begins with its first member
// and ends with its last; or it changes how a member takes part.
type Enter struct {
	Session msg.Session
	Room    msg.Room
	Rate    int // of a room that begins: 8000, 16000 or 48000 Hz
	Member  msg.Member
}

func (c *Enter) kind() kind      { return kindEnter }
func (c *Enter) to() msg.Session { return c.Session }
func (c *Enter) fields(x *wire.Coder) {
	wire.Num(x, &c.Session)
	wire.Num(x, &c.Room)
	wire.Num(x, &c.Rate)
	wire.Member(x, &c.Member)
}
func (c *Enter) apply(sh *Shard) {
	sh.with(c.Session, func(l *leg) {
		room := sh.rooms[c.Room]
		if room == nil {
			rate := c.Rate
			if rate != 16000 && rate != 48000 {
				rate = roomRate
			}
			room = mix.New(rate)
			sh.rooms[c.Room] = room
		}
		if l.peer != nil {
			l.leave()
		}
		l.media.Enter(sh.now, room, c.Member)
		sh.tidy()
	})
}

// Adjust changes how a session takes part in its room, or with its peer.
type Adjust struct {
	Session msg.Session
	Member  msg.Member
}

func (c *Adjust) kind() kind      { return kindAdjust }
func (c *Adjust) to() msg.Session { return c.Session }
func (c *Adjust) fields(x *wire.Coder) {
	wire.Num(x, &c.Session)
	wire.Member(x, &c.Member)
}
func (c *Adjust) apply(sh *Shard) {
	sh.with(c.Session, func(l *leg) { l.media.Adjust(sh.now, c.Member) })
}

// tidy forgets rooms that nobody is in any more.
func (sh *Shard) tidy() {
	for id, room := range sh.rooms {
		if room.Len() == 0 {
			delete(sh.rooms, id)
		}
	}
}

// Echo lets a session's far side hear itself, or no longer.
type Echo struct {
	Session msg.Session
	On      bool
}

func (c *Echo) kind() kind           { return kindEcho }
func (c *Echo) to() msg.Session      { return c.Session }
func (c *Echo) fields(x *wire.Coder) { wire.Num(x, &c.Session); x.Bool(&c.On) }
func (c *Echo) apply(sh *Shard) {
	sh.with(c.Session, func(l *leg) {
		if l.peer != nil {
			l.leave()
		}
		l.media.Echo(sh.now, c.On)
		sh.tidy()
	})
}

// MaskKeys silences keys in a session's sound for its taps, or no longer.
type MaskKeys struct {
	Session msg.Session
	On      bool
}

func (c *MaskKeys) kind() kind           { return kindMaskKeys }
func (c *MaskKeys) to() msg.Session      { return c.Session }
func (c *MaskKeys) fields(x *wire.Coder) { wire.Num(x, &c.Session); x.Bool(&c.On) }
func (c *MaskKeys) apply(sh *Shard) {
	sh.with(c.Session, func(l *leg) { l.media.MaskKeys(c.On) })
}

// Fix treats a session's sound as a modem's, or no longer.
type Fix struct {
	Session msg.Session
	On      bool
}

func (c *Fix) kind() kind           { return kindFix }
func (c *Fix) to() msg.Session      { return c.Session }
func (c *Fix) fields(x *wire.Coder) { wire.Num(x, &c.Session); x.Bool(&c.On) }
func (c *Fix) apply(sh *Shard)      { sh.with(c.Session, func(l *leg) { l.media.Fix(c.On) }) }

// Progress asks for a Playing event.
type Progress struct {
	Session msg.Session
	Ref     msg.Ref
}

func (c *Progress) kind() kind           { return kindProgress }
func (c *Progress) to() msg.Session      { return c.Session }
func (c *Progress) fields(x *wire.Coder) { wire.Num(x, &c.Session); wire.Num(x, &c.Ref) }
func (c *Progress) apply(sh *Shard) {
	sh.with(c.Session, func(l *leg) { l.media.Progress(c.Ref) })
}
