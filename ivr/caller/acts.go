package caller

import (
	"context"
	"time"

	"trunkline/call"
)

// What callers do.

// Words are what a caller says.
type Words struct {
	Text       string        // "": a noise without words
	Confidence float64       // of the recogniser; 0 is 0.9
	Lasts      time.Duration // 0: as long as such a text takes
}

// utterance is when the caller said what.
type utterance struct {
	Words
	from, to time.Time
}

// Speech is noticed a while after its beginning, and after its end.
const (
	noticeStart = 100 * time.Millisecond
	noticeEnd   = 300 * time.Millisecond
)

// Say speaks, and returns when the caller has spoken or the call is over.
func (c *Caller) Say(ctx context.Context, w Words) {
	if w.Lasts == 0 {
		w.Lasts = max(Length(w.Text), 500*time.Millisecond)
	}
	now := time.Now()
	c.mu.Lock()
	c.act(Says, w.Text)
	c.words = append(c.words, utterance{w, now, now.Add(w.Lasts)})
	listened := c.listens+c.talks > 0
	goingOn := c.quiet != nil && c.quiet.Stop() // no silence between this and what came before
	c.mu.Unlock()
	rest := w.Lasts
	if !goingOn {
		first := min(noticeStart, rest)
		c.Wait(ctx, first)
		rest -= first
		c.give(call.Input{Kind: call.SpeechStarted})
	}
	c.Wait(ctx, rest)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !listened && c.listens+c.talks == 0 && w.Text != "" && c.times.Ended.IsZero() {
		c.note(Event{Kind: Unheard, Text: w.Text})
	}
	c.quiet = time.AfterFunc(noticeEnd, func() { c.give(call.Input{Kind: call.SpeechEnded}) })
}

// Press presses keys, one each gap.
func (c *Caller) Press(ctx context.Context, keys string, gap time.Duration) {
	for i := range len(keys) {
		if i > 0 {
			c.Wait(ctx, gap)
		}
		c.mu.Lock()
		c.act(Presses, c.hidden(keys[i:i+1]))
		c.mu.Unlock()
		c.give(call.Input{Kind: call.KeyPressed, Digit: keys[i]})
	}
}

// hidden is a key as it may be shown; mu is held.
func (c *Caller) hidden(key string) string {
	if c.blind > 0 {
		return "a key that nobody may see"
	}
	return key
}

// Stay says nothing for a while, on purpose.
func (c *Caller) Stay(ctx context.Context, d time.Duration) {
	c.mu.Lock()
	c.act(Stays, "stays silent for "+d.String())
	c.mu.Unlock()
	c.Wait(ctx, d)
}

// HangUp ends the call.
func (c *Caller) HangUp() {
	c.mu.Lock()
	if c.times.Ended.IsZero() {
		c.act(Stays, "hangs up")
	}
	c.mu.Unlock()
	c.end(call.Cause{Code: "normal", By: call.ByCaller})
}

// Message brings the flow a message, as the API does.
func (c *Caller) Message(text string) {
	c.mu.Lock()
	c.act(Stays, "gets a message through to the flow: "+text)
	c.mu.Unlock()
	c.give(call.Input{Kind: call.MessageReceived, Text: text})
}

// Wait lets time pass, unless the call ends first.
func (c *Caller) Wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-c.done:
	case <-ctx.Done():
	}
}

// act notes what the caller does; mu is held.
func (c *Caller) act(kind Kind, text string) {
	c.note(Event{Kind: kind, Text: text})
	c.lastDone = len(c.events)
}

// give hands the flow an input, unless it has let a great many lie.
func (c *Caller) give(in call.Input) {
	select {
	case c.inputs <- in:
	default:
	}
}
