package jitter

import (
	"time"

	"trunkline/internal/clock"
)

// Pop returns what to play next. want, in timestamp units, is how much the
// owner still needs to play now; it bounds a Gap or Lost frame, while a Packet
// is always whole.
func (b *Buffer) Pop(now clock.Time, want uint32) Frame {
	if b.filling && !b.ready(now) {
		return Frame{}
	}
	if b.flooded && b.stored > 0 {
		b.flooded = false
		b.catchUp(b.target() + b.first().dur)
	}
	b.weigh(now)
	b.relieve(now)
	for b.stored > 0 {
		s := b.first()
		d := int32(s.ts - b.next)
		if b.anchor || s.jump || d > int32(b.rate) || d < -int32(b.rate) {
			b.settle()
			b.anchor, b.next, d = false, s.ts, 0
		}
		if d > 0 {
			if f, any := b.hole(s, uint32(d), want); any {
				return f
			}
			continue
		}
		if uint32(-d) < s.dur {
			return b.take(s, uint32(-d))
		}
		b.late++
		b.in.spoil(s.seq)
		b.drop(s)
	}
	return b.dry(want)
}

// ready ends the filling once what comes next may be late by the target: so
// much is held behind the first packet, or it came so long ago, less what it
// was late itself.
func (b *Buffer) ready(now clock.Time) bool {
	if b.stored == 0 {
		return false
	}
	s := b.first()
	target := int64(b.target())
	waited := int64(b.units(min(max(now.Sub(s.arrival), 0), time.Second)))
	waited += max(0, int64(b.store.lags.lateness(b.in.units(s.arrival)-s.ts)))
	if int64(b.held-s.dur) < target && waited < target {
		return false
	}
	b.filling = false
	b.settle()
	b.over = now
	return true
}

// weigh finds the delay: how long ago what comes next could have come at the
// earliest. An owner who pops packets shorter or longer than its turns needs some
// ahead of their time: what counts is the least delay of a turn, and as turns may
// alternate, of the last two.
func (b *Buffer) weigh(now clock.Time) {
	if b.anchor {
		return
	}
	l := &b.store.lags
	delay := l.lateness(b.in.units(now) - b.next)
	if now != b.turn {
		b.turn, b.delays[1], b.delays[0] = now, b.delays[0], delay
	}
	b.delays[0] = min(b.delays[0], delay)
	b.excess = min(b.delays[0], b.delays[1]) - int32(b.target())
	if l.astray > 0 { // in doubt
		b.excess = 0
	}
}

// shift says that the delay is changed by n, before the next turn shows it.
func (b *Buffer) shift(n int32) {
	b.excess += n
	b.delays[0] += n
	b.delays[1] += n
}

// relieve gives up packets when too much is held for long.
func (b *Buffer) relieve(now clock.Time) {
	limit := int32(b.units(maxMargin / 2))
	if b.depth == 0 && b.stored > 0 {
		limit = int32(b.first().dur)
	}
	if b.stored == 0 || b.excess < limit {
		b.over = now
		return
	}
	if now.Sub(b.over) < tolerance {
		return
	}
	b.over = now.Add(-tolerance / 2)
	b.catchUp(b.held - min(uint32(b.excess)/2+1, b.held))
}

// hole plays the d units before s, none of which are here, if any are to be
// played.
func (b *Buffer) hole(s *slot, d, want uint32) (f Frame, any bool) {
	f, free := Frame{Kind: Gap}, d
	if b.depth > 0 {
		free = b.stood
	}
	if b.in.absent(b.head, s.seq-b.head)*s.dur > b.hidden {
		f.Kind = Lost
		if d < b.units(patience) { // more of what is made up would be silence
			free = b.stood
		}
	}
	if cut := min(d, free, b.surplus(s.dur)); cut > 0 {
		b.move(cut)
		b.stood -= min(b.stood, cut)
		b.shift(-int32(cut))
		return f, false
	}
	f.Samples = min(d, want)
	if b.Deficit() > b.units(guard) || f.Kind == Lost && b.shallow(s.dur) {
		f.Samples = want
		b.shift(int32(want))
		return f, true
	}
	b.move(f.Samples)
	if f.Kind == Lost && f.Samples == d {
		f.Next, f.NextType = b.store.payload(s), s.kind
	}
	return f, true
}

// surplus returns the excess in whole packets of dur, so that packets which fit
// the owner's turns go on doing so.
func (b *Buffer) surplus(dur uint32) uint32 {
	if b.excess <= 0 || dur == 0 {
		return 0
	}
	return uint32(b.excess) / dur * dur
}

// move lets n units pass that are not here.
func (b *Buffer) move(n uint32) {
	b.next += n
	b.hidden += n
}

// dry is what to play when nothing is here.
func (b *Buffer) dry(want uint32) Frame {
	silent := b.hush && b.in.absent(b.head, uint16(b.in.highest)+1-b.head) == 0
	if silent || b.stood >= b.units(patience) {
		b.filling = true
		b.settle()
		return Frame{}
	}
	b.stood += want
	b.shift(int32(want))
	return Frame{Kind: Lost, Samples: want}
}

func (b *Buffer) take(s *slot, skip uint32) Frame {
	f := Frame{Kind: Packet, Type: s.kind, Payload: b.store.payload(s), Skip: skip, Samples: s.dur - skip}
	b.next = s.ts + s.dur
	b.stood, b.hidden = 0, 0
	b.drop(s)
	return f
}

// drop takes s, the first packet, out.
func (b *Buffer) drop(s *slot) {
	b.store.clear(s)
	b.stored--
	b.held -= s.dur
	b.head = s.seq + 1
	b.fresh = false
}

// shun drops s unplayed.
func (b *Buffer) shun(s *slot) {
	b.shed++
	b.in.spoil(s.seq)
	b.drop(s)
	b.settle()
}

// skip gives up the packet at head, whether it is here or not.
func (b *Buffer) skip() {
	if s := b.store.at(b.head); s.full {
		b.shun(s)
		return
	}
	b.head++
	if b.stored == 0 {
		b.filling = true
		b.settle()
	}
}

// catchUp gives up the oldest packets until no more than keep is held.
func (b *Buffer) catchUp(keep uint32) {
	for b.held > keep && b.stored > 1 {
		b.shun(b.first())
	}
}

// Surplus returns how many timestamp units more than needed the sound popped
// last is delayed. Leaving out that much, best in silence and at most a packet
// at a time, loses nothing; less than a packet is not worth the trouble.
func (b *Buffer) Surplus() uint32 {
	if b.depth > 0 {
		return 0
	}
	return uint32(max(b.excess, 0))
}

// Shed says that n units of what was popped are not going to be played.
func (b *Buffer) Shed(n uint32) { b.shift(-int32(min(n, 1<<20))) }

// Deficit returns how many timestamp units less than needed the sound popped
// last is delayed. Playing something else for a whole turn before the next Pop,
// best silence in silence, saves packets that would come too late. Less than a
// turn has its effect when it adds up to one: what is popped ahead of its time
// must be here ahead of its time.
func (b *Buffer) Deficit() uint32 {
	if b.depth > 0 || b.anchor || b.filling || b.excess >= 0 {
		return 0
	}
	return uint32(-b.excess)
}

// Insert says that n units are played that were not popped.
func (b *Buffer) Insert(n uint32) { b.shift(int32(min(n, 1<<20))) }
