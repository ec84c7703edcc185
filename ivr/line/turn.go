package line

import (
	"context"
	"time"

	"trunkline/call"
	"trunkline/call/event"
)

// Turn is one exchange with the caller: a prompt plays while keys and words are
// listened for, and one of them, or silence, decides.
//
//	       speech begins            filler, or nothing understood
//	playing ───────────▶ paused ───────────▶ playing, from where it stopped
//	   │ key               │ words: decided
//	   ▼                   ▼
//	stopped             stopped
//
// Sound alone only pauses the prompt. After the prompt the silence timer runs
// whenever the caller neither speaks nor is being understood.
type Turn struct {
	Rules Rules
	Ear   *Ear // nil, or set to nil when it failed: keys only

	line *Line

	playing  *playing // nil when no prompt plays
	paused   bool
	heard    Heard
	keys     string
	said     string // of utterances that did not decide by themselves
	speaking *utterance
	waiting  map[*utterance]bool // finished ones without a result
	empties  int                 // of them that were fillers or nothing, after the prompt

	silence, betweenKeys, longSpeech, endOfSpeech, slowResult alarm
}

// Rules say what decides a turn.
type Rules struct {
	BargeIn    bool
	Timeout    time.Duration // for the first key or word, after the prompt
	InterDigit time.Duration
	MaxSpeech  time.Duration
	EndSilence time.Duration // silence that ends what the caller says, beyond what the detector waits for
	// Press judges the keys so far; nil: keys mean nothing here.
	Press func(digits string) Press
	// Enough reports whether a sentence decides, though the caller goes on
	// speaking.
	Enough func(text string) bool
	// DeafEnds ends the turn when the recogniser fails.
	DeafEnds bool
	// Filler reports whether words mean nothing here.
	Filler func(text string) bool
}

// Press is what the keys so far are worth.
type Press uint8

// The worths of keys.
const (
	MoreKeys Press = iota
	KeysDone
)

// Outcome is what decided a turn.
type Outcome struct {
	By         Decision
	Digits     string
	Text       string
	Confidence float64
	Heard      Heard
	Err        error // of the recogniser, when ByDeafness
}

// Decision is what kind of thing decided a turn.
type Decision uint8

// The decisions.
const (
	undecided Decision = iota
	ByKeys
	ByWords
	BySilence
	ByDeafness // the recogniser failed
)

const (
	// resultTime is how long a recogniser may think once the caller is silent.
	resultTime = 5 * time.Second
	// mostEmpties is how often a caller may be heard without a word.
	mostEmpties = 3
	// settleTime bounds the wait for the last word on a stopped prompt.
	settleTime = time.Second
)

// Take speaks and listens until something decides, or ctx ends. The error is a
// *call.Error. A Turn is taken once.
func (l *Line) Take(ctx context.Context, t *Turn, what event.PromptStarted, said []*Speech) (Outcome, error) {
	t.line = l
	defer t.rest()
	t.waiting = map[*utterance]bool{}
	t.line.gather()
	if t.Rules.Press == nil {
		t.line.keys = nil
	}
	if out := t.typedAhead(len(said) == 0 || t.Rules.BargeIn); out.By != undecided {
		return out, nil
	}
	if len(said) > 0 && t.keys == "" {
		p, err := t.line.begin(Prompt{Verb: "ask", Sound: call.Sound{What: what}, Speech: said})
		if err != nil {
			return Outcome{}, err
		}
		t.playing = p
	}
	if t.line.talking {
		t.started()
	}
	t.await()
	for {
		out, err := t.step(ctx)
		if err != nil {
			return Outcome{}, err
		}
		if out.By != undecided {
			t.settle(ctx)
			out.Heard = t.heard
			return out, nil
		}
	}
}

// rest leaves nothing of the turn behind.
func (t *Turn) rest() {
	for _, a := range []*alarm{&t.silence, &t.betweenKeys, &t.longSpeech, &t.endOfSpeech, &t.slowResult} {
		a.off()
	}
	t.hush()
	if t.playing != nil {
		t.playing.Stop()
	}
}

// hush gives up on what is being said.
func (t *Turn) hush() {
	if t.speaking != nil {
		t.speaking.abandon()
		t.speaking = nil
	}
	for u := range t.waiting {
		u.abandon()
	}
	clear(t.waiting)
	t.longSpeech.off()
	t.endOfSpeech.off()
	t.slowResult.off()
}

// step waits for the next thing to happen.
func (t *Turn) step(ctx context.Context) (Outcome, error) {
	var results <-chan words
	if t.Ear != nil {
		results = t.Ear.results
	}
	select {
	case in := <-t.line.Inputs():
		return t.input(in)
	case w := <-results:
		return t.understood(w), nil
	case <-t.silence.c:
		t.silence.off()
		return Outcome{By: BySilence}, nil
	case <-t.betweenKeys.c:
		return Outcome{By: ByKeys, Digits: t.keys}, nil
	case <-t.longSpeech.c:
		t.line.talking = false // nor does it count as speech any more
		t.finished()
		return Outcome{}, nil
	case <-t.endOfSpeech.c:
		t.finished()
		return Outcome{}, nil
	case <-t.slowResult.c:
		return t.deaf(context.DeadlineExceeded), nil
	case <-ctx.Done():
		return Outcome{}, Refusal("ask", t.line.Interrupted(), "interrupted")
	}
}

func (t *Turn) input(in call.Input) (Outcome, error) {
	switch in.Kind {
	case call.KeyPressed:
		if t.Rules.Press == nil {
			return Outcome{}, nil
		}
		t.line.key(in.Digit)
		return t.typedAhead(t.Rules.BargeIn || t.playing == nil), nil
	case call.SpeechStarted:
		t.line.talking = true
		t.started()
	case call.SpeechEnded:
		t.line.talking = false
		if t.speaking != nil && t.Rules.EndSilence > 0 {
			t.endOfSpeech.set(t.Rules.EndSilence) // the caller may only be taking breath
			return Outcome{}, nil
		}
		t.finished()
	case call.PlaybackEnded:
		if t.playing == nil || !t.playing.Ended(in) {
			t.line.Note(in) // of an earlier prompt
			return Outcome{}, nil
		}
		p := t.playing
		t.playing, t.paused = nil, false
		h, err := t.line.playedOut(p, in)
		if err != nil {
			return Outcome{}, err
		}
		t.heard = h
		if out := t.typedAhead(true); out.By != undecided {
			return out, nil
		}
		t.await()
	}
	return Outcome{}, nil
}

// typedAhead uses the keys that wait, if they may be used now.
func (t *Turn) typedAhead(may bool) Outcome {
	for may && t.Rules.Press != nil && len(t.line.keys) > 0 {
		t.hush()
		t.silence.off()
		if t.playing != nil {
			t.playing.Stop()
		}
		t.keys += string(t.line.keys[0])
		t.line.keys = t.line.keys[1:]
		if t.Rules.Press(t.keys) == KeysDone {
			return Outcome{By: ByKeys, Digits: t.keys}
		}
		t.betweenKeys.set(t.Rules.InterDigit)
	}
	return Outcome{}
}

// await lets silence count, if there is nothing else to wait for.
func (t *Turn) await() {
	if t.playing == nil && t.keys == "" && t.speaking == nil && len(t.waiting) == 0 {
		t.silence.set(t.Rules.Timeout)
	}
}

// started notes that the caller speaks: the prompt holds its breath.
func (t *Turn) started() {
	t.endOfSpeech.off()
	if t.Ear == nil || t.keys != "" || t.speaking != nil || t.playing != nil && !t.Rules.BargeIn {
		return
	}
	t.silence.off()
	if t.playing != nil && !t.paused {
		t.playing.Pause()
		t.paused = true
	}
	t.speaking = t.Ear.begin()
	t.longSpeech.set(t.Rules.MaxSpeech)
}

// finished notes that the caller has stopped speaking, or has spoken for long.
func (t *Turn) finished() {
	if t.speaking == nil {
		return
	}
	t.speaking.end()
	t.waiting[t.speaking] = true
	t.speaking = nil
	t.longSpeech.off()
	t.endOfSpeech.off()
	t.slowResult.set(resultTime)
}

// understood takes what the recogniser made of an utterance.
func (t *Turn) understood(w words) Outcome {
	switch {
	case t.speaking != nil && w.of == t.speaking: // it did not wait for the end
		t.speaking.end()
		t.speaking = nil
		t.longSpeech.off()
		t.endOfSpeech.off()
	case t.waiting[w.of]:
		delete(t.waiting, w.of)
	default:
		return Outcome{} // given up meanwhile
	}
	if len(t.waiting) == 0 {
		t.slowResult.off()
	}
	if w.err != nil {
		return t.deaf(w.err)
	}
	said := join(t.said, w.text)
	if said == "" || t.Rules.Filler(said) {
		return t.nothingSaid()
	}
	if (t.speaking != nil || len(t.waiting) > 0) && !t.Rules.Enough(said) {
		t.said = said // the caller goes on; hear them out
		return Outcome{}
	}
	return Outcome{By: ByWords, Text: said, Confidence: w.confidence}
}

// nothingSaid goes on as if the caller had not been heard.
func (t *Turn) nothingSaid() Outcome {
	if t.speaking != nil || len(t.waiting) > 0 {
		return Outcome{}
	}
	if t.playing != nil {
		t.resume()
		return Outcome{}
	}
	if t.empties++; t.empties >= mostEmpties {
		return Outcome{By: ByWords}
	}
	t.await()
	return Outcome{}
}

func (t *Turn) resume() {
	if t.paused {
		t.playing.Resume()
		t.paused = false
	}
}

// deaf goes on without the recogniser.
func (t *Turn) deaf(err error) Outcome {
	t.hush()
	t.Ear = nil
	if t.said != "" {
		return Outcome{By: ByWords, Text: t.said}
	}
	if t.Rules.DeafEnds {
		return Outcome{By: ByDeafness, Err: err}
	}
	t.line.log.Warn("recognition failed; keys only", "error", err)
	if t.playing != nil {
		t.resume()
		return Outcome{}
	}
	t.await()
	return Outcome{}
}

// settle stops the prompt and learns how much of it was heard. What the caller
// presses meanwhile is kept.
func (t *Turn) settle(ctx context.Context) {
	if t.playing == nil {
		return
	}
	t.playing.Stop()
	late := time.NewTimer(settleTime)
	defer late.Stop()
	for t.playing != nil {
		select {
		case in := <-t.line.Inputs():
			switch {
			case in.Kind == call.PlaybackEnded && t.playing.Ended(in):
				t.heard = Heard{Outcome: in.Outcome, Heard: in.Heard, Total: in.Total}
				t.playing = nil
			case in.Kind == call.KeyPressed || in.Kind == call.PlaybackEnded:
				t.line.Note(in)
			}
		case <-late.C:
			t.playing = nil
		case <-ctx.Done():
			t.playing = nil
		}
	}
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " " + b
}
