package call

import (
	"trunkline/call/event"
	"trunkline/media"
	"trunkline/media/feed"
	"trunkline/media/msg"
	"trunkline/media/prompt"
)

// Sound is what Play plays to the caller, and how.
type Sound struct {
	What  event.PromptStarted // what events call it
	Clips []*prompt.Clip      // played one after the other, as How says; its Ref is not used
	Feed  *feed.Feed          // instead of Clips: from NewFeed
	How   msg.Playback
}

// Play starts to play a sound to the caller, replacing what played, and returns
// the playback's name at once. What becomes of it arrives as an Input; before
// the caller is answered it is dropped.
func (c *Call) Play(s Sound) (Playback, error) {
	s.How.Ref = msg.Ref(c.deps.refs.Add(1))
	if !c.post(play{s}) {
		return Playback{}, over("play")
	}
	return Playback{c, s.How.Ref}, nil
}

// NewFeed makes a feed at rate Hz that holds ms milliseconds, to be played once
// as a Sound.
func (c *Call) NewFeed(rate, ms int) (*feed.Feed, error) {
	f, err := c.deps.plane.Engine.NewFeed(rate, ms)
	if err != nil {
		return nil, failed("play", CodeInvalid, err.Error())
	}
	return f, nil
}

type play struct{ Sound }

func (m play) apply(c *Call) {
	l := c.head
	if c.ending || !l.Up() || !m.start(l) {
		if m.Feed != nil { // nobody will play it: writers must not wait
			m.Feed.Leave()
			m.Feed.Wake()
		}
		c.feed(Input{Kind: PlaybackEnded, Playback: Playback{c, m.How.Ref}, Outcome: outcomeName(msg.Dropped)})
		return
	}
	if c.early != nil { // the flow knows better what is to be heard
		c.hushEarly(c.early)
	}
	c.plays[m.How.Ref] = m.What
	c.publish(l.ID, m.What)
}

func (m play) start(l *leg) bool {
	if m.Feed != nil {
		return l.Session.Stream(m.How, m.Feed)
	}
	return l.Session.PlayAs(m.How, m.Clips...)
}

func (l *leg) onPlayDone(e msg.Event) {
	c := l.call
	what, ok := c.plays[e.Ref]
	if !ok {
		return // comfort such as ringback, which nobody waits for
	}
	delete(c.plays, e.Ref)
	outcome := outcomeName(e.Outcome)
	c.publish(l.ID, event.PromptEnded{
		Text: what.Text, File: what.File, Outcome: outcome,
		HeardMS: e.Heard.Milliseconds(), TotalMS: e.Total.Milliseconds(),
	})
	c.feed(Input{
		Kind: PlaybackEnded, Playback: Playback{c, e.Ref}, Outcome: outcome, Heard: e.Heard, Total: e.Total,
	})
}

func outcomeName(o msg.Outcome) string {
	switch o {
	case msg.Finished:
		return "finished"
	case msg.Stopped:
		return "stopped"
	case msg.Replaced:
		return "replaced"
	default:
		return "dropped"
	}
}

// Playback names one Play of one call.
type Playback struct {
	call *Call
	ref  msg.Ref
}

// Pause holds the playback at the very sample. After its end it does nothing;
// neither do Resume and Stop.
func (p Playback) Pause() { p.steer(media.Session.Pause) }

// Resume goes on where Pause held.
func (p Playback) Resume() { p.steer(media.Session.Resume) }

// Stop ends the playback; its Input says how much was heard.
func (p Playback) Stop() { p.steer(media.Session.Stop) }

func (p Playback) steer(to func(media.Session, msg.Ref) bool) {
	if p.call != nil {
		p.call.post(steer{p.ref, to})
	}
}

type steer struct {
	ref msg.Ref
	to  func(media.Session, msg.Ref) bool
}

func (m steer) apply(c *Call) { m.to(c.head.Session, m.ref) }
