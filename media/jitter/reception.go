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
	// So many packets may be lost in no time, as when a queue overflows. More
	// than there was time for since the last were never sent.
	overflow = 500 * time.Millisecond
	// How far behind the newest a packet can be told from a double.
	memory = 256
	// How far a packet may be before the first that came.
	early = 16
	// A packet this far behind the newest may come out of order, whatever follows it.
	misorder = 2
	// How far behind the newest a packet's fate is settled.
	settled = 64
	// A stream that has been silent for this long is given up at once for another.
	handover = 60 * time.Millisecond
)

// reception decides which stream we listen to and counts what happens to it.
type reception struct {
	rate   int64
	active bool
	ssrc   uint32
	turn   uint32     // how many streams there were, this one included
	heard  clock.Time // last packet of ssrc
	onward clock.Time // last packet that was the highest

	highest  uint32 // extended by the number of wraps
	first    uint32 // that came
	base     uint32
	received uint64 // of this stream, each once
	seen     bitmap // the last memory of them

	// Another stream, or another count, on probation: see proven and resumed.
	rival      int // packets in a row
	rivalSSRC  uint32
	rivalSeq   uint16     // what it must bring next
	rivalSince clock.Time // its first packet

	lostBefore       uint64 // in earlier streams
	duplicate, stray uint64

	timing  bool
	transit uint32
	jitter  float64 // timestamp units

	lostPrior, expectedPrior uint64 // at the last Report

	// What became of each packet is known a while after its turn: see judge.
	losses  pattern
	judged  uint32 // up to and without this one
	spoiled bitmap // came, and was not played
	stamp   uint32 // timestamp of the highest
	each    uint32 // length of a packet, as it seems; 0 if unknown
}

// admit says whether a packet belongs to our stream, and whether it begins a
// new one.
func (r *reception) admit(now clock.Time, h rtp.Header) (v Verdict, restart bool) {
	if !r.active {
		r.adopt(now, h)
		return Stored, true
	}
	if h.SSRC != r.ssrc {
		if now.Sub(r.heard) < handover && !r.proven(now, h) {
			r.stray++
			return Stray, false
		}
		r.adopt(now, h)
		return Stored, true
	}
	d := int32(int16(h.Sequence - uint16(r.highest)))
	if r.astray(now, d) {
		if !r.proven(now, h) {
			r.stray++
			return Stray, false
		}
		r.adopt(now, h)
		return Stored, true
	}
	if d > 0 {
		r.rival, r.onward = 0, now
	} else if r.resumed(now, h, d) {
		r.base = max(r.base, r.first) // those before were not lost
		r.adopt(now, h)
		return Stored, true
	}
	r.heard = now
	return r.mark(d, h.Timestamp), false
}

// astray reports whether a packet d after the highest is not of its count: too
// far from it, from before our first, or sooner than it can have been sent.
func (r *reception) astray(now clock.Time, d int32) bool {
	if d <= 0 {
		return d <= -memory || r.highest+uint32(d)+early < r.first
	}
	return d > maxDropout || time.Duration(d)*r.packetTime() > max(now.Sub(r.heard), 0)+overflow
}

// proven puts a rival stream on probation, or finds that it has passed: by two
// packets in a row.
func (r *reception) proven(now clock.Time, h rtp.Header) bool { return r.inRow(now, h) >= 2 }

// resumed reports whether the far side has gone back in its count, by less than
// memory. Each of its packets alone looks like a double or a late one; but those
// come between the packets of the stream, or all at once, and not three in a
// row, one by one, while nothing new comes.
func (r *reception) resumed(now clock.Time, h rtp.Header, d int32) bool {
	old := r.highest + uint32(d)
	return r.inRow(now, h) >= 3 && d <= -misorder && (old < r.first || r.seen.has(old)) &&
		now.Sub(r.onward) >= handover && now.Sub(r.rivalSince) >= r.packetTime()
}

// inRow returns how many packets of a rival have come in a row.
func (r *reception) inRow(now clock.Time, h rtp.Header) int {
	if r.rival == 0 || r.rivalSSRC != h.SSRC || r.rivalSeq != h.Sequence {
		r.rival, r.rivalSSRC, r.rivalSince = 0, h.SSRC, now
	}
	r.rival++
	r.rivalSeq = h.Sequence + 1
	return r.rival
}

// adopt begins a new stream with h.
func (r *reception) adopt(now clock.Time, h rtp.Header) {
	if r.active {
		r.lostBefore, r.losses = r.lost(), r.pattern()
	}
	r.turn++
	r.active, r.ssrc, r.heard, r.onward, r.rival, r.timing = true, h.SSRC, now, now, 0, false
	// One wrap ahead, so that packets from before the first have numbers too.
	r.highest = 1<<16 | uint32(h.Sequence)
	r.first, r.base, r.received, r.judged = r.highest, r.highest, 1, r.highest
	r.lostPrior, r.expectedPrior = 0, 0
	r.seen, r.spoiled = bitmap{}, bitmap{}
	r.stamp = h.Timestamp
	r.seen.set(r.highest)
}

// mark counts a packet d after the highest.
func (r *reception) mark(d int32, stamp uint32) Verdict {
	seq := r.highest + uint32(d)
	if d > 0 {
		r.judge(seq)
		for s := seq - min(uint32(d), memory) + 1; s != seq+1; s++ {
			r.seen.unset(s)
			r.spoiled.unset(s)
		}
		if step := stamp - r.stamp; d == 1 && step > 0 && int64(step) < r.rate/4 {
			r.each = step
		}
		r.highest, r.stamp = seq, stamp
	} else if r.seen.has(seq) {
		r.duplicate++
		return Duplicate
	}
	r.seen.set(seq)
	r.received++
	r.base = min(r.base, seq)
	return Stored
}

// judge settles the fate of the packets that are far enough behind seq, which
// is about to become the highest.
func (r *reception) judge(seq uint32) {
	upto := seq - settled + 1
	r.fates(&r.losses, min(upto, r.highest+1))
	if r.judged = max(r.judged, min(upto, r.highest+1)); r.judged < upto {
		r.losses.lose(uint64(upto - r.judged))
		r.judged = upto
	}
}

// fates tells p of the packets from judged up to upto.
func (r *reception) fates(p *pattern, upto uint32) {
	for s := r.judged; s < upto; s++ {
		switch {
		case !r.seen.has(s):
			p.lose(1)
		case r.spoiled.has(s):
			p.discard()
		default:
			p.received()
		}
	}
}

// pattern returns the losses with what is not settled yet, as it stands.
func (r *reception) pattern() pattern {
	p := r.losses
	if r.active {
		r.fates(&p, r.highest+1)
	}
	return p
}

// spoil says that the packet seq, which came, is not going to be heard.
func (r *reception) spoil(seq uint16) {
	if full := r.extend(seq); full >= r.judged {
		r.spoiled.set(full)
	}
}

// extend returns seq with its number of wraps.
func (r *reception) extend(seq uint16) uint32 {
	return r.highest + uint32(int32(int16(seq-uint16(r.highest))))
}

// absent returns how many of the n packets from seq on have not come. Those
// without sound count as come.
func (r *reception) absent(seq, n uint16) (missing uint32) {
	first := r.extend(seq)
	for s := first; s != first+uint32(n); s++ {
		if r.highest-s >= memory || !r.seen.has(s) {
			missing++
		}
	}
	return missing
}

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
	transit := r.units(now) - ts
	d := math.Abs(float64(int32(transit - r.transit)))
	r.transit = transit
	if !r.timing || d > float64(r.rate) { // the first, or a jump of the far clock
		r.timing = true
		return
	}
	r.jitter += (d - r.jitter) / 16
}

// units returns an instant on the RTP clock, from an arbitrary origin.
func (r *reception) units(t clock.Time) uint32 {
	return uint32(int64(t)/int64(time.Second)*r.rate + int64(t)%int64(time.Second)*r.rate/int64(time.Second))
}

func (r *reception) jitterTime() time.Duration {
	return time.Duration(r.jitter * float64(time.Second) / float64(max(r.rate, 1)))
}

// packetTime returns how long a packet of the stream is; 20 ms if unknown.
func (r *reception) packetTime() time.Duration {
	if r.each == 0 {
		return 20 * time.Millisecond
	}
	return time.Duration(int64(r.each) * int64(time.Second) / r.rate)
}

// bitmap is a set of sequence numbers, of which it can hold memory in a row.
type bitmap [memory / 64]uint64

func (b *bitmap) set(seq uint32)      { b[seq%memory/64] |= 1 << (seq % 64) }
func (b *bitmap) unset(seq uint32)    { b[seq%memory/64] &^= 1 << (seq % 64) }
func (b *bitmap) has(seq uint32) bool { return b[seq%memory/64]&(1<<(seq%64)) != 0 }
