package prompt

import (
	"fmt"
	"slices"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
)

// FrameTime is how much sound each of Frames holds.
const FrameTime = 20 * time.Millisecond

// Frames is a Clip as ready-to-send payloads of one codec, FrameTime each. The
// last one is filled up with silence. Read only, shared by all who send them.
type Frames struct {
	payload []byte
	ends    []uint32 // where each frame ends in payload
}

// Len returns how many frames there are.
func (f *Frames) Len() int { return len(f.ends) }

// Frame returns the payload of frame i, counted from 0, read only. It may be
// empty: then there is nothing to be sent (DTX).
func (f *Frames) Frame(i int) []byte {
	from := uint32(0)
	if i > 0 {
		from = f.ends[i-1]
	}
	return f.payload[from:f.ends[i]:f.ends[i]]
}

// Frames returns the sound as payloads of codec; nil until Prepare was called
// for it.
func (c *Clip) Frames(codec codecs.ID) *Frames {
	if c == nil || int(codec) >= len(c.frames) {
		return nil
	}
	return c.frames[codec].Load()
}

// Prepare encodes the sound with codec, so that from now on Frames returns it.
// Only the first call does the work; others wait for it. Control plane only.
//
// The frames were made by one encoder, from the first on: a receiver's decoder
// that joins later, or comes from other sound, needs a frame or two to settle
// (Opus, RFC 6716 §4.5, hides that).
func (c *Clip) Prepare(codec codecs.ID) error {
	if c == nil || c.Frames(codec) != nil {
		return nil
	}
	c.preparing.Lock()
	defer c.preparing.Unlock()
	if c.Frames(codec) != nil {
		return nil
	}
	row, ok := codecs.ByID(codec)
	if !ok {
		return fmt.Errorf("prepare clip: codec %d is not built in", codec)
	}
	if row.Frame != 0 && FrameTime%row.Frame != 0 {
		return fmt.Errorf("prepare clip: %s has no frames of %v", row.Name, FrameTime)
	}
	pcm, rate, err := c.best(row.Rates)
	if err != nil {
		return fmt.Errorf("prepare clip: %w", err)
	}
	c.frames[codec].Store(encode(row.New(rate, codecs.Format{}), pcm, rate))
	return nil
}

// best returns the sound at that of rates which wastes least of it.
func (c *Clip) best(rates []int) ([]int16, int, error) {
	for _, rate := range [...]int{WideRate, Rate} {
		if pcm := c.PCMAt(rate); pcm != nil && slices.Contains(rates, rate) {
			return pcm, rate, nil
		}
	}
	pcm, rate := c.pcm, Rate
	if c.wide != nil {
		pcm, rate = c.wide, WideRate
	}
	out, err := dsp.Resample(pcm, rate, rates[0])
	return out, rates[0], err
}

// mostPayload is the most bytes a frame may have: FrameTime of 16-bit sound at
// the highest rate there is (L16 at 48 kHz).
const mostPayload = 2 * 48000 / 50

func encode(coder codecs.Coder, pcm []int16, rate int) *Frames {
	n := rate * int(FrameTime/time.Millisecond) / 1000
	f := Frames{ends: []uint32{}}
	buf, last := make([]byte, mostPayload), make([]int16, n)
	for len(pcm) > 0 {
		frame := last
		if len(pcm) >= n {
			frame, pcm = pcm[:n], pcm[n:]
		} else {
			clear(last[copy(last, pcm):])
			pcm = nil
		}
		f.payload = append(f.payload, buf[:coder.Encode(buf, frame)]...)
		f.ends = append(f.ends, uint32(len(f.payload)))
	}
	f.payload, f.ends = slices.Clip(f.payload), slices.Clip(f.ends)
	return &f
}
