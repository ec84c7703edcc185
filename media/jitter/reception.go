package jitter

import (
	"math"
	"time"

	"trunkline/internal/clock"
	"trunkline/media/rtp"
)

const (
	// A packet this far ahead still belongs to the stream; farther, the far
	// side has begun a new count (RFC 3550 §A.1).
	maxDropout = 3000
	// How far behind the newest a packet can be told from a double.
	memory = 256
	// A stream that has been silent for this long is given up at once for another.
	handover = 60 * time.Millisecond
)

// reception decides which stream we listen to and counts what happens to it.
type reception struct {
	rate   int64
	active bool
	ssrc   uint32
	heard  clock.Time // last packet of ssrc

	highest  uint32 // extended by the number of wraps
	base     uint32
	received uint64              // of this stream, each once
	seen     [memory / 64]uint64 // bit per sequence number, the last memory of them

	// Another stream, or another count, on probation: it must bring two
	// packets in a row.
	rival     bool
	rivalSSRC uint32
	rivalSeq  uint16 // what it must bring next

	lostBefore       uint64 // in earlier streams
	duplicate, stray uint64

	timing  bool
	transit int64
	jitter  float64 // timestamp units
}

// admit says whether a packet belongs to our stream, and whether it begins a
// new one.
func (r *reception) admit(now clock.Time, h rtp.Header) (v Verdict, restart bool) {
	if !r.active {
		r.adopt(now, h)
		return Stored, true
	}
	if h.SSRC != r.ssrc {
		if now.Sub(r.heard) < handover && !r.proven(h) {
			r.stray++
			return Stray, false
		}
		r.adopt(now, h)
		return Stored, true
	}
	d := int32(int16(h.Sequence - uint16(r.highest)))
	if d > maxDropout || d <= -memory {
		if !r.proven(h) {
			r.stray++
			return Stray, false
		}
		r.adopt(now, h)
		return Stored, true
	}
	r.heard, r.rival = now, false
	return r.mark(d), false
}

// proven puts a rival stream on probation, or finds that it has passed.
func (r *reception) proven(h rtp.Header) bool {
	if r.rival && r.rivalSSRC == h.SSRC && r.rivalSeq == h.Sequence {
		return true
	}
	r.rival, r.rivalSSRC, r.rivalSeq = true, h.SSRC, h.Sequence+1
	return false
}

// adopt begins a new stream with h.
func (r *reception) adopt(now clock.Time, h rtp.Header) {
	r.lostBefore = r.lost()
	r.active, r.ssrc, r.heard, r.rival, r.timing = true, h.SSRC, now, false, false
	// One wrap ahead, so that packets from before the first have numbers too.
	r.highest = 1<<16 | uint32(h.Sequence)
	r.base, r.received = r.highest, 1
	r.seen = [memory / 64]uint64{}
	r.set(r.highest)
}

// mark counts a packet d after the highest.
func (r *reception) mark(d int32) Verdict {
	seq := r.highest + uint32(d)
	if d > 0 {
		if d >= memory {
			r.seen = [memory / 64]uint64{}
		}
		for s := seq - min(uint32(d), memory) + 1; s != seq; s++ {
			r.seen[s%memory/64] &^= 1 << (s % 64)
		}
		r.highest = seq
	} else if r.seen[seq%memory/64]&(1<<(seq%64)) != 0 {
		r.duplicate++
		return Duplicate
	}
	r.set(seq)
	r.received++
	r.base = min(r.base, seq)
	return Stored
}

func (r *reception) set(seq uint32) { r.seen[seq%memory/64] |= 1 << (seq % 64) }

// lost returns how many packets of all streams never came (RFC 3550 §A.3).
func (r *reception) lost() uint64 {
	if !r.active {
		return r.lostBefore
	}
	expected := uint64(r.highest-r.base) + 1
	return r.lostBefore + expected - min(r.received, expected)
}

// timed measures the interarrival jitter (RFC 3550 §A.8).
func (r *reception) timed(now clock.Time, ts uint32) {
	arrival := int64(now)/int64(time.Second)*r.rate + int64(now)%int64(time.Second)*r.rate/int64(time.Second)
	transit := int64(int32(uint32(arrival) - ts))
	d := float64(int32(uint32(transit) - uint32(r.transit)))
	r.transit = transit
	if !r.timing || math.Abs(d) > float64(r.rate) { // the first, or a jump of the far clock
		r.timing = true
		return
	}
	r.jitter += (math.Abs(d) - r.jitter) / 16
}

func (r *reception) jitterUnits() uint32 { return uint32(r.jitter) }

func (r *reception) jitterTime() time.Duration {
	return time.Duration(r.jitter * float64(time.Second) / float64(max(r.rate, 1)))
}
