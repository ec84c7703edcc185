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

	"trunkline/call/event"
	"trunkline/ivr/line"
	"trunkline/ivr/sandbox"
	"trunkline/media/prompt"
)

func playVerb() *verb {
	return &verb{
		name: "play",
		doc:  "Plays a sound file or a tone to the caller and waits for its end.",
		args: []arg{
			{name: "file", kind: textKind, lead: true, doc: "a sound file below prompts/, such as \"welcome.wav\": WAV, Ogg or MP3 of any rate"},
			{name: "tone", kind: textKind, doc: "instead of a file: frequencies in Hz, such as \"440\" or \"350+440\""},
			{name: "duration", kind: durationKind, def: "1s", doc: "how long the tone lasts; at most 60s"},
			{name: "times", kind: countKind, def: "1", doc: "how often it is played"},
			{name: "barge_in", kind: flagKind, def: "false", doc: "whether a key stops it; the key is kept for the next ask"},
		},
		result: "a table: outcome (\"finished\" or \"stopped\"), heard_ms, total_ms",
		run:    play,
	}
}

func play(r *run, a args) (lua.LValue, error) {
	if a.has("file") == a.has("tone") {
		return nil, mistakef("needs one of file and tone")
	}
	if a.count("times") < 1 {
		return nil, mistakef("argument times: want 1 or more")
	}
	what := event.PromptStarted{File: a.text("file")}
	var clip *prompt.Clip
	if a.has("tone") {
		what.File = "tone:" + a.text("tone")
		pcm, err := tone(a.text("tone"), a.duration("duration"))
		if err != nil {
			return nil, mistakef("argument tone: %v", err)
		}
		clip = prompt.New(pcm)
	} else {
		var err error
		if clip, err = r.promptFile(a.text("file")); err != nil {
			return nil, line.Refusal("play", codeFile, "%v", err)
		}
	}
	h, err := r.line.PlayOut(r.ctx, line.Prompt{
		Verb: "play", What: what, Clips: []*prompt.Clip{clip}, Times: a.count("times"), BargeIn: a.flag("barge_in"),
	})
	if err != nil {
		return nil, err
	}
	return r.heardTable(h), nil
}

func (r *run) heardTable(h line.Heard) lua.LValue {
	t := r.L.CreateTable(0, 3)
	t.RawSetString("outcome", lua.LString(h.Outcome))
	t.RawSetString("heard_ms", lua.LNumber(h.Heard.Milliseconds()))
	t.RawSetString("total_ms", lua.LNumber(h.Total.Milliseconds()))
	return t
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
