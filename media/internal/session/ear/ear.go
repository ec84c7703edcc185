// Package ear carries sound from one session to another of the same shard: an
// Ear holds what the joined peer said until it is sent on, a Converter brings it
// to another rate, and a few functions keep what begins or breaks off from
// clicking.
//
// All of it is passive and belongs to one session: no thread, no clock, no lock.
// An Ear allocates when it first holds sound, a Converter when it first has
// something to do. Nothing here knows of packets or codecs.
package ear

import (
	"math"

	"trunkline/dsp"
)

// Edges is how many fades of the usual length fit into a second: each lasts 5 ms.
const Edges = 200

const length = 256 // ms of sound an ear holds at most

// quietest is the energy per sample of −50 dBov: what can be left out unnoticed.
const quietest = 104 * 104

// Quiet reports whether pcm is hardly to be heard.
func Quiet(pcm []int16) bool { return dsp.Energy(pcm) < quietest*int64(len(pcm)) }

// Ear holds what somebody said until it is heard. The two sides may have
// different packet times and rates and tick at different moments.
//
// It never waits for a certain depth: when there is too little it gives silence
// and keeps what it has, which makes it just deep enough. What turns out never
// to be needed is left out, in a quiet moment if there is one. Sound that sets
// in is faded, and Torn tells of sound that broke off. The zero Ear is empty.
type Ear struct {
	buf   []int16 // made when first needed, and kept
	start int     // index of the oldest sample
	n     int     // samples held
	rate  int
	conv  Converter
	given bool // sound was pulled last time: it goes on
	torn  bool // it broke off instead
	shut  bool // nothing more will be pushed: fade out what is left

	low    int // least held after a pull, in this review
	pulled int // samples since the last review
	spare  bool
	again  bool // spare in the last review already: no more waiting for quiet
}

// Warm reads what a frame is going to need, so that its memory is on its way.
// What it returns means nothing.
func (e *Ear) Warm() int {
	n := e.n + e.pulled
	if e.buf == nil {
		return n
	}
	const line = 32 // samples
	for at := e.start; at < min(e.start+e.n+e.rate/50, len(e.buf)); at += line {
		n += int(e.buf[at])
	}
	return n
}

// Held returns how many samples wait to be heard.
func (e *Ear) Held() int { return e.n }

// Push adds sound sampled at from Hz, which it may change, for a session that
// works at to Hz; the oldest gives way when there is too much. space is for
// sound at the other rate.
func (e *Ear) Push(pcm, space []int16, from, to int) {
	if e.rate != to || e.shut { // somebody else than before, or another codec
		e.Reset()
		e.rate = to
	}
	if n := to / 1000 * length; len(e.buf) != n {
		e.buf = make([]int16, n)
	}
	e.conv.Set(from, to)
	pcm = e.conv.Convert(space, pcm)
	e.skip(e.n + len(pcm) - len(e.buf))
	at := (e.start + e.n) % len(e.buf)
	k := copy(e.buf[at:], pcm)
	copy(e.buf, pcm[k:])
	e.n += len(pcm)
}

// Pull fills dst with the oldest sound, or with silence.
func (e *Ear) Pull(dst []int16) {
	if e.shut {
		e.finish(dst)
		return
	}
	if e.n < len(dst) {
		clear(dst)
		e.low, e.pulled, e.spare, e.again = e.n, 0, false, false
		e.given, e.torn = false, e.given || e.torn
		return
	}
	e.take(dst)
	if !e.given {
		e.given = true
		Fade(dst[:min(len(dst), e.rate/Edges)], 0, 1)
	}
	if e.spare && e.n >= len(dst) && (e.again || Quiet(dst)) {
		e.leap(dst)
		e.spare, e.again, e.pulled, e.low = false, false, 0, e.n
	}
	e.review(len(dst))
}

// Keep says that nothing of what is pulled next may be left out.
func (e *Ear) Keep() { e.spare, e.again = false, false }

// Drain takes out all that is held, into dst, as far as there is room for the
// newest of it. Sound goes on elsewhere.
func (e *Ear) Drain(dst []int16) []int16 {
	e.skip(e.n - len(dst))
	dst = dst[:e.n]
	e.take(dst)
	*e = Ear{buf: e.buf}
	return dst
}

// Resume says that what is pushed next follows on what was heard elsewhere.
func (e *Ear) Resume() { e.given = true }

// Shut says that nothing more comes: what is held fades out.
func (e *Ear) Shut() { e.shut, e.torn = e.n > 0, e.torn || e.n == 0 }

// Break says that what was heard, from here or elsewhere, broke off.
func (e *Ear) Break() { e.torn = true }

// Torn reports whether the sound broke off since it was last asked.
func (e *Ear) Torn() bool {
	was := e.torn
	e.torn = false
	return was
}

// Reset forgets what is held.
func (e *Ear) Reset() { *e = Ear{buf: e.buf, torn: e.given || e.torn} }

// finish fades out what is left.
func (e *Ear) finish(dst []int16) {
	n := min(e.n, len(dst), e.rate/Edges)
	e.take(dst[:n])
	Fade(dst[:n], 1, 0)
	clear(dst[n:])
	*e = Ear{buf: e.buf}
}

// leap goes from dst, just taken, over to what follows it.
func (e *Ear) leap(dst []int16) {
	for i, x := range dst {
		w := float32(i) / float32(len(dst))
		dst[i] = int16(float32(x)*(1-w) + float32(e.buf[(e.start+i)%len(e.buf)])*w)
	}
	e.skip(len(dst))
}

func (e *Ear) take(dst []int16) {
	k := copy(dst, e.buf[e.start:])
	copy(dst[k:], e.buf)
	e.skip(len(dst))
}

func (e *Ear) skip(n int) {
	if n <= 0 {
		return
	}
	n = min(n, e.n)
	e.start = (e.start + n) % len(e.buf)
	if e.n -= n; e.n == 0 {
		e.start = 0 // the same few cache lines again
	}
}

// review finds out, every two seconds, whether a whole frame was always to spare.
func (e *Ear) review(frame int) {
	e.low = min(e.low, e.n)
	if e.pulled += frame; e.pulled < 2*e.rate {
		return
	}
	e.again = e.spare
	e.spare = e.low >= frame
	e.pulled, e.low = 0, e.n
}

// Fade scales pcm from one gain to another, neither above 1.
func Fade(pcm []int16, from, to float32) {
	step := (to - from) / float32(max(len(pcm), 1))
	for i, x := range pcm {
		from += step
		pcm[i] = int16(float32(x) * from)
	}
}

// Ease lets pcm, sampled at rate Hz, begin where the sound before it ended, at x,
// and be itself 5 ms later.
func Ease(pcm []int16, x int16, rate int) {
	n := min(len(pcm), rate/Edges)
	for i, y := range pcm[:n] {
		pcm[i] = int16(min(max(int(y)+int(x)*(n-i)/(n+1), math.MinInt16), math.MaxInt16))
	}
}
