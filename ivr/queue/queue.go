// Package queue conducts a caller through a queue: music and announcements while
// they wait, and the call to the agent who is to serve them.
//
// It acts on what the queues decide (package acd, by way of the interfaces here) and
// belongs to the goroutine of the caller's flow. Who is next, and which agent is
// free, is not known here.
package queue

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"trunkline/call"
	"trunkline/ivr/line"
)

// Queues let callers wait for agents. The error of Enter is a *call.Error.
type Queues interface {
	Enter(ctx context.Context, t Ticket) (Waiting, error)
}

// Ticket is a caller who enters a queue.
type Ticket struct {
	Queue    string
	Call     string
	Priority int
	Context  map[string]string // what the agent should know
}

// Waiting is a caller in a queue.
type Waiting interface {
	Offers() <-chan Offer
	Places() <-chan int // from 1 on, the latest only
	Connected() bool    // false: the queue is closed meanwhile
	Failed()
	Leave()
	Music() string           // the queue's own; "" for none
	Announce() time.Duration // how often the place is to be told; 0: never
}

// Offer is an agent who is reserved for the caller.
type Offer struct {
	Trunk, To string
	Ring      time.Duration
}

// Codes of errors beyond those of package call.
const (
	CodeExit   = "exit"   // the caller has left by key
	CodeClosed = "closed" // the queue is closed
)

// Caller is who waits.
type Caller struct {
	Line *line.Line
	Log  *slog.Logger
	// Music begins what the caller hears meanwhile; it is called anew after each
	// interruption.
	Music func() error
	// Tell says that the caller is at this place; nil: nobody is told.
	Tell  func(ctx context.Context, place int) error
	Every time.Duration // how often
	Exit  byte          // the key with which the caller leaves; 0: none
}

// Served is how a caller was served.
type Served struct {
	call.BridgeResult
	Agent  string
	Waited time.Duration
}

// Wait serves a caller until an agent has talked with them, or nobody will. The end
// of ctx is that of the caller's patience, life that of the call. The error is a
// *call.Error.
func (c *Caller) Wait(life, ctx context.Context, w Waiting) (Served, error) {
	var tell <-chan time.Time
	if c.Tell != nil && c.Every > 0 {
		t := time.NewTicker(c.Every)
		defer t.Stop()
		tell = t.C
	}
	began, place, music := time.Now(), 0, true
	for {
		if music {
			if err := c.Music(); err != nil {
				return Served{}, err
			}
		}
		music = false
		if c.Exit != 0 && c.Line.Pressed(c.Exit) { // also while something was said
			c.Line.Forget()
			return Served{}, line.Refusal("queue", CodeExit, "the caller has left the queue")
		}
		select {
		case o := <-w.Offers():
			waited := time.Since(began)
			res, reached, err := c.connect(life, w, o)
			if reached || err != nil {
				return Served{res, o.To, waited}, err
			}
			music = true
		case place = <-w.Places():
		case <-tell:
			if err := c.tell(ctx, place); err != nil {
				return Served{}, err
			}
			music = true
		case in := <-c.Line.Inputs():
			c.Line.Note(in)
		case <-ctx.Done():
			return Served{}, line.Refusal("queue", c.Line.Interrupted(), "nobody could take the call in time")
		}
	}
}

// connect calls an agent, and lets both talk.
func (c *Caller) connect(life context.Context, w Waiting, o Offer) (res call.BridgeResult, reached bool, err error) {
	leg, err := c.Line.Dial(life, call.DialRequest{Trunk: o.Trunk, To: o.To, Timeout: o.Ring})
	if err != nil {
		w.Failed()
		c.Log.Info("agent not reached", "trunk", o.Trunk, "agent", o.To, "error", err)
		return res, false, nil
	}
	if !w.Connected() {
		leg.Hangup()
		return res, false, line.Refusal("queue", CodeClosed, "the queue is closed")
	}
	res, err = c.Line.Bridge(life, leg)
	return res, true, err
}

// tell says where the caller is, if that is known.
func (c *Caller) tell(ctx context.Context, place int) error {
	if place == 0 {
		return nil
	}
	c.Line.Forget() // keys that mean nothing here, and would cut it short
	if err := c.Tell(ctx, place); err != nil && ctx.Err() == nil {
		return err
	}
	return nil // the end of ctx is seen by Wait
}

// Announcement fills a caller's place in: "{place}" stands for it.
func Announcement(text string, place int) string {
	return strings.ReplaceAll(text, "{place}", strconv.Itoa(place))
}
