package call

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"trunkline/sip"
)

// mailboxSize bounds what may wait for a call. Nothing legal comes near it: a
// leg makes some tens of messages a second, and each takes microseconds.
const mailboxSize = 512

// A message is anything that reaches a call: a wish of its flow, an event of a
// dialog or a media session, a timer.
type message interface{ apply(*Call) }

// mailbox is what waits for a call: as long as need be, and empty most of the
// time. Any goroutine puts something in, the call's takes it out.
type mailbox struct {
	news chan struct{} // holds a token when there is something to take

	mu      sync.Mutex // held for an append
	waiting []message
	overrun bool // something found no room
	shut    bool // nobody will take anything any more
}

func newMailbox() mailbox { return mailbox{news: make(chan struct{}, 1)} }

// put adds m, unless the mailbox is full.
func (b *mailbox) put(m message) bool {
	b.mu.Lock()
	room := len(b.waiting) < mailboxSize && !b.shut
	if room {
		b.waiting = append(b.waiting, m)
	} else {
		b.overrun = true
	}
	b.mu.Unlock()
	select {
	case b.news <- struct{}{}:
	default:
	}
	return room
}

// take empties the mailbox, and reports whether it was once too full.
func (b *mailbox) take() (waiting []message, overrun bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	waiting, b.waiting = b.waiting, nil
	return waiting, b.overrun
}

// close takes what is left; nothing more finds room.
func (b *mailbox) close() []message {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shut = true
	return b.waiting
}

// post puts m into the mailbox without waiting. It reports false when the call
// is gone. A mailbox that overflows ends the call rather than stall the sender,
// which may be the SIP stack or a media thread's pump.
func (c *Call) post(m message) bool {
	select {
	case <-c.gone:
		return false
	default:
		return c.mail.put(m)
	}
}

// wish posts m and waits for its answer on reply, the end of the call, or ctx.
func (c *Call) wish(ctx context.Context, verb string, m message, reply <-chan error) error {
	if !c.post(m) {
		return over(verb)
	}
	select {
	case err := <-reply:
		return err
	case <-c.gone:
		return over(verb)
	case <-ctx.Done():
		return failed(verb, c.interrupted(), context.Cause(ctx).Error())
	}
}

// interrupted tells a context that ended with the call from one that timed out.
func (c *Call) interrupted() string {
	select {
	case <-c.done:
		return CodeHangup
	default:
		return CodeTimeout
	}
}

// run is the call's goroutine. It ends when nothing of the call is left.
func (c *Call) run() {
	defer c.bury()
	for !c.over() {
		out, next := c.offer()
		select {
		case <-c.mail.news:
			c.read()
		case out <- next:
			c.ahead = c.ahead[1:]
		}
	}
}

// read handles what waits in the mailbox.
func (c *Call) read() {
	waiting, overrun := c.mail.take()
	if overrun {
		c.end(Cause{Code: string(sip.Failed), By: BySystem, Text: "mailbox overrun"})
	}
	for _, m := range waiting {
		if c.over() {
			return
		}
		c.handle(m)
	}
}

// handle applies m; a panic in it ends this call and no other.
func (c *Call) handle(m message) {
	defer func() {
		if p := recover(); p != nil {
			c.log.Error("panic in call", "message", fmt.Sprintf("%T", m), "panic", p, "stack", string(debug.Stack()))
			c.end(Cause{Code: string(sip.Failed), By: BySystem, Text: "internal error"})
		}
	}()
	m.apply(c)
}

// after posts m when d has passed.
func (c *Call) after(d time.Duration, m message) *time.Timer {
	return time.AfterFunc(d, func() { c.post(m) })
}
