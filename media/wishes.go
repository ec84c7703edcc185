package media

import (
	"fmt"

	"trunkline/codecs"
	"trunkline/media/feed"
	"trunkline/media/internal/shard"
	"trunkline/media/internal/wire"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/tap"
)

// This file has the wishes that take more of the Engine than passing them on.

// load makes clips ready to be played, which may take long the first time.
func (e *Engine) load(clips []*prompt.Clip) bool {
	e.mu.Lock()
	p := e.plane
	e.mu.Unlock()
	return p != nil && p.load(clips...) == nil
}

// expect remembers whether a session can be sent frames that were made ahead.
func (e *Engine) expect(id msg.Session, p msg.Params) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if l := e.legs[id]; l != nil {
		l.ahead = codecs.None
		if (p.Ptime == 0 || p.Ptime == prompt.FrameTime) && prompt.Suits(p.Send.Codec, p.Send.Format) {
			l.ahead = p.Send.Codec
		}
	}
	return true
}

// prepare has what a session plays encoded, so that others who play it later find
// it done. Now it is encoded as it plays.
func (e *Engine) prepare(id msg.Session, how msg.Playback, clips []*prompt.Clip) {
	if how.Gain != 0 || how.Over { // never sent as it is
		return
	}
	e.mu.Lock()
	codec := codecs.None
	if l := e.legs[id]; l != nil {
		codec = l.ahead
	}
	e.mu.Unlock()
	for _, c := range clips {
		e.preparer.Order(c, codec)
	}
}

// join brings two sessions together on one thread and joins them.
func (e *Engine) join(a, b msg.Session) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed || e.plane == nil {
		return false
	}
	la, lb := e.legs[a], e.legs[b]
	if la == nil || lb == nil {
		return true // whoever wished has heard, or will
	}
	// The one on the busier thread moves; both leave whom they were joined with.
	if lb.lane.weight() > la.lane.weight() {
		a, b, la, lb = b, a, lb, la
	}
	return e.move(a, la, lb.lane) && lb.lane.door.Post(&shard.Join{Session: a, Other: b})
}

// near moves a to the thread of b.
func (e *Engine) near(a, b msg.Session) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed || e.plane == nil {
		return false
	}
	la, lb := e.legs[a], e.legs[b]
	return la == nil || lb == nil || e.move(a, la, lb.lane)
}

// move takes a session to another thread of the same process; see shard.Move.
// Under mu.
func (e *Engine) move(id msg.Session, l *leg, to *lane) bool {
	from := l.lane
	if from == to {
		return true
	}
	if !from.door.HasRoom() || !to.door.HasRoom() { // nobody but us can make it less
		return false
	}
	to.door.Post(&shard.Expect{Session: id})
	from.door.Post(&shard.Move{Session: id, Shard: to.index})
	from.sessions--
	from.fresh = max(from.fresh-1, 0)
	to.opened()
	l.lane = to
	return true
}

// tap hands a tap to a session's thread.
func (e *Engine) tap(id msg.Session, t *tap.Tap) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed || e.plane == nil {
		return false
	}
	l := e.legs[id]
	switch {
	case l == nil: // nobody else will write to it
		t.End()
		t.Wake()
		return true
	case e.things.numbers[t] != 0:
		return true
	}
	number := e.things.add(t)
	if !l.lane.door.Post(&shard.Tap{Session: id, Number: number, Tap: t}) {
		e.things.remove(number)
		return false
	}
	return true
}

// untap takes it back.
func (e *Engine) untap(id msg.Session, t *tap.Tap) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed || e.plane == nil {
		return false
	}
	l, number := e.legs[id], e.things.numbers[t]
	return l == nil || number == 0 || l.lane.door.Post(&shard.Untap{Session: id, Number: number})
}

// NewFeed makes a feed at rate Hz, a multiple of 8000 up to 48000, that holds ms
// milliseconds: its ring lies where the media threads can see it.
func (e *Engine) NewFeed(rate, ms int) (*feed.Feed, error) {
	e.mu.Lock()
	p := e.plane
	e.mu.Unlock()
	if p == nil {
		return nil, ErrBusy
	}
	f, err := p.feed(rate, ms)
	if err != nil {
		return nil, fmt.Errorf("make feed: %w", err)
	}
	return f, nil
}

// stream hands a feed to a session's thread.
func (e *Engine) stream(id msg.Session, how msg.Playback, f *feed.Feed) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed || e.plane == nil || e.things.numbers[f] != 0 {
		return false
	}
	l := e.legs[id]
	if l == nil { // nobody else will play it
		f.Leave()
		f.Wake()
		return true
	}
	number := e.things.add(f)
	if !l.lane.door.Post(&shard.Stream{Session: id, Playback: how, Number: number, Feed: wire.Feed{Feed: f}}) {
		e.things.remove(number)
		return false
	}
	return true
}
