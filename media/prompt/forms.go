package prompt

import (
	"errors"
	"fmt"
	"iter"

	"trunkline/codecs"
)

// Form is one form of a Clip as plain memory that can be copied elsewhere:
// sound (PCM at Rate Hz), payload bytes (Bytes, one per sample at 8 kHz), or
// Frames (Bytes, with the end of each frame in Ends). What is not used is
// nil or zero.
type Form struct {
	Codec codecs.ID // None: PCM
	Rate  int       // of PCM, Hz
	PCM   []int16
	Bytes []byte
	Ends  []uint32
}

func (f Form) size() int { return 2*len(f.PCM) + len(f.Bytes) + 4*len(f.Ends) }

// Forms goes through all that the Clip keeps, the sound at Rate first. The
// memory is the Clip's own: read only.
func (c *Clip) Forms() iter.Seq[Form] {
	return func(yield func(Form) bool) {
		if !yield(Form{Rate: Rate, PCM: c.PCM()}) {
			return
		}
		if wide := c.PCMAt(WideRate); wide != nil && !yield(Form{Rate: WideRate, PCM: wide}) {
			return
		}
		for id := range codecs.End {
			if b := c.Encoded(id); b != nil && !yield(Form{Codec: id, Bytes: b}) {
				return
			}
			if f := c.Frames(id); f != nil && !yield(Form{Codec: id, Bytes: f.payload, Ends: f.ends}) {
				return
			}
		}
	}
}

// errForm says that a form contradicts the sound at Rate.
var errForm = errors.New("its length does not fit the sound")

// Over makes a Clip of forms that are there already: nothing is copied or
// encoded, and the memory must stay as it is while the Clip is used. The sound
// at Rate must come first, the others agree with it in length.
func Over(forms ...Form) (*Clip, error) {
	if len(forms) == 0 || forms[0].Codec != codecs.None || forms[0].Rate != Rate {
		return nil, fmt.Errorf("lay clip over memory: its first form is not sound at %d Hz", Rate)
	}
	c := &Clip{pcm: forms[0].PCM}
	for _, f := range forms[1:] {
		if err := c.take(f); err != nil {
			return nil, fmt.Errorf("lay clip over memory: form %v at %d Hz: %w", f.Codec, f.Rate, err)
		}
	}
	return c, nil
}

// take adds a form to a Clip that nobody else knows yet.
func (c *Clip) take(f Form) error {
	n := len(c.pcm)
	switch {
	case f.Codec >= codecs.End:
		return errors.New("there is no such codec")
	case f.Codec == codecs.None && f.Rate != WideRate:
		return errors.New("there is no such rate")
	case f.Codec == codecs.None:
		if len(f.PCM) != 2*n {
			return errForm
		}
		c.wide = f.PCM
	case f.Ends != nil:
		frame := samples(FrameTime)
		if len(f.Ends) != (n+frame-1)/frame || !ascending(f.Ends, len(f.Bytes)) {
			return errForm
		}
		c.frames[f.Codec].Store(&Frames{payload: f.Bytes, ends: f.Ends})
	default:
		if len(f.Bytes) != n {
			return errForm
		}
		c.encoded[f.Codec] = f.Bytes
	}
	return nil
}

// ascending reports whether ends never fall and reach the end of n bytes.
func ascending(ends []uint32, n int) bool {
	last := uint32(0)
	for _, e := range ends {
		if e < last {
			return false
		}
		last = e
	}
	return int64(last) == int64(n)
}
