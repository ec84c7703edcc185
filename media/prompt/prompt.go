// Package prompt holds sound that is ready to play: decoded once, encoded once
// per codec, immutable, shared by every call that plays it.
//
// Clips are made in the control plane (making one allocates and encodes) and
// handed to media threads by pointer. Reading or resampling files is not done
// here: whoever has sound at another rate brings it to Rate first.
package prompt

import (
	"math"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
)

// Rate is the sample rate of every Clip, Hz.
const Rate = 8000

// Clip is one immutable piece of sound. Any number of sessions on any number
// of shards may play it at the same time.
type Clip struct {
	pcm     []int16
	encoded [codecs.End][]byte // nil for codecs of another rate
}

// New makes a Clip of mono 16-bit sound at Rate. pcm is copied.
func New(pcm []int16) *Clip { return own(append([]int16(nil), pcm...)) }

// own makes a Clip that keeps pcm itself.
func own(pcm []int16) *Clip {
	c := &Clip{pcm: pcm}
	for _, codec := range codecs.All() {
		if codec.ID != codecs.PCMU && codec.ID != codecs.PCMA {
			continue
		}
		b := make([]byte, len(pcm)) // G.711: one byte per sample
		c.encoded[codec.ID] = b[:codec.New(Rate, codecs.Format{}).Encode(b, pcm)]
	}
	return c
}

// Join makes one Clip of several, played without a gap. nil clips are nothing.
func Join(clips ...*Clip) *Clip {
	var pcm []int16
	for _, c := range clips {
		pcm = append(pcm, c.PCM()...)
	}
	return own(pcm)
}

// Silence makes a Clip of nothing to hear.
func Silence(d time.Duration) *Clip { return own(make([]int16, samples(d))) }

// Tone makes a Clip of a sine of freq Hz at level dBov (0 is the loudest
// square wave, −3 the loudest sine; telephony says −10 for a loud tone). The
// ends are faded over 2 ms so that they do not click.
func Tone(freq float64, d time.Duration, level dsp.DB) *Clip {
	pcm := make([]int16, samples(d))
	dsp.NewTone(freq, level, Rate).Fill(pcm)
	fade := min(Rate/500, len(pcm)/2)
	for i := range fade {
		g := 0.5 - 0.5*math.Cos(math.Pi*float64(i)/float64(fade))
		pcm[i] = int16(float64(pcm[i]) * g)
		pcm[len(pcm)-1-i] = int16(float64(pcm[len(pcm)-1-i]) * g)
	}
	return own(pcm)
}

func samples(d time.Duration) int { return int(max(d, 0) * Rate / time.Second) }

// Samples returns the length of the Clip in samples; 0 for a nil Clip.
func (c *Clip) Samples() int { return len(c.PCM()) }

// Duration returns the length of the Clip.
func (c *Clip) Duration() time.Duration {
	return time.Duration(c.Samples()) * time.Second / Rate
}

// PCM returns the sound. It is shared by everyone who plays the Clip: read only.
func (c *Clip) PCM() []int16 {
	if c == nil {
		return nil
	}
	return c.pcm
}

// Encoded returns the sound as payload bytes of codec, one byte per sample,
// read only; nil when the Clip keeps no such form.
func (c *Clip) Encoded(codec codecs.ID) []byte {
	if c == nil || int(codec) >= len(c.encoded) {
		return nil
	}
	return c.encoded[codec]
}
