// Package feed is sound that arrives while it is being played: what a
// synthesiser or a bot streams, in a bounded ring that the control plane fills
// and a media thread drains. It is a tap in the other direction.
//
// Nobody waits for the other: what does not fit is not taken and the writer is
// told, and where there is no sound yet the media thread plays silence and
// counts it.
//
// A Feed has two sides. Write, WriteAll, Mark, Clear, End and Wake belong to
// the control plane and may be called by several goroutines. Pull, Reached,
// Done, Awaited and Leave belong to the media thread: they take no lock, touch
// no channel and allocate nothing. Since the media thread cannot wake a
// goroutine, it only notes that a writer waits for room; its pump goroutine
// then calls Wake.
//
// Marks divide the sound. Each is reported exactly once, by Reached: as soon as
// all the sound before it was pulled, or as dropped when a Clear took some of
// that away or the player left. (One made at the very moment the player leaves
// may be forgotten: the end of the playback says enough.)
package feed

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"trunkline/internal/ring"
)

// MostMarks is how many marks may be under way, from Mark to Reached.
const MostMarks = 64

// Memory is the small change of a Feed: everything both sides know, except what
// lies in the rings. It holds no pointers, so that it may be shared with another
// process; a zero Memory is that of a new Feed.
type Memory struct {
	// Written by the writer's side.
	samplesTail, marksTail atomic.Uint64
	cleared                atomic.Uint64 // position up to which sound is not to be played
	issued                 atomic.Uint64 // marks
	ended                  atomic.Uint32
	want                   atomic.Int64 // samples of room a sleeping writer waits for; 0: nobody sleeps

	_ [64]byte // keeps the sides from slowing each other (false sharing)

	// Written by the media thread.
	samplesHead, marksHead     atomic.Uint64
	played, dropped            atomic.Uint64 // samples
	silence, underruns, marked atomic.Uint64
	gone                       atomic.Uint32
}

// Entry is a mark under way. It is exported for the memory it takes.
type Entry struct {
	id      uint64
	at      uint64 // position behind the last sample before it
	cleared uint64 // position of the last Clear before it
}

// Feed is a stream of mono 16-bit sound at one rate. Positions in it count the
// samples written since the beginning.
type Feed struct {
	rate    int
	mem     *Memory
	samples *ring.SPSC[int16]
	marks   *ring.SPSC[Entry]

	writing sync.Mutex    // makes the writers one
	ready   chan struct{} // holds one token after Wake

	// The media thread's own.
	at       uint64 // position of the next sample to pull
	held     Entry  // taken from marks, its turn has not come
	holds    bool
	sounding bool // sound was pulled since the last underrun
	settled  *ring.SPSC[Mark]
	scratch  [512]int16
}

// Mark is a mark that was reached, or dropped with the sound before it.
type Mark struct {
	ID      uint64
	Dropped bool
}

// New makes a feed at rate Hz that holds ms milliseconds, at least 40, or a
// little more.
func New(rate, ms int) *Feed {
	n := max(ms, 40) * rate / 1000
	return Over(new(Memory), rate, make([]int16, ring.Room(n)), make([]Entry, ring.Room(MostMarks)))
}

// Over makes one side of a Feed whose Memory, sound and marks may lie in memory
// shared with another process. The lengths of pcm and marks are powers of two,
// that of marks at least MostMarks.
func Over(m *Memory, rate int, pcm []int16, marks []Entry) *Feed {
	return &Feed{
		rate: rate, mem: m,
		samples: ring.Over(&m.samplesHead, &m.samplesTail, pcm, len(pcm)),
		marks:   ring.Over(&m.marksHead, &m.marksTail, marks, MostMarks),
		settled: ring.NewSPSC[Mark](MostMarks),
		ready:   make(chan struct{}, 1),
	}
}

// Rate returns the sample rate, Hz.
func (f *Feed) Rate() int { return f.rate }

// The ways WriteAll and AwaitRoom can fail, besides the end of the context.
var (
	ErrEnded = errors.New("write to feed: it was ended")
	ErrGone  = errors.New("write to feed: nobody plays it any more")
)

// Write appends as much of pcm as there is room for and returns how much that
// was. It takes nothing after End or when the player has left.
func (f *Feed) Write(pcm []int16) int {
	f.writing.Lock()
	defer f.writing.Unlock()
	if f.refusal() != nil {
		return 0
	}
	return f.samples.PushAll(pcm)
}

func (f *Feed) refusal() error {
	switch {
	case f.mem.gone.Load() != 0:
		return ErrGone
	case f.mem.ended.Load() != 0:
		return ErrEnded
	}
	return nil
}

// WriteAll writes all of pcm at the pace it is played: it waits for room, in
// big steps, until ctx ends. A Clear does not stop it: what it still has to
// write comes after that.
func (f *Feed) WriteAll(ctx context.Context, pcm []int16) error {
	for {
		if pcm = pcm[f.Write(pcm):]; len(pcm) == 0 {
			return nil
		}
		if err := f.AwaitRoom(ctx, min(len(pcm), f.samples.Cap()/2)); err != nil {
			return err
		}
	}
}

// AwaitRoom returns when n samples could be written, or as many as the Feed
// holds, or when none will ever be, or ctx ends; the error says which. One
// goroutine at a time may wait, WriteAll included.
func (f *Feed) AwaitRoom(ctx context.Context, n int) error {
	n = min(n, f.samples.Cap())
	ready := func() bool { return f.Room() >= n || f.refusal() != nil }
	for !ready() {
		f.mem.want.Store(int64(n))
		// Room may have come between the look and the note; nobody would wake
		// us for it then, so look again before going to sleep.
		if ready() {
			break
		}
		select {
		case <-f.ready:
		case <-ctx.Done():
			f.mem.want.Store(0)
			return context.Cause(ctx)
		}
	}
	f.mem.want.Store(0)
	return f.refusal()
}

// Mark puts a mark behind what was written so far. It reports false, and does
// nothing, when MostMarks are under way or nothing can be written any more. ID
// is the caller's.
func (f *Feed) Mark(id uint64) bool {
	f.writing.Lock()
	defer f.writing.Unlock()
	if f.refusal() != nil || f.mem.issued.Load()-f.mem.marked.Load() >= MostMarks {
		return false
	}
	f.mem.issued.Add(1)
	return f.marks.Push(Entry{id: id, at: f.mem.samplesTail.Load(), cleared: f.mem.cleared.Load()})
}

// Clear drops what was written and not pulled yet, with its marks. The media
// thread does so at its next Pull; only then is there room again.
func (f *Feed) Clear() {
	f.writing.Lock()
	defer f.writing.Unlock()
	f.mem.cleared.Store(f.mem.samplesTail.Load())
}

// End says that nothing more will come.
func (f *Feed) End() {
	f.writing.Lock()
	defer f.writing.Unlock()
	f.mem.ended.Store(1)
	f.Wake() // a writer that waits must see it
}

// Room returns how many samples could be written now. Control plane.
func (f *Feed) Room() int { return f.samples.Cap() - f.samples.Len() }

// Buffered returns how many samples wait to be pulled. Any goroutine.
func (f *Feed) Buffered() int { return f.samples.Len() }

// Played returns how many samples were pulled. Any goroutine.
func (f *Feed) Played() uint64 { return f.mem.played.Load() }

// Dropped returns how many samples a Clear or the player's leaving took away.
// Any goroutine.
func (f *Feed) Dropped() uint64 { return f.mem.dropped.Load() }

// Underruns returns how often the sound ran out before its end, and how many
// samples of silence were played for want of sound, also before the first and
// while nobody meant to write. Any goroutine.
func (f *Feed) Underruns() (times, silence uint64) {
	return f.mem.underruns.Load(), f.mem.silence.Load()
}

// Wake lets a writer that waits for room look again. It is called by the media
// plane's pump goroutine after Awaited said so, and by tests that play the
// media thread; never on a media thread.
func (f *Feed) Wake() {
	select {
	case f.ready <- struct{}{}:
	default: // one token is enough
	}
}
