// Package jitter puts one RTP stream back into order and time.
//
// A Buffer is passive: packets are pushed when they arrive, and whoever plays
// them pops when it needs sound. It sorts by sequence number, plays by
// timestamp, keeps as little delay as the network allows (10–200 ms, adapting),
// and never keeps a backlog: what piles up is shed. It belongs to one owner, has
// no clock, and allocates only when a packet is bigger than its slot ever held.
//
// It also keeps the books of RFC 3550: what was lost, late, doubled, and how
// unevenly packets come.
package jitter

import (
	"time"

	"trunkline/internal/clock"
	"trunkline/media/rtp"
)

const (
	slots    = 64  // packets held at most; a power of two
	slotSize = 240 // bytes a slot has at start: 30 ms of G.711

	minMargin = 10 * time.Millisecond // what any sender's timers and any network need
	maxMargin = 200 * time.Millisecond
	maxHeld   = 400 * time.Millisecond // beyond this, catch up at once
	window    = 500 * time.Millisecond // how long a surplus must last to be one
)

// Verdict says what became of a pushed packet.
type Verdict uint8

// The verdicts of Push and Note.
const (
	Stored    Verdict = iota
	Late              // its turn has passed
	Duplicate         // it is here, or was here, already
	Stray             // of another stream than the one we listen to
)

// Kind says what a Frame is.
type Kind uint8

// The kinds of Frame.
const (
	Nothing Kind = iota // nothing to play yet: play silence, time stands still
	Packet              // play Payload from sample Skip on
	Gap                 // Samples of sound were not sent (silence suppression)
	Lost                // Samples of sound were sent and are not here
)

// Frame is what Pop returns.
type Frame struct {
	Kind    Kind
	Type    uint8  // of Packet: RTP payload type
	Payload []byte // of Packet: valid until the next Push
	Skip    uint32 // of Packet: samples at its start whose time has passed
	Samples uint32 // how long it is, in timestamp units, less Skip
}

type slot struct {
	full    bool
	jump    bool // its timestamp does not follow from the packet before
	kind    uint8
	seq     uint16
	ts, dur uint32
	payload []byte
	arrival clock.Time
}

// Buffer holds one stream. Make it with New.
type Buffer struct {
	in    reception
	rate  uint32 // timestamp units per second
	slots [slots]slot

	held    uint32 // timestamp units stored
	stored  int    // packets stored
	head    uint16 // first sequence number not yet popped
	next    uint32 // timestamp of the next sample to be played
	fresh   bool   // nothing was popped since the last restart: head may move back
	filling bool   // collecting packets before playing (on)
	anchor  bool   // next follows the first packet, wherever it is

	margin         uint32 // how late a packet may come and still be played
	extra          uint32 // what late packets have taught us to hold on top
	low            uint32 // least held in this window
	since          clock.Time
	surplus        uint32 // what the last windows had too much
	surplusWindows int

	late, shed uint64
}

// New makes a Buffer for a stream with the given RTP clock rate, in Hz.
func New(rate int) *Buffer {
	b := &Buffer{rate: uint32(rate)}
	slab := make([]byte, slots*slotSize)
	for i := range b.slots {
		b.slots[i].payload = slab[i*slotSize : i*slotSize : (i+1)*slotSize]
	}
	b.in.rate = int64(rate)
	b.restart(0)
	return b
}

func (b *Buffer) units(d time.Duration) uint32 {
	return uint32(int64(d) * int64(b.rate) / int64(time.Second))
}

// Note counts a packet of the stream that carries no sound to be played, such
// as a telephone-event.
func (b *Buffer) Note(now clock.Time, h rtp.Header) Verdict {
	v, restart := b.in.admit(now, h)
	if restart {
		b.restart(h.Sequence)
	}
	// Hours of comfort noise must not leave head half a count behind.
	if v == Stored && b.stored == 0 && int16(h.Sequence-b.head) >= 0 {
		b.head = h.Sequence + 1
	}
	return v
}

// Push hands in a packet of dur timestamp units of sound. payload is copied.
func (b *Buffer) Push(now clock.Time, h rtp.Header, payload []byte, dur uint32) Verdict {
	v, restart := b.in.admit(now, h)
	if v != Stored {
		return v
	}
	if restart {
		b.restart(h.Sequence)
	}
	b.in.timed(now, h.Timestamp)
	b.aim()
	v = b.place(now, h, payload, dur)
	if v == Late {
		b.tardy(dur)
	}
	return v
}

// aim sets the margin from the jitter measured and the lateness suffered.
func (b *Buffer) aim() {
	b.extra -= b.extra >> 8
	b.margin = min(b.units(minMargin)+3*b.in.jitterUnits()+b.extra, b.units(maxMargin))
}

// tardy learns from a late packet: more must be held, from now on.
func (b *Buffer) tardy(dur uint32) {
	b.late++
	b.extra = min(b.extra+dur, b.units(maxMargin))
	b.aim()
	if b.held < b.margin+dur {
		b.filling = true
	}
}

func (b *Buffer) place(now clock.Time, h rtp.Header, payload []byte, dur uint32) Verdict {
	ahead := int16(h.Sequence - b.head)
	if b.fresh && (b.stored == 0 || ahead < 0 && b.reach(h.Sequence)) {
		b.head, ahead = h.Sequence, 0
	}
	if ahead < 0 {
		return Late
	}
	jump := b.jumps(h)
	if !b.filling && !b.anchor && !jump && !b.waitsBehind(h.Sequence) {
		if end := int32(h.Timestamp + dur - b.next); end <= 0 && end > -int32(b.rate) {
			return Late
		}
	}
	for int16(h.Sequence-b.head) >= slots {
		b.skip()
	}
	s := &b.slots[h.Sequence%slots]
	if s.full {
		return Duplicate
	}
	*s = slot{
		full: true, jump: jump, kind: h.Type, seq: h.Sequence, ts: h.Timestamp, dur: dur,
		payload: append(s.payload[:0], payload...), arrival: now,
	}
	b.stored++
	b.held += dur
	if b.held > b.units(maxHeld) {
		b.catchUp(b.margin + dur)
	}
	return Stored
}

// waitsBehind reports whether a packet that is yet to be played comes before
// seq: then seq's turn has not passed, whatever its timestamp.
func (b *Buffer) waitsBehind(seq uint16) bool {
	return b.stored > 0 && int16(seq-b.first().seq) > 0
}

// reach reports whether head may move back to seq: everything stored must stay
// within one turn of the slots.
func (b *Buffer) reach(seq uint16) bool {
	for i := range b.slots {
		if s := &b.slots[i]; s.full && int16(s.seq-seq) >= slots {
			return false
		}
	}
	return int16(b.head-seq) < slots
}

// jumps reports whether the packet's timestamp breaks with that of the packet
// before it: the far side changed its clock without telling.
func (b *Buffer) jumps(h rtp.Header) bool {
	p := &b.slots[(h.Sequence-1)%slots]
	if p.dur == 0 || p.seq != h.Sequence-1 {
		return false
	}
	d := int32(h.Timestamp - p.ts)
	return d <= 0 || d > int32(b.rate)
}

// Pop returns what to play next. want, in timestamp units, bounds a Gap or
// Lost frame; a Packet is always whole.
func (b *Buffer) Pop(now clock.Time, want uint32) Frame {
	if b.filling && !b.ready(now) {
		return Frame{}
	}
	b.review(now)
	for b.stored > 0 {
		s := b.first()
		d := int32(s.ts - b.next)
		if b.anchor || s.jump || d > int32(b.rate) || d < -int32(b.rate) {
			b.anchor, b.next, d = false, s.ts, 0
		}
		if d > 0 {
			return b.hole(s, min(uint32(d), want))
		}
		if uint32(-d) < s.dur {
			return b.take(s, uint32(-d))
		}
		b.late++
		b.drop(s)
	}
	b.filling, b.surplus, b.surplusWindows = true, 0, 0
	return Frame{}
}

// ready ends the filling once what comes next may be late by the margin: so
// much is held behind the first packet, or it has waited for so long.
func (b *Buffer) ready(now clock.Time) bool {
	if b.stored == 0 {
		return false
	}
	s := b.first()
	waited := b.units(min(max(now.Sub(s.arrival), 0), time.Second))
	if b.held-s.dur < b.margin && waited < b.margin {
		return false
	}
	b.filling, b.anchor = false, true
	b.low, b.since = b.held, now
	return true
}

// first returns the stored packet with the lowest sequence number; there is one.
func (b *Buffer) first() *slot {
	for seq := b.head; ; seq++ {
		if s := &b.slots[seq%slots]; s.full {
			return s
		}
	}
}

func (b *Buffer) hole(s *slot, n uint32) Frame {
	b.next += n
	if s.seq == b.head {
		return Frame{Kind: Gap, Samples: n}
	}
	return Frame{Kind: Lost, Samples: n}
}

func (b *Buffer) take(s *slot, skip uint32) Frame {
	b.drop(s)
	b.next = s.ts + s.dur
	b.low = min(b.low, b.held)
	return Frame{Kind: Packet, Type: s.kind, Payload: s.payload, Skip: skip, Samples: s.dur - skip}
}

// drop takes s, the first packet, out.
func (b *Buffer) drop(s *slot) {
	s.full = false
	b.stored--
	b.held -= s.dur
	b.head = s.seq + 1
	b.fresh = false
}

// skip gives up the packet at head, whether it is here or not.
func (b *Buffer) skip() {
	if s := &b.slots[b.head%slots]; s.full {
		b.shed++
		b.drop(s)
		b.anchor = true
		return
	}
	b.head++
	if b.stored == 0 {
		b.filling = true
	}
}

// catchUp gives up the oldest packets until no more than keep is held.
func (b *Buffer) catchUp(keep uint32) {
	for b.held > keep && b.stored > 1 {
		b.shed++
		b.drop(b.first())
		b.anchor = true
	}
	b.surplus, b.surplusWindows, b.low = 0, 0, b.held
}

// review looks back once per window: what was never needed is surplus. What
// nobody sheds at a quiet moment (Shed) within a further window is shed here.
func (b *Buffer) review(now clock.Time) {
	if now.Sub(b.since) < window {
		return
	}
	b.surplus = 0
	if b.low > b.margin {
		b.surplus = b.low - b.margin
		b.surplusWindows++
	} else {
		b.surplusWindows = 0
	}
	if b.surplusWindows > 2 && b.stored > 0 && b.surplus >= b.first().dur {
		b.catchUp(b.held - b.surplus/2 - 1)
	}
	b.low, b.since = b.held, now
}

// Surplus returns how many timestamp units more than needed are held, and have
// been for a while. Leaving out that much, best in silence, loses nothing.
func (b *Buffer) Surplus() uint32 { return b.surplus }

// Shed says that n units of what was popped are not going to be played.
func (b *Buffer) Shed(n uint32) { b.surplus -= min(n, b.surplus) }

// Held returns how many timestamp units are stored.
func (b *Buffer) Held() uint32 { return b.held }

// restart forgets what is stored: another stream begins, at seq.
func (b *Buffer) restart(seq uint16) {
	for i := range b.slots {
		b.slots[i].full, b.slots[i].dur = false, 0
	}
	b.held, b.stored, b.surplus, b.surplusWindows = 0, 0, 0, 0
	b.head = seq
	b.fresh, b.filling, b.anchor = true, true, true
}

// Counters are a Buffer's books, over all streams it has heard.
type Counters struct {
	Lost      uint64 // never arrived (RFC 3550 §A.3)
	Late      uint64 // arrived after their turn
	Duplicate uint64
	Stray     uint64        // of other streams, or far out of order
	Shed      uint64        // thrown away to catch up
	Jitter    time.Duration // interarrival jitter (RFC 3550 §6.4.1)
}

// Counters returns the books as they are now.
func (b *Buffer) Counters() Counters {
	return Counters{
		Lost: b.in.lost(), Late: b.late, Duplicate: b.in.duplicate, Stray: b.in.stray, Shed: b.shed,
		Jitter: b.in.jitterTime(),
	}
}

// Source returns the SSRC of the stream listened to; false before the first packet.
func (b *Buffer) Source() (ssrc uint32, ok bool) { return b.in.ssrc, b.in.active }
