package phone

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"trunkline/dsp"
	"trunkline/media/prompt"
	"trunkline/speech"
)

// Kind says what an Action does.
type Kind uint8

// The kinds of Action.
const (
	Say  Kind = iota + 1 // speak a text
	Play                 // play a WAV file
	Tone                 // play a tone: "440", "350+440", "440:2s"
	Keys                 // press keys: "123#"
)

// String returns the kind as a verb.
func (k Kind) String() string {
	switch k {
	case Say:
		return "say"
	case Play:
		return "play"
	case Tone:
		return "tone"
	case Keys:
		return "dtmf"
	}
	return "action " + strconv.Itoa(int(k))
}

// Action is one thing to do once the call is answered.
type Action struct {
	Kind Kind
	Text string // what to say, the file, the tone, the keys
	// At is how long after the answer it is done, whatever else goes on. Without
	// a time (Timed false) it is done when the one before it is over.
	At    time.Duration
	Timed bool
}

// ParseAction reads "what" or "what@time", as in "2@5s".
func ParseAction(k Kind, text string) (Action, error) {
	a := Action{Kind: k, Text: text}
	if i := strings.LastIndex(text, "@"); i >= 0 {
		if at, err := time.ParseDuration(text[i+1:]); err == nil {
			if at < 0 {
				return a, fmt.Errorf("%s %q: the time is before the answer", k, text)
			}
			a.Text, a.At, a.Timed = text[:i], at, true
		}
	}
	if strings.TrimSpace(a.Text) == "" {
		return a, fmt.Errorf("%s %q: nothing to %s", k, text, k)
	}
	if k == Keys && strings.Trim(a.Text, "0123456789*#ABCD") != "" {
		return a, fmt.Errorf("%s %q: keys are 0-9, *, # and A-D; a time is written 2@5s", k, text)
	}
	return a, nil
}

// step is an action with its sound made.
type step struct {
	Action
	clip *prompt.Clip // nil for keys
	loop int          // as in media.Session.Play
}

// toneLevel is a loud tone on a telephone line, dBov.
const toneLevel = -10

// rehearse makes the sound of every action.
func rehearse(ctx context.Context, cfg Config) ([]step, error) {
	var steps []step
	for _, a := range cfg.Actions {
		s := step{Action: a, loop: 1}
		var err error
		switch a.Kind {
		case Say:
			s.clip, err = speak(ctx, cfg, a.Text)
		case Play:
			s.clip, err = prompt.ReadFile(ctx, a.Text, prompt.DefaultLimits())
		case Tone:
			s.clip, s.loop, err = tone(a.Text)
		case Keys:
		}
		if err != nil {
			return nil, fmt.Errorf("%s %q: %w", a.Kind, a.Text, err)
		}
		steps = append(steps, s)
	}
	return steps, nil
}

func speak(ctx context.Context, cfg Config, text string) (*prompt.Clip, error) {
	if cfg.Synthesizer == nil {
		return nil, errors.New("there is no synthesizer")
	}
	pcm, err := speech.Speak(ctx, cfg.Synthesizer, speech.SynthesisRequest{Text: text, Language: cfg.Language})
	if err != nil {
		return nil, err
	}
	if len(pcm) == 0 {
		return nil, errors.New("the synthesizer made no sound of it")
	}
	return prompt.New(pcm), nil
}

// tone makes "440" or "350+440:2s". Without a duration it sounds until something
// else does, or the end.
func tone(text string) (clip *prompt.Clip, loop int, err error) {
	freqs, length, timed := strings.Cut(text, ":")
	d, loop := time.Second, -1 // whole hertz have whole periods in it: no click where it repeats
	if timed {
		if d, err = time.ParseDuration(length); err != nil || d <= 0 || d > time.Hour {
			return nil, 0, fmt.Errorf("bad duration %q: write 440:2s", length)
		}
		loop = 1
	}
	pcm := make([]int16, int(d.Seconds()*prompt.Rate))
	list := strings.Split(freqs, "+")
	for _, f := range list {
		hz, err := strconv.Atoi(f)
		if err != nil || hz < 20 || hz >= prompt.Rate/2 {
			return nil, 0, fmt.Errorf("bad frequency %q: write whole hertz from 20 to %d", f, prompt.Rate/2-1)
		}
		dsp.NewTone(float64(hz), toneLevel-dsp.DB(3*(len(list)-1)), prompt.Rate).Mix(pcm)
	}
	return prompt.New(pcm), loop, nil
}
