package dsp

import "math"

// The measures of ITU-T G.711 Appendix I, in samples at 8 kHz.
const (
	plcShortest = 40  // pitch period: 200 Hz
	plcLongest  = 120 // 66 Hz
	plcWindow   = 160 // compared to find the period
	plcStep     = 80  // 10 ms: when another period is used, and the sound decays
	plcHistory  = 3*plcLongest + plcLongest/4
	plcUnvoiced = 0.4 // less alike than this is no voice: repeating one period would buzz
)

// PLC conceals lost packets of any codec that has no way of its own, in the
// manner of ITU-T G.711 Appendix I: it repeats the last pitch period, after
// 10 ms the last two, then three, so that it does not buzz, fades from 10 ms
// on by a fifth every 10 ms, and blends into the first good sound. Unlike the
// Appendix it adds no delay: it smooths the seam after the loss rather than
// before.
//
// While nothing is lost it costs a copy. It remembers 49 ms, and during and
// after a loss as much again: 1.5 KiB at 8 kHz, 3 at 16, 9 at 48, allocated when
// first needed. Where a loss begins it searches the pitch.
type PLC struct {
	scale   int     // samples per sample at 8 kHz
	history []int16 // the last sound, as it was played: a ring
	oldest  int     // of it
	pitch   []int16 // what history was when the loss began, in order

	losing bool
	age    int // samples since the loss began
	period int
	turn   cycle   // what is repeated
	old    cycle   // what it takes over from, for blend samples
	blend  int     // of a quarter of a period
	bias   float32 // the step at the first seam, which is smoothed away over settle samples
	settle int
	peak   float32 // of pitch: no seam is louder
	merge  int     // samples of good sound still to be blended into
	whole  int     // of merge, when the loss ended
}

// cycle is a way through the last length samples of pitch, over and over.
type cycle struct{ length, at int }

// NewPLC makes a PLC for sound sampled at rate Hz, a multiple of 8000 up to 48000.
func NewPLC(rate int) *PLC {
	p := MakePLC(rate)
	return &p
}

// MakePLC is NewPLC by value, for use as a field. Copies do not share a stream.
func MakePLC(rate int) PLC { return PLC{scale: max(1, min(rate/8000, 6))} }

// Reset forgets what was heard: another stream begins.
func (p *PLC) Reset() {
	clear(p.history)
	p.losing, p.merge = false, 0
}

// Warm reads where Heard is going to write a frame, so that the memory is on its
// way. What it returns means nothing.
func (p *PLC) Warm() (n int) {
	const line = 32 // samples
	for at := p.oldest; at < min(p.oldest+2*plcStep*p.scale, len(p.history)); at += line {
		n += int(p.history[at])
	}
	return n + p.merge
}

// Heard takes in the next good samples, in order, comfort noise among them. After
// a loss it changes the first of them, in place.
func (p *PLC) Heard(pcm []int16) {
	if p.losing {
		p.losing = false
		// A quarter of a period, and 4 ms more per 10 ms that were lost, up to 10.
		p.whole = min(p.period/4+p.age*2/5, plcStep*p.scale)
		p.merge = p.whole
	}
	n := min(p.merge, len(pcm))
	for i, x := range pcm[:n] {
		w := float32(p.merge) / float32(p.whole+1)
		pcm[i] = rounded(float32(x) + w*(p.next()-float32(x)))
		p.merge--
	}
	p.remember(pcm)
}

// Conceal fills dst, of any length, with what may have been lost.
func (p *PLC) Conceal(dst []int16) {
	if !p.losing {
		p.begin()
	}
	for i := range dst {
		if p.age >= 6*plcStep*p.scale {
			clear(dst[i:])
			break
		}
		dst[i] = rounded(p.next())
	}
	p.remember(dst)
}

// begin finds out what to repeat.
func (p *PLC) begin() {
	if p.history == nil {
		p.history = make([]int16, plcHistory*p.scale)
	}
	if p.pitch == nil {
		p.pitch = make([]int16, plcHistory*p.scale)
	}
	n := copy(p.pitch, p.history[p.oldest:])
	copy(p.pitch[n:], p.history[:p.oldest])
	p.losing, p.age, p.merge, p.blend = true, 0, 0, 0
	var voiced bool
	p.period, voiced = p.search()
	p.turn = cycle{length: p.period}
	if !voiced {
		p.period = plcLongest * p.scale
		p.turn.length = 3 * p.period
	}
	end := len(p.pitch)
	p.bias = float32(p.pitch[end-1]) - float32(p.pitch[end-1-p.turn.length])
	p.settle = p.period / 4
	p.peak = 0
	for _, x := range p.pitch {
		p.peak = max(p.peak, float32(x), -float32(x))
	}
}

// next returns the next sample of the concealment, faded.
func (p *PLC) next() float32 {
	step := plcStep * p.scale
	if p.age == step || p.age == 2*step {
		p.grow()
	}
	quarter := float32(p.period/4 + 1)
	x := p.step(&p.turn)
	if p.blend > 0 {
		x += float32(p.blend) / quarter * (p.step(&p.old) - x)
		p.blend--
	}
	if p.settle > 0 {
		x += float32(p.settle) / quarter * p.bias
		x = max(-p.peak, min(p.peak, x))
		p.settle--
	}
	fade := 1 - 0.2*float32(max(p.age-step, 0))/float32(step)
	p.age++
	return x * max(fade, 0)
}

// grow takes one period more into the cycle and goes on at the same point of a
// period.
func (p *PLC) grow() {
	if p.turn.length >= 3*p.period {
		return
	}
	p.old, p.blend = p.turn, p.period/4
	p.turn = cycle{length: p.old.length + p.period, at: p.old.at % p.period}
}

// step returns the sample where c is and moves on. Towards its end the cycle
// becomes what came before its begin, so that the seam is smooth.
func (p *PLC) step(c *cycle) float32 {
	from := len(p.pitch) - c.length
	x := float32(p.pitch[from+c.at])
	quarter := p.period / 4
	if left := c.length - c.at; left <= quarter {
		w := 1 - float32(left)/float32(quarter+1)
		x += w * (float32(p.pitch[from-left]) - x)
	}
	if c.at++; c.at == c.length {
		c.at = 0
	}
	return x
}

// search returns the pitch period and whether there is any: the shift by which
// the last 20 ms are most like what came before.
func (p *PLC) search() (period int, voiced bool) {
	var best float64
	period = plcShortest * p.scale
	try := func(lag, stride int) {
		if a := p.alike(lag, stride); a > best && lag >= plcShortest*p.scale && lag <= plcLongest*p.scale {
			best, period = a, lag
		}
	}
	step := 2 * p.scale
	for lag := plcShortest * p.scale; lag <= plcLongest*p.scale; lag += step {
		try(lag, step)
	}
	best = p.alike(period, p.scale)
	for step > 1 {
		step /= 2
		at := period
		try(at-step, p.scale)
		try(at+step, p.scale)
	}
	return period, best > plcUnvoiced
}

// alike returns how well the last sound follows from what was lag samples
// earlier, looking at one sample in stride.
func (p *PLC) alike(lag, stride int) float64 {
	now := p.pitch[len(p.pitch)-plcWindow*p.scale:]
	then := p.pitch[len(p.pitch)-plcWindow*p.scale-lag:]
	return max(0, likeness(now, then, stride))
}

// likeness returns the correlation of a with the begin of b, of one sample in
// stride: 1 if they are the same but for loudness, −1 if one is the other upside
// down, 0 if one is silent.
func likeness(a, b []int16, stride int) float64 {
	var ab, aa, bb int64
	b = b[:len(a)]
	for i := 0; i < len(a); i += stride {
		x, y := int64(a[i]), int64(b[i])
		ab += x * y
		aa += x * x
		bb += y * y
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return float64(ab) / math.Sqrt(float64(aa)*float64(bb))
}

// remember moves history on.
func (p *PLC) remember(pcm []int16) {
	if p.history == nil {
		p.history = make([]int16, plcHistory*p.scale)
	}
	pcm = pcm[max(0, len(pcm)-len(p.history)):]
	n := copy(p.history[p.oldest:], pcm)
	if n < len(pcm) {
		p.oldest = copy(p.history, pcm[n:])
		return
	}
	if p.oldest += n; p.oldest == len(p.history) {
		p.oldest = 0
	}
}
