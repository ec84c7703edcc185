package line

import (
	"context"
	"time"

	"trunkline/call"
	"trunkline/media/prompt"
)

// Heard is what became of a prompt.
type Heard struct {
	Outcome string // finished, stopped, replaced, dropped
	Heard   time.Duration
	Total   time.Duration
	Clips   []time.Duration // how much was heard of each clip, in all rounds
}

// Prompt is something to play.
type Prompt struct {
	call.Sound
	Verb    string // that plays it, for errors
	BargeIn bool   // whether a key stops it
	Pause   byte   // the key that holds it, and lets it go on; 0: none
}

// PlayOut plays a prompt to its end. Keys are kept for the next Turn, also one
// that stops it. The error is a *call.Error.
func (l *Line) PlayOut(ctx context.Context, p Prompt) (Heard, error) {
	l.gather()
	if p.BargeIn && len(l.keys) > 0 {
		return Heard{Outcome: "stopped", Clips: make([]time.Duration, len(p.Clips))}, nil
	}
	b, err := l.Play(p.Sound)
	if err != nil {
		return Heard{}, err
	}
	paused := false
	for {
		select {
		case in := <-l.Inputs():
			switch {
			case in.Kind == call.KeyPressed && in.Digit == p.Pause:
				if paused = !paused; paused {
					b.Pause()
				} else {
					b.Resume()
				}
			case in.Kind == call.PlaybackEnded && b.Ended(in):
				return l.playedOut(p, in)
			default:
				if l.note(in); p.BargeIn && in.Kind == call.KeyPressed {
					b.Stop()
				}
			}
		case <-ctx.Done():
			b.Stop()
			return Heard{}, Refusal(p.Verb, l.interrupted(), "interrupted")
		}
	}
}

// playedOut judges the end of a prompt.
func (l *Line) playedOut(p Prompt, in call.Input) (Heard, error) {
	h := Heard{in.Outcome, in.Heard, in.Total, shares(p.Clips, p.How.From, in.Heard)}
	if h.Outcome == "dropped" {
		why := "the prompt could not be played"
		if l.Times().Answered.IsZero() {
			why = "the call is not answered yet: call:answer() first"
		}
		return h, Refusal(p.Verb, CodeDropped, "%s", why)
	}
	return h, nil
}

// shares says how much of each clip was heard, when heard of them all in turn,
// from some way into the first round on.
func shares(clips []*prompt.Clip, from, heard time.Duration) []time.Duration {
	out := make([]time.Duration, len(clips))
	var round time.Duration
	for _, c := range clips {
		round += c.Duration()
	}
	if round == 0 {
		return out
	}
	rounds := heard / round
	for i, c := range clips {
		out[i] = rounds * c.Duration()
	}
	skip, left := max(from, 0)%round, heard%round
	for i := 0; left > 0; i = (i + 1) % len(clips) {
		d := clips[i].Duration()
		k := min(max(d-skip, 0), left)
		skip = max(skip-d, 0)
		out[i] += k
		left -= k
	}
	return out
}

// music is a prompt that plays while the flow does other things.
type music struct {
	Prompt
	playback Playback
	ended    bool
	in       call.Input // how
}

// Start begins to play a prompt, in the place of what plays, and does not wait.
// What is played later takes its place, a conversation ends it.
func (l *Line) Start(p Prompt) error {
	l.gather()
	b, err := l.Play(p.Sound)
	if err == nil {
		l.music = &music{Prompt: p, playback: b}
	}
	return err
}

// Pause holds what Start plays at the very sample. Without anything it does
// nothing; neither does Resume.
func (l *Line) Pause() {
	if l.music != nil {
		l.music.playback.Pause()
	}
}

// Resume goes on where Pause held.
func (l *Line) Resume() {
	if l.music != nil {
		l.music.playback.Resume()
	}
}

// Stop ends what Start plays, if it still does, and says what became of it. The
// error is a *call.Error.
func (l *Line) Stop(ctx context.Context, verb string) (Heard, error) {
	m := l.music
	if m == nil {
		return Heard{}, Refusal(verb, call.CodeInvalid, "nothing was played in the background")
	}
	m.Verb = verb
	m.playback.Stop() // harmless when it has ended
	late := time.NewTimer(settleTime)
	defer late.Stop()
	for l.gather(); !m.ended; {
		select {
		case in := <-l.Inputs():
			l.note(in)
		case <-late.C: // its end was lost among too many keys
			l.music = nil
			return Heard{}, Refusal(verb, call.CodeTimeout, "nobody knows what became of it")
		case <-ctx.Done():
			return Heard{}, Refusal(verb, l.interrupted(), "interrupted")
		}
	}
	l.music = nil
	return l.playedOut(m.Prompt, m.in)
}
