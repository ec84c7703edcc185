// Package wav reads and writes RIFF/WAVE files: 16-bit PCM out; 8-, 16-, 24-
// and 32-bit PCM, 32-bit float, µ-law and A-law in, at any rate.
//
// It belongs to whoever needs a file of sound: recordings, prompts, the phone,
// tests. It knows nothing of calls, has no goroutine and no clock, and is never
// called on a media thread, since disks wait.
package wav

import (
	"errors"
	"fmt"
	"time"
)

// The format tags of a fmt chunk (RFC 2361 and mmreg.h).
const (
	tagPCM        = 0x0001
	tagFloat      = 0x0003
	tagALaw       = 0x0006
	tagMuLaw      = 0x0007
	tagExtensible = 0xFFFE
)

// Format is what a file's samples mean.
type Format struct {
	Rate     int // sample instants per second, Hz
	Channels int // values per sample instant: 1 mono, 2 stereo (left first)
}

// check refuses what neither side of this package handles.
func (f Format) check() error {
	if f.Rate < 1 || f.Rate > 768000 {
		return fmt.Errorf("%w: sample rate %d Hz", ErrUnsupported, f.Rate)
	}
	if f.Channels < 1 || f.Channels > 32 {
		return fmt.Errorf("%w: %d channels", ErrUnsupported, f.Channels)
	}
	return nil
}

// Sound is a whole file in memory.
type Sound struct {
	Format
	PCM []int16 // interleaved when there is more than one channel; whole instants only
}

// Duration returns how long the sound plays.
func (s Sound) Duration() time.Duration {
	if s.Rate <= 0 || s.Channels <= 0 {
		return 0
	}
	return time.Duration(len(s.PCM)/s.Channels) * time.Second / time.Duration(s.Rate)
}

// Channel returns a copy of one channel, counted from 0.
func (s Sound) Channel(c int) []int16 {
	out := make([]int16, 0, len(s.PCM)/s.Channels)
	for i := c; i < len(s.PCM); i += s.Channels {
		out = append(out, s.PCM[i])
	}
	return out
}

// Mono returns the mean of all channels; of a mono sound, its own samples.
func (s Sound) Mono() []int16 {
	if s.Channels == 1 {
		return s.PCM
	}
	out := make([]int16, 0, len(s.PCM)/s.Channels)
	for i := 0; i+s.Channels <= len(s.PCM); i += s.Channels {
		sum := 0
		for _, v := range s.PCM[i : i+s.Channels] {
			sum += int(v)
		}
		out = append(out, int16(sum/s.Channels))
	}
	return out
}

// The ways a file can disappoint. Errors of this package wrap one of them or
// the error of the reader or the disk.
var (
	ErrNotWAV      = errors.New("not a WAV file")
	ErrUnsupported = errors.New("unsupported WAV format")
	ErrCut         = errors.New("WAV file is shorter than it says")
	ErrTooLong     = fmt.Errorf("WAV file longer than %d MiB", maxBytes>>20)
)

// maxBytes bounds what Read takes into memory: more than four hours of 8 kHz
// stereo, and no more than a careless upload should cost.
const maxBytes = 512 << 20
