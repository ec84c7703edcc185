package session

import (
	"time"

	"trunkline/codecs"
	"trunkline/internal/clock"
	"trunkline/media/msg"
	"trunkline/media/prompt"
)

// player is what plays, and the ledger of what was sent of it.
type player struct {
	active, paused bool
	ref            msg.Ref
	clips          []*prompt.Clip
	rounds         int // left, this one included; negative: for ever
	clip, pos      int // the next sample: clips[clip].PCM()[pos]

	heard int64 // samples sent
	total int64 // samples there are, in all rounds; in one, when for ever
}

// Play plays clips one after the other, replacing what played before. loop
// below 2 means once, a negative one for ever: Total is then one round's.
// PlayDone follows, at once when there is nothing to play.
//
// What plays moves on only when it is really sent: while the direction, a
// missing address or digits forbid it, it waits.
func (s *Session) Play(now clock.Time, ref msg.Ref, loop int, clips []*prompt.Clip) {
	if s.closed {
		return
	}
	s.endPlay(msg.Replaced)
	p := player{active: true, ref: ref, clips: clips, rounds: min(loop, 1<<20)}
	if loop == 0 {
		p.rounds = 1
	}
	for _, c := range clips {
		p.total += int64(c.Samples())
	}
	empty := p.total == 0
	p.total *= int64(max(p.rounds, 1))
	s.player = p
	if empty {
		s.endPlay(msg.Finished)
	}
}

// Pause holds the playback ref at its sample, sending silence; ref 0 means
// whatever plays.
func (s *Session) Pause(ref msg.Ref) {
	if s.player.is(ref) {
		s.player.paused = true
	}
}

// Resume goes on from the very sample.
func (s *Session) Resume(ref msg.Ref) {
	if s.player.is(ref) {
		s.player.paused = false
	}
}

// Stop ends the playback ref; ref 0 ends whatever plays.
func (s *Session) Stop(now clock.Time, ref msg.Ref) {
	if s.player.is(ref) {
		s.endPlay(msg.Stopped)
	}
}

func (p *player) is(ref msg.Ref) bool { return p.active && (ref == 0 || ref == p.ref) }

// endPlay reports how the playback went, if there is one.
func (s *Session) endPlay(how msg.Outcome) {
	p := s.player
	if !p.active {
		return
	}
	s.player = player{}
	s.report(msg.Event{Kind: msg.PlayDone, Ref: p.ref, Outcome: how, Heard: length(p.heard), Total: length(p.total)})
}

// length returns how long n samples last.
func length(n int64) time.Duration { return time.Duration(n) * (time.Second / rate) }

// fill overwrites the start of dst with what plays next, and with silence
// while paused. When one clip fills all of dst, its encoded form comes back
// too. The caller sends all of it, always: it is counted as heard.
func (p *player) fill(dst []int16, id codecs.ID) (encoded []byte) {
	if p.paused {
		clear(dst)
		return nil
	}
	for n := 0; n < len(dst) && p.rounds != 0; {
		c := p.clips[p.clip]
		if p.pos == c.Samples() {
			p.turn()
			continue
		}
		k := copy(dst[n:], c.PCM()[p.pos:])
		if e := c.Encoded(id); k == len(dst) && len(e) == c.Samples() {
			encoded = e[p.pos : p.pos+k]
		}
		n, p.pos, p.heard = n+k, p.pos+k, p.heard+int64(k)
	}
	p.settle()
	return encoded
}

// turn moves to the next clip, and after the last to the next round.
func (p *player) turn() {
	p.pos = 0
	if p.clip++; p.clip == len(p.clips) {
		p.clip = 0
		if p.rounds > 0 {
			p.rounds--
		}
	}
}

// settle moves past an end that was just reached, so that done is true with
// the last sample and not a frame after it.
func (p *player) settle() {
	for p.rounds != 0 && p.pos == p.clips[p.clip].Samples() {
		p.turn()
	}
}

func (p *player) done() bool { return p.active && p.rounds == 0 }
