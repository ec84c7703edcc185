package stream

import (
	"context"
	"slices"
	"sync"
	"time"
)

// mostWaiting bounds what waits for the bot beside sound.
const mostWaiting = 512

// outbox is what waits to be sent, in order. When the bot is slow the oldest sound
// goes: late is worse than not at all.
type outbox struct {
	tally *tally
	most  int           // frames of sound
	wake  chan struct{} // holds one token when there is something

	mu     sync.Mutex
	items  []happening
	frames int // of sound, among the items
}

func newOutbox(most int, t *tally) *outbox {
	return &outbox{tally: t, most: max(most, 1), wake: make(chan struct{}, 1)}
}

// push puts something behind the others. It never waits.
func (o *outbox) push(e happening) {
	o.mu.Lock()
	_, sound := e.(sounded)
	switch {
	case sound && o.frames >= o.most:
		o.loseOldest()
		o.items = append(o.items, e)
	case sound:
		o.frames++
		o.items = append(o.items, e)
	case len(o.items)-o.frames >= mostWaiting:
		o.tally.count(func(r *Result) { r.ToBot.Discarded++ })
	default:
		o.items = append(o.items, e)
	}
	o.mu.Unlock()
	select {
	case o.wake <- struct{}{}:
	default: // one token is enough
	}
}

func (o *outbox) loseOldest() {
	i := slices.IndexFunc(o.items, isSound)
	o.tally.count(func(r *Result) { r.ToBot.Dropped += frameTime })
	o.items = slices.Delete(o.items, i, i+1)
}

func isSound(e happening) bool { _, ok := e.(sounded); return ok }

// next waits for something and takes it; false: ctx has ended.
func (o *outbox) next(ctx context.Context) (happening, bool) {
	for ctx.Err() == nil {
		if e, ok := o.take(); ok {
			return e, true
		}
		select {
		case <-o.wake:
		case <-ctx.Done():
		}
	}
	return nil, false
}

func (o *outbox) take() (happening, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.items) == 0 {
		return nil, false
	}
	e := o.items[0]
	o.items[0] = nil
	if o.items = o.items[1:]; isSound(e) {
		o.frames--
	}
	return e, true
}

// forgetSound drops the sound that waits, and keeps the rest: keys and marks are for
// whoever is connected next, too.
func (o *outbox) forgetSound() {
	o.mu.Lock()
	defer o.mu.Unlock()
	lost := time.Duration(o.frames) * frameTime
	o.items, o.frames = slices.DeleteFunc(o.items, isSound), 0
	o.tally.count(func(r *Result) { r.ToBot.Dropped += lost })
}
