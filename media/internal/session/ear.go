package session

const (
	earSize   = 2048     // samples; a power of two
	earReview = 2 * rate // samples between looks at the backlog
)

// ear holds what the joined peer said until we send it. The two sides may have
// different packet times and tick at different moments.
//
// It never waits for a certain depth: when there is too little it gives silence
// and keeps what it has, which makes it just deep enough. What turns out never
// to be needed is left out, in a quiet moment if there is one.
type ear struct {
	buf   [earSize]int16
	start int // index of the oldest sample
	n     int // samples held

	low    int // least held after a pull, in this review
	pulled int // samples since the last review
	spare  bool
	again  bool // spare in the last review already: no more waiting for quiet
}

// push adds sound; the oldest gives way when there is too much.
func (e *ear) push(pcm []int16) {
	if over := e.n + len(pcm) - earSize; over > 0 {
		e.skip(over)
	}
	at := (e.start + e.n) % earSize
	k := copy(e.buf[at:], pcm)
	copy(e.buf[:], pcm[k:])
	e.n += len(pcm)
}

// pull fills dst with the oldest sound, or with silence.
func (e *ear) pull(dst []int16) {
	if e.n < len(dst) {
		clear(dst)
		e.low, e.pulled, e.spare, e.again = e.n, 0, false, false
		return
	}
	e.take(dst)
	if e.spare && e.n >= len(dst) && (e.again || quiet(dst)) {
		e.take(dst)
		e.spare, e.again, e.pulled, e.low = false, false, 0, e.n
	}
	e.review(len(dst))
}

func (e *ear) take(dst []int16) {
	k := copy(dst, e.buf[e.start:])
	copy(dst[k:], e.buf[:])
	e.skip(len(dst))
}

func (e *ear) skip(n int) {
	e.start = (e.start + n) % earSize
	e.n -= n
}

// review finds out whether a whole frame was always to spare.
func (e *ear) review(frame int) {
	e.low = min(e.low, e.n)
	if e.pulled += frame; e.pulled < earReview {
		return
	}
	e.again = e.spare
	e.spare = e.low >= frame
	e.pulled, e.low = 0, e.n
}

// Join lets s and other hear each other, parting both from whom they heard
// before. A session cannot be joined with itself or a closed one.
func (s *Session) Join(other *Session) {
	if s == other || s.closed || other.closed || s.peer == other {
		return
	}
	s.Leave()
	other.Leave()
	s.peer, other.peer = other, s
}

// Leave parts s from its peer, if any. What was said and not yet sent is forgotten.
func (s *Session) Leave() {
	if s.peer == nil {
		return
	}
	s.peer.peer, s.peer.ear = nil, ear{}
	s.peer, s.ear = nil, ear{}
}
