// Package caller is a call that exists on paper only: a line.Phone whose caller
// follows a script, in place of a telephone, so that flows can be tried.
//
// A Caller hears what is played, speaks, presses keys, waits and hangs up; legs
// that the flow dials do what they are told. Speech passes through a recogniser
// and a synthesiser that know the words beforehand. All of it runs on package
// time: within a bubble of testing/synctest a call of minutes takes
// milliseconds. What happened is kept as a list of Events.
//
// Package flowtest drives it for `trunkline flow test`. It opens no socket and
// starts no process, and no production call ever comes by here.
package caller

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"trunkline/call"
)

// Leg is what becomes of a leg that the flow dials.
type Leg struct {
	Outcome string        // "answer", or why not: busy, no_answer, rejected, …
	After   time.Duration // how long it rings
	Talks   time.Duration // how long it talks once bridged; 0: until the caller hangs up
	Ends    string        // cause of its end; "" is normal
	By      string        // who ends the talk: call.ByCallee (also ""), or call.ByCaller, who is gone then
}

// Answers is the Outcome of a leg that is answered.
const Answers = "answer"

// Script is what is settled before the call begins.
type Script struct {
	Info call.Info
	// Dial says what a dialled leg does. Nil: it rings for ever.
	Dial func(call.DialRequest) Leg
	// Transfer returns the code of an error for a REFER, "" when it works. Nil: it works.
	Transfer func(to string) string
}

// Caller is a scripted caller's call. Its methods may be used by any goroutine
// of one bubble.
type Caller struct {
	script Script
	done   chan struct{}
	inputs chan call.Input
	ctx    context.Context
	cancel context.CancelFunc

	mu       sync.Mutex // guards what follows
	news     chan struct{}
	times    call.Times
	cause    call.Cause
	events   []Event
	plays    []*playback
	words    []utterance
	quiet    *time.Timer // the end of what was said, not yet noticed
	recorded bool
	listens  int // open
	streams  int // open recognitions
	blind    int // Conceals without their end
	talks    int // with others than the flow
	lastDone int // length of events when the caller last did something
}

// mostInputs is how much a flow may leave unread; what comes beyond is lost.
const mostInputs = 1024

// New makes a call that has just come in. HangUp, or the flow, ends it.
func New(s Script) *Caller {
	c := &Caller{script: s, done: make(chan struct{}), inputs: make(chan call.Input, mostInputs), news: make(chan struct{})}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.times.Started = time.Now()
	return c
}

// Context is the call's: it ends with it.
func (c *Caller) Context() context.Context { return c.ctx }

// note adds to the list of what happened; mu is held.
func (c *Caller) note(e Event) {
	e.At = time.Since(c.times.Started)
	c.events = append(c.events, e)
	c.stir()
}

func (c *Caller) notef(kind Kind, format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.note(Event{Kind: kind, Text: fmt.Sprintf(format, args...)})
}

// Note adds a line to what the flow does.
func (c *Caller) Note(text string) { c.notef(Does, "%s", text) }

// Aside adds a line of whoever writes the script.
func (c *Caller) Aside(text string) { c.notef(Aside, "%s", text) }

// stir tells those who Await; mu is held.
func (c *Caller) stir() {
	close(c.news)
	c.news = make(chan struct{})
}

// Await waits until ok, which is asked again whenever something has happened. It
// returns false after within, when the call has ended, and when ctx ends.
func (c *Caller) Await(ctx context.Context, within time.Duration, ok func() bool) bool {
	late := time.NewTimer(within)
	defer late.Stop()
	for {
		c.mu.Lock()
		news, over := c.news, !c.times.Ended.IsZero()
		c.mu.Unlock()
		switch {
		case ok():
			return true
		case over:
			return false
		}
		select {
		case <-news:
		case <-late.C:
			return ok()
		case <-ctx.Done():
			return false
		}
	}
}

// Events is what happened so far, in order.
func (c *Caller) Events() []Event {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.events)
}

// Prompts are those that were begun, in order.
func (c *Caller) Prompts() []Prompt {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]Prompt, len(c.plays))
	for i, p := range c.plays {
		out[i] = p.prompt()
	}
	return out
}

// Nodes are the nodes of menus that were reached, and from which of them on they
// were reached since the caller last did something.
func (c *Caller) Nodes() (nodes []Event, since int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, e := range c.events {
		if e.Kind != Node {
			continue
		}
		if i < c.lastDone {
			since++
		}
		nodes = append(nodes, e)
	}
	return nodes, since
}

// Lately is what happened since the caller last did something, beginning with
// that.
func (c *Caller) Lately() []Event {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.events[max(0, c.lastDone-1):])
}

// Ended reports whether the call is over, and why.
func (c *Caller) Ended() (call.Cause, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cause, !c.times.Ended.IsZero()
}

// LeftOpen says what the flow did not let go of, once it has returned; "" for
// nothing.
func (c *Caller) LeftOpen() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.listens+c.streams+c.blind == 0 {
		return ""
	}
	return fmt.Sprintf("%d times listening, %d recognitions, %d times concealed", c.listens, c.streams, c.blind)
}
