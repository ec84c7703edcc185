// Package tap is a live copy of a leg's sound: a bounded ring that a media
// thread fills and one control-plane goroutine drains.
//
// The writer never waits: when the reader is slow, the newest sound is dropped
// and counted. That is the reader's loss, never the call's.
package tap

import "context"

// Mode says whose sound is copied.
type Mode uint8

// The modes of a Tap.
const (
	Inbound Mode = iota // what the far side said: mono
	Stereo              // interleaved: left what the far side said, right what it was sent
)

// Tap is one live copy at 8 kHz, 16 bit.
type Tap struct{}

// New makes a tap that holds up to ms milliseconds.
func New(mode Mode, ms int) *Tap { panic("unwritten") }

// Read fills dst with at least one sample (one pair when stereo), waiting for
// it, and returns how many were read. It returns io.EOF after the session has
// ended or Untap, once the ring is empty, and ctx's error when that ends first.
func (t *Tap) Read(ctx context.Context, dst []int16) (int, error) { panic("unwritten") }

// Lost returns how many samples were dropped because the reader was slow.
func (t *Tap) Lost() uint64 { panic("unwritten") }
