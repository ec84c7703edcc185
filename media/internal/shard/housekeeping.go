package shard

import (
	"slices"

	"trunkline/media/internal/wire"
	"trunkline/media/msg"
)

// This file has the commands that concern the shard rather than a session.

// Forget says that a clip will not be played again. ClipDone follows once
// nobody plays it.
type Forget struct{ Clip uint64 }

func (c *Forget) kind() kind           { return kindForget }
func (c *Forget) fields(x *wire.Coder) { wire.Num(x, &c.Clip) }
func (c *Forget) apply(sh *Shard) {
	if sh.store != nil {
		sh.store.Forget(c.Clip)
	}
}

// Roll is what a new control plane says first: taps and feeds of the one before
// end, and a Present for each session and then Rolled follow. With it comes the
// memory that the new one's clips and taps lie in.
type Roll struct{}

func (c *Roll) kind() kind           { return kindRoll }
func (c *Roll) fields(x *wire.Coder) { x.Bag.Memory(x) }
func (c *Roll) apply(sh *Shard) {
	sh.roll, sh.rolling = sh.roll[:0], true
	for id, l := range sh.sessions {
		sh.roll = append(sh.roll, id)
		for _, p := range slices.Clone(l.plays) {
			if p.feed.Feed != nil { // its writer is dead
				sh.current = l
				l.media.Stop(p.ref)
			}
		}
		for i := range l.taps {
			if t := l.taps[i]; t.tap != nil {
				l.taps[i] = tapped{}
				l.media.Untap(t.tap)
				sh.outbox.end(t)
			}
		}
	}
}

// answer goes on with naming who is present, as far as the ring has room.
func (sh *Shard) answer() {
	for sh.rolling && !sh.outbox.holds() {
		if len(sh.roll) == 0 {
			sh.rolling = !sh.outbox.put(&Notice{Kind: Rolled})
			return
		}
		last := len(sh.roll) - 1
		if l := sh.sessions[sh.roll[last]]; l != nil && !sh.outbox.put(&Notice{Kind: Present, Survivor: sh.survivor(l)}) {
			return
		}
		sh.roll = sh.roll[:last]
	}
}

func (sh *Shard) survivor(l *leg) Survivor {
	s := Survivor{Session: l.id, Hop: l.hop, Local: l.ports.Addr(), Remote: l.remote, Label: l.label, Age: sh.now.Sub(l.since)}
	if l.peer != nil {
		s.With = l.peer.id
	}
	return s
}

// Quit ends every session and the thread.
type Quit struct{ Reason msg.Reason }

func (c *Quit) kind() kind           { return kindQuit }
func (c *Quit) fields(x *wire.Coder) { wire.Byte(x, &c.Reason) }
func (c *Quit) apply(sh *Shard)      { sh.closeAll(c.Reason) }
