package line

import (
	"context"
	"time"

	"trunkline/call"
	"trunkline/media/prompt"
	"trunkline/speech"
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
	Speech  []*Speech // instead: texts that are spoken, one after the other, as they come
	Verb    string    // that plays it, for errors
	BargeIn bool      // whether a key stops it
	Pause   byte      // the key that holds it, and lets it go on; 0: none
}

// playing is a prompt under way.
type playing struct {
	Playback
	prompt  Prompt
	cancel  context.CancelFunc // of the writing of speech
	written chan error         // how that went; nil without speech
}

// Stop ends the playback, and the writing of what would follow.
func (p *playing) Stop() {
	p.Playback.Stop()
	p.cancel()
}

// feedMillis is how far speech is written ahead of what is heard: a writer that
// is late by less is not noticed.
const feedMillis = 2000

// begin begins to play a prompt. Speech that is all there is played as clips.
func (l *Line) begin(p Prompt) (*playing, error) {
	p.How.Gain += l.gain
	out := &playing{prompt: p, cancel: func() {}}
	if p.Speech != nil && !p.gathered() {
		f, err := l.NewFeed(speech.Rate, feedMillis)
		if err != nil {
			return nil, err
		}
		p.Feed, p.Clips = f, nil
		ctx, cancel := context.WithCancel(l.ctx)
		out.cancel, out.written = cancel, make(chan error, 1)
		l.writing.Go(func() { out.written <- p.write(ctx) })
	}
	var err error
	if out.Playback, err = l.Play(p.Sound); err != nil {
		out.cancel()
		return nil, err
	}
	return out, nil
}

// gathered makes clips of speech that is all there; false when some is not.
func (p *Prompt) gathered() bool {
	p.Clips = nil
	for _, s := range p.Speech {
		if s.Clip == nil {
			return false
		}
		p.Clips = append(p.Clips, s.Clip)
	}
	return true
}

// write writes speech to the feed that is played, to its end.
func (p *Prompt) write(ctx context.Context) error {
	defer p.Feed.End()
	for _, s := range p.Speech {
		if err := s.Write(ctx, p.Feed); err != nil {
			return err
		}
	}
	return nil
}

// Close ends what is left of what was played and waits for it.
func (l *Line) Close() {
	l.cancel()
	l.writing.Wait()
}

// PlayOut plays a prompt to its end. Keys are kept for the next Turn, also one
// that stops it. The error is a *call.Error.
func (l *Line) PlayOut(ctx context.Context, p Prompt) (Heard, error) {
	l.gather()
	if p.BargeIn && len(l.keys) > 0 {
		return Heard{Outcome: "stopped", Clips: make([]time.Duration, len(p.Clips))}, nil
	}
	b, err := l.begin(p)
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
				return l.playedOut(b, in)
			default:
				if l.Note(in); p.BargeIn && in.Kind == call.KeyPressed {
					b.Stop()
				}
			}
		case <-ctx.Done():
			b.Stop()
			return Heard{}, Refusal(p.Verb, l.Interrupted(), "interrupted")
		}
	}
}

// playedOut judges the end of a prompt.
func (l *Line) playedOut(p *playing, in call.Input) (Heard, error) {
	h := Heard{in.Outcome, in.Heard, in.Total, shares(p.prompt.Clips, p.prompt.How.From, in.Heard)}
	p.cancel()
	if h.Outcome == "dropped" {
		why := "the prompt could not be played"
		if l.Times().Answered.IsZero() {
			why = "the call is not answered yet: call:answer() first"
		}
		return h, Refusal(p.prompt.Verb, CodeDropped, "%s", why)
	}
	if p.written == nil {
		return h, nil
	}
	if err := <-p.written; err != nil && h.Outcome == "finished" {
		return h, Refusal(p.prompt.Verb, CodeSynthesis, "%v", err)
	}
	h.Total = max(h.Total, p.prompt.length())
	return h, nil
}

// length is how much speech there is, as far as that is known by now.
func (p *Prompt) length() (d time.Duration) {
	for _, s := range p.Speech {
		d += s.length()
	}
	return d
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
	*playing
	ended bool
	in    call.Input // how
}

// Start begins to play a prompt, in the place of what plays, and does not wait.
// What is played later takes its place, a conversation ends it.
func (l *Line) Start(p Prompt) error {
	l.gather()
	b, err := l.begin(p)
	if err == nil {
		l.music = &music{playing: b}
	}
	return err
}

// Pause holds what Start plays at the very sample. Without anything it does
// nothing; neither does Resume.
func (l *Line) Pause() {
	if l.music != nil {
		l.music.Pause()
	}
}

// Resume goes on where Pause held.
func (l *Line) Resume() {
	if l.music != nil {
		l.music.Resume()
	}
}

// Stop ends what Start plays, if it still does, and says what became of it. The
// error is a *call.Error.
func (l *Line) Stop(ctx context.Context, verb string) (Heard, error) {
	m := l.music
	if m == nil {
		return Heard{}, Refusal(verb, call.CodeInvalid, "nothing was played in the background")
	}
	m.prompt.Verb = verb
	m.Stop() // harmless when it has ended
	late := time.NewTimer(settleTime)
	defer late.Stop()
	for l.gather(); !m.ended; {
		select {
		case in := <-l.Inputs():
			l.Note(in)
		case <-late.C: // its end was lost among too many keys
			l.music = nil
			return Heard{}, Refusal(verb, call.CodeTimeout, "nobody knows what became of it")
		case <-ctx.Done():
			return Heard{}, Refusal(verb, l.Interrupted(), "interrupted")
		}
	}
	l.music = nil
	return l.playedOut(m.playing, m.in)
}
