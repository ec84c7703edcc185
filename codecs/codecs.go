// Package codecs describes the audio codecs Trunkline speaks: one row each in
// one table, one directory per codec for its arithmetic.
//
// A codec is data (a Codec) plus a Coder made from it. Coders are passive: no
// goroutine, no clock, no I/O; the caller owns all memory.
package codecs

import (
	"slices"
	"time"
)

// ID names a codec compactly enough to travel in media commands. It is the same
// in every build, whichever codecs are built in.
type ID uint8

// The codecs of the table. None is the zero value: no codec chosen.
const (
	None ID = iota
	PCMU
	PCMA
	G722
	Opus
	L16     // at 8 kHz
	L16Wide // at 16 kHz
	G729    // with build tag g729
	AMR     // with build tag amr
	AMRWB   // with build tag amr

	// End is one past the last ID: the size of a table indexed by ID.
	End
)

// Codec is one row of the table.
type Codec struct {
	ID          ID
	Name        string // encoding name in rtpmap, as its registration writes it
	PayloadType uint8  // below Dynamic: static (RFC 3551 §6); else what we offer it as
	ClockRate   int    // RTP timestamp rate, Hz: G.722's is 8000 for ever (RFC 3551 §4.5.2)
	Channels    int    // as rtpmap has it: Opus' is 2 whatever is inside (RFC 7587 §7)

	// Rates are the PCM rates, Hz, that a coder can consume and produce, the
	// most fitting first.
	Rates []int

	// Frame is what payloads hold a whole number of; 0 means any number of
	// samples. Every packet time from 10 to 60 ms that is a multiple of it can
	// be sent.
	Frame time.Duration

	// New makes a coder for one direction-pair of one leg that works at rate,
	// one of Rates, with what fmtp agreed; nil at any other rate.
	New func(rate int, f Format) Coder

	// Length returns how much sound a payload holds, in RTP timestamp units,
	// without decoding it; 0 when it holds none, or makes no sense.
	Length func(payload []byte) int

	// Wish is what we ask the far side to send unless somebody configured
	// otherwise: what our decoder can make use of.
	Wish Format

	// Parse reads the far side's fmtp parameters (what it wants to be sent),
	// leniently: what it does not know or cannot be is left out. Describe writes
	// ours; "" means no fmtp line. Both may be nil: the codec has none.
	Parse    func(fmtp string) Format
	Describe func(f Format) string
}

// Dynamic is the first dynamic payload type (RFC 3551 §3).
const Dynamic = 96

// Static reports whether the payload type stands for the codec without an rtpmap.
func (c *Codec) Static() bool { return c.PayloadType < Dynamic }

// Reply is what an answer describes to an offer that described theirs: our wish,
// in the layout and modes of the offer, which hold for both directions (RFC 4867
// §8.3.1).
func (c *Codec) Reply(theirs Format) Format {
	f := c.Wish
	f.Aligned, f.Modes = theirs.Aligned, theirs.Modes
	return f
}

// Carries reports whether packets of a packet time hold a whole number of frames.
func (c *Codec) Carries(ptime time.Duration) bool { return c.Frame == 0 || ptime%c.Frame == 0 }

// RateFor is the rate to ask a coder for where sound is wanted at rate: this one
// if there is one, else the codec's most fitting.
func (c *Codec) RateFor(rate int) int {
	if slices.Contains(c.Rates, rate) {
		return rate
	}
	return c.Rates[0]
}

// Format is what fmtp agreed on for one codec and one direction: a plain value,
// whose zero value is every codec's default.
type Format struct {
	Bitrate uint32 // bit/s at most; 0 means the codec's choice
	MaxRate uint32 // Hz: more is wasted on the far side; 0 means no bound
	FEC     bool   // put in-band error correction into what is sent (RFC 7587 §3.3)
	DTX     bool   // send less or nothing while there is silence
	CBR     bool   // constant bit rate
	Stereo  bool   // the far side prefers two channels
	Aligned bool   // octet-aligned mode (RFC 4867 §4.4)
	Modes   uint16 // bit per permitted AMR mode (RFC 4867 §8.1); 0 means all
}

// Coder turns 16-bit linear PCM into payload bytes and back. It serves one leg:
// Encode and Decode may keep state, each its own.
//
// All methods write into dst, which the caller sized, and allocate nothing.
type Coder interface {
	// Encode writes the payload for pcm, one packet's worth, to dst and returns
	// its length in bytes; 0 means that nothing need be sent (DTX).
	Encode(dst []byte, pcm []int16) int

	// Decode writes the samples of payload to dst and returns their number.
	Decode(dst []int16, payload []byte) int

	// Conceal writes sound to stand for the len(dst) samples that were lost
	// before next, the payload that follows them, or nil when that is not here;
	// next may carry a copy of what was lost (FEC) and is decoded afterwards all
	// the same. It returns how many samples it wrote, which may be fewer, in whole
	// frames: 0 means that the codec knows no better than the caller.
	Conceal(dst []int16, next []byte) int
}

// Restart says that somebody else's packets went to the far side since c last
// encoded: what follows should lean on nothing that was before. It matters to
// codecs that predict.
func Restart(c Coder) {
	if c, ok := c.(interface{ Restart() }); ok {
		c.Restart()
	}
}

// Release frees at once what c holds outside Go's heap, which is otherwise freed
// when the garbage is collected. Afterwards c neither codes nor decodes.
func Release(c Coder) {
	if c, ok := c.(interface{ Release() }); ok {
		c.Release()
	}
}
