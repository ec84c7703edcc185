package shard

import (
	"trunkline/media/internal/wire"
	"trunkline/media/msg"
)

// Stream plays a feed, known by Number, until its end. LetGo follows when it is
// played no more.
type Stream struct {
	Session  msg.Session
	Playback msg.Playback
	Number   uint64
	Feed     wire.Feed
}

func (c *Stream) kind() kind      { return kindStream }
func (c *Stream) to() msg.Session { return c.Session }
func (c *Stream) fields(x *wire.Coder) {
	wire.Num(x, &c.Session)
	wire.Playback(x, &c.Playback)
	wire.Num(x, &c.Number)
	x.Bag.Feed(x, &c.Feed)
}
func (c *Stream) apply(sh *Shard) {
	p := play{ref: c.Playback.Ref, feed: c.Feed, number: c.Number}
	l := sh.find(c.Session)
	if l == nil || !playable(c.Feed.Rate()) {
		c.Feed.Leave()
		sh.outbox.serveFeed(p)
		sh.outbox.tell(LetGo, c.Number)
		return
	}
	l.plays = append(l.plays, p) // before its PlayDone
	l.media.Stream(c.Playback, c.Feed.Feed)
}

// playable reports whether a session takes a feed of that rate: a multiple of
// 8000 Hz, up to 48000.
func playable(rate int) bool { return rate > 0 && rate%8000 == 0 && rate <= 48000 }
