package caller

import (
	"fmt"
	"time"

	"trunkline/call"
	"trunkline/ivr/line"
	"trunkline/media/feed"
)

// playback is a prompt on its way to the caller. What changes is guarded by
// Caller.mu.
type playback struct {
	c       *Caller
	number  byte // tells it from those before it
	sound   call.Sound
	began   time.Duration
	total   time.Duration
	played  time.Duration // until since, or in all while it does not run
	since   time.Time
	running bool
	held    bool // paused
	outcome string
	timer   *time.Timer   // to its end; nil of a feed
	over    chan struct{} // closed at its end
}

// endless is the length of what is played again and again.
const endless = 24 * time.Hour

// Play begins to play a sound in the place of what plays.
func (c *Caller) Play(s call.Sound) (line.Playback, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.plays {
		p.finish("replaced")
	}
	p := &playback{
		c: c, number: byte(len(c.plays)), sound: s, began: time.Since(c.times.Started), since: time.Now(), over: make(chan struct{}),
	}
	for _, clip := range s.Clips {
		p.total += clip.Duration()
	}
	p.total = max(0, p.total*time.Duration(max(s.How.Loop, 1))-s.How.From)
	if s.How.Loop < 0 {
		p.total = endless
	}
	c.plays = append(c.plays, p)
	c.note(Event{Kind: Plays, Text: s.What.Text + s.What.File})
	switch {
	case c.times.Answered.IsZero() || !c.times.Ended.IsZero():
		p.finish("dropped")
	case s.Feed != nil:
		p.total = 0
		go p.stream()
	default:
		p.running = true
		p.timer = time.AfterFunc(p.total, p.ring)
	}
	return p, nil
}

// NewFeed makes a feed that can be played.
func (c *Caller) NewFeed(rate, ms int) (*feed.Feed, error) { return feed.New(rate, ms), nil }

// frame is how much of a feed is played at a time.
const frame = 20 * time.Millisecond

// stream plays what is written to the feed, to its end, as the media plane does.
// It ends with the playback.
func (p *playback) stream() {
	s := p.sound.Feed
	tick := time.NewTicker(frame)
	defer tick.Stop()
	pcm := make([]int16, s.Rate()/int(time.Second/frame))
	for over := false; !over; {
		p.c.mu.Lock()
		over = p.pull(pcm)
		p.c.mu.Unlock()
		if over {
			s.Leave()
		}
		if over || s.Awaited() {
			s.Wake()
		}
		select {
		case <-p.over:
		case <-tick.C:
		}
	}
}

// pull plays the next frame of the feed and reports whether it is over; mu is held.
func (p *playback) pull(pcm []int16) bool {
	s := p.sound.Feed
	if p.outcome != "" {
		return true
	}
	if p.held {
		s.Pull(nil)
	} else {
		p.played += time.Duration(s.Pull(pcm)) * time.Second / time.Duration(s.Rate())
	}
	p.total = p.played
	if s.Done() {
		p.finish("finished")
	}
	return p.outcome != ""
}

// ring is the timer's.
func (p *playback) ring() {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	if p.running && p.heard() >= p.total {
		p.finish("finished")
	}
}

// heard is how much of it was played; mu is held.
func (p *playback) heard() time.Duration {
	if p.running {
		return min(p.total, p.played+time.Since(p.since))
	}
	return p.played
}

// finish ends the playback, once; mu is held.
func (p *playback) finish(outcome string) {
	if p.outcome != "" {
		return
	}
	p.played = p.heard()
	p.running, p.outcome = false, outcome
	close(p.over)
	if p.timer != nil {
		p.timer.Stop()
	}
	if outcome != "finished" {
		p.c.note(Event{Kind: Stops, Text: fmt.Sprintf("%s after %.1f s", interrupted(outcome), p.played.Seconds())})
	}
	p.c.stir()
	p.c.give(call.Input{Kind: call.PlaybackEnded, Digit: p.number, Outcome: outcome, Heard: p.played, Total: p.total})
}

// interrupted tells an outcome.
func interrupted(outcome string) string {
	switch outcome {
	case "dropped":
		return "is not heard any more"
	case "replaced":
		return "begins something else"
	}
	return "stops speaking"
}

// prompt is what is known of it; mu is held.
func (p *playback) prompt() Prompt {
	return Prompt{
		Text: p.sound.What.Text, File: p.sound.What.File, Language: p.sound.What.Language,
		Began: p.began, Heard: p.heard(), Total: p.total, Outcome: p.outcome,
	}
}

// Pause holds it at the very sample.
func (p *playback) Pause() {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	if p.outcome != "" || p.held {
		return
	}
	p.played = p.heard()
	p.running, p.held = false, true
	if p.timer != nil {
		p.timer.Stop()
	}
	p.c.note(Event{Kind: Stops, Text: fmt.Sprintf("pauses after %.1f s", p.played.Seconds())})
}

// Resume goes on where Pause held it.
func (p *playback) Resume() {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	if p.outcome != "" || !p.held {
		return
	}
	p.held = false
	if p.timer != nil {
		p.running, p.since = true, time.Now()
		p.timer.Reset(p.total - p.played)
	}
	p.c.note(Event{Kind: Stops, Text: "goes on speaking"})
}

// Stop ends it.
func (p *playback) Stop() {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	p.finish("stopped")
}

// Ended reports whether in is about it.
func (p *playback) Ended(in call.Input) bool {
	return in.Kind == call.PlaybackEnded && in.Digit == p.number
}
