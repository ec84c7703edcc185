package ivr

import (
	"context"
	"time"

	"trunkline/call"
	"trunkline/call/event"
	"trunkline/media/prompt"
)

// turn is one exchange of an ask: a prompt plays while keys and words are
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
type turn struct {
	r     *run
	rules turnRules
	ear   *ear // nil: keys only

	playing  playback // nil when no prompt plays
	paused   bool
	heard    heard
	keys     string
	said     string // of utterances that did not decide by themselves
	speaking *utterance
	waiting  map[*utterance]bool // finished ones without a result
	empties  int                 // of them that were fillers or nothing, after the prompt

	silence, betweenKeys, longSpeech, slowResult alarm
}

// turnRules say what decides a turn.
type turnRules struct {
	bargeIn    bool
	timeout    time.Duration // for the first key or word, after the prompt
	interDigit time.Duration
	maxSpeech  time.Duration
	// press judges the keys so far; nil: keys mean nothing here.
	press func(digits string) press
	// enough reports whether a sentence decides, though the caller goes on
	// speaking.
	enough func(text string) bool
	// deafEnds ends the turn when the recogniser fails.
	deafEnds bool
	// filler reports whether words mean nothing here.
	filler func(text string) bool
}

// press is what the keys so far are worth.
type press uint8

const (
	moreKeys press = iota
	keysDone
)

// outcome is what decided a turn.
type outcome struct {
	kind       decision
	digits     string
	text       string
	confidence float64
	heard      heard
	err        error // of the recogniser, when deaf
}

type decision uint8

const (
	undecided decision = iota
	byKeys
	byWords
	bySilence
	byDeafness // the recogniser failed
)

const (
	// resultTime is how long a recogniser may think once the caller is silent.
	resultTime = 5 * time.Second
	// mostEmpties is how often a caller may be heard without a word.
	mostEmpties = 3
	// settleTime bounds the wait for the last word on a stopped prompt.
	settleTime = time.Second
)

// alarm is a timer that is often off.
type alarm struct {
	timer *time.Timer
	c     <-chan time.Time // nil while off
}

func (a *alarm) set(d time.Duration) {
	if a.timer == nil {
		a.timer = time.NewTimer(d)
	} else {
		a.timer.Reset(d)
	}
	a.c = a.timer.C
}

func (a *alarm) off() {
	if a.timer != nil {
		a.timer.Stop()
	}
	a.c = nil
}

// take plays clips and listens until something decides.
func (t *turn) take(ctx context.Context, what event.PromptStarted, clips []*prompt.Clip) (outcome, error) {
	defer t.rest()
	t.waiting = map[*utterance]bool{}
	t.r.gather()
	if t.rules.press == nil {
		t.r.keys = nil
	}
	if out := t.typedAhead(len(clips) == 0 || t.rules.bargeIn); out.kind != undecided {
		return out, nil
	}
	if len(clips) > 0 && t.keys == "" {
		p, err := t.r.phone.Play(0, what, clips...)
		if err != nil {
			return outcome{}, err
		}
		t.playing = p
	}
	if t.r.talking {
		t.started()
	}
	t.await()
	for {
		out, err := t.step(ctx)
		if err != nil {
			return outcome{}, err
		}
		if out.kind != undecided {
			t.settle(ctx)
			out.heard = t.heard
			return out, nil
		}
	}
}

// rest leaves nothing of the turn behind.
func (t *turn) rest() {
	for _, a := range []*alarm{&t.silence, &t.betweenKeys, &t.longSpeech, &t.slowResult} {
		a.off()
	}
	t.hush()
	if t.playing != nil {
		t.playing.Stop()
	}
}

// hush gives up on what is being said.
func (t *turn) hush() {
	if t.speaking != nil {
		t.speaking.abandon()
		t.speaking = nil
	}
	for u := range t.waiting {
		u.abandon()
	}
	clear(t.waiting)
	t.longSpeech.off()
	t.slowResult.off()
}

// step waits for the next thing to happen.
func (t *turn) step(ctx context.Context) (outcome, error) {
	var results <-chan words
	if t.ear != nil {
		results = t.ear.results
	}
	select {
	case in := <-t.r.phone.Inputs():
		return t.input(in)
	case w := <-results:
		return t.understood(w), nil
	case <-t.silence.c:
		t.silence.off()
		return outcome{kind: bySilence}, nil
	case <-t.betweenKeys.c:
		return outcome{kind: byKeys, digits: t.keys}, nil
	case <-t.longSpeech.c:
		t.r.talking = false // nor does it count as speech any more
		t.finished()
		return outcome{}, nil
	case <-t.slowResult.c:
		return t.deaf(context.DeadlineExceeded), nil
	case <-ctx.Done():
		return outcome{}, refusal("ask", t.r.interrupted(), "interrupted")
	}
}

func (t *turn) input(in call.Input) (outcome, error) {
	switch in.Kind {
	case call.KeyPressed:
		if t.rules.press == nil {
			return outcome{}, nil
		}
		t.r.key(in.Digit)
		return t.typedAhead(t.rules.bargeIn || t.playing == nil), nil
	case call.SpeechStarted:
		t.r.talking = true
		t.started()
	case call.SpeechEnded:
		t.r.talking = false
		t.finished()
	case call.PlaybackEnded:
		if t.playing == nil || !t.playing.ended(in) {
			return outcome{}, nil // of an earlier prompt
		}
		t.playing, t.paused = nil, false
		h, err := t.r.playedOut("ask", in)
		if err != nil {
			return outcome{}, err
		}
		t.heard = h
		if out := t.typedAhead(true); out.kind != undecided {
			return out, nil
		}
		t.await()
	}
	return outcome{}, nil
}

// typedAhead uses the keys that wait, if they may be used now.
func (t *turn) typedAhead(may bool) outcome {
	for may && t.rules.press != nil && len(t.r.keys) > 0 {
		t.hush()
		t.silence.off()
		if t.playing != nil {
			t.playing.Stop()
		}
		t.keys += string(t.r.keys[0])
		t.r.keys = t.r.keys[1:]
		if t.rules.press(t.keys) == keysDone {
			return outcome{kind: byKeys, digits: t.keys}
		}
		t.betweenKeys.set(t.rules.interDigit)
	}
	return outcome{}
}

// await lets silence count, if there is nothing else to wait for.
func (t *turn) await() {
	if t.playing == nil && t.keys == "" && t.speaking == nil && len(t.waiting) == 0 {
		t.silence.set(t.rules.timeout)
	}
}

// started notes that the caller speaks: the prompt holds its breath.
func (t *turn) started() {
	if t.ear == nil || t.keys != "" || t.speaking != nil || t.playing != nil && !t.rules.bargeIn {
		return
	}
	t.silence.off()
	if t.playing != nil && !t.paused {
		t.playing.Pause()
		t.paused = true
	}
	t.speaking = t.ear.begin()
	t.longSpeech.set(t.rules.maxSpeech)
}

// finished notes that the caller has stopped speaking, or has spoken for long.
func (t *turn) finished() {
	if t.speaking == nil {
		return
	}
	t.speaking.end()
	t.waiting[t.speaking] = true
	t.speaking = nil
	t.longSpeech.off()
	t.slowResult.set(resultTime)
}

// understood takes what the recogniser made of an utterance.
func (t *turn) understood(w words) outcome {
	switch {
	case t.speaking != nil && w.of == t.speaking: // it did not wait for the end
		t.speaking.end()
		t.speaking = nil
		t.longSpeech.off()
	case t.waiting[w.of]:
		delete(t.waiting, w.of)
	default:
		return outcome{} // given up meanwhile
	}
	if len(t.waiting) == 0 {
		t.slowResult.off()
	}
	if w.err != nil {
		return t.deaf(w.err)
	}
	said := join(t.said, w.text)
	if said == "" || t.rules.filler(said) {
		return t.nothingSaid()
	}
	if (t.speaking != nil || len(t.waiting) > 0) && !t.rules.enough(said) {
		t.said = said // the caller goes on; hear them out
		return outcome{}
	}
	return outcome{kind: byWords, text: said, confidence: w.confidence}
}

// nothingSaid goes on as if the caller had not been heard.
func (t *turn) nothingSaid() outcome {
	if t.speaking != nil || len(t.waiting) > 0 {
		return outcome{}
	}
	if t.playing != nil {
		t.resume()
		return outcome{}
	}
	if t.empties++; t.empties >= mostEmpties {
		return outcome{kind: byWords}
	}
	t.await()
	return outcome{}
}

func (t *turn) resume() {
	if t.paused {
		t.playing.Resume()
		t.paused = false
	}
}

// deaf goes on without the recogniser.
func (t *turn) deaf(err error) outcome {
	t.hush()
	t.ear = nil
	if t.said != "" {
		return outcome{kind: byWords, text: t.said}
	}
	if t.rules.deafEnds {
		return outcome{kind: byDeafness, err: err}
	}
	t.r.log.Warn("recognition failed; keys only", "error", err)
	if t.playing != nil {
		t.resume()
		return outcome{}
	}
	t.await()
	return outcome{}
}

// settle stops the prompt and learns how much of it was heard. What the caller
// presses meanwhile is kept.
func (t *turn) settle(ctx context.Context) {
	if t.playing == nil {
		return
	}
	t.playing.Stop()
	late := time.NewTimer(settleTime)
	defer late.Stop()
	for t.playing != nil {
		select {
		case in := <-t.r.phone.Inputs():
			switch {
			case in.Kind == call.KeyPressed:
				t.r.key(in.Digit)
			case in.Kind == call.PlaybackEnded && t.playing.ended(in):
				t.heard = heard{in.Outcome, in.Heard, in.Total}
				t.playing = nil
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
