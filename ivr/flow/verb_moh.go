package flow

import (
	"errors"
	"io/fs"

	lua "github.com/yuin/gopher-lua"

	"trunkline/call"
	"trunkline/call/event"
	"trunkline/ivr/line"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
	"trunkline/media/msg"
	"trunkline/media/prompt"
)

func mohVerb() *row {
	return &row{Shape: verb.Shape{
		Name: "moh",
		Doc: "Begins music for the caller to wait with and goes on at once, as `play` with loop and without wait does. It lasts until " +
			"something else is played, a conversation begins, or play_stop.",
		Args: []verb.Arg{musicArg(true)}, Result: "true",
	}, Run: func(r *run, a verb.Args) (lua.LValue, error) {
		return lua.LTrue, r.startMusic("moh", a.Text("music"))
	}}
}

// musicArg is the argument of every verb that lets the caller wait.
func musicArg(lead bool) verb.Arg {
	return verb.Arg{
		Name: "music", Kind: value.Text, Lead: lead,
		Doc: "a sound file below prompts/; else moh.wav there or, where there is none, a soft tune",
	}
}

// startMusic begins music in the background.
func (r *run) startMusic(verb, file string) error {
	s, err := r.music(verb, file)
	if err != nil {
		return err
	}
	return r.line.Start(line.Prompt{Verb: verb, Sound: s})
}

// music is what somebody hears who waits, for ever.
func (r *run) music(verb, file string) (call.Sound, error) {
	const usual = "moh.wav"
	name := file
	if name == "" {
		name = usual
	}
	clip, err := r.promptFile(name)
	switch {
	case err == nil:
	case file == "" && errors.Is(err, fs.ErrNotExist):
		clip, name = r.tune(), "tune"
	default:
		return call.Sound{}, line.Refusal(verb, codeFile, "%v", err)
	}
	return call.Sound{
		What: event.PromptStarted{File: name}, Clips: []*prompt.Clip{clip}, How: msg.Playback{Loop: -1},
	}, nil
}
