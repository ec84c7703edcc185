package conduct

import (
	"trunkline/call/internal/fault"
	"trunkline/call/internal/inlet"
	"trunkline/call/internal/sound"
	"trunkline/media/feed"
	"trunkline/media/msg"
)

// Sound is what Play plays to the caller, and how. Its Feed is from NewFeed.
type Sound = sound.Sound

// Play starts to play a sound to the caller, replacing what played, and returns
// the playback's name at once. What becomes of it arrives as an Input; before
// the caller is answered it is dropped.
func (c *Call) Play(s Sound) (Playback, error) {
	s.How.Ref = c.player.Name()
	if !c.post(act(func(c *Call) { c.play(s) })) {
		return Playback{}, fault.Over("play")
	}
	return c.player.Playback(s.How.Ref), nil
}

// NewFeed makes a feed at rate Hz that holds ms milliseconds, to be played once
// as a Sound.
func (c *Call) NewFeed(rate, ms int) (*feed.Feed, error) {
	f, err := c.deps.Plane.Engine.NewFeed(rate, ms)
	if err != nil {
		return nil, fault.New("play", fault.Invalid, err.Error())
	}
	return f, nil
}

func (c *Call) play(s Sound) {
	l := c.head
	if c.ending || !l.Up() || !c.player.Begin(s, l.Session) {
		s.Drop()
		c.feed(Input{Kind: inlet.PlaybackEnded, Playback: c.player.Playback(s.How.Ref), Outcome: sound.Outcome(msg.Dropped)})
		return
	}
	if c.early != nil { // the flow knows better what is to be heard
		c.hushEarly(c.early)
	}
	c.publish(l.ID, s.What)
}

func (l *leg) onPlayDone(e msg.Event) {
	c := l.call
	what, ok := c.player.Done(e.Ref)
	if !ok {
		return // comfort such as ringback, which nobody waits for
	}
	outcome := sound.Outcome(e.Outcome)
	c.publish(l.ID, sound.Ended(what, e))
	c.feed(Input{
		Kind: inlet.PlaybackEnded, Playback: c.player.Playback(e.Ref), Outcome: outcome, Heard: e.Heard, Total: e.Total,
	})
}

// dropPlays ends what a leg plays, or would, as it does so no longer.
func (c *Call) dropPlays(l *leg) {
	for _, ref := range c.player.All() {
		if l == c.head {
			l.onPlayDone(msg.Event{Kind: msg.PlayDone, Ref: ref, Outcome: msg.Dropped})
		}
	}
}

// comfort lets whoever waits hear that a leg rings, unless the flow plays something
// meanwhile. Nobody waits for the end of this playback.
func (l *leg) comfort() {
	c := l.call
	if l.dial == nil || l.ear == nil || l.ringback != 0 || c.early != nil || l.ear == c.head && c.player.Busy() {
		return
	}
	if c.bridge != nil && c.bridge.stands {
		return // somebody is to be heard
	}
	if !l.ear.Up() && !l.ear.Early {
		return // deaf
	}
	l.ringback = c.player.Name()
	l.ear.Session.Play(l.ringback, -1, c.deps.Ringback())
}

// hush ends the comfort, if it was given and nothing has replaced it.
func (l *leg) hush() {
	if l.ringback != 0 {
		l.ear.Session.Stop(l.ringback)
		l.ringback = 0
	}
}
