// Package mix lets many hear each other: a Room adds up what its members say
// and gives each of them the sum without its own part.
//
// It is a passive part of one shard: no thread, no clock, no lock. Members come
// with frames of any length at any moment and say which time a frame is for. A
// member's frame that is due at t says what it says for the time from t on, and
// hears what was said up to t. Whatever packet times and moments of ticking are,
// all members have by then said all that belongs there, since each spoke for a
// whole frame at its last tick: so a room needs no tick of its own, and adds one
// packet time of delay. Nothing allocates but Enter, and the first whisper.
package mix

import (
	"slices"
	"time"

	"trunkline/dsp"
	"trunkline/internal/clock"
)

const (
	memory   = 512                   // ms of sound a room remembers
	speakers = 6                     // heard at once in a large room
	stage    = 10                    // members a room may have before that counts
	choice   = 20 * time.Millisecond // how often they are chosen
)

// Room is a conference. Make it with New.
type Room struct {
	rate   int
	sum    []int32 // of all that was said, a ring by time
	top    int64   // the first sample nobody has spoken for yet
	seats  []*Seat
	voices []dsp.Voice // how loud each is
	chosen clock.Time  // when the speakers were chosen
}

// Seat is a member's place in a room. It is the member's until Leave.
type Seat struct {
	room  *Room
	who   uint64
	index int     // among the seats
	own   []int16 // what it said, a ring by time like the room's
	aside []int16 // what a coach said to it alone, likewise; nil if nobody did
	said  int64   // up to where it has spoken
	told  int64   // up to where a coach has
	stage dsp.Ramp
	up    bool // among the speakers
}

// New makes a room that mixes sound sampled at rate Hz.
func New(rate int) *Room { return &Room{rate: rate, sum: make([]int32, rate/1000*memory)} }

// Rate returns the sample rate of all sound that goes in and out, Hz.
func (r *Room) Rate() int { return r.rate }

// Len returns how many members there are.
func (r *Room) Len() int { return len(r.seats) }

// Enter gives a member, who has a name of its own, a seat.
func (r *Room) Enter(who uint64) *Seat {
	t := &Seat{room: r, who: who, index: len(r.seats), own: make([]int16, len(r.sum)), up: true}
	r.seats, r.voices = append(r.seats, t), append(r.voices, dsp.Voice{})
	return t
}

// Leave gives the seat up. What the member said that is still to be heard, from
// now on, fades out.
func (t *Seat) Leave(now clock.Time) {
	r, i := t.room, t.index
	t.fade(r.at(now))
	r.seats, r.voices = slices.Delete(r.seats, i, i+1), slices.Delete(r.voices, i, i+1)
	for k, later := range r.seats[i:] {
		later.index = i + k
	}
}

// fade takes what was said from sample from on out of the room, but for its
// first 5 ms. When less is there, it goes on backwards.
func (t *Seat) fade(from int64) {
	r, n, ring := t.room, int64(t.room.rate/200), int64(len(t.room.sum))
	if t.said == 0 || from > t.said || from < t.said-ring/2 {
		return
	}
	r.reach(from + n)
	for at := from; at < max(t.said, from+n); at++ {
		var old, new int16
		mirror := at
		if at < t.said {
			old = t.own[at%ring]
		} else {
			mirror = 2*t.said - 1 - at
		}
		if k := at - from; k < n {
			new = int16(int64(t.own[mirror%ring]) * (n - k) / n)
		}
		r.sum[at%ring] += int32(new) - int32(old)
	}
}

// Room returns where the seat is.
func (t *Seat) Room() *Room { return t.room }

// at returns the room's sample number for a time.
func (r *Room) at(when clock.Time) int64 {
	return int64(when/clock.Time(time.Millisecond)) * int64(r.rate/1000)
}

// Speak brings in what the member says from a time on, in whole milliseconds;
// pcm is changed: in a large room only the loudest few are heard.
func (t *Seat) Speak(when clock.Time, pcm []int16) {
	r, from := t.room, t.room.at(when)
	r.reach(from + int64(len(pcm)))
	blank(t.own, t.said, from) // frames that never came
	t.said = from + int64(len(pcm))
	t.goOnStage(when, pcm)
	for done := 0; done < len(pcm); {
		at := (from + int64(done)) % int64(len(r.sum))
		k := copy(t.own[at:], pcm[done:])
		dsp.Accumulate(r.sum[at:at+int64(k)], pcm[done:done+k])
		done += k
	}
}

// Whisper brings in what the member says to who alone; nobody hears it when who
// is not there.
func (t *Seat) Whisper(when clock.Time, pcm []int16, who uint64) {
	i := slices.IndexFunc(t.room.seats, func(s *Seat) bool { return s.who == who && s != t })
	if i < 0 {
		return
	}
	to, from := t.room.seats[i], t.room.at(when)
	if to.aside == nil {
		to.aside = make([]int16, len(to.own))
	}
	told := to.told
	blank(to.aside, told, from)
	to.told = max(told, from+int64(len(pcm)))
	for done := 0; done < len(pcm); {
		part := to.aside[(from+int64(done))%int64(len(to.aside)):]
		k := min(len(part), len(pcm)-done)
		if both := int(told-from) - done; both > 0 { // another coach speaks then, too
			k = min(k, both)
			dsp.Add(part[:k], pcm[done:done+k])
		} else {
			copy(part, pcm[done:done+k])
		}
		done += k
	}
}

// blank silences a ring from sample from up to sample to.
func blank(ring []int16, from, to int64) {
	n := int64(len(ring))
	for from = max(from, to-n); from < to; {
		at := from % n
		k := min(to-from, n-at)
		clear(ring[at : at+k])
		from += k
	}
}

// reach makes room for sound up to sample top.
func (r *Room) reach(top int64) {
	n := int64(len(r.sum))
	for r.top = max(r.top, top-n); r.top < top; {
		at := r.top % n
		k := min(top-r.top, n-at)
		clear(r.sum[at : at+k])
		r.top += k
	}
}

// goOnStage silences who is not among the speakers of a large room.
func (t *Seat) goOnStage(when clock.Time, pcm []int16) {
	r := t.room
	r.voices[t.index].Hear(pcm)
	up := true
	if len(r.seats) > stage {
		if when.Sub(r.chosen) >= choice {
			r.chosen = when
			dsp.Choose(r.voices, speakers)
		}
		up = r.voices[t.index].Chosen
	}
	if up != t.up {
		t.up = up
		if up {
			t.stage.In(len(pcm))
		} else {
			t.stage.Out(len(pcm))
		}
	}
	t.stage.Apply(pcm)
}

// Attend fills dst with what the others have said up to a time, in whole
// milliseconds.
func (t *Seat) Attend(when clock.Time, dst []int16) {
	r, ring := t.room, int64(len(t.room.sum))
	to := r.at(when)
	from := to - int64(len(dst))
	if from < 0 || to > r.top || r.top-from > ring {
		clear(dst)
		return
	}
	blank(t.own, t.said, to) // what it did not say
	t.said = max(t.said, to)
	for done := 0; done < len(dst); {
		at := (from + int64(done)) % ring
		k := int(min(int64(len(dst)-done), ring-at))
		part := dst[done : done+k]
		dsp.Minus(part, r.sum[at:at+int64(k)], t.own[at:at+int64(k)])
		if t.aside != nil && t.told >= to {
			dsp.Add(part, t.aside[at:at+int64(k)])
		}
		done += k
	}
}
