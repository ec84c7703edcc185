package player

import (
	"trunkline/media/feed"
	"trunkline/media/internal/session/ear"
	"trunkline/media/msg"
	"trunkline/media/prompt"
)

// fastest is the highest rate of a stream, Hz.
const fastest = 48000

// stream is sound that arrives while it plays, instead of clips.
type stream struct {
	feed   *feed.Feed
	dry    bool  // it ran dry
	before int16 // its last sample
	last   int16 // and the last that was sent
}

// Stream plays what is written to f until its end, as Play does; silence while
// there is nothing yet. Marks are reported as they are played. At a rate that is
// none of telephony's it is Dropped at once.
func (p *Player) Stream(how msg.Playback, f *feed.Feed) {
	how.FadeOut = 0 // nobody knows when
	p.begin(playing{how: how, sequence: sequence{rounds: 1}, stream: stream{feed: f, dry: true}})
	if r := f.Rate(); r%prompt.Rate != 0 || r < prompt.Rate || r > fastest {
		p.end(msg.Dropped)
	}
}

// pull fills dst with the next frame of the stream. Where that runs dry, or sets
// in again, it is faded.
func (p *Player) pull(dst, space []int16) {
	from := p.feed.Rate()
	part, space := space[:len(dst)*from/p.rate], space[len(dst)*from/p.rate:]
	got := 0
	if p.paused {
		p.feed.Pull(nil)
		clear(part)
	} else {
		got = p.feed.Pull(part)
	}
	p.smooth(part, got)
	p.up.Set(from, p.rate)
	copy(dst, p.up.Convert(space, part))
	p.heard += int64(got) * prompt.Rate / int64(from)
	p.loudness(dst, p.rate)
	p.last = last(dst)
	p.marks(p.feed)
	if p.feed.Done() {
		p.rounds = 0
	}
}

// smooth takes the edges off a frame of a stream that holds got samples of sound.
func (p *playing) smooth(pcm []int16, got int) {
	edge := p.feed.Rate() / ear.Edges
	switch {
	case got == 0 && !p.dry:
		ear.Ease(pcm, p.before, p.feed.Rate())
	case got > 0 && p.dry && p.heard > 0:
		ear.Fade(pcm[:min(edge, got)], 0, 1)
	}
	if got < len(pcm) {
		ear.Fade(pcm[max(got-edge, 0):got], 1, 0)
	}
	p.dry, p.before = got < len(pcm), last(pcm)
}

// last returns the last sample of pcm.
func last(pcm []int16) int16 {
	if len(pcm) == 0 {
		return 0
	}
	return pcm[len(pcm)-1]
}

// marks reports the marks of a streamed sound that were reached or dropped.
func (p *Player) marks(f *feed.Feed) {
	for m, ok := f.Reached(); ok; m, ok = f.Reached() {
		e := msg.Event{Kind: msg.Marked, Ref: msg.Ref(m.ID)}
		if m.Dropped {
			e.Outcome = msg.Dropped
		}
		p.report(e)
	}
}
