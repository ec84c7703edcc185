package session

import (
	"math"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/media/feed"
	"trunkline/media/internal/session/ear"
	"trunkline/media/msg"
	"trunkline/media/prompt"
)

// player is what plays, and the ledger of what was sent of it. It counts in
// samples of a clip's basic rate, which every packet time is a whole number of.
type player struct {
	active, paused bool
	msg.Playback
	clips  []*prompt.Clip
	rounds int // left, this one included; negative: for ever
	clip   int // the next sample: clips[clip], pos samples on
	pos    int
	feed   *feed.Feed // instead of clips
	dry    bool       // the feed ran dry
	before int16      // its last sample
	end    int16      // and the last that was sent

	gain  float32 // as a factor
	heard int64   // samples sent
	total int64   // samples there are, in all rounds; in one, when for ever
	up    ear.Converter
}

// Play plays clips one after the other, replacing what played before. A loop
// below 2 means once, a negative one for ever: Total is then one round's.
// PlayDone follows, at once when there is nothing to play.
//
// What plays moves on only when it is really sent: while the direction, a
// missing address or digits forbid it, it waits.
func (s *Session) Play(how msg.Playback, clips []*prompt.Clip) {
	if !s.begin(player{Playback: how, clips: clips, rounds: min(how.Loop, 1<<20)}) {
		return
	}
	p := &s.player
	if how.Loop == 0 {
		p.rounds = 1
	}
	for _, c := range clips {
		p.total += int64(c.Samples())
	}
	empty := p.total == 0
	p.total *= int64(max(p.rounds, 1))
	if empty || !p.seek(how.From) {
		s.endPlay(msg.Finished)
	}
}

// Stream plays what is written to f until its end, as Play does; silence while
// there is nothing yet. Marks are reported as they are played. At a rate that is
// none of telephony's it is Dropped at once.
func (s *Session) Stream(how msg.Playback, f *feed.Feed) {
	how.FadeOut = 0 // nobody knows when
	if !s.begin(player{Playback: how, feed: f, rounds: 1, dry: true}) {
		f.Leave()
		return
	}
	if r := f.Rate(); r%prompt8k != 0 || r < prompt8k || r > maxRate {
		s.endPlay(msg.Dropped)
	}
}

// begin puts p in the place of what plays.
func (s *Session) begin(p player) bool {
	if s.closed {
		return false
	}
	s.endPlay(msg.Replaced)
	p.active, p.gain = true, 1
	if p.Gain != 0 {
		p.gain = float32(dsp.DB(p.Gain).Gain())
	}
	s.player = p
	return true
}

// seek moves on by d; false when that is beyond the end. What is skipped counts
// neither as heard nor as there.
func (p *player) seek(d time.Duration) bool {
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
	for p.settle(); skip > 0; p.settle() {
		k := min(skip, int64(p.clips[p.clip].Samples()-p.pos))
		p.pos += int(k)
		skip -= k
	}
	return true
}

// Pause holds the playback ref at its sample, sending silence; ref 0 means
// whatever plays.
func (s *Session) Pause(ref msg.Ref) {
	if s.player.is(ref) && !s.player.paused {
		if s.player.feed == nil { // a stream fades by itself
			s.keepTail()
		}
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
func (s *Session) Stop(ref msg.Ref) {
	if s.player.is(ref) {
		s.endPlay(msg.Stopped)
	}
}

// Progress reports how much of the playback ref was sent so far; ref 0 means
// whatever plays. Nothing comes when it does not play.
func (s *Session) Progress(ref msg.Ref) {
	if p := &s.player; p.is(ref) {
		s.report(msg.Event{Kind: msg.Playing, Ref: p.Ref, Heard: length(p.heard), Total: length(p.total)})
	}
}

func (p *player) is(ref msg.Ref) bool { return p.active && (ref == 0 || ref == p.Ref) }

// endPlay reports how the playback went, if there is one.
func (s *Session) endPlay(how msg.Outcome) {
	if !s.player.active {
		return
	}
	if how == msg.Stopped || how == msg.Replaced {
		s.keepTail()
	}
	p := s.player
	s.player = player{up: p.up}
	if p.feed != nil {
		p.feed.Leave()
		s.marks(p.feed)
		p.total = p.heard
	}
	s.report(msg.Event{Kind: msg.PlayDone, Ref: p.Ref, Outcome: how, Heard: length(p.heard), Total: length(p.total)})
}

// marks reports the marks of a streamed sound that were reached or dropped.
func (s *Session) marks(f *feed.Feed) {
	for m, ok := f.Reached(); ok; m, ok = f.Reached() {
		e := msg.Event{Kind: msg.Marked, Ref: msg.Ref(m.ID)}
		if m.Dropped {
			e.Outcome = msg.Dropped
		}
		s.report(e)
	}
}

// length returns how long n samples of a clip last.
func length(n int64) time.Duration { return time.Duration(n) * (time.Second / prompt.Rate) }

func samplesIn(d time.Duration) int64 { return int64(d) * prompt.Rate / int64(time.Second) }

// keepTail keeps the next few milliseconds of what plays, fading out, so that
// its end is no click. They do not count as heard.
func (s *Session) keepTail() {
	was, n := s.player, s.rate/ear.Edges
	if was.paused || was.heard == 0 || s.Scratch == nil {
		return
	}
	if was.feed != nil { // what comes next is not known
		clear(s.mixed[:n])
		ear.Ease(s.mixed[:n], was.end, s.rate)
		s.tail = append(s.tail[:0], s.mixed[:n]...)
		return
	}
	n = s.player.read(s.mixed[:n], s.decoded[:], s.rate)
	s.player.loudness(s.mixed[:n], s.rate)
	s.player = was
	ear.Fade(s.mixed[:n], 1, 0)
	s.tail = append(s.tail[:0], s.mixed[:n]...)
}

// sayTail adds the end of what was stopped to said.
func (s *Session) sayTail(said []int16) {
	if len(s.tail) > 0 {
		dsp.Add(said, s.tail)
		s.tail = s.tail[:0]
	}
}

// fill overwrites said with what plays next, or adds it when it plays over
// other sound, and leaves silence while paused. When one clip fills all of it
// unchanged, its encoded form comes back too. The caller sends all of it,
// always: it is counted as heard. n is how much was overwritten.
func (s *Session) fill(said []int16) (n int, encoded []byte) {
	p := &s.player
	to := said
	if p.Over {
		to = s.mixed[:len(said)]
	} else if p.paused || p.feed != nil {
		clear(said)
	}
	if !p.Over {
		n = len(said)
	}
	if p.feed != nil {
		s.pull(to)
		return n, nil
	}
	if p.paused {
		return n, nil
	}
	clip, pos := p.clip, p.pos
	got := p.read(to, s.decoded[:], s.rate)
	changed := p.loudness(to[:got], s.rate)
	switch {
	case p.Over:
		dsp.Add(said, to[:got])
		return 0, nil
	case !changed && got == len(said):
		encoded = p.ready(clip, pos, s.params.Send.Codec, s.ptime)
	}
	return got, encoded
}

// pull takes the next frame of a streamed sound. Where that runs dry, or sets in
// again, it is faded.
func (s *Session) pull(to []int16) {
	p := &s.player
	from := p.feed.Rate()
	part := s.decoded[:len(to)*from/s.rate]
	got := 0
	if p.paused {
		p.feed.Pull(nil)
		clear(part)
	} else {
		got = p.feed.Pull(part)
	}
	p.smooth(part, got)
	p.up.Set(from, s.rate)
	out := p.up.Convert(s.decoded[len(part):], part)[:len(to)]
	p.heard += int64(got) * prompt.Rate / int64(from)
	p.loudness(out, s.rate)
	p.end = last(out)
	if p.Over {
		dsp.Add(s.said[:len(to)], out)
	} else {
		copy(to, out)
	}
	s.marks(p.feed)
	if p.feed.Done() {
		p.rounds = 0
	}
}

// smooth takes the edges off a frame of a stream that holds got samples of sound.
func (p *player) smooth(pcm []int16, got int) {
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

// ready returns the payload that carries just the sound from sample pos of a
// clip on; nil when the clip keeps none.
func (p *player) ready(clip, pos int, id codecs.ID, ptime time.Duration) []byte {
	c, n := p.clips[clip], int(samplesIn(ptime))
	if e := c.Encoded(id); pos+n <= len(e) {
		return e[pos : pos+n]
	}
	if f := c.Frames(id); f != nil && ptime == prompt.FrameTime && pos%n == 0 && pos/n < f.Len() {
		return f.Frame(pos / n)
	}
	return nil
}

// read copies what plays next to dst, sampled at rate, and returns how much
// there was; the rest of dst is left as it is. space is for sound at another rate.
func (p *player) read(dst, space []int16, rate int) (n int) {
	scale := rate / prompt.Rate
	for n < len(dst) && p.rounds != 0 {
		c := p.clips[p.clip]
		if p.pos == c.Samples() {
			p.turn()
			continue
		}
		k := min((len(dst)-n)/scale, c.Samples()-p.pos)
		p.sound(dst[n:n+k*scale], space, c, rate)
		n, p.pos, p.heard = n+k*scale, p.pos+k, p.heard+int64(k)
	}
	p.settle()
	return n
}

// sound writes the next samples of c to dst, brought to rate from the best the
// clip has.
func (p *player) sound(dst, space []int16, c *prompt.Clip, rate int) {
	from := prompt.Rate
	if rate > prompt.Rate && c.PCMAt(prompt.WideRate) != nil {
		from = prompt.WideRate
	}
	src := c.PCMAt(from)[p.pos*from/prompt.Rate:]
	src = src[:len(dst)*from/rate]
	if from == rate {
		copy(dst, src)
		return
	}
	p.up.Set(from, rate)
	got := p.up.Convert(space, src)
	pad := max(len(dst)-len(got), 0)
	clear(dst[:pad])
	copy(dst[pad:], got)
}

// loudness applies gain and fades to sound that ends where the ledger is; false
// when there is nothing to change.
func (p *player) loudness(pcm []int16, rate int) bool {
	in, out := samplesIn(p.FadeIn), samplesIn(p.FadeOut)
	begin := p.heard - int64(len(pcm)*prompt.Rate/rate)
	from, to := p.gainAt(begin, in, out), p.gainAt(p.heard, in, out)
	if from == 1 && to == 1 {
		return false
	}
	step := (to - from) / float32(max(len(pcm), 1))
	for i, x := range pcm {
		from += step
		pcm[i] = int16(min(max(float32(x)*from, math.MinInt16), math.MaxInt16))
	}
	return true
}

// gainAt returns the gain after n samples, between fades of in and out samples.
func (p *player) gainAt(n, in, out int64) float32 {
	g := p.gain
	if n < in {
		g *= float32(n) / float32(in)
	}
	if left := p.total - n; out > 0 && p.Loop >= 0 && left < out {
		g *= float32(max(left, 0)) / float32(out)
	}
	return g
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
