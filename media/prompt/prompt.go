// Package prompt holds sound that is ready to play: decoded once, encoded once
// per codec, shared by every call that plays it.
//
// A Clip never changes what it sounds like. It is made in the control plane
// (reading a file, resampling and encoding allocate and take their time) and
// handed to media threads by pointer; they use the accessors only, which do
// not allocate, lock or wait. Prepare adds further encoded forms while others
// play. Forms and Over carry a Clip to another memory.
//
// Files are read by Read, ReadFile and, for flows, through a Cache, which
// shares what it has read and opens nothing outside of its directory. None of
// this is ever called on a media thread.
package prompt

import (
	"math"
	"sync"
	"sync/atomic"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
)

// The sample rates a Clip can keep, Hz. Every Clip has the form at Rate; WideRate
// is there when what it was made of was as good as that.
const (
	Rate     = 8000
	WideRate = 16000
)

// Clip is one piece of sound. Any number of sessions on any number of shards
// may play it at the same time. All its methods may be called on a nil Clip,
// which is of length 0, and by any goroutine, unless they say otherwise.
//
// Its length is a whole number of samples at Rate; at WideRate it has exactly
// twice as many.
type Clip struct {
	pcm     []int16            // at Rate
	wide    []int16            // at WideRate; nil when not kept
	encoded [codecs.End][]byte // one byte per sample of pcm; nil when not kept
	frames  [codecs.End]atomic.Pointer[Frames]

	preparing sync.Mutex // lets one goroutine at a time make frames
}

// New makes a Clip of mono 16-bit sound at Rate. pcm is copied.
func New(pcm []int16) *Clip { return own(append([]int16(nil), pcm...), nil) }

// NewWide makes a Clip of mono 16-bit sound at WideRate, which keeps both
// rates. pcm is copied.
func NewWide(pcm []int16) *Clip { return own(narrow(append([]int16(nil), pcm...))) }

// narrow returns the forms of wide at both rates, with lengths that fit; wide
// becomes part of them.
func narrow(wide []int16) (pcm, same []int16) {
	if len(wide)%2 != 0 {
		wide = append(wide, 0)
	}
	pcm, err := dsp.Resample(wide, WideRate, Rate)
	if err != nil {
		panic(err) // two constant rates
	}
	return fit(pcm, len(wide)/2), wide
}

// fit cuts pcm to n samples, or fills it up with silence.
func fit(pcm []int16, n int) []int16 {
	if len(pcm) >= n {
		return pcm[:n:n]
	}
	return append(pcm, make([]int16, n-len(pcm))...)
}

// own makes a Clip that keeps pcm and wide themselves.
func own(pcm, wide []int16) *Clip {
	c := &Clip{pcm: pcm, wide: wide}
	for _, id := range [...]codecs.ID{codecs.PCMU, codecs.PCMA} {
		codec, _ := codecs.ByID(id)
		b := make([]byte, len(pcm)) // G.711: one byte per sample
		c.encoded[id] = b[:codec.New(Rate, codecs.Format{}).Encode(b, pcm)]
	}
	return c
}

// Join makes one Clip of several, played without a gap. nil clips are nothing.
// It keeps WideRate when all of them do.
func Join(clips ...*Clip) *Clip {
	var pcm, wide []int16
	keep := true
	for _, c := range clips {
		pcm = append(pcm, c.PCM()...)
		wide = append(wide, c.PCMAt(WideRate)...)
		keep = keep && (c.Samples() == 0 || c.wide != nil)
	}
	if !keep || len(wide) == 0 {
		wide = nil
	}
	return own(pcm, wide)
}

// Silence makes a Clip of nothing to hear.
func Silence(d time.Duration) *Clip {
	n := samples(d)
	return own(make([]int16, n), make([]int16, 2*n))
}

// Tone makes a Clip of a sine of freq Hz at level dBov (0 is the loudest
// square wave, −3 the loudest sine; telephony says −10 for a loud tone). The
// ends are faded over 2 ms so that they do not click.
func Tone(freq float64, d time.Duration, level dsp.DB) *Clip {
	n := samples(d)
	return own(tone(freq, n, level, Rate), tone(freq, 2*n, level, WideRate))
}

func tone(freq float64, n int, level dsp.DB, rate int) []int16 {
	pcm := make([]int16, n)
	dsp.NewTone(freq, level, rate).Fill(pcm)
	fade := min(rate/500, n/2)
	for i := range fade {
		g := 0.5 - 0.5*math.Cos(math.Pi*float64(i)/float64(fade))
		pcm[i] = int16(float64(pcm[i]) * g)
		pcm[n-1-i] = int16(float64(pcm[n-1-i]) * g)
	}
	return pcm
}

func samples(d time.Duration) int { return int(max(d, 0) * Rate / time.Second) }

// Samples returns the length of the Clip in samples at Rate.
func (c *Clip) Samples() int { return len(c.PCM()) }

// Duration returns the length of the Clip.
func (c *Clip) Duration() time.Duration {
	return time.Duration(c.Samples()) * time.Second / Rate
}

// PCM returns the sound at Rate. It is shared by everyone who plays the Clip:
// read only.
func (c *Clip) PCM() []int16 { return c.PCMAt(Rate) }

// PCMAt returns the sound at rate Hz, read only; nil when the Clip keeps no
// such form. There are Samples()·rate/Rate samples.
func (c *Clip) PCMAt(rate int) []int16 {
	switch {
	case c == nil:
		return nil
	case rate == Rate:
		return c.pcm
	case rate == WideRate:
		return c.wide
	}
	return nil
}

// Encoded returns the sound as payload bytes of codec, one byte per sample at
// Rate, read only; nil when the Clip keeps no such form.
func (c *Clip) Encoded(codec codecs.ID) []byte {
	if c == nil || int(codec) >= len(c.encoded) {
		return nil
	}
	return c.encoded[codec]
}

// Bytes returns how much memory the sound takes in all its forms.
func (c *Clip) Bytes() int {
	n := 0
	for f := range c.Forms() {
		n += f.size()
	}
	return n
}
