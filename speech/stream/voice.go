package stream

import (
	"sync"
	"time"

	"trunkline/dsp"
)

// mostMarks bounds the marks under way.
const mostMarks = 256

// voice is what the bot has said and the caller not yet heard. Most of it waits
// here, since a Mouth is small; marks wait until the Mouth has played up to them.
type voice struct {
	mouth Mouth
	most  int // samples that may wait here
	tell  func(happening)
	tally *tally
	wake  chan struct{} // holds one token when something has changed

	mu      sync.Mutex // guards what follows, and makes who uses the mouth one
	queue   [][]int16
	waiting int    // samples in queue
	written uint64 // samples that the mouth has taken
	cleared uint64 // what written was at the last Clear
	marks   []placed
	from    int // rate that convert is for
	convert dsp.Converter
	gone    bool // nobody plays
}

// placed is a mark and where it is, in samples written.
type placed struct {
	mark
	at uint64
}

func newVoice(m Mouth, most time.Duration, tell func(happening), t *tally) *voice {
	return &voice{
		mouth: m, most: int(most.Seconds() * float64(m.Rate())), tell: tell, tally: t, wake: make(chan struct{}, 1),
	}
}

// length is the time that samples of the mouth take.
func (v *voice) length(samples int) time.Duration {
	return time.Duration(samples) * time.Second / time.Duration(v.mouth.Rate())
}

// say queues sound; what does not fit is dropped, and reported.
func (v *voice) say(s say) (dropped time.Duration, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	pcm, err := v.converted(s)
	if err != nil {
		return 0, err
	}
	fits := min(len(pcm), v.most-v.waiting)
	if v.gone {
		fits = 0
	}
	if fits > 0 {
		v.queue, v.waiting = append(v.queue, pcm[:fits]), v.waiting+fits
		v.poke()
	}
	dropped = v.length(len(pcm) - fits)
	v.tally.count(func(r *Result) {
		r.FromBot.Sound += v.length(len(pcm))
		r.FromBot.Dropped += dropped
		r.Longest = max(r.Longest, v.length(v.waiting))
	})
	return dropped, nil
}

// converted is sound at the mouth's rate. What is said at one rate is one stream.
func (v *voice) converted(s say) ([]int16, error) {
	if s.rate == v.mouth.Rate() {
		return s.pcm, nil
	}
	if s.rate != v.from {
		c, err := dsp.MakeConverter(s.rate, v.mouth.Rate())
		if err != nil {
			return nil, err
		}
		v.convert, v.from = c, s.rate
	}
	pcm := make([]int16, v.convert.Bound(len(s.pcm)))
	return pcm[:v.convert.Process(pcm, s.pcm)], nil
}

// place puts a mark behind all that was said; false when there are too many.
func (v *voice) place(m mark) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.marks) >= mostMarks {
		return false
	}
	v.marks = append(v.marks, placed{m, v.written + uint64(v.waiting)})
	v.poke()
	return true
}

// clear drops what the caller has not heard. The marks in it come back at once.
func (v *voice) clear() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.settle()
	v.drop()
	v.mouth.Clear()
	v.cleared = v.written
}

// drop empties the queue and tells of all marks.
func (v *voice) drop() {
	v.tally.count(func(r *Result) { r.Marks += len(v.marks); r.Cleared += len(v.marks) })
	for _, m := range v.marks {
		v.tell(reached{m.mark, true})
	}
	v.queue, v.waiting, v.marks = nil, 0, nil
}

// forgetMarks takes all marks away, and tells of none.
func (v *voice) forgetMarks() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.marks = nil
}

func (v *voice) poke() {
	select {
	case v.wake <- struct{}{}:
	default: // one token is enough
	}
}

// step moves what there is room for into the mouth and tells of the marks that
// were reached. It returns when to look again; 0: when woken.
func (v *voice) step() time.Duration {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.settle()
	v.feed()
	if v.waiting == 0 && len(v.marks) == 0 {
		return 0
	}
	heard := v.heard()
	again := v.length(int(v.written-heard)) / 2 // while it still has the other half
	if heard < v.cleared {
		again = 0 // there will be room as soon as the mouth has obeyed
	}
	if len(v.marks) > 0 && v.marks[0].at > heard {
		again = min(again, v.length(int(v.marks[0].at-heard)))
	}
	return max(again, 10*time.Millisecond)
}

func (v *voice) feed() {
	for v.waiting > 0 && v.mouth.Room() > 0 {
		n := v.mouth.Write(v.queue[0])
		if n == 0 {
			v.gone = true
			v.tally.count(func(r *Result) { r.FromBot.Dropped += v.length(v.waiting) })
			v.drop()
			return
		}
		v.written, v.waiting = v.written+uint64(n), v.waiting-n
		if v.queue[0] = v.queue[0][n:]; len(v.queue[0]) == 0 {
			v.queue[0], v.queue = nil, v.queue[1:]
		}
	}
}

// heard is how much of what was written has left the mouth.
func (v *voice) heard() uint64 { return min(v.mouth.Played()+v.mouth.Dropped(), v.written) }

func (v *voice) settle() {
	for heard := v.heard(); len(v.marks) > 0 && v.marks[0].at <= heard; v.marks = v.marks[1:] {
		v.tally.count(func(r *Result) { r.Marks++ })
		v.tell(reached{v.marks[0].mark, false})
	}
}

// left is how long what was said will still take.
func (v *voice) left() time.Duration {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.length(v.waiting + int(v.written-v.heard()))
}
