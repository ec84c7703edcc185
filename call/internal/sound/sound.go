// Package sound is what a call plays: sounds, the playbacks that they become, and
// what is known of them until they are over.
//
// A Player belongs to the goroutine of its call, but for Name; a Playback is anybody's,
// who steers it by posting to that goroutine. Only package call uses it.
package sound

import (
	"sync"
	"sync/atomic"
	"time"

	"trunkline/call/event"
	"trunkline/media"
	"trunkline/media/feed"
	"trunkline/media/msg"
	"trunkline/media/prompt"
)

// Sound is what is played, and how.
type Sound struct {
	What  event.PromptStarted // what events call it
	Clips []*prompt.Clip      // played one after the other, as How says; its Ref is not used
	Feed  *feed.Feed          // instead of Clips
	How   msg.Playback
}

// Sounds reports whether there is anything to be heard.
func (s Sound) Sounds() bool { return s.Feed != nil || len(s.Clips) > 0 }

// Start plays it; false when the media thread is too busy.
func (s Sound) Start(on media.Session) bool {
	if s.Feed != nil {
		return on.Stream(s.How, s.Feed)
	}
	return on.PlayAs(s.How, s.Clips...)
}

// Drop is for a sound that nobody plays: who writes to its feed must not wait.
func (s Sound) Drop() {
	if s.Feed != nil {
		s.Feed.Leave()
		s.Feed.Wake()
	}
}

// Player knows what a call plays.
type Player struct {
	names *atomic.Uint64 // unique among all who share a media plane
	post  func(Steering)
	under map[msg.Ref]event.PromptStarted
}

// NewPlayer makes a player that takes names from a counter, and whose playbacks post
// how they are steered.
func NewPlayer(names *atomic.Uint64, post func(Steering)) *Player {
	return &Player{names: names, post: post, under: map[msg.Ref]event.PromptStarted{}}
}

// Name returns a name for a playback or for digits, never the same.
func (p *Player) Name() msg.Ref { return msg.Ref(p.names.Add(1)) }

// Playback is the handle of a playback of that name.
func (p *Player) Playback(ref msg.Ref) Playback { return Playback{p, ref} }

// Begin plays s; false when the media thread is too busy.
func (p *Player) Begin(s Sound, on media.Session) bool {
	if !s.Start(on) {
		return false
	}
	p.under[s.How.Ref] = s.What
	return true
}

// Done takes note that a playback is over and returns what it was; not ok: nothing
// that anybody waits for.
func (p *Player) Done(ref msg.Ref) (what event.PromptStarted, ok bool) {
	what, ok = p.under[ref]
	delete(p.under, ref)
	return what, ok
}

// Busy reports whether something is under way.
func (p *Player) Busy() bool { return len(p.under) > 0 }

// All returns the names of what is under way.
func (p *Player) All() (refs []msg.Ref) {
	for ref := range p.under {
		refs = append(refs, ref)
	}
	return refs
}

// Playback names one sound that is played.
type Playback struct {
	player *Player
	ref    msg.Ref
}

// Pause holds the playback at the very sample. After its end it does nothing;
// neither do Resume and Stop.
func (p Playback) Pause() { p.steer(media.Session.Pause) }

// Resume goes on where Pause held.
func (p Playback) Resume() { p.steer(media.Session.Resume) }

// Stop ends the playback; its Input says how much was heard.
func (p Playback) Stop() { p.steer(media.Session.Stop) }

func (p Playback) steer(to func(media.Session, msg.Ref) bool) {
	if p.player != nil {
		p.player.post(func(s media.Session) { to(s, p.ref) })
	}
}

// Steering is what is to be done to the session that plays.
type Steering func(s media.Session)

// Outcome is what a playback's end is called.
func Outcome(o msg.Outcome) string {
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

// Ended is what events say of the end of what was played.
func Ended(what event.PromptStarted, e msg.Event) event.PromptEnded {
	return event.PromptEnded{
		Text: what.Text, File: what.File, Outcome: Outcome(e.Outcome),
		HeardMS: e.Heard.Milliseconds(), TotalMS: e.Total.Milliseconds(),
	}
}

// Ringback as most of the world hears it: one second of 425 Hz, four of silence
// (ITU-T E.180 §4).
const (
	ringbackTone  = 425 // Hz
	ringbackLevel = -16 // dBov
)

// NewRingback returns the sound of a telephone that rings elsewhere. It is made once;
// legs share it like any other prompt.
func NewRingback() func() *prompt.Clip {
	return sync.OnceValue(func() *prompt.Clip {
		return prompt.Join(prompt.Tone(ringbackTone, time.Second, ringbackLevel), prompt.Silence(4*time.Second))
	})
}
