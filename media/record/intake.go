package record

import (
	"context"
	"errors"
	"io"
	"slices"

	"trunkline/media/tap"
)

// intake drains a tap: what was said, with silence where sound is missing or must
// not be kept. All its counts are of values, two per sample instant when stereo.
type intake struct {
	tap  *tap.Tap
	poll context.Context // has ended, so that Read returns what is there and never waits

	paused bool
	cut    bool // pauses are left out
	over   bool // nothing more comes

	held []int16 // drained already, by hold, and not taken yet
	owed int64   // of silence, that comes behind held

	seen uint64 // of the tap's Lost
	lost uint64 // that are silence in place of sound
	gaps int    // times that some were
	kept int64  // from the file, by pauses
}

const (
	helping = 8192    // values read at once: half a second of stereo at 8 kHz
	maxHeld = 1 << 18 // values to hold until the disk comes back: 16 s of that
)

// hold drains the tap here and now, so that what follows is another matter. When
// the disk has been away for too long to hold any more, what is drained is lost.
func (in *intake) hold() {
	if in.over {
		return
	}
	before, lost := len(in.held), in.lost
	full := in.owed > 0 || before > maxHeld
	in.held = in.drain(in.held)
	fresh := len(in.held) - before
	if !full || fresh == 0 {
		return
	}
	in.held = in.held[:before]
	in.owed += int64(fresh)
	if in.paused {
		return
	}
	if missing := in.lost - lost; missing == 0 {
		in.gaps++
		in.lost += uint64(fresh)
	} else { // the gap that was found goes back to here; some of it is in fresh
		in.lost += uint64(fresh) - min(missing, maxHeld)
	}
}

// take appends what there is to write now. More says that it was not all.
func (in *intake) take(b []int16) (pcm []int16, more bool) {
	b = append(b, in.held...)
	in.held = nil
	if in.owed == 0 {
		b = in.drain(b)
	}
	if k := int(min(in.owed, maxHeld)); k > 0 {
		b = silence(b, k)
		in.owed -= int64(k)
	}
	return b, in.owed > 0
}

// drain appends all that the tap holds.
func (in *intake) drain(b []int16) []int16 {
	from := len(b)
	for !in.over {
		b = slices.Grow(b, helping)
		n, err := in.tap.Read(in.poll, b[len(b):cap(b)])
		b = b[:len(b)+n]
		in.over = errors.Is(err, io.EOF)
		if n == 0 {
			break
		}
	}
	// Newest sound is lost first, so what is missing is missing behind what was
	// just read. Off by at most what the ring holds, never in the total.
	now := in.tap.Lost()
	missing := int64(now - in.seen)
	in.seen = now
	switch {
	case in.paused:
		in.kept += int64(len(b)-from) + missing
		clear(b[from:])
		if in.cut {
			return b[:from]
		}
	case missing > 0:
		in.lost += uint64(missing)
		in.gaps++
	}
	k := min(missing, maxHeld)
	in.owed += missing - k
	return silence(b, int(k))
}

// silence appends k values of it.
func silence(b []int16, k int) []int16 {
	b = slices.Grow(b, k)
	clear(b[len(b) : len(b)+k])
	return b[:len(b)+k]
}
