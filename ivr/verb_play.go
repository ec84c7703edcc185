package ivr

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path"
	"strconv"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/line"
	"trunkline/ivr/sandbox"
	"trunkline/ivr/value"
	"trunkline/media/msg"
	"trunkline/media/prompt"
)

func playVerb() *verb {
	return &verb{
		name: "play",
		doc:  "Plays sound files or a tone to the caller and waits for their end.",
		args: []arg{
			{name: "file", kind: value.Texts, lead: true, doc: "a sound file below prompts/, such as \"welcome.wav\": WAV, Ogg or MP3 of any rate; or a list of them, played without a gap"},
			{name: "tone", kind: value.Text, doc: "instead of a file: frequencies in Hz, such as \"440\" or \"350+440\""},
			{name: "duration", kind: value.Duration, def: "1s", doc: "how long the tone lasts; at most 60s"},
			{name: "times", kind: value.Count, doc: "how often all of it is played; else once"},
			{name: "loop", kind: value.Flag, def: "false", doc: "instead of times: again and again, until it is stopped"},
			{name: "from", kind: value.Duration, def: "0s", doc: "where in the first round to begin"},
			{name: "gain", kind: value.Level, def: "0", doc: "how much louder, in dB; negative: quieter"},
			{name: "fade_in", kind: value.Duration, def: "0s", doc: "how long it grows from silence at its beginning"},
			{name: "fade_out", kind: value.Duration, def: "0s", doc: "how long it falls to silence at its end"},
			{name: "barge_in", kind: value.Flag, def: "false", doc: "whether a key stops it; the key is kept for the next ask"},
			{name: "pause", kind: value.Digits, doc: "one key that holds it, and pressed again lets it go on from the very sample"},
			{name: "wait", kind: value.Flag, def: "true", doc: "false: the flow goes on at once, while it plays until something else does, or a conversation begins"},
		},
		result: "a table: outcome (\"finished\" or \"stopped\"), heard_ms, total_ms, prompts (a list: file, heard_ms, total_ms of each); without wait, true",
		run:    play,
	}
}

func play(r *run, a args) (lua.LValue, error) {
	p, err := played(a)
	if err != nil {
		return nil, err
	}
	names := a.texts("file")
	if a.has("tone") {
		names = []string{"tone:" + a.text("tone")}
		pcm, err := tone(a.text("tone"), a.duration("duration"))
		if err != nil {
			return nil, mistakef("argument tone: %v", err)
		}
		p.Clips = []*prompt.Clip{prompt.New(pcm)}
	}
	p.What.File = strings.Join(names, " ")
	for _, name := range a.texts("file") {
		clip, err := r.promptFile(name)
		if err != nil {
			return nil, line.Refusal("play", codeFile, "%v", err)
		}
		p.Clips = append(p.Clips, clip)
	}
	if !a.flag("wait") {
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
func played(a args) (line.Prompt, error) {
	p := line.Prompt{Verb: "play", BargeIn: a.flag("barge_in")}
	p.How = msg.Playback{
		Loop: a.count("times"), Gain: float32(a.level("gain")), From: a.duration("from"),
		FadeIn: a.duration("fade_in"), FadeOut: a.duration("fade_out"),
	}
	if key := a.text("pause"); key != "" {
		p.Pause = key[0]
	}
	switch {
	case a.has("file") == a.has("tone"):
		return p, mistakef("needs one of file and tone")
	case len(a.texts("file")) > mostFiles:
		return p, mistakef("argument file: want at most %d files", mostFiles)
	case a.has("times") && a.count("times") < 1:
		return p, mistakef("argument times: want 1 or more")
	case a.has("times") && a.flag("loop"):
		return p, mistakef("times and loop exclude each other")
	case a.flag("loop") && a.duration("fade_out") > 0:
		return p, mistakef("loop and fade_out exclude each other: it has no end")
	case len(a.text("pause")) > 1:
		return p, mistakef("argument pause: want one key")
	case !a.flag("wait") && (p.BargeIn || p.Pause != 0):
		return p, mistakef("without wait there is no barge_in and no pause: nobody looks at keys")
	case a.flag("loop"):
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

func playPauseVerb() *verb {
	return &verb{
		name:   "play_pause",
		doc:    "Holds what `play` without `wait` plays, at the very sample. Harmless when nothing plays.",
		result: "true",
		run: func(r *run, _ args) (lua.LValue, error) {
			r.line.Pause()
			return lua.LTrue, nil
		},
	}
}

func playResumeVerb() *verb {
	return &verb{
		name:   "play_resume",
		doc:    "Ends play_pause: it goes on from there.",
		result: "true",
		run: func(r *run, _ args) (lua.LValue, error) {
			r.line.Resume()
			return lua.LTrue, nil
		},
	}
}

func playStopVerb() *verb {
	return &verb{
		name:   "play_stop",
		doc:    "Stops what `play` without `wait` plays, if it still does, and tells what became of it.",
		result: "a table: outcome (\"finished\", \"stopped\", or \"replaced\" by what played later), heard_ms, total_ms",
		run: func(r *run, _ args) (lua.LValue, error) {
			h, err := r.line.Stop(r.ctx, "play_stop")
			if err != nil {
				return nil, err
			}
			return r.heardTable(h), nil
		},
	}
}

// promptFile returns the sound of a file below prompts/. The name may come from
// a caller's words: names that lead out are refused.
func (r *run) promptFile(name string) (*prompt.Clip, error) {
	file := path.Join("prompts", name)
	if !fs.ValidPath(name) || !fs.ValidPath(file) {
		return nil, fmt.Errorf("no file name below prompts/: %q", sandbox.Clip(name))
	}
	return r.bundle.prompts.Get(r.ctx, file)
}

// tone makes the sum of some frequencies, "350+440", at half of full scale.
func tone(spec string, d time.Duration) ([]int16, error) {
	if d <= 0 || d > time.Minute {
		return nil, errors.New("want a duration of up to 60s")
	}
	parts := strings.Split(spec, "+")
	if len(parts) > 4 {
		return nil, errors.New("want at most 4 frequencies")
	}
	var hz []float64
	for _, p := range parts {
		f, err := strconv.ParseFloat(strings.TrimSpace(p), 64)
		if err != nil || f < 20 || f > prompt.Rate/2 {
			return nil, fmt.Errorf("want frequencies from 20 to %d Hz such as \"350+440\", got %q", prompt.Rate/2, sandbox.Clip(spec))
		}
		hz = append(hz, f)
	}
	pcm := make([]int16, int(d.Seconds()*prompt.Rate))
	for i := range pcm {
		var v float64
		for _, f := range hz {
			v += math.Sin(2 * math.Pi * f * float64(i) / prompt.Rate)
		}
		pcm[i] = int16(v / float64(len(hz)) * math.MaxInt16 / 2)
	}
	return pcm, nil
}
