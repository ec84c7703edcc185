// Package jitter puts one RTP stream back into order and time.
//
// A Buffer is passive: packets are pushed when they arrive, and whoever plays
// them pops when it needs sound. It sorts by sequence number, plays by
// timestamp, holds sound as long as this network's packets differ in delay and
// no longer, and never keeps a backlog. It belongs to one owner, has no clock,
// and allocates only at the first packet it stores and when packets are larger,
// or more are held, than ever before; a stream that is relayed stores none.
//
// A far side that begins anew, with another count, another clock, or both, is
// heard within a few packets (RFC 3550 §A.1); one packet, wherever it comes
// from, begins nothing.
//
// It also keeps the books of RFC 3550 and RFC 3611: what was lost, late,
// doubled, and how unevenly packets come.
//
// # Delay
//
// How long sound is held follows from one number, the delay: how long after its
// arrival a packet is played that came as fast as any. It should be what lags
// has found the network to need (or what Fixed says). Where it is not:
//
//   - At the begin of each talkspurt it is set anew, and a hole that is silence
//     is played shorter or longer.
//   - Too much (a burst after a stop of the network, a far clock that is fast) is
//     Surplus: the owner leaves sound out, best in silence, and says so by Shed.
//     If it never does, packets are given up after a while.
//   - Too little (a network that got worse, a far clock that is slow) is Deficit:
//     the owner plays something of its own, best in silence, instead of popping.
//     If it never does, time stands still where a packet is missing at its turn,
//     which is concealed then in any case.
//   - When the buffer runs dry it cannot know whether the next packet is lost or
//     late. Time stands still and Lost is returned; if the packet turns out lost,
//     that was its concealment, and the delay does not grow.
package jitter

import (
	"math"
	"time"

	"trunkline/internal/clock"
	"trunkline/media/rtp"
)

const (
	minMargin = 10 * time.Millisecond // what any sender's timers and any network need
	maxMargin = 200 * time.Millisecond
	maxHeld   = 400 * time.Millisecond // beyond this, catch up at once
	guard     = 3 * time.Millisecond   // our own timers, and what is too little to be mended
	patience  = 100 * time.Millisecond // concealed before a stream that runs dry counts as paused
	tolerance = 2 * time.Second        // of a surplus that nobody sheds

	unknown = math.MaxInt32 / 2 // more than any delay
)

// Verdict says what became of a pushed packet.
type Verdict uint8

// The verdicts of Push, Note and Pass.
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
	Lost                // Samples of sound are not here, and it is not their silence: conceal
)

// Frame is what Pop returns.
type Frame struct {
	Kind    Kind
	Type    uint8  // of Packet: RTP payload type
	Payload []byte // of Packet: valid until the next Push
	Skip    uint32 // of Packet: samples at its start whose time has passed
	Samples uint32 // how long it is, in timestamp units, less Skip

	// Of Lost: the packet that follows directly, if it is here already (a codec
	// may carry repair data for its predecessor in it); valid until the next Push.
	NextType uint8
	Next     []byte
}

// Buffer holds one stream. Make it with New, or ready a zero one with Reset.
type Buffer struct {
	in    reception
	store *store // nil until a packet is stored
	rate  uint32 // timestamp units per second

	held    uint32 // timestamp units stored
	stored  int    // packets stored
	head    uint16 // first sequence number not yet popped
	next    uint32 // timestamp of the next sample to be played
	fresh   bool   // nothing was popped since the last restart: head may move back
	filling bool   // collecting packets before playing (on)
	anchor  bool   // next follows the first packet, wherever it is
	hush    bool   // the newest packet carries no sound
	flooded bool   // more than maxHeld has come at once: when it is over, catch up

	depth  uint32     // of Fixed; 0 if the delay adapts
	turn   clock.Time // of the last Pop
	delays [2]int32   // least of that turn and of the one before
	excess int32      // the lesser one, less the target
	over   clock.Time // since when there was no surplus
	stood  uint32     // how long time stands still for want of packets
	hidden uint32     // what was concealed since the last packet

	late, shed uint64
}

// New makes a Buffer for a stream with the given RTP clock rate, in Hz.
func New(rate int) *Buffer {
	b := new(Buffer)
	b.Reset(rate)
	return b
}

// Reset makes b as New would, for another leg, and keeps its memory.
func (b *Buffer) Reset(rate int) {
	*b = Buffer{rate: uint32(rate), store: b.store}
	b.in.rate = int64(rate)
	if b.store != nil {
		b.store.lags = lags{}
	}
	b.restart(0)
}

func (b *Buffer) units(d time.Duration) uint32 {
	return uint32(int64(d) * int64(b.rate) / int64(time.Second))
}

func (b *Buffer) duration(units uint32) time.Duration {
	return time.Duration(int64(units) * int64(time.Second) / int64(max(b.rate, 1)))
}

// target returns what the delay should be.
func (b *Buffer) target() uint32 {
	if b.depth > 0 {
		return b.depth
	}
	return b.need()
}

// need returns the delay that the network was found to need.
func (b *Buffer) need() uint32 {
	if b.store == nil {
		return b.units(minMargin)
	}
	need := uint32(b.store.lags.spread) + b.units(guard)
	return min(max(need, b.units(minMargin)), b.units(maxMargin))
}

// Note counts a packet of the stream that carries no sound to be played, such
// as a telephone-event or comfort noise: while it is the newest, no sound is
// missing.
func (b *Buffer) Note(now clock.Time, h rtp.Header) Verdict {
	v := b.admit(now, h)
	if v != Stored {
		return v
	}
	b.hush = b.hush || h.Sequence == uint16(b.in.highest)
	b.follow(h.Sequence)
	return v
}

// Pass counts a packet of sound that goes on to somebody else and is not played
// here. What is stored is not going to be played either.
func (b *Buffer) Pass(now clock.Time, h rtp.Header) Verdict {
	v := b.admit(now, h)
	if v != Stored {
		return v
	}
	if b.stored > 0 {
		b.restart(h.Sequence)
	}
	b.in.timed(now, h.Timestamp)
	b.filling = true
	b.follow(h.Sequence)
	return v
}

// admit says whether a packet belongs to our stream. When another begins with
// it, what was stored of the last is forgotten.
func (b *Buffer) admit(now clock.Time, h rtp.Header) Verdict {
	v, restart := b.in.admit(now, h)
	if restart {
		b.restart(h.Sequence)
		b.otherClock()
	}
	return v
}

// otherClock says that timestamps have nothing to do with those before.
func (b *Buffer) otherClock() {
	if b.store != nil {
		b.store.lags.forget()
	}
}

// follow keeps head up with packets that are not stored, unless one before them
// may still come. Hours of comfort noise must not leave it half a count behind.
func (b *Buffer) follow(seq uint16) {
	ahead := int16(seq - b.head)
	if b.stored > 0 || ahead < 0 || ahead < slots && b.in.absent(b.head, uint16(ahead)) > 0 {
		return
	}
	b.head = seq + 1
}

// Push hands in a packet of dur timestamp units of sound, a second at most.
// payload, of which at most 65535 bytes are kept, is copied.
func (b *Buffer) Push(now clock.Time, h rtp.Header, payload []byte, dur uint32) Verdict {
	v := b.admit(now, h)
	if v != Stored {
		return v
	}
	if b.store == nil {
		b.store = newStore()
	}
	if b.jumps(h) {
		b.otherClock()
	}
	dur = min(dur, b.rate)
	b.in.timed(now, h.Timestamp)
	b.store.lags.take(now, b.in.units(now)-h.Timestamp, scale{
		dur: int32(dur), limit: int32(b.units(maxMargin)), relax: int32(b.units(lagRelax)),
	})
	if v = b.place(now, h, payload, dur); v == Late {
		b.late++
		b.in.spoil(h.Sequence)
	}
	return v
}

func (b *Buffer) place(now clock.Time, h rtp.Header, payload []byte, dur uint32) Verdict {
	if h.Sequence == uint16(b.in.highest) {
		b.hush = false
	}
	ahead := int16(h.Sequence - b.head)
	if b.fresh && (b.stored == 0 || ahead < 0 && b.reach(h.Sequence)) {
		b.head, ahead = h.Sequence, 0
	}
	if ahead < 0 {
		return Late
	}
	jump := b.jumps(h)
	if b.passed(h, dur) && !jump {
		return Late
	}
	for int16(h.Sequence-b.head) >= slots {
		b.skip()
	}
	if b.store.at(h.Sequence).full {
		return Duplicate
	}
	b.filling = b.filling || jump && b.stored == 0
	b.store.put(slot{jump: jump, kind: h.Type, seq: h.Sequence, ts: h.Timestamp, dur: dur, arrival: now}, payload)
	b.stored++
	b.held += dur
	if b.held > max(b.units(maxHeld), 2*b.depth) {
		b.catchUp(b.target() + dur)
		b.flooded = true
	}
	return Stored
}

// passed reports whether the packet's time has passed, although its turn has not.
func (b *Buffer) passed(h rtp.Header, dur uint32) bool {
	if b.filling || b.anchor || b.waitsBehind(h.Sequence) {
		return false
	}
	end := int32(h.Timestamp + dur - b.next)
	return end <= 0 && end > -int32(b.rate)
}

// waitsBehind reports whether a packet that is yet to be played comes before
// seq: then seq's turn has not passed, whatever its timestamp.
func (b *Buffer) waitsBehind(seq uint16) bool {
	return b.stored > 0 && int16(seq-b.first().seq) > 0
}

// reach reports whether head may move back to seq: everything stored must stay
// within one turn of the slots.
func (b *Buffer) reach(seq uint16) bool {
	for i := range b.store.slots {
		if s := &b.store.slots[i]; s.full && int16(s.seq-seq) >= slots {
			return false
		}
	}
	return int16(b.head-seq) < slots
}

// jumps reports whether the packet's timestamp breaks with that of the last
// one before it that is known: the far side changed its clock without telling.
func (b *Buffer) jumps(h rtp.Header) bool {
	for back := uint16(1); back < slots; back++ {
		p := b.store.at(h.Sequence - back)
		if p.dur > 0 && p.seq == h.Sequence-back {
			d := int32(h.Timestamp - p.ts)
			return d <= 0 || d > int32(b.rate)
		}
	}
	return false
}

// first returns the stored packet with the lowest sequence number; there is one.
func (b *Buffer) first() *slot {
	for seq := b.head; ; seq++ {
		if s := b.store.at(seq); s.full {
			return s
		}
	}
}

// restart forgets what is stored: another stream begins, at seq.
func (b *Buffer) restart(seq uint16) {
	if b.store != nil {
		b.store.reset()
	}
	b.held, b.stored, b.head = 0, 0, seq
	b.fresh, b.filling, b.hush, b.flooded = true, true, false, false
	b.settle()
}

// settle makes what comes first play next, without regard to what was before.
func (b *Buffer) settle() {
	b.anchor, b.excess, b.stood, b.hidden = true, 0, 0, 0
	b.turn, b.delays = -1, [2]int32{unknown, unknown}
}

// Held returns how many timestamp units are stored.
func (b *Buffer) Held() uint32 { return b.held }

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

// Warm reads what the next packet is going to need, so that its memory is on its
// way. What it returns means nothing.
func (b *Buffer) Warm() int {
	in := &b.in
	return int(in.ssrc) + int(in.seen[0]) + int(in.duplicate) + int(in.transit) + int(in.judged) + int(in.stamp) + b.stored
}

// WarmFrame does for Pop what Warm does for the next packet.
func (b *Buffer) WarmFrame() int {
	if b.store == nil {
		return 0
	}
	s := b.store.at(b.head)
	return int(s.size) + int(b.store.cells[int(s.cell)*b.store.size]) + int(b.store.lags.spread)
}

// Streams returns how many streams were heard: one more with each SSRC, and each
// time the far side begins its count anew.
func (b *Buffer) Streams() uint32 { return b.in.turn }

// Source returns the SSRC of the stream listened to; false before the first packet.
func (b *Buffer) Source() (ssrc uint32, ok bool) { return b.in.ssrc, b.in.active }
