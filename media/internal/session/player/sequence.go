package player

import (
	"math"

	"trunkline/codecs"
	"trunkline/media/prompt"
)

// sequence is clips, one after the other, and a place in them.
type sequence struct {
	clips  []*prompt.Clip
	rounds int // left, this one included; negative: for ever
	clip   int // the next sample: clips[clip], pos samples on
	pos    int
	again  bool // this round is not the first
}

// skip moves on by n samples.
func (q *sequence) skip(n int64) {
	for q.settle(); n > 0; q.settle() {
		k := min(n, int64(q.clips[q.clip].Samples()-q.pos))
		q.pos += int(k)
		n -= k
	}
}

// turn moves to the next clip, and after the last to the next round.
func (q *sequence) turn() {
	q.pos = 0
	if q.clip++; q.clip == len(q.clips) {
		q.clip, q.again = 0, true
		if q.rounds > 0 {
			q.rounds--
		}
	}
}

// settle moves past an end that was just reached, so that the last sample is
// known as such with it and not a frame after it.
func (q *sequence) settle() {
	for q.rounds != 0 && q.pos == q.clips[q.clip].Samples() {
		q.turn()
	}
}

// form returns the payload that carries just the n samples from at on; nil when the
// clip keeps none that may be sent now. Frames lean on the one before them: they
// are given in a row, from a clip's beginning on. The first of them fades in,
// which nobody minds where something begins; but a tone or music that is
// repeated would dip each time.
func (p *Player) form(at sequence, n int, id codecs.ID) []byte {
	c, pos := at.clips[at.clip], at.pos
	if e := c.Encoded(id); pos+n <= len(e) {
		return e[pos : pos+n]
	}
	if at.again {
		return nil
	}
	f := c.Frames(id)
	if f == nil || length(int64(n)) != prompt.FrameTime || pos%n != 0 || pos/n >= f.Len() {
		return nil
	}
	if pos > 0 && p.row != (row{f, pos}) {
		return nil
	}
	p.row = row{f, pos + n}
	return f.Frame(pos / n)
}

// row is where the next frame of a clip follows the ones that were sent.
type row struct {
	of *prompt.Frames
	at int // samples
}

// Break says that something else was sent than the payload that Fill returned
// last.
func (p *Player) Break() { p.row = row{} }

// read copies what plays next to dst, sampled at rate, and returns how much
// there was; the rest of dst is left as it is. space is for sound at another rate.
func (p *playing) read(dst, space []int16, rate int) (n int) {
	scale := rate / prompt.Rate
	for p.settle(); n < len(dst) && p.rounds != 0; p.settle() {
		c := p.clips[p.clip]
		k := min((len(dst)-n)/scale, c.Samples()-p.pos)
		p.sound(dst[n:n+k*scale], space, c, rate)
		n, p.pos, p.heard = n+k*scale, p.pos+k, p.heard+int64(k)
	}
	return n
}

// sound writes the next samples of c to dst, brought to rate from the best the
// clip has.
func (p *playing) sound(dst, space []int16, c *prompt.Clip, rate int) {
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
func (p *playing) loudness(pcm []int16, rate int) bool {
	in, out := samplesIn(p.how.FadeIn), samplesIn(p.how.FadeOut)
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
func (p *playing) gainAt(n, in, out int64) float32 {
	g := p.gain
	if n < in {
		g *= float32(n) / float32(in)
	}
	if left := p.total - n; out > 0 && p.how.Loop >= 0 && left < out {
		g *= float32(max(left, 0)) / float32(out)
	}
	return g
}
