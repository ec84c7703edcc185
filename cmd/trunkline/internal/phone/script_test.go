package phone

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trunkline/dsp"
	"trunkline/media/prompt"
	"trunkline/speech"
)

func TestParseAction(t *testing.T) {
	f := func(k Kind, in string, want Action) {
		t.Helper()
		want.Kind = k
		if got, err := ParseAction(k, in); err != nil || got != want {
			t.Errorf("%s %q: got %+v, %v, want %+v", k, in, got, err, want)
		}
	}
	f(Keys, "2@5s", Action{Text: "2", At: 5 * time.Second, Timed: true})
	f(Keys, "123#", Action{Text: "123#"})
	f(Say, "my balance", Action{Text: "my balance"})
	f(Say, "my balance@0s", Action{Text: "my balance", Timed: true})
	f(Say, "write to me@example.com", Action{Text: "write to me@example.com"})
	f(Say, "me@home@1500ms", Action{Text: "me@home", At: 1500 * time.Millisecond, Timed: true})
	f(Play, "dir/a.wav@1m", Action{Text: "dir/a.wav", At: time.Minute, Timed: true})

	bad := func(k Kind, in, want string) {
		t.Helper()
		if _, err := ParseAction(k, in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s %q: got %v, want an error with %q", k, in, err, want)
		}
	}
	bad(Keys, "2x", "keys are")
	bad(Keys, "2@5", "keys are") // 5 what?
	bad(Keys, "@5s", "nothing to dtmf")
	bad(Say, " ", "nothing to say")
	bad(Say, "hello@-1s", "before the answer")
}

// silent is a synthesizer that says nothing, or fails.
type silent struct{ err error }

func (s silent) Synthesize(context.Context, speech.SynthesisRequest, func([]int16) error) error {
	return s.err
}

func TestRehearseSaysWhatCannotBePlayed(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text.wav")
	if err := os.WriteFile(text, []byte("this is no sound, however long it may go on"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := func(a Action, s speech.Synthesizer, want string) {
		t.Helper()
		_, err := rehearse(t.Context(), Config{Actions: []Action{a}, Synthesizer: s})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s %q: got %v, want an error with %q", a.Kind, a.Text, err, want)
		}
	}
	f(Action{Kind: Say, Text: "hello"}, nil, "no synthesizer")
	f(Action{Kind: Say, Text: "..."}, silent{}, "no sound")
	f(Action{Kind: Say, Text: "hello"}, silent{errors.New("no voice")}, `say "hello": no voice`)
	f(Action{Kind: Play, Text: filepath.Join(dir, "none.wav")}, nil, "none.wav")
	f(Action{Kind: Play, Text: text}, nil, "text.wav")
	f(Action{Kind: Tone, Text: "4x"}, nil, "bad frequency")
	f(Action{Kind: Tone, Text: "5000"}, nil, "bad frequency")
	f(Action{Kind: Tone, Text: "440:0s"}, nil, "bad duration")
	f(Action{Kind: Tone, Text: "440:soon"}, nil, "bad duration")
}

func TestToneRepeatsWithoutASeam(t *testing.T) {
	clip, loop, err := tone("350+440")
	if err != nil || loop >= 0 {
		t.Fatalf("got loop %d, %v, want an endless one", loop, err)
	}
	twice := append(append([]int16{}, clip.PCM()...), clip.PCM()...)
	seam := twice[len(clip.PCM())-400 : len(clip.PCM())+400]
	for _, hz := range []float64{350, 440} {
		if l := dsp.Goertzel(seam, hz, prompt.Rate); l < -15 || l > -11 {
			t.Errorf("%v Hz has %v dBov at the seam, want -13", hz, l)
		}
	}
	if l := dsp.Goertzel(seam, 1000, prompt.Rate); l > -50 {
		t.Errorf("a click of %v dBov at the seam", l)
	}

	clip, loop, err = tone("440:250ms")
	if err != nil || loop != 1 || clip.Duration() != 250*time.Millisecond {
		t.Errorf("got %v, loop %d, %v, want 250ms once", clip.Duration(), loop, err)
	}
}

func TestEarTellsThePauseAfterAPrompt(t *testing.T) {
	voice := prompt.Tone(300, time.Second, -15).PCM()
	nothing := make([]int16, prompt.Rate)
	feed := func(e *ear, pcm []int16) {
		for len(pcm) > 0 {
			e.listen(pcm[:helping])
			pcm = pcm[helping:]
		}
	}
	over := func(c <-chan struct{}) bool {
		select {
		case <-c:
			return true
		default:
			return false
		}
	}
	var e ear
	feed(&e, voice) // before anybody waits: does not count
	done := e.silence()
	feed(&e, nothing)
	feed(&e, nothing)
	if over(done) {
		t.Fatal("silence before the prompt was taken for its end")
	}
	feed(&e, voice)
	feed(&e, nothing[:prompt.Rate/2])
	feed(&e, voice)
	feed(&e, nothing[:prompt.Rate/2])
	if over(done) {
		t.Fatal("a breath was taken for the end")
	}
	feed(&e, nothing[:prompt.Rate/2])
	if !over(done) {
		t.Fatal("the end was not noticed")
	}

	done = e.silence()
	for range 9 {
		feed(&e, nothing)
	}
	if over(done) {
		t.Fatal("patience lasted less than ten seconds")
	}
	feed(&e, nothing)
	if !over(done) {
		t.Fatal("patience never ended")
	}
}
