// Package player is what plays on one leg: clips one after the other, or a
// stream that arrives while it plays, and the ledger of what was sent of it.
//
// A Player is a passive part of one session: no thread, no clock, no lock. It is
// asked for the next frame when there is one to send, and only then; that frame
// counts as heard. It knows of packets no more than that a clip may keep sound
// encoded. A frame allocates nothing but a converter, when a playback first needs
// one, and room for a fading end.
package player

import (
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/media/internal/session/ear"
	"trunkline/media/msg"
	"trunkline/media/prompt"
)

// Player plays one thing at a time. Make makes one.
type Player struct {
	report func(msg.Event)
	space  []int16
	rate   int // of what is sent, Hz
	playing
	tail []int16 // the fading end of what was stopped
	row  row     // of frames that were sent
}

// playing is what plays. It counts in samples of a clip's basic rate, which every
// packet time is a whole number of.
type playing struct {
	active, paused bool
	how            msg.Playback
	sequence
	stream

	gain  float32 // as a factor
	heard int64   // samples sent
	total int64   // samples there are, in all rounds; in one, when for ever
	up    ear.Converter
}

// Make makes a Player whose frames are sampled at prompt.Rate. report is called,
// from within the methods of the Player, with the events PlayDone, Playing and
// Marked, which name no session.
func Make(report func(msg.Event)) Player { return Player{report: report, rate: prompt.Rate} }

// Use gives the player space to work in, which may be shared with others since
// nothing in it outlives a call: room for three of the longest frames.
func (p *Player) Use(space []int16) { p.space = space }

// SetRate changes the rate of the frames, Hz: a multiple of prompt.Rate.
func (p *Player) SetRate(rate int) {
	if rate != p.rate {
		p.rate, p.up, p.tail = rate, ear.Converter{}, nil
	}
}

// Play plays clips one after the other, replacing what played before. A loop
// below 2 means once, a negative one for ever: Total is then one round's.
// PlayDone follows, at once when there is nothing to play.
func (p *Player) Play(how msg.Playback, clips []*prompt.Clip) {
	rounds := min(how.Loop, 1<<20)
	if rounds == 0 {
		rounds = 1
	}
	p.begin(playing{how: how, sequence: sequence{clips: clips, rounds: rounds}})
	for _, c := range clips {
		p.total += int64(c.Samples())
	}
	empty := p.total == 0
	p.total *= int64(max(p.rounds, 1))
	if empty || !p.seek(how.From) {
		p.end(msg.Finished)
	}
}

// begin puts next in the place of what plays.
func (p *Player) begin(next playing) {
	p.halt(msg.Replaced)
	p.playing = next
	p.active, p.gain = true, 1
	if p.how.Gain != 0 {
		p.gain = float32(dsp.DB(p.how.Gain).Gain())
	}
}

// seek moves on by d; false when that is beyond the end. What is skipped counts
// neither as heard nor as there.
func (p *playing) seek(d time.Duration) bool {
	skip := samplesIn(max(d, 0))
	if p.rounds > 0 {
		if skip >= p.total {
			p.total = 0
			return false
		}
		p.total -= skip
	} else {
		skip %= p.total
	}
	p.skip(skip)
	return true
}

// Pause holds the playback ref at its sample, giving silence; ref 0 means
// whatever plays.
func (p *Player) Pause(ref msg.Ref) {
	if p.is(ref) && !p.paused {
		if p.feed == nil { // a stream fades by itself
			p.keepTail()
		}
		p.paused = true
	}
}

// Resume goes on from the very sample.
func (p *Player) Resume(ref msg.Ref) {
	if p.is(ref) {
		p.paused = false
	}
}

// Stop ends the playback ref; ref 0 ends whatever plays.
func (p *Player) Stop(ref msg.Ref) {
	if p.is(ref) {
		p.halt(msg.Stopped)
	}
}

// Finish ends a playback that is Done.
func (p *Player) Finish() {
	if p.Done() {
		p.end(msg.Finished)
	}
}

// Drop ends what plays, since the leg is gone.
func (p *Player) Drop() { p.end(msg.Dropped) }

// Progress reports how much of the playback ref was sent so far; ref 0 means
// whatever plays. Nothing comes when it does not play.
func (p *Player) Progress(ref msg.Ref) {
	if p.is(ref) {
		p.report(msg.Event{Kind: msg.Playing, Ref: p.how.Ref, Heard: length(p.heard), Total: length(p.total)})
	}
}

// Done reports whether the last sample was sent.
func (p *Player) Done() bool { return p.active && p.rounds == 0 }

// Warm reads what Fill is going to need, so that its memory is on its way. What it
// returns means nothing.
func (p *Player) Warm() int {
	n := p.rate + int(p.heard) + p.rounds + len(p.tail) + int(p.how.Ref)
	if p.active {
		n++
	}
	return n
}

// Busy reports whether there is anything to send: what plays, even when it is
// paused, or the end of what did.
func (p *Player) Busy() bool { return p.active || p.Fading() }

func (p *Player) is(ref msg.Ref) bool { return p.active && (ref == 0 || ref == p.how.Ref) }

// halt ends what plays amid its sound.
func (p *Player) halt(how msg.Outcome) {
	if p.active {
		p.keepTail()
	}
	p.end(how)
}

// end reports how the playback went, if there is one.
func (p *Player) end(how msg.Outcome) {
	if !p.active {
		return
	}
	was := p.playing
	p.playing = playing{}
	if was.feed != nil {
		was.feed.Leave()
		p.marks(was.feed)
		was.total = was.heard
	}
	p.report(msg.Event{Kind: msg.PlayDone, Ref: was.how.Ref, Outcome: how, Heard: length(was.heard), Total: length(was.total)})
}

// length returns how long n samples of a clip last.
func length(n int64) time.Duration { return time.Duration(n) * (time.Second / prompt.Rate) }

func samplesIn(d time.Duration) int64 { return int64(d) * prompt.Rate / int64(time.Second) }

// Fill overwrites said, a frame, with what plays next, or adds that when it is
// played over other sound, and leaves silence while paused. When one clip fills
// all of said unchanged, its form in the codec id comes back too. n is how much
// was overwritten. The caller sends all of it, always.
func (p *Player) Fill(said []int16, id codecs.ID) (n int, encoded []byte) {
	switch {
	case !p.active:
		return 0, nil
	case p.how.Over:
		over, space := p.space[:len(said)], p.space[len(said):]
		n, _ = p.next(over, space)
		dsp.Add(said, over[:n])
		return 0, nil
	}
	at := p.sequence
	n, plain := p.next(said, p.space)
	if plain && n == len(said) {
		encoded = p.form(at, n*prompt.Rate/p.rate, id)
	}
	return n, encoded
}

// next fills dst, as far as there is sound left, and reports whether that is just
// as the clips have it.
func (p *Player) next(dst, space []int16) (n int, plain bool) {
	switch {
	case p.feed != nil:
		p.pull(dst, space)
		return len(dst), false
	case p.paused:
		clear(dst)
		return len(dst), false
	}
	n = p.read(dst, space, p.rate)
	return n, !p.loudness(dst[:n], p.rate)
}

// keepTail keeps the next few milliseconds of what plays, fading out, so that
// its end is no click. They do not count as heard.
func (p *Player) keepTail() {
	n := p.rate / ear.Edges
	if p.paused || p.heard == 0 {
		return
	}
	end, space := p.space[:n], p.space[n:]
	if p.feed != nil { // what comes next is not known
		clear(end)
		ear.Ease(end, p.last, p.rate)
	} else {
		was := p.playing
		end = end[:p.read(end, space, p.rate)]
		p.loudness(end, p.rate)
		p.playing = was
		ear.Fade(end, 1, 0)
	}
	p.tail = append(p.tail[:0], end...)
}

// Fading reports whether something that was stopped is still to fade out.
func (p *Player) Fading() bool { return len(p.tail) > 0 }

// Fade adds to said the end of what was stopped, if there is any left.
func (p *Player) Fade(said []int16) {
	if len(p.tail) > 0 {
		dsp.Add(said, p.tail)
		p.tail = p.tail[:0]
	}
}
