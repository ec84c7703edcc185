package prompt

import (
	"slices"
	"sync"
	"time"

	"trunkline/codecs"
)

// What a Preparer takes on.
const (
	mostOrders   = 64               // more wait for no clip: they are encoded as they play, and ordered again
	longestAhead = 10 * time.Minute // longer sound is heard out by hardly anybody
)

// Preparer makes frames of clips ahead: what costs to encode is encoded once for
// all who play it, on a goroutine of its own, which lives while there is
// something to do. Until the frames are there, who plays a clip encodes it
// himself. What it made belongs to the clip, and counts in its Bytes.
//
// The zero value is ready to be used, by any goroutine of the control plane.
type Preparer struct {
	mu      sync.Mutex // guards what follows
	orders  []order    // none twice; the first is being worked on
	closed  bool
	working sync.WaitGroup
}

type order struct {
	clip  *Clip
	codec codecs.ID
}

// Order sees to it that clip will have frames of a codec, if that is worth it,
// and does not wait. An order is lost, not kept for later, when there are too
// many, and after Close.
func (p *Preparer) Order(clip *Clip, codec codecs.ID) {
	o := order{clip, codec}
	if !costly(codec) || clip.Samples() == 0 || clip.Duration() > longestAhead || clip.Frames(codec) != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.orders) >= mostOrders || slices.Contains(p.orders, o) {
		return
	}
	if p.orders = append(p.orders, o); len(p.orders) == 1 {
		p.working.Go(p.work)
	}
}

// work fills the orders, one after the other, until there are none.
func (p *Preparer) work() {
	for {
		p.mu.Lock()
		next := p.orders[0]
		p.mu.Unlock()
		_ = next.clip.Prepare(next.codec) // without the codec nobody plays it either
		p.mu.Lock()
		p.orders[0] = order{} // holds no clip
		p.orders = p.orders[1:]
		done := len(p.orders) == 0
		p.mu.Unlock()
		if done {
			return
		}
	}
}

// Wait returns when all that was ordered so far is there.
func (p *Preparer) Wait() { p.working.Wait() }

// Close forgets all orders but the one that is being worked on, and waits for it.
func (p *Preparer) Close() {
	p.mu.Lock()
	p.closed = true
	p.orders = p.orders[:min(len(p.orders), 1)]
	p.mu.Unlock()
	p.working.Wait()
}

// costly reports whether encoding costs more than finding what was encoded, and
// what was encoded can be spliced into a stream: G.711 and linear sound cost next
// to nothing, and a decoder of G.722 that comes from other sound needs 200 ms to
// find its way.
func costly(codec codecs.ID) bool { return codec == codecs.Opus }

// opusRate is the bit rate, bit/s, that Opus frames made ahead stay below on
// average.
const opusRate = 24000

// Suits reports whether frames of a codec that were made ahead may be sent to a
// far side that asked for f.
func Suits(codec codecs.ID, f codecs.Format) bool {
	switch codec {
	case codecs.Opus: // the other wishes are hints (RFC 7587 §6.1)
		return !f.CBR && (f.Bitrate == 0 || f.Bitrate >= opusRate)
	case codecs.G722:
		return false // see costly
	}
	return f == codecs.Format{}
}
