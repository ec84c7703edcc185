package waiting

import (
	"context"
	"sync"
	"time"

	"trunkline/call"
	"trunkline/ivr/line"
	"trunkline/ivr/queue"
)

// caller is a call without sound in which nothing happens. It has no goroutine and
// no timer: what is measured is the flow's. A method that no flow here asks for
// panics.
type caller struct {
	line.Phone
	ready  func() // the flow is about to wait
	inputs chan call.Input
	done   chan struct{}
	end    context.CancelFunc
	once   sync.Once
	begun  time.Time
}

func newCaller(end context.CancelFunc, ready func()) *caller {
	return &caller{ready: ready, inputs: make(chan call.Input, 4), done: make(chan struct{}), end: end, begun: time.Now()}
}

func (c *caller) Info() call.Info {
	return call.Info{ID: "c", Direction: call.Inbound, Trunk: "local", From: "100", To: "x", Flow: "x"}
}
func (c *caller) Done() <-chan struct{}        { return c.done }
func (c *caller) Cause() call.Cause            { return call.Cause{Code: "normal", By: call.ByCaller} }
func (c *caller) Times() call.Times            { return call.Times{Started: c.begun, Answered: c.begun} }
func (c *caller) Inputs() <-chan call.Input    { return c.inputs }
func (c *caller) Answer(context.Context) error { return nil }

// Ring is how a flow says that it is about to wait.
func (c *caller) Ring(context.Context) error {
	c.ready()
	return nil
}

func (c *caller) Play(call.Sound) (line.Playback, error) { return endless{}, nil }

func (c *caller) Hangup(_, _, _ string) {
	c.once.Do(func() {
		c.end()
		close(c.done)
	})
}

// endless is music.
type endless struct{}

func (endless) Pause()                {}
func (endless) Resume()               {}
func (endless) Stop()                 {}
func (endless) Ended(call.Input) bool { return false }

// nobody is a queue without agents.
type nobody struct{ queue.Waiting }

func (nobody) Enter(context.Context, queue.Ticket) (queue.Waiting, error) { return nobody{}, nil }
func (nobody) Offers() <-chan queue.Offer                                 { return nil }
func (nobody) Places() <-chan int                                         { return nil }
func (nobody) Leave()                                                     {}
func (nobody) Music() string                                              { return "" }
func (nobody) Announce() time.Duration                                    { return 0 }
