// Package tap is a live copy of a leg's sound: a bounded ring that a media
// thread fills and one control-plane goroutine drains.
//
// The writer never waits: when the reader is slow, the newest sound is dropped
// and counted. That is the reader's loss, never the call's.
//
// A Tap has two sides. Write, WritePair, End and Awaited belong to the media
// thread: they take no lock, touch no channel and allocate nothing. Read,
// ReadAtLeast and Wake belong to the control plane. Since the media thread
// cannot wake a goroutine, it only notes that somebody is awaited; its pump
// goroutine then calls Wake.
package tap

import (
	"context"
	"io"
	"sync/atomic"
)

// Rate is the sample rate most taps have, Hz: a telephone's.
const Rate = 8000

// Mode says whose sound is copied.
type Mode uint8

// The modes of a Tap.
const (
	Inbound  Mode = iota // what the far side said: mono
	Stereo               // interleaved: left what the far side said, right what it was sent
	Outbound             // what the far side was sent: mono
)

// Channels returns how many values make one sample instant: 1 or 2.
func (m Mode) Channels() int {
	if m == Stereo {
		return 2
	}
	return 1
}

// Tap is one live copy, 16 bit.
type Tap struct {
	mode    Mode
	rate    int
	values  int                   // that fit
	sound   atomic.Pointer[sound] // nil until bound, or first used
	release func()
	ready   chan struct{} // holds one token after Wake
}

// New makes a tap at rate Hz that holds up to ms milliseconds, at least 20.
// Where its ring lies is decided when a session begins to fill it.
func New(mode Mode, rate, ms int) *Tap {
	n := max(ms, 20) * rate / 1000 * mode.Channels()
	return &Tap{mode: mode, rate: rate, values: max(n, mode.Channels()), ready: make(chan struct{}, 1)}
}

// Mode returns what New was given.
func (t *Tap) Mode() Mode { return t.mode }

// Rate returns the sample rate, Hz.
func (t *Tap) Rate() int { return t.rate }

// Read fills dst with at least one sample (one pair when stereo), waiting for
// it, and returns how many values of dst it filled: two per pair when stereo,
// and always whole pairs. It returns io.EOF after the session has ended or
// Untap, once the ring is empty, and ctx's cause when that ends first. What is
// in the ring is read even when ctx has ended; only the waiting ends.
func (t *Tap) Read(ctx context.Context, dst []int16) (int, error) {
	return t.ReadAtLeast(ctx, dst, 1)
}

// ReadAtLeast is Read for readers that prefer fewer, bigger helpings: it waits
// until least values are there or the sound has ended. least is cut to what
// dst and half the ring can hold.
func (t *Tap) ReadAtLeast(ctx context.Context, dst []int16, least int) (int, error) {
	ch := t.mode.Channels()
	dst = dst[:len(dst)/ch*ch]
	if len(dst) == 0 {
		return 0, io.ErrShortBuffer
	}
	least = max(ch, min(least, len(dst), t.values/2))
	for {
		s := t.own()
		if n, done, err := t.take(s, dst, least); done {
			return n, err
		}
		s.await(least)
		// The sound may have come between the look and the note; nobody would
		// wake us for it then, so look again before going to sleep.
		if n, done, err := t.take(s, dst, least); done {
			s.await(0)
			return n, err
		}
		select {
		case <-t.ready:
		case <-ctx.Done():
			s.await(0)
			if n := s.ring.PopAll(dst); n > 0 {
				return n, nil
			}
			return 0, context.Cause(ctx)
		}
	}
}

// take reads without waiting; done is false when there is nothing to return yet.
func (t *Tap) take(s *sound, dst []int16, least int) (n int, done bool, err error) {
	ended := s.ended.Load() != 0 // before looking: what was written before End is then in the ring
	if s.ring.Len() < least && !ended {
		return 0, false, nil
	}
	if n = s.ring.PopAll(dst); n > 0 {
		return n, true, nil
	}
	t.leave(s)
	return 0, true, io.EOF
}

// await notes how many values the reader sleeps for; 0: it does not.
func (s *sound) await(values int) { s.want.Store(uint64(values)) }

// Warm reads where the next samples are going to be written, so that the memory is
// on its way. What it returns means nothing. Media thread.
func (t *Tap) Warm(samples int) (n int) {
	s := t.sound.Load()
	if s == nil {
		return t.rate
	}
	const line = 32 // values
	at, fit := s.ring.Claim(samples * t.mode.Channels())
	for i := at; i < at+fit; i += line {
		n += int(s.pairs[i/2%len(s.pairs)])
	}
	return n
}

// Lost returns how many values were dropped because the reader was slow,
// counted as Read counts. Any goroutine.
func (t *Tap) Lost() uint64 {
	if s := t.sound.Load(); s != nil {
		return s.lost.Load()
	}
	return 0
}

// Wake lets a sleeping reader look again. It is called by the media plane's
// pump goroutine after Awaited said so, and by tests that play the writer;
// never on a media thread.
func (t *Tap) Wake() {
	select {
	case t.ready <- struct{}{}:
	default: // one token is enough
	}
}
