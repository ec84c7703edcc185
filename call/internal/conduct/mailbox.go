package conduct

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"trunkline/call/event"
	"trunkline/call/internal/fault"
	"trunkline/sip"
)

// A message is anything that reaches a call: a wish of its flow, an event of a
// dialog or a media session, a timer.
type message interface{ apply(*Call) }

// act is a message that says itself what to do.
type act func(c *Call)

func (do act) apply(c *Call) { do(c) }

// post puts m into the mailbox without waiting. It reports false when the call
// is gone. A mailbox that overflows ends the call rather than stall the sender,
// which may be the SIP stack or a media thread's pump.
func (c *Call) post(m message) bool {
	select {
	case <-c.gone:
		return false
	default:
		return c.mail.Put(m)
	}
}

// wish posts m and waits for its answer on reply, the end of the call, or ctx.
func (c *Call) wish(ctx context.Context, verb string, m message, reply <-chan error) error {
	if !c.post(m) {
		return fault.Over(verb)
	}
	select {
	case err := <-reply:
		return err
	case <-c.gone:
		return fault.Over(verb)
	case <-ctx.Done():
		return fault.New(verb, c.interrupted(), context.Cause(ctx).Error())
	}
}

// ask lets do run on the call's goroutine and waits for what it says, the end of the
// call, or ctx.
func (c *Call) ask(ctx context.Context, verb string, do func() error) error {
	reply := make(chan error, 1)
	return c.wish(ctx, verb, act(func(*Call) { reply <- do() }), reply)
}

// interrupted tells a context that ended with the call from one that timed out.
func (c *Call) interrupted() string {
	select {
	case <-c.done:
		return fault.Hangup
	default:
		return fault.Timeout
	}
}

// run is the call's goroutine. It ends when nothing of the call is left.
func (c *Call) run() {
	defer c.bury()
	for !c.over() {
		out, next := c.inputs.Next()
		select {
		case <-c.mail.News():
			c.read()
		case out <- next:
			c.inputs.Sent()
		}
	}
}

// read handles what waits in the mailbox.
func (c *Call) read() {
	waiting, overrun := c.mail.Take()
	if overrun {
		c.end(Cause{Code: string(sip.Failed), By: event.BySystem, Text: "mailbox overrun"})
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
			c.end(Cause{Code: string(sip.Failed), By: event.BySystem, Text: "internal error"})
		}
	}()
	m.apply(c)
}

// after lets do run on the call's goroutine when d has passed.
func (c *Call) after(d time.Duration, do act) *time.Timer {
	return time.AfterFunc(d, func() { c.post(do) })
}
