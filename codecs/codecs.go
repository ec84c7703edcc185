// Package codecs describes the audio codecs Trunkline speaks: one row each in
// one table, one directory per codec for its arithmetic.
//
// A codec is data (a Codec) plus a Coder made from it. Coders are passive: no
// goroutine, no clock, no I/O; the caller owns all memory.
package codecs

// ID names a codec compactly enough to travel in media commands.
type ID uint8

// The codecs of the table. None is the zero value: no codec chosen.
const (
	None ID = iota
	PCMU
	PCMA

	// End is one past the last ID: the size of a table indexed by ID.
	End
)

// Codec is one row of the table.
type Codec struct {
	ID          ID
	Name        string // encoding name in rtpmap, upper case (RFC 3551 §6)
	PayloadType uint8  // static payload type (RFC 3551 §6)
	ClockRate   int    // RTP timestamp rate, Hz
	SampleRate  int    // PCM rate the coder consumes and produces, Hz
	Channels    int
	New         func() Coder // a coder for one direction-pair of one leg

	// Length returns how much sound a payload holds, in RTP timestamp units,
	// without decoding it; 0 when it holds none.
	Length func(payload []byte) int
}

// Coder turns 16-bit linear PCM into payload bytes and back.
//
// Both methods write into dst, which the caller sized, and allocate nothing.
type Coder interface {
	// Encode writes the payload for pcm to dst and returns its length in bytes.
	Encode(dst []byte, pcm []int16) int
	// Decode writes the samples of payload to dst and returns their number.
	Decode(dst []int16, payload []byte) int
}
