package session

const (
	earLength = 256 // ms of sound an ear holds at most
	fading    = 200 // how many fades fit into a second: each lasts 5 ms
)

// ear holds what the joined peer said until we send it. The two sides may have
// different packet times and rates and tick at different moments.
//
// It never waits for a certain depth: when there is too little it gives silence
// and keeps what it has, which makes it just deep enough. What turns out never
// to be needed is left out, in a quiet moment if there is one. Sound that sets
// in or is cut off is faded, so that it does not click.
type ear struct {
	buf   []int16 // made when first needed
	start int     // index of the oldest sample
	n     int     // samples held
	rate  int
	conv  converter
	open  bool // something was pushed already
	shut  bool // nothing more will be pushed: fade out what is left

	low    int // least held after a pull, in this review
	pulled int // samples since the last review
	spare  bool
	again  bool // spare in the last review already: no more waiting for quiet
}

// push adds sound sampled at from Hz, which it may change, for a session that
// works at to Hz; the oldest gives way when there is too much. space is for
// sound at the other rate.
func (e *ear) push(pcm, space []int16, from, to int) {
	if e.rate != to || e.shut { // another peer than before, or another codec
		*e = ear{rate: to, open: e.open && !e.shut}
	}
	if e.buf == nil {
		e.buf = make([]int16, to/1000*earLength)
	}
	e.conv.set(from, to)
	pcm = e.conv.convert(space, pcm)
	if over := e.n + len(pcm) - len(e.buf); over > 0 {
		e.skip(over)
	}
	if !e.open {
		e.open = true
		fade(pcm[:min(len(pcm), to/fading)], 0, 1)
	}
	at := (e.start + e.n) % len(e.buf)
	k := copy(e.buf[at:], pcm)
	copy(e.buf, pcm[k:])
	e.n += len(pcm)
}

// pull fills dst with the oldest sound, or with silence.
func (e *ear) pull(dst []int16) {
	if e.shut {
		e.finish(dst)
		return
	}
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

// finish fades out what is left.
func (e *ear) finish(dst []int16) {
	n := min(e.n, len(dst), e.rate/fading)
	e.take(dst[:n])
	fade(dst[:n], 1, 0)
	clear(dst[n:])
	*e = ear{}
}

func (e *ear) take(dst []int16) {
	if len(dst) == 0 {
		return
	}
	k := copy(dst, e.buf[e.start:])
	copy(dst[k:], e.buf)
	e.skip(len(dst))
}

func (e *ear) skip(n int) {
	e.start = (e.start + n) % len(e.buf)
	e.n -= n
}

// review finds out, every two seconds, whether a whole frame was always to spare.
func (e *ear) review(frame int) {
	e.low = min(e.low, e.n)
	if e.pulled += frame; e.pulled < 2*e.rate {
		return
	}
	e.again = e.spare
	e.spare = e.low >= frame
	e.pulled, e.low = 0, e.n
}

// fade scales pcm from one gain to another, neither above 1.
func fade(pcm []int16, from, to float32) {
	step := (to - from) / float32(max(len(pcm), 1))
	for i, x := range pcm {
		from += step
		pcm[i] = int16(float32(x) * from)
	}
}
