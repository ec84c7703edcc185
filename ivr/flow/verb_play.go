package flow

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/line"
	"trunkline/ivr/sandbox"
	"trunkline/ivr/tones"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
	"trunkline/media/msg"
	"trunkline/media/prompt"
)

func playVerb() *row {
	return &row{Shape: verb.Shape{
		Name: "play",
		Doc:  "Plays sound files or a tone to the caller and waits for their end.",
		Args: []verb.Arg{
			{Name: "file", Kind: value.Texts, Lead: true, Doc: "a sound file below prompts/, such as \"welcome.wav\": WAV, Ogg or MP3 of any rate; or a list of them, played without a gap"},
			{Name: "tone", Kind: value.Text, Doc: "instead of a file: frequencies in Hz, such as \"440\" or \"350+440\""},
			{Name: "duration", Kind: value.Duration, Default: "1s", Positive: true, Doc: "how long the tone lasts; at most 60s"},
			{Name: "times", Kind: value.Count, Positive: true, Doc: "how often all of it is played; else once"},
			{Name: "loop", Kind: value.Flag, Default: "false", Doc: "instead of times: again and again, until it is stopped"},
			{Name: "from", Kind: value.Duration, Default: "0s", Doc: "where in the first round to begin"},
			{Name: "gain", Kind: value.Level, Default: "0", Doc: "how much louder, in dB; negative: quieter"},
			{Name: "fade_in", Kind: value.Duration, Default: "0s", Doc: "how long it grows from silence at its beginning"},
			{Name: "fade_out", Kind: value.Duration, Default: "0s", Doc: "how long it falls to silence at its end"},
			{Name: "barge_in", Kind: value.Flag, Default: "false", Doc: "whether a key stops it; the key is kept for the next ask"},
			{Name: "pause", Kind: value.Digits, Key: true, Doc: "one key that holds it, and pressed again lets it go on from the very sample"},
			{Name: "wait", Kind: value.Flag, Default: "true", Doc: "false: the flow goes on at once, while it plays until something else does, or a conversation begins"},
		},
		Result: "a table: outcome (\"finished\" or \"stopped\"), heard_ms, total_ms, prompts (a list: file, heard_ms, total_ms of each); without wait, true",
	}, Run: play}
}

func play(r *run, a verb.Args) (lua.LValue, error) {
	p, err := played(a)
	if err != nil {
		return nil, err
	}
	names := a.Texts("file")
	if a.Has("tone") {
		names = []string{"tone:" + a.Text("tone")}
		pcm, err := tones.Tone(a.Text("tone"), a.Duration("duration"))
		if err != nil {
			return nil, verb.Mistakef("argument tone: %v", err)
		}
		p.Clips = []*prompt.Clip{prompt.New(pcm)}
	}
	p.What.File = strings.Join(names, " ")
	for _, name := range a.Texts("file") {
		clip, err := r.promptFile(name)
		if err != nil {
			return nil, line.Refusal("play", codeFile, "%v", err)
		}
		p.Clips = append(p.Clips, clip)
	}
	if !a.Flag("wait") {
		return lua.LTrue, r.line.Start(p)
	}
	h, err := r.line.PlayOut(r.ctx, p)
	if err != nil {
		return nil, err
	}
	t := r.heardTable(h)
	t.RawSetString("prompts", r.shareTable(names, p.Clips, h))
	return t, nil
}

// played is what the arguments of play say of how it is played.
func played(a verb.Args) (line.Prompt, error) {
	p := line.Prompt{Verb: "play", BargeIn: a.Flag("barge_in")}
	p.How = msg.Playback{
		Loop: a.Count("times"), Gain: float32(a.Level("gain")), From: a.Duration("from"),
		FadeIn: a.Duration("fade_in"), FadeOut: a.Duration("fade_out"),
	}
	if key := a.Text("pause"); key != "" {
		p.Pause = key[0]
	}
	switch {
	case a.Has("file") == a.Has("tone"):
		return p, verb.Mistakef("needs one of file and tone")
	case len(a.Texts("file")) > mostFiles:
		return p, verb.Mistakef("argument file: want at most %d files", mostFiles)
	case a.Has("times") && a.Flag("loop"):
		return p, verb.Mistakef("times and loop exclude each other")
	case a.Flag("loop") && a.Duration("fade_out") > 0:
		return p, verb.Mistakef("loop and fade_out exclude each other: it has no end")
	case a.Duration("duration") > time.Minute:
		return p, verb.Mistakef("argument duration: want at most 60s")
	case !a.Flag("wait") && (p.BargeIn || p.Pause != 0):
		return p, verb.Mistakef("without wait there is no barge_in and no pause: nobody looks at keys")
	case a.Flag("loop"):
		p.How.Loop = -1
	}
	return p, nil
}

// mostFiles bounds a sequence; spoken numbers take some ten.
const mostFiles = 100

// heardTable is what became of a prompt as scripts see it.
func (r *run) heardTable(h line.Heard) *lua.LTable {
	t := r.L.CreateTable(0, 4)
	t.RawSetString("outcome", lua.LString(h.Outcome))
	t.RawSetString("heard_ms", lua.LNumber(h.Heard.Milliseconds()))
	t.RawSetString("total_ms", lua.LNumber(h.Total.Milliseconds()))
	return t
}

// shareTable says how much was heard of each of several clips.
func (r *run) shareTable(names []string, clips []*prompt.Clip, h line.Heard) *lua.LTable {
	all := r.L.CreateTable(len(names), 0)
	for i, name := range names {
		t := r.L.CreateTable(0, 3)
		t.RawSetString("file", lua.LString(name))
		t.RawSetString("heard_ms", lua.LNumber(h.Clips[i].Milliseconds()))
		t.RawSetString("total_ms", lua.LNumber(clips[i].Duration().Milliseconds()))
		all.Append(t)
	}
	return all
}

func playPauseVerb() *row {
	return &row{Shape: verb.Shape{
		Name:   "play_pause",
		Doc:    "Holds what `play` without `wait` plays, at the very sample. Harmless when nothing plays.",
		Result: "true",
	}, Run: func(r *run, _ verb.Args) (lua.LValue, error) {
		r.line.Pause()
		return lua.LTrue, nil
	}}
}

func playResumeVerb() *row {
	return &row{Shape: verb.Shape{
		Name:   "play_resume",
		Doc:    "Ends play_pause: it goes on from there.",
		Result: "true",
	}, Run: func(r *run, _ verb.Args) (lua.LValue, error) {
		r.line.Resume()
		return lua.LTrue, nil
	}}
}

func playStopVerb() *row {
	return &row{Shape: verb.Shape{
		Name:   "play_stop",
		Doc:    "Stops what `play` without `wait` plays, if it still does, and tells what became of it.",
		Result: "a table: outcome (\"finished\", \"stopped\", or \"replaced\" by what played later), heard_ms, total_ms",
	}, Run: func(r *run, _ verb.Args) (lua.LValue, error) {
		h, err := r.line.Stop(r.ctx, "play_stop")
		if err != nil {
			return nil, err
		}
		return r.heardTable(h), nil
	}}
}

// promptFile returns the sound of a file below prompts/. The name may come from
// a caller's words: names that lead out are refused.
func (r *run) promptFile(name string) (*prompt.Clip, error) {
	file := path.Join("prompts", name)
	if !fs.ValidPath(name) || !fs.ValidPath(file) {
		return nil, fmt.Errorf("no file name below prompts/: %q", sandbox.Clip(name))
	}
	return r.bundle.Prompts.Get(r.ctx, file)
}
